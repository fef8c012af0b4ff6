"""What every reader says of everything that the controller writes."""

from dataclasses import dataclass
from functools import lru_cache

from scripts.demonstration.kstatus import kstatus
from scripts.readers import flux, kubectl, lua
from scripts.readers.written import Written, besides, every_state

# Whose expressions these are: those of the example that teams copy.
EXPRESSIONS = flux.FLUX / "workloads.yaml"


@dataclass(frozen=True, slots=True)
class Answers:
    """One object, read by each: Argo CD's health by its own script and by ours, and so on."""

    built_in: str
    ours: str
    kstatus: str  # Flux and Helm 4 use the same library
    expressions: str
    kubectl: str  # of kubectl wait --for=condition=Ready

    @property
    def healthy(self) -> bool:
        """Whether any of them takes it for what was asked for."""
        return (
            "Healthy" in (self.built_in, self.ours)
            or "Current" in (self.kstatus, self.expressions)
            or self.kubectl == "ends"
        )

    @property
    def failed(self) -> bool:
        """Whether any of them gives it up."""
        return "Degraded" in (self.built_in, self.ours) or "Failed" in (self.kstatus, self.expressions)


def of(written: Written) -> Answers:
    """What each says of one object."""
    (checks,) = flux.expressions(EXPRESSIONS)
    return Answers(
        built_in=lua.health(lua.BUILT_IN, written.obj)[0],
        ours=lua.health(lua.OURS, written.obj)[0],
        kstatus=kstatus(written.obj),
        expressions=flux.status(checks, written.obj),
        kubectl="ends" if kubectl.met(written.obj) else "waits",
    )


@lru_cache(maxsize=1)
def of_every_state() -> tuple[tuple[Written, Answers], ...]:
    """Of every kind in every state."""
    return tuple((written, of(written)) for written in every_state())


@lru_cache(maxsize=1)
def of_the_rest() -> tuple[tuple[Written, Answers], ...]:
    """Of what a status says besides."""
    return tuple((written, of(written)) for written in besides())
