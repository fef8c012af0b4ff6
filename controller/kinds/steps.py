"""How an update of a kind goes, where it is more than sending what differs: words of the table, read against the model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.kinds.shape import Shape

# Path in the description -> the values of which one has to be there.
Conditions = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Latch:
    """A failed update is not tried again: what was sent last stands in an annotation, and is compared with what is wished.

    ``member`` of Update is noted, or with None the whole spec without its tags. ``says`` is the sentence then shown, {} being
    what was noted. A failure that begins with ``retried`` is the service's own and is tried again.
    """

    annotation: str
    says: str
    retried: str
    member: str | None = None


@dataclass(frozen=True, slots=True)
class FurtherUpdate:
    """An operation beside Update that changes one thing.

    ``member`` of its input is what a manifest declares as ``declared_as`` and Describe shows in ``shown_in``, with the inner
    members of ``shown_as`` under other names.
    """

    operation: str
    input: Shape
    member: str
    declared_as: str
    shown_in: str
    shown_as: Mapping[str, str]

    @property
    def shape(self) -> Shape:
        """What the operation takes."""
        return self.input.members[self.member]


@dataclass(frozen=True, slots=True)
class UpdateWhile:
    """The resource has to be in ``state`` for an update: it is stopped before and started after, if it ran.

    ``noted_in``: the member of the status that says so, so that one that somebody else had stopped is never started.
    """

    state: str
    noted_in: str


@dataclass(frozen=True, slots=True)
class FailedUpdate:
    """An update that failed while the resource's own state says nothing of it: what shows that, and the path that says why."""

    shown_by: Conditions
    why: str


@dataclass(frozen=True, slots=True)
class Apart:
    """Members that cannot be changed together: ``groups`` of them, and the sentence that is shown."""

    groups: tuple[tuple[str, ...], ...]
    says: str


@dataclass(frozen=True, slots=True)
class Steps:
    """All that the table says about the way of a kind's updates."""

    latch: Latch | None = None
    also_updates: tuple[FurtherUpdate, ...] = ()
    update_while: UpdateWhile | None = None
    apart: Apart | None = None
    one_by_one: tuple[str, ...] = ()  # members of which one call of Update takes one
    failed_update: FailedUpdate | None = None
    arguments: tuple[str, ...] = ()  # members of Create that say how an update is made, not what there is
    no_update_in: frozenset[str] = frozenset()  # states that no update leads out of
    only_while: Mapping[str, Conditions] = field(default_factory=dict)  # member -> when it can be changed
    not_while: Mapping[str, Conditions] = field(default_factory=dict)  # member -> when its change waits
    removed_when: Mapping[str, Conditions] = field(
        default_factory=dict
    )  # member -> what shows that it is taken away
    held_while: Conditions = field(default_factory=dict)  # when update and delete wait, and all is well
    lingers_while: Conditions = field(default_factory=dict)  # when a run that is over is looked at still


def read(words: Mapping[str, Any], input_of: Callable[[str], Shape]) -> Steps:
    """The table's words about one kind; ``input_of`` an operation answers with its input or refuses its name."""
    latch, waiting, apart = words.get("latch"), words.get("update_while"), words.get("apart")
    failed = words.get("failed_update")
    return Steps(
        latch=Latch(**latch) if latch else None,
        also_updates=tuple(
            FurtherUpdate(
                operation,
                input_of(operation),
                said["member"],
                said.get("declared_as", said["member"]),
                said["shown_in"],
                said.get("shown_as", {}),
            )
            for operation, said in words.get("also_updates", {}).items()
        ),
        update_while=UpdateWhile(**waiting) if waiting else None,
        apart=Apart(tuple(map(tuple, apart["groups"])), apart["says"]) if apart else None,
        failed_update=FailedUpdate(_conditions(failed["shown_by"]), failed["why"]) if failed else None,
        one_by_one=tuple(words.get("one_by_one", ())),
        arguments=tuple(words.get("arguments", ())),
        no_update_in=frozenset(words.get("no_update_in", ())),
        only_while={member: _conditions(said) for member, said in words.get("only_while", {}).items()},
        not_while={member: _conditions(said) for member, said in words.get("not_while", {}).items()},
        removed_when={member: _conditions(said) for member, said in words.get("removed_when", {}).items()},
        held_while=_conditions(words.get("held_while", {})),
        lingers_while=_conditions(words.get("lingers_while", {})),
    )


def _conditions(said: Mapping[str, Any]) -> Conditions:
    return {path: tuple(values) for path, values in said.items()}
