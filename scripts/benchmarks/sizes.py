"""How much and how long is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of objects, and seconds."""

    alone: int = 20  # jobs one after another: an odd one out does not move a median of 20
    jobs: int = 1000
    settled: int = 10000
    quiet: float = 20.0  # in which a controller that goes on asking or writing would be caught
    # A look is made when a quarter of the time since the beginning has passed again, every 30 s at most: after 120 s.
    old: float = 120.0
    minute: float = 60.0
    kinds: tuple[str, ...] = ()  # all


WHOLE = Sizes()
QUICK = Sizes(alone=10, jobs=100, settled=1000)
# A look at whether the benchmark itself works: its numbers say nothing.
SMOKE = Sizes(
    alone=2,
    jobs=6,
    settled=12,
    quiet=1.0,
    old=0.0,
    minute=1.0,
    kinds=("TrainingJob", "Endpoint", "EndpointConfig"),
)
