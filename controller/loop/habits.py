"""What an installation sets for every pass."""

from dataclasses import dataclass, field

from controller.decide.pauses import TERMINAL_AFTER
from controller.decide.periods import Bounds
from controller.decide.writers import QUIET

# Seconds in which a Create that got no answer may still be invisible: SageMaker is eventually consistent (design §4).
SETTLING = 30.0


@dataclass(frozen=True, slots=True)
class Habits:
    """What an installation sets for every pass. Times in seconds."""

    region: str
    owner_id: str
    endpoint: str = ""
    deletion_policy: str = "delete"
    bounds: Bounds = field(default_factory=Bounds)
    settling: float = SETTLING
    terminal_after: float = TERMINAL_AFTER
    quiet: float = QUIET  # how long another controller has to be silent; 0: none is looked for
