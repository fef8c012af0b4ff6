"""What finished jobs cost: at a restart, and ever after."""

import time
from collections.abc import Iterator

from scripts.benchmarks import fleet
from scripts.benchmarks.bed import JOBS, Bed, Controller, bed, job, state, until
from scripts.benchmarks.found import Figure, Found, each
from scripts.benchmarks.sizes import Sizes

FILLING = "x" * 480  # sixteen times: an object of 8 kB
ONE_MINUTE = 60.0


def measure(sizes: Sizes) -> Iterator[Found]:
    """A restart over some finished jobs, then over many of 8 kB."""
    with bed(0.0, sizes.kinds, durations={"*": 0}) as made:
        like = _completed(made, sizes)

        def restart() -> Iterator[Found]:
            fleet.add(made, like, [f"job-{n}" for n in range(1, sizes.jobs)])
            yield from _restarted(made, sizes)

        def at_rest() -> Iterator[Found]:
            # NB: that SageMaker knows nothing of these would show at the first call about one, and there is none
            names = [f"large-{n}" for n in range(sizes.jobs, sizes.many)]
            fleet.add(made, like, names, filling=FILLING, known=False)
            made.control.forget_calls()
            with made.controller() as controller:
                yield from _at_rest(made, controller, sizes)

        yield from each(restart=restart, at_rest=at_rest)


def _completed(made: Bed, sizes: Sizes) -> fleet.Pattern:
    """A job that the controller has led to its end itself."""
    with made.controller():
        made.create(JOBS, [job("pattern")])
        until(lambda: state(made.plane.request("GET", f"{JOBS}/pattern")[1]) == "Completed")
        time.sleep(min(sizes.quiet, 3))  # the last annotation comes after the last status
        return fleet.pattern(made, "TrainingJob", "pattern")


def _restarted(made: Bed, sizes: Sizes) -> Iterator[Found]:
    made.control.forget_calls()
    before = {each.name: each.version for each in made.jobs()}
    with made.controller() as controller:
        time.sleep(sizes.quiet)
        yield Figure("restart", controller.ready_after)
        yield Figure("restart-calls", _about_jobs(made))
        yield Figure("restart-writes", sum(before[each.name] != each.version for each in made.jobs()))


def _at_rest(made: Bed, controller: Controller, sizes: Sizes) -> Iterator[Found]:
    yield Figure("rest-start", controller.ready_after)
    time.sleep(sizes.quiet)  # the lists' garbage goes
    before = {each.name: each.version for each in made.jobs()}
    made.control.forget_calls()
    used = controller.cpu()
    time.sleep(sizes.minute)
    idle = (controller.cpu() - used) / sizes.minute * 100
    memory = controller.memory()
    yield Figure("rest-calls", _about_jobs(made) * ONE_MINUTE / sizes.minute)
    yield Figure("rest-writes", sum(before[each.name] != each.version for each in made.jobs()))
    yield Figure("rest-cpu", idle)
    yield Figure("rest-memory", memory)


def _about_jobs(made: Bed) -> int:
    """Calls to SageMaker; the one that asks STS who we are is made at every start."""
    return sum(
        number for operation, number in made.control.counts().items() if operation != "GetCallerIdentity"
    )
