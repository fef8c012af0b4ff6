"""How long it takes until the end of a job is shown."""

import random
import time
from collections.abc import Iterable, Mapping, Sequence

from scripts.benchmarks.bed import JOBS, Bed, state, until
from scripts.benchmarks.found import Figure, Found, distribution, quantile
from scripts.benchmarks.watching import Seen, watching

SEED = 1  # the same moments in every run


def latency(made: Bed, names: Sequence[str], seconds: float, by: str) -> Iterable[Found]:
    """Let jobs end at random over so many seconds; the rows of how they were told, ``by`` sweep or event."""
    draw = random.Random(SEED)
    moments = sorted((draw.uniform(0, seconds), name) for name in names)
    ended: dict[str, float] = {}
    with watching(made.plane, JOBS) as seen:
        begun = time.time()
        for moment, name in moments:
            time.sleep(max(begun + moment - time.time(), 0.0))
            ended[name] = time.time()
            made.control.set_state("TrainingJob", name, "Completed")
        until(lambda: ended.keys() <= shown(seen).keys(), pause=0.5)
        at = shown(seen)
    waits = [at[name] - moment for name, moment in ended.items()]
    yield distribution(f"{by}-latency", waits)
    yield Figure(f"{by}-latency-median", quantile(waits, 0.5))
    yield Figure(f"{by}-latency-p95", quantile(waits, 0.95))


def shown(seen: Seen) -> Mapping[str, float]:
    """When each job was first seen Completed."""
    first: dict[str, float] = {}
    for at, _, obj in list(seen.events):
        if state(obj) == "Completed":
            first.setdefault(obj["metadata"]["name"], at)
    return first
