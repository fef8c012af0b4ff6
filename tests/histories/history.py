"""One history of one object, told from its seed: what happens is random, what must hold after each write and at the end is not."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from controller.decide.translate import to_manifest
from controller.kinds.names import key_of
from simulator import model
from tests.crash.cloud import READS, Raw, sagemaker
from tests.crash.lives import LINGERING, REFERRING, Stage, stage
from tests.crash.rig import KINDS, RESYNC, Defect, Rig
from tests.histories import truth
from tests.histories.acts import Actors
from tests.histories.contract import broken, condition, is_current, row_of
from tests.histories.readers import argocd, kstatus
from tests.simulator.inputs import Maker, contains

# Between rests; with twelve a history meets three or four of the twenty things that may happen in one state of a resource.
MOST_ACTS = 14
# Seconds: two looks at what lives. Longer than any rest needs to show that it is one.
STILL = 130.0


class Broken(BaseException):
    """A write broke what must hold. NB: no Exception, so that nothing in the controller handles it."""


# The first of January 2026: a history must not depend on when it is told.
BEGINNING = 1_767_225_600.0


@functools.cache
def edit_of(name: str) -> Mapping[str, Any] | None:
    """What of a kind a user edits."""
    return stage(name).edit


def staged(name: str) -> tuple[Stage, Mapping[str, Mapping[str, Any]]]:
    """A new SageMaker with what a kind refers to, and a spec for one of each kind that it refers to."""
    service, kind = sagemaker(), KINDS[name]
    service.clock._frozen_at = BEGINNING
    maker = Maker(Raw(service))  # type: ignore[arg-type]
    request = maker.request(model.kinds()[name], "placeholder")
    if name in REFERRING:
        maker.create(model.kinds()[REFERRING[name][0]], "other")
    neighbours = {
        referred: to_manifest(KINDS[referred].create, maker.request(model.kinds()[referred], "neighbour"))
        for referred in {r.kind for r in kind.references if "." not in r.path and r.kind in KINDS}
    }
    Raw(service).advance(1000)
    rig = Rig(service)
    rig.remember()
    return Stage(kind, rig, request, edit_of(name)), neighbours


def kind_of(seed: int) -> str:
    """The kind whose history it is: all in turn."""
    return list(KINDS)[seed % len(KINDS)]


class History:
    """``tell`` lets it happen and judges."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.on, neighbours = staged(kind_of(seed))
        self.rig: Rig = self.on.rig
        self.rig.random.seed(seed)
        dice = random.Random(seed)
        name = ("xfail" if dice.random() < 0.1 else "") + self.on.name()
        self.actors = Actors(self.on, dice, name, neighbours)
        self.writes = 0
        self.rows: set[str] = set()

    def tell(self) -> None:
        """Let it happen.

        Raises:
            AssertionError: something does not hold; the message has the whole way there.
        """
        self.rig.watchers[:] = [self._judge_write]
        try:
            self.actors.apply()
            self._judge_unseen()
            for _ in range(self.actors.dice.randint(3, MOST_ACTS)):
                self.actors.act()
                if self.actors.dice.random() < 0.5:
                    self.actors.pass_time()
            self._come_to_rest()
        except Broken as why:
            self._fail(str(why))
        finally:
            self.rig.watchers.clear()

    # --- before and after each write

    def _judge_unseen(self) -> None:
        """What nobody has looked at is under way, to everybody."""
        obj = self.rig.get(self.on.kind, self.actors.name) or {}
        read = (row_of(obj), argocd(obj), kstatus(obj))
        self._hold(read == ("not yet looked at", "Progressing", "InProgress"), f"a new object is {read}")

    def _judge_write(self, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        assert before is not None
        self.writes += 1
        self.rows.add(str(row_of(after)))
        now = datetime.fromtimestamp(self.rig.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        wrong = [*broken(before, after, now), *self._untrue(before, after)]
        if wrong:
            raise Broken("\n".join(wrong))

    def _untrue(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
        """What is newly said of the resource and is not so in SageMaker, at this very moment."""
        row, ready = row_of(after), condition(after, "Ready")
        stale = self.rig.sagemaker.settings.stale_seconds > 0
        if row not in {"settled", "failed"} or row == row_of(before) or ready["reason"] == "Gone" or stale:
            return
        there = self._there(after)
        if there is None and not condition(after, "ACK.Advisory"):
            yield f"it is {row} ({ready['reason']}), and is not there"
        if there is not None and truth.row(there) != row:
            yield f"it is {row} ({ready['reason']}), and in SageMaker it is {there.status}"

    def _there(self, obj: Mapping[str, Any]) -> Any:
        arn = (obj["status"].get("ackResourceMetadata") or {}).get("arn", "")
        return self.rig.sagemaker.store.by_arn(arn)

    # --- in the end

    def _come_to_rest(self) -> None:
        actors, rig = self.actors, self.rig
        actors.calm()
        if actors.dice.random() < 0.7 or self._is_protected():
            actors.repair()
        rig.until(self._is_at_rest, "at rest", RESYNC + 3600.0)
        rig.rest(STILL if self.on.kind.states and self.on.kind.lifecycle == "keep" else RESYNC)
        writes, calls = self.writes, len(rig.crossed)
        rig.rest(STILL)
        changing = [
            c for c in rig.crossed[calls:] if c.startswith("before") and not c.split()[1].startswith(READS)
        ]
        self._hold(self.writes == writes and not changing, f"it is at rest, and yet there is {changing}")
        obj = rig.get(self.on.kind, actors.name)
        if obj is None:
            self._judge_end()
        else:
            self._judge_rest(obj)

    def _is_protected(self) -> bool:
        """Whether its deletion waits for a word of somebody."""
        obj = self.rig.get(self.on.kind, self.actors.name)
        return self.actors.deleted and obj is not None

    def _is_at_rest(self) -> bool:
        obj = self.rig.get(self.on.kind, self.actors.name)
        if obj is None or self.actors.deleted:
            return obj is None
        if not is_current(obj) or row_of(obj) not in {"settled", "failed", "refused"}:
            waits = condition(obj, "ACK.ReferencesResolved")
            return bool(waits) and waits["status"] != "True" and self.actors.pointing is not None
        there, kind = self._there(obj), self.on.kind
        if there is None:  # a finished run is never looked at again
            return row_of(obj) != "settled" or kind.lifecycle == "run"
        shown = obj["status"].get(key_of(kind.status)) if kind.status else there.status
        return not there.steps and shown == there.status

    def _judge_end(self) -> None:
        kind, left = self.on.kind, self._live()
        if self.actors.retained or kind.end_with == "leave":
            self._hold(len(left) <= 1, f"{left} are left")
        elif kind.end_with == "stop":
            self._hold(all(truth.row(r) != "busy" for r in left), f"{[r.status for r in left]} still run")
        else:
            self._hold(not left, f"it is deleted, and {[(r.arn, r.status) for r in left]} are left")
        self._judge_number()

    def _judge_rest(self, obj: Mapping[str, Any]) -> None:
        row, there, live = row_of(obj), self._there(obj), self._live()
        ready = condition(obj, "Ready")
        self._hold(all(r is there for r in live), f"beside {there} there are {[r.arn for r in live]}")
        self._judge_number()
        if row == "refused":
            failed = there is not None and truth.row(there) == "failed"  # SageMaker takes no edit of it
            self._hold(failed or self._may_refuse(obj), f"it is refused without a cause: {ready}")
        elif row in {"settled", "failed"} and there is not None and there in live:
            self._hold(truth.row(there) == row, f"{row} is said of what is {there.status}")
            self._judge_tags(obj, there)
            self._judge_edits(obj, there)
        elif row == "settled":
            self._hold(self.on.kind.lifecycle == "run", "it is settled, and is not there")
        elif row == "failed":
            run = self.on.kind.lifecycle == "run"
            self._hold(run or ready["reason"] == "Gone", f"{ready['reason']} is said of what is not there")
        else:
            self._hold(
                str(self.actors.pointing) in str(ready["message"]), f"nobody knows what it waits for: {ready}"
            )

    def _judge_tags(self, obj: Mapping[str, Any], there: Any) -> None:
        kind = self.on.kind
        if not (kind.tags and kind.taggable) or self.actors.tampered or self.actors.wrong:
            return
        wished = {tag["key"]: tag["value"] for tag in obj["spec"].get("tags") or ()}
        has = {key: value for key, value in there.tags.items() if not key.startswith("services.k8s.aws/")}
        self._hold(has == wished, f"its tags are {has}, not {wished}")

    def _judge_edits(self, obj: Mapping[str, Any], there: Any) -> None:
        """What a user edited is what SageMaker has, or it is said that it has not."""
        kind, a = self.on.kind, self.actors
        if row_of(obj) != "settled" or condition(obj, "ACK.Advisory") or a.drifted or a.wrong:
            return
        for member in kind.changeable:
            if key_of(member) not in (self.on.edit or {}) or key_of(member) not in obj["spec"]:
                continue
            has = to_manifest(kind.shape_of(member), there.declared.get(member))
            wished = obj["spec"][key_of(member)]
            self._hold(contains(has, wished), f"{member} is {has}, not {wished}")

    def _judge_number(self) -> None:
        made = self.rig.made.get(self.on.kind.name, ())
        if self.on.kind.name != self.actors.pointing:
            self._hold(len(made) <= 1 + self.actors.removed, f"{sorted(made)} were made")

    def _may_refuse(self, obj: Mapping[str, Any]) -> bool:
        # what a neighbour brings with it is not all that SageMaker wants: a new domain has no user profiles
        a = self.actors
        return bool(a.wrong or a.refusing or a.pointing or self._annotated(obj))

    def _annotated(self, obj: Mapping[str, Any]) -> bool:
        return "maybe" in (obj["metadata"].get("annotations") or {}).values()

    def _live(self) -> list[Any]:
        found = [r for r in self.rig.resources(self.on.kind) if r.status not in LINGERING]
        return [r for r in found if self.on.kind.name != self.actors.pointing or r.name != "neighbour"]

    def _hold(self, holds: bool, why: str) -> None:
        if not holds:
            self._fail(why)

    def _fail(self, why: str) -> None:
        raise AssertionError(f"seed {self.seed}: {why}\n{self.rig.story()}")


def tell(seed: int) -> set[str]:
    """A whole history, from nothing but its seed. Answers the rows of the contract's table that were written."""
    history = History(seed)
    try:
        history.tell()
    except (Exception, Defect) as why:
        again = f"python -m tests.histories {seed}"
        said = str(why) or repr(why)
        raise AssertionError(f"seed {seed}, {kind_of(seed)}; again with: {again}\n{said}") from why
    return history.rows
