"""Who is there, and who waits for whom: the few facts about every object that others' decisions need. No objects are kept."""

import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from controller.decide import references
from controller.decide.conditions import is_true
from controller.decide.declared import ARN_ANNOTATION, Declared, read
from controller.decide.periods import Bounds, Periods
from controller.decide.place import region_of
from controller.decide.references import Neighbour
from controller.decide.situation import is_over
from controller.decide.status import settled_at_this_generation
from controller.decide.sweeping import Watched, watched
from controller.decide.wakeups import Wakeup
from controller.kinds.kind import Kind
from controller.kinds.names import key_of, ref_key_of
from controller.loop.key import Key


@dataclass(frozen=True, slots=True)
class Facts:
    """What is remembered of one object: with its record, its names and its place in the queue about 1.4 kB."""

    aws_name: str | None
    claim: (
        tuple[str, ...] | None
    )  # what identifies the resource in SageMaker, when the manifest says it whole
    region: str
    arn: str | None
    claimed: bool  # whether only the annotation has the ARN
    ready: bool
    alive: bool
    deleting: bool
    refers: tuple[tuple[str, str], ...]
    born: str  # creationTimestamp and uid: who is older
    state: str  # for the gauge of resources by state
    quiet: bool  # settled at its latest generation: a start need not look at it
    over: bool  # a run that has ended and was not edited since: nobody need ever look at it
    periods: Periods  # how often it is looked at
    watched: Watched | None  # what a List may tell of, where the record alone says what it is known by


class Directory:
    """Every object's facts, by key and by the name of its resource; tells waiters when somebody's facts change.

    ``wake`` is called with the keys that wait for an object whose ARN, readiness or life has changed. ``events``: somebody
    will ask whom an event is about.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        default_region: str,
        wake: Callable[[Iterable[Key]], None],
        *,
        events: bool = False,
        bounds: Bounds | None = None,
    ) -> None:
        self._kinds = kinds
        self._bounds = bounds or Bounds()
        self._default_region = default_region
        self._wake = wake
        self._lock = threading.Lock()
        self._events = events
        # Only of what events may still tell of, or what has no name, by the ARN in lower case: about 100 bytes each.
        self._by_arn: dict[str, Key] = {}
        self._facts: dict[Key, Facts] = {}
        # NB: nearly always one key; a set for it takes 216 bytes, a tuple 48, and there are as many of them as objects
        self._called: dict[tuple[str, str, str], tuple[Key, ...]] = {}
        self._having: dict[tuple[str, str], tuple[Key, ...]] = {}  # by kind and ARN in lower case
        self._referring: dict[tuple[str, str], set[Key]] = defaultdict(set)

    def learn(self, kind: Kind, obj: Mapping[str, Any]) -> Facts:
        """Remember an object as it is now, and wake those who waited for what has changed."""
        declared = read(kind, obj)
        key = Key(kind.name, sys.intern(declared.namespace), declared.name)
        facts = self._facts_of(declared, obj)
        with self._lock:
            before = self._facts.get(key)
            if before == facts:
                return before
            self._drop(key, before)
            self._facts[key] = facts
            if facts.aws_name:
                _add(self._called, (kind.name, facts.region, facts.aws_name), key)
            if facts.arn:
                _add(self._having, (kind.name, _lower(facts.arn)), key)
            for reference in facts.refers:
                self._referring[reference].add(key)
            # NB: what is over is still known by its name, where it has one
            if self._events and kind.events and facts.arn and not (facts.over and facts.aws_name):
                self._by_arn[_lower(facts.arn)] = key
            # what is settled already waits for nobody: at a start this spares it a look
            woken = (
                {waiter for waiter in self._waiters(key, facts) if not self._facts[waiter].quiet}
                if _matters(before, facts)
                else set()
            )
        self._wake(woken)
        return facts

    def forget(self, key: Key) -> None:
        """The object is gone; whoever waited for its end or its name goes on."""
        with self._lock:
            before = self._facts.pop(key, None)
            if before is None:
                return
            self._drop(key, before)
            woken = self._waiters(key, before) | self._rivals(key, before) | self._used(before)
        self._wake(woken)

    def at(self, kind: str, namespace: str, name: str) -> Neighbour | None:
        """The object of this kind, namespace and metadata.name."""
        with self._lock:
            return self._neighbour(Key(kind, namespace, name))

    def called(self, kind: str, aws_name: str, region: str) -> Neighbour | None:
        """The oldest object that declares a resource of this name in this region; first those that live, are ready, or there.

        NB: names of users, spaces and apps are unique in their domain only: nobody may wait for the one of another domain.
        """
        with self._lock:
            keys = self._called.get((kind, region, aws_name), ())
            found = min(keys, key=lambda key: _farthest(self._facts[key]), default=None)
            return self._neighbour(found) if found else None

    def about(self, said: Wakeup) -> tuple[Key, bool] | None:
        """Whose event this is, and whether it is over; None if nobody here has such a resource.

        NB: by its name too: the first event of a new resource may come before its ARN is on record.
        """
        with self._lock:
            for arn in said.arns:
                key = self._by_arn.get(arn)
                if key is not None and key.kind in said.kinds:
                    return key, self._facts[key].over
            for kind, name in zip(said.kinds, said.names, strict=True):
                keys = self._called.get((kind, said.region, name), ()) if name else ()
                found = min(keys, key=lambda key: _farthest(self._facts[key]), default=None)
                if found is not None:
                    return found, self._facts[found].over
            return None

    def elder(self, key: Key) -> Key | None:
        """An older object that declares the very same resource, or None."""
        with self._lock:
            mine = self._facts.get(key)
            if mine is None or mine.claim is None:
                return None
            # creationTimestamp counts whole seconds: of two in the same second the one that has the resource is the elder
            elders = [
                k
                for k in self._rivals(key, mine)
                if (self._facts[k].arn is not None and mine.arn is None) or self._facts[k].born < mine.born
            ]
            return min(elders, key=lambda k: self._facts[k].born, default=None)

    def holder(self, key: Key, arn: str) -> Key | None:
        """Another object of the kind that has this resource on record, or has claimed it by annotation and is older."""
        with self._lock:
            mine = self._facts.get(key)
            others = {k: self._facts[k] for k in self._having.get((key.kind, _lower(arn)), ()) if k != key}
            before = [
                k
                for k, facts in others.items()
                if not facts.claimed or mine is None or mine.arn is None or facts.born < mine.born
            ]
            return min(before, key=lambda k: (others[k].claimed, others[k].born), default=None)

    def dying_users(self, key: Key) -> tuple[Key, ...]:
        """Objects that name this one and are being deleted too; SageMaker would refuse, or they would break, if it went first."""
        with self._lock:
            mine = self._facts.get(key)
            if mine is None:
                return ()
            named = {(key.kind, f"/{key.name}"), *([(key.kind, mine.aws_name)] if mine.aws_name else [])}
            users = {user for name in named for user in self._referring.get(name, ())}
            return tuple(
                sorted(u for u in users if u != key and self._facts[u].deleting and self._facts[u].arn)
            )

    def states(self) -> Counter[tuple[str, str, str]]:
        """How many objects there are by kind, namespace and state."""
        with self._lock:
            return Counter((key.kind, key.namespace, facts.state) for key, facts in self._facts.items())

    def __len__(self) -> int:
        return len(self._facts)

    def _facts_of(self, declared: Declared, obj: Mapping[str, Any]) -> Facts:
        kind, spec = declared.kind, declared.spec or {}
        metadata = obj.get("metadata", {})
        own = declared.own_name
        claim = [
            # a parent that is referred to has no name yet, but another reference is another parent
            own if i.source == "name" else spec.get(key_of(i.member)) or spec.get(ref_key_of(i.member))
            for i in kind.identity
            if i.source != "arn"
        ]
        whole = len(claim) == len(kind.identity) and own is not None
        noted = ARN_ANNOTATION in declared.annotations or declared.arn is None
        over = is_over(declared) and noted and not declared.deleting
        periods = self._bounds.of(kind, declared.annotations)
        return Facts(
            aws_name=own,
            claim=tuple(str(part or "") for part in claim) if whole else None,
            region=sys.intern(region_of(declared, self._default_region)),
            arn=declared.arn,
            claimed=declared.is_claimed,
            ready=is_true(declared.status, "Ready"),
            alive=not declared.deleting and not is_true(declared.status, "ACK.Terminal"),
            deleting=declared.deleting,
            refers=tuple(references.named(declared)),
            born=f"{metadata.get('creationTimestamp', '')}/{declared.uid}",
            quiet=settled_at_this_generation(declared) and declared.held and noted,
            over=over,
            periods=periods,
            watched=watched(declared, {}, periods) if noted and not over and not declared.deleting else None,
            state=sys.intern(
                declared.state or ("Ready" if is_true(declared.status, "Ready") else "NotReady")
            ),
        )

    def _neighbour(self, key: Key) -> Neighbour | None:
        facts = self._facts.get(key)
        if facts is None:
            return None
        return Neighbour(
            key.kind,
            key.namespace,
            key.name,
            facts.aws_name,
            facts.arn,
            facts.ready and facts.arn is not None,
            facts.alive,
        )

    def _drop(self, key: Key, before: Facts | None) -> None:
        if before is None:
            return
        if before.aws_name:
            _remove(self._called, (key.kind, before.region, before.aws_name), key)
        if before.arn:
            _remove(self._having, (key.kind, _lower(before.arn)), key)
        for reference in before.refers:
            _discard(self._referring, reference, key)
        if self._by_arn and before.arn and self._by_arn.get(_lower(before.arn)) == key:
            del self._by_arn[_lower(before.arn)]

    def _waiters(self, key: Key, facts: Facts) -> set[Key]:
        found = set(self._referring.get((key.kind, f"/{key.name}"), ()))
        if facts.aws_name:
            found |= self._referring.get((key.kind, facts.aws_name), set())
        return found

    def _rivals(self, key: Key, facts: Facts) -> set[Key]:
        if facts.aws_name is None:
            return set()
        keys = self._called.get((key.kind, facts.region, facts.aws_name), ())
        return {k for k in keys if k != key and self._facts[k].claim == facts.claim}

    def _used(self, facts: Facts) -> set[Key]:
        """Objects that this one named and that are being deleted: they may have waited for its end."""
        found: set[Key] = set()
        for kind, name in facts.refers:
            if name.startswith("/"):
                found |= {
                    k for k, f in self._facts.items() if f.deleting and (k.kind, f"/{k.name}") == (kind, name)
                }
            else:
                found |= {
                    k for k in self._called.get((kind, facts.region, name), ()) if self._facts[k].deleting
                }
        return found


def _lower(arn: str) -> str:
    """NB: an ARN that is in lower case already, as most are, is not kept twice."""
    lower = arn.lower()
    return arn if lower == arn else lower


def _farthest(facts: Facts) -> tuple[bool, bool, bool, str]:
    """What comes first among those of one name."""
    return not facts.alive, not facts.ready, facts.arn is None, facts.born


def _matters(before: Facts | None, now: Facts) -> bool:
    if before is None:
        return True
    return (before.arn, before.ready, before.alive) != (now.arn, now.ready, now.alive)


def _add(index: dict[Any, tuple[Key, ...]], name: Any, key: Key) -> None:
    index[name] = (*index.get(name, ()), key)


def _remove(index: dict[Any, tuple[Key, ...]], name: Any, key: Key) -> None:
    index[name] = tuple(k for k in index.get(name, ()) if k != key)
    if not index[name]:
        del index[name]


def _discard(index: dict[Any, set[Key]], name: Any, key: Key) -> None:
    index[name].discard(key)
    if not index[name]:
        del index[name]
