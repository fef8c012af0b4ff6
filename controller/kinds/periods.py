"""How long a kind takes and how often it is worth a look: the table's word ``periods``, and the limit the model can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.kinds import shape as shapes
from controller.kinds.shape import Shape
from controller.kinds.states import StateClass, States

# The member by which a run is told when it is cut off, in seconds from its start.
LIMIT = "StoppingCondition.MaxRuntimeInSeconds"


@dataclass(frozen=True, slots=True)
class CutOff:
    """SageMaker ends a run ``limit`` (a path of Create, seconds) after ``since`` (a member of the description)."""

    limit: str
    since: str


@dataclass(frozen=True, slots=True)
class KindPeriods:
    """What is known of a kind beforehand. Seconds; None where an installation's own setting holds.

    ``lasts``: busy state -> how long it usually is in it. ``living``: from one look to the next at what is settled.
    ``lingering``: the same at a run that is over and has left something behind.
    """

    lasts: Mapping[str, float] = field(default_factory=dict)
    living: float | None = None
    lingering: float | None = None
    cut_off: CutOff | None = None


def read(
    said: Mapping[str, Any],
    *,
    create: Shape,
    described: Shape,
    states: States | None,
    lingers: bool,
) -> KindPeriods:
    """A kind's periods: what the table says, beside the limit that the model knows.

    Raises:
        ValueError: a state that SageMaker is not at work in, or a period of what the kind has not; one sentence.
    """
    lasts = said.get("lasts", {})
    busy = states.where(StateClass.BUSY) if states is not None else ()
    for state in lasts:
        if state not in busy:
            raise ValueError(
                f"periods.lasts names {state}, which is no busy state; these are: {', '.join(busy)}"
            )
    if "living" in said and states is None:
        raise ValueError(
            "periods.living is of kinds with states; what has none is looked at each resync period"
        )
    if "lingering" in said and not lingers:
        raise ValueError("periods.lingering is of kinds with lingers_while")
    return KindPeriods(
        {state: float(seconds) for state, seconds in lasts.items()},
        said.get("living"),
        said.get("lingering"),
        cut_off(create, described, states),
    )


def cut_off(create: Shape, described: Shape, states: States | None) -> CutOff | None:
    """The limit of a run, where Create takes one and Describe tells when it started."""
    starts = [member for member in described.members if member.endswith("StartTime")]
    if states is None or len(starts) != 1 or LIMIT not in dict(shapes.paths(create)):
        return None
    return CutOff(LIMIT, starts[0])
