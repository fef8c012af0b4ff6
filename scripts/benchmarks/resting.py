"""What finished jobs cost: at a restart, and ever after."""

import time

from scripts.benchmarks.bed import JOBS, Bed, Controller, bed, job, until
from scripts.benchmarks.rows import Row, Target
from scripts.benchmarks.sizes import Sizes

FILLING = "x" * 480  # sixteen times: an object of 8 kB


def resting(sizes: Sizes) -> list[Row]:
    """A restart over some finished jobs, then over many of 8 kB."""
    with bed(0.0, sizes.kinds) as made:
        made.control.settings(durations={"*": 0})
        with made.controller():
            _complete(made, sizes, 0, sizes.jobs, "")
        made.control.forget_calls()
        before = {each.name: each.version for each in made.jobs()}
        with made.controller() as controller:
            rows = _restarted(made, controller, sizes, before)
            _complete(made, sizes, sizes.jobs, sizes.settled, FILLING)
        made.control.forget_calls()
        with made.controller() as controller:
            rows += _at_rest(made, controller, sizes)
    return rows


def _complete(made: Bed, sizes: Sizes, first: int, end: int, filling: str) -> None:
    made.control.forget_calls()
    made.create(JOBS, [job(f"job-{n}", filling) for n in range(first, end)])
    made.until_called("CreateTrainingJob", end - first)
    # NB: not more often: reading ten thousand objects keeps a core busy for seconds
    until(lambda: all(each.state == "Completed" for each in made.jobs()), pause=min(sizes.quiet, 10))
    time.sleep(min(sizes.quiet, 2))  # the last annotation comes after the last status


def _restarted(made: Bed, controller: Controller, sizes: Sizes, before: dict[str, str]) -> list[Row]:
    time.sleep(sizes.quiet)
    calls = _about_jobs(made)
    written = sum(before[each.name] != each.version for each in made.jobs())
    many, scale = f"a start with {sizes.jobs:,} Completed", sizes.jobs / 1000
    return [
        Row(f"{many}: start → all known", controller.ready_after, "s", Target(3), incumbent=20),
        Row(f"{many}: calls", calls, "calls", Target(20), incumbent=2000 * scale),
        Row(f"{many}: objects written", written, "objects", Target(0), incumbent=1000 * scale),
    ]


def _at_rest(made: Bed, controller: Controller, sizes: Sizes) -> list[Row]:
    time.sleep(sizes.quiet)  # the lists' garbage goes
    before = {each.name: each.version for each in made.jobs()}
    made.control.forget_calls()
    used = controller.cpu()
    time.sleep(sizes.minute)
    idle = (controller.cpu() - used) / sizes.minute * 100
    memory = controller.memory()
    calls = _about_jobs(made) * 60 / sizes.minute
    written = sum(before[each.name] != each.version for each in made.jobs())
    many, scale = f"{sizes.settled:,} Completed of 8 kB", sizes.settled / 1000
    return [
        Row(
            f"{many}: start → all known",
            controller.ready_after,
            "s",
            because="the 3 s are for 1,000 objects of 2 kB",
        ),
        Row(f"{many}: calls a minute", calls, "calls", Target(0), incumbent=400 * scale),
        Row(f"{many}: objects written a minute", written, "objects", Target(0), incumbent=200 * scale),
        Row(f"{many}: CPU at rest", idle, "%", Target(1)),
        Row(f"{many}: RSS", memory, "MiB", Target(120)),
    ]


def _about_jobs(made: Bed) -> int:
    """Calls to SageMaker; the one that asks STS who we are is made at every start."""
    return sum(
        number for operation, number in made.control.counts().items() if operation != "GetCallerIdentity"
    )
