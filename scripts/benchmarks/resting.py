"""What finished jobs cost: at a restart, and ever after."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from scripts.benchmarks.bed import CLIENTS, JOBS, Bed, Controller, bed, job, until
from scripts.benchmarks.rows import Row, Target
from scripts.benchmarks.sizes import Sizes

FILLING = "x" * 480  # sixteen times: an object of 8 kB


def resting(sizes: Sizes) -> list[Row]:
    """A restart over some finished jobs, then over many of 8 kB."""
    with bed(0.0, sizes.kinds) as made:
        made.control.settings(durations={"*": 0})
        with made.controller():
            _complete(made, sizes)
        made.control.forget_calls()
        before = {each.name: each.version for each in made.jobs()}
        with made.controller() as controller:
            rows = _restarted(made, controller, sizes, before)
        _add_finished(made, f"job-{sizes.jobs - 1}", sizes.jobs, sizes.settled)
        made.control.forget_calls()
        with made.controller() as controller:
            rows += _at_rest(made, controller, sizes)
    return rows


def _complete(made: Bed, sizes: Sizes) -> None:
    made.create(JOBS, [job(f"job-{n}") for n in range(sizes.jobs)])
    made.until_called("CreateTrainingJob", sizes.jobs)
    until(lambda: all(each.state == "Completed" for each in made.jobs()), pause=min(sizes.quiet, 2))
    time.sleep(min(sizes.quiet, 2))  # the last annotation comes after the last status


def _add_finished(made: Bed, finished: str, first: int, end: int) -> None:
    """More jobs as the controller leaves them, made like one that it did finish: it would take five writes for each."""
    template = made.plane.request("GET", f"{JOBS}/{finished}")[1]

    def add(number: int) -> None:
        name = f"large-{number}"
        metadata = {key: template["metadata"][key] for key in ("annotations", "finalizers")}
        named = json.loads(json.dumps([metadata, template["status"]]).replace(finished, name))
        body = job(name, FILLING)
        made.create(JOBS, [{**body, "metadata": {**named[0], "name": name}}])
        patched = made.plane.request(
            "PATCH", f"{JOBS}/{name}/status", {"status": named[1]}, "application/merge-patch+json"
        )
        if patched[0] != 200:
            raise RuntimeError(f"the API server refused the status of {name}: {patched[1]}")

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(add, range(first, end)))


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
