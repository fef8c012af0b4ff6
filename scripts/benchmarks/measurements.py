"""What can be measured, each on a plane, a simulator and a controller of its own. Their rows are in rows.yaml."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from scripts.benchmarks import events, finished, in_progress, jobs, memory, settled
from scripts.benchmarks.found import Found
from scripts.benchmarks.sizes import Sizes


@dataclass(frozen=True, slots=True)
class Measurement:
    """``run`` finds its rows' figures. ``minutes`` on a quiet machine; ``on_request``: only when it is named with --only."""

    name: str
    says: str
    minutes: float
    run: Callable[[Sizes], Iterable[Found]]
    on_request: bool = False


MEASUREMENTS: Mapping[str, Measurement] = {
    one.name: one
    for one in (
        Measurement("jobs", "jobs alone, jobs at once, and their ends by sweep", 2.5, jobs.measure),
        Measurement("events", "jobs' ends by event", 1.5, events.measure),
        Measurement("in-progress", "more and more jobs in progress", 6.5, in_progress.measure),
        Measurement("settled", "the switch from ACK, a new version, endpoints", 3.5, settled.measure),
        Measurement("finished", "what finished jobs cost", 3.0, finished.measure),
        Measurement("passes", "what a pass costs that finds nothing to do", 1.5, memory.passes),
        Measurement("fleet", "many objects of all kinds in memory", 8.0, memory.measure, on_request=True),
        Measurement(
            "churn", "objects that come and go for half an hour", 31.0, memory.churn, on_request=True
        ),
    )
}
