"""How much and how long is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of objects, and seconds."""

    alone: int = 20  # jobs one after another: an odd one out does not move a median of 20
    few: int = 100
    jobs: int = 1000
    left: int = 6  # of these when all others have ended at once
    many: int = 10000
    most: int = 50000
    churn: float = 1800.0  # for how long objects come and go
    quiet: float = 20.0  # in which a controller that goes on asking or writing would be caught
    old: float = 600.0  # age of jobs in progress: from 120 s on each is looked at every 30 s, which is as seldom as it gets
    ending: float = 60.0  # in which jobs end at random
    patient: float = 180.0  # for how long a limited SageMaker is watched
    minute: float = 60.0
    kinds: tuple[str, ...] = ()  # all
    hurry: tuple[str, ...] = ()  # flags of a controller whose looks a minute apart would be waited for

    @property
    def ended(self) -> int:
        """How many end at once."""
        return self.jobs - self.left


WHOLE = Sizes()
QUICK = Sizes(alone=10, few=10, jobs=100, many=1000, most=5000, churn=300.0)
# A look at whether the benchmark itself works: its numbers say nothing.
SMOKE = Sizes(
    alone=2,
    few=2,
    jobs=8,
    many=12,
    most=60,
    churn=6.0,
    quiet=1.0,
    ending=1.0,
    patient=20.0,
    minute=1.0,
    kinds=("TrainingJob", "Endpoint"),
    hurry=("--reconcile-default-resync-seconds=3",),
)
