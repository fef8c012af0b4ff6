"""What jobs and endpoints cost while they are new and while they run, against a SageMaker that answers in 50 ms."""

import statistics
import time
from collections.abc import Sequence

from scripts.benchmarks.bed import JOBS, OURS, Bed, Controller, bed, custom, job, state, until
from scripts.benchmarks.rows import Row, Target
from scripts.benchmarks.sizes import Sizes
from scripts.benchmarks.watching import Seen, cpu, watching, writes

LATENCY = 0.05  # seconds


def working(sizes: Sizes) -> list[Row]:
    """Jobs alone, jobs at once, jobs at work and endpoints in service, one after another on one controller."""
    with bed(LATENCY, sizes.kinds) as made, made.controller() as controller:
        time.sleep(min(sizes.quiet, 3))
        idle = controller.memory()
        rows = [Row("RSS idle", idle, "MiB", Target(85), incumbent=61)]
        rows += _whole_life(made, sizes) + _alone(
            made, sizes
        )  # in this order: the first job finds no connections yet
        rows += _at_once(made, controller, sizes) + _at_work(made, sizes) + _in_service(made, sizes)
    return rows


def _alone(made: Bed, sizes: Sizes) -> list[Row]:
    """Jobs one after another: how long each takes from being seen to being shown, and what is written."""
    made.control.settings(durations={"TrainingJob": 3600})
    names = [f"alone-{n}" for n in range(sizes.alone)]
    with watching(made.plane, JOBS) as seen:
        events = writes(made.plane, "events")
        for name in names:
            made.create(JOBS, [job(name)])
            until(lambda: _shown_at(seen, name) is not None, pause=0.02)  # noqa: B023
        time.sleep(min(sizes.quiet, 3))  # the annotation and the Event come after the status
        events = writes(made.plane, "events") - events
        created = {call["name"]: call["time"] for call in made.control.calls("CreateTrainingJob")}
        before = [created[name] - seen.of(name)[0][0] for name in names]
        after = [(_shown_at(seen, name) or 0.0) - created[name] - LATENCY for name in names]
        until_shown = [_writes_until_shown(seen, name) for name in names]
        written = [seen.writes(name) for name in names]
    return [
        Row(
            "a lone job: object seen → Create, median",
            statistics.median(before) * 1000,
            "ms",
            Target(20),
            incumbent=8.7,
        ),
        Row(
            "a lone job: Create's answer → status, median",
            statistics.median(after) * 1000,
            "ms",
            Target(20),
            incumbent=13.5,
        ),
        Row(
            "a lone job: writes of the object until its state is shown",
            max(until_shown),
            "writes",
            Target(3),
            incumbent=4,
        ),
        Row(
            "a lone job: writes of the object, first look included",
            max(written),
            "writes",
            because="the annotation that survives a backup, and what the first look tells, are no hurry",
        ),
        Row(
            "a lone job: Events",
            events / len(names),
            "writes",
            because="one for each change that a person wants to read of",
        ),
    ]


def _shown_at(seen: Seen, name: str) -> float | None:
    return next((at for at, _, obj in seen.of(name) if state(obj)), None)


def _writes_until_shown(seen: Seen, name: str) -> int:
    return [bool(state(obj)) for _, _, obj in seen.of(name)].index(True)


def _whole_life(made: Bed, sizes: Sizes) -> list[Row]:
    """One job from apply to Completed, and whether anybody asks after it then."""
    made.control.settings(durations={"TrainingJob": 1})
    made.create(JOBS, [job("whole")])
    until(lambda: state(made.plane.request("GET", f"{JOBS}/whole")[1]) == "Completed")
    done = time.time()
    time.sleep(sizes.quiet)
    calls = made.control.calls(name="whole")
    created = next(call["time"] for call in calls if call["operation"] == "CreateTrainingJob")
    describes = [call["time"] for call in calls if call["operation"] == "DescribeTrainingJob"]
    quiet = f"in {sizes.quiet:.0f} s"
    return [
        Row(
            "a job: Describes before its Create",
            sum(at < created for at in describes),
            "calls",
            Target(0),
            incumbent=1,
        ),
        Row(
            "a job: calls from apply to Completed",
            len(calls),
            "calls",
            because="follows how long the job runs",
        ),
        Row(
            f"a job: Describes after Completed, {quiet}",
            sum(at > done for at in describes),
            "calls",
            Target(0),
        ),
    ]


def _at_once(made: Bed, controller: Controller, sizes: Sizes) -> list[Row]:
    """Many jobs applied at once."""
    count, scale = sizes.jobs, sizes.jobs / 1000
    made.control.settings(durations={"TrainingJob": 3600})
    made.control.forget_calls()
    spent, written = controller.cpu(), writes(made.plane, "trainingjobs")
    theirs = cpu(made.plane)
    applied = made.create(JOBS, [job(f"job-{n}") for n in range(count)])
    made.until_called("CreateTrainingJob", count)
    until(lambda: all(each.state for each in made.jobs()), pause=0.5)
    calls = made.control.calls()
    spent, peak = controller.cpu() - spent, controller.memory("VmHWM")
    theirs = cpu(made.plane) - theirs
    time.sleep(min(sizes.quiet, 3))
    written = writes(made.plane, "trainingjobs") - written - count
    created = {c["name"]: c["time"] for c in calls if c["operation"] == "CreateTrainingJob"}
    took = max(created.values()) - min(applied.values())
    # NB: looks at the first jobs begin after a second; they are the price of running jobs, which has a row of its own
    about_new = sum(c["time"] <= max(created.values()) for c in calls)
    waits = sorted(created[name] - at for name, at in applied.items())
    many = f"{count:,} jobs at once"
    return [
        Row(f"{many}: creates", count / took, "1/s", Target(100, least=True), incumbent=47, faster=True),
        Row(
            f"{many}: calls of a job until all are created",
            about_new / count,
            "calls",
            Target(1.1),
            incumbent=4.02,
        ),
        Row(f"{many}: apply → Create, median", statistics.median(waits), "s", Target(5), incumbent=8.2),
        Row(f"{many}: apply → Create, p95", _p95(waits), "s", Target(10), incumbent=14.1),
        Row(
            f"{many}: writes of a job, first look included", written / count, "writes", Target(4), incumbent=4
        ),
        Row(f"{many}: CPU", spent, "s", Target(7 * scale), incumbent=8.7 * scale),
        Row(f"{many}: CPU of kube-apiserver", theirs, "s", because="it is not ours, but on the same cores"),
        Row(f"{many}: RSS, the most", peak, "MiB", Target(95), incumbent=87),
    ]


def _p95(values: Sequence[float]) -> float:
    return values[int(len(values) * 0.95)]


def _at_work(made: Bed, sizes: Sizes) -> list[Row]:
    """What many running jobs cost once they are looked at as seldom as it gets."""
    time.sleep(sizes.old)
    written = writes(made.plane, "trainingjobs")
    made.control.forget_calls()
    time.sleep(sizes.minute)
    calls = sum(made.control.counts().values()) * 60 / sizes.minute
    written = writes(made.plane, "trainingjobs") - written
    scale = sizes.jobs / 1000
    many = f"{sizes.jobs:,} jobs in progress"
    return [
        Row(f"{many}: calls a minute", calls, "calls", Target(80 * scale), incumbent=1003 * scale),
        Row(f"{many}: writes", written, "writes", Target(0), incumbent=1003 * scale),
    ]


def _in_service(made: Bed, sizes: Sizes) -> list[Row]:
    """What many endpoints cost that nobody touches."""
    made.control.settings(durations={"TrainingJob": 3600, "*": 0})
    variant = {
        "variantName": "main",
        "modelName": "model",
        "instanceType": "ml.m5.large",
        "initialInstanceCount": 1,
    }
    made.create(
        f"{OURS}/endpointconfigs", [custom("EndpointConfig", "shared", {"productionVariants": [variant]})]
    )
    made.until_called("CreateEndpointConfig", 1)
    endpoints = [
        custom("Endpoint", f"endpoint-{n}", {"endpointConfigName": "shared"}) for n in range(sizes.jobs)
    ]
    made.create(f"{OURS}/endpoints", endpoints)
    made.until_called("CreateEndpoint", sizes.jobs)
    until(lambda: _are_in_service(made), pause=1.0)
    made.control.forget_calls()
    time.sleep(sizes.minute)
    counts = made.control.counts()
    calls = sum(number for operation, number in counts.items() if "Endpoint" in operation) * 60 / sizes.minute
    scale = sizes.jobs / 1000
    return [
        Row(
            f"{sizes.jobs:,} endpoints in service: calls a minute",
            calls,
            "calls",
            Target(12 * scale),
            incumbent=2000 * scale,
        )
    ]


def _are_in_service(made: Bed) -> bool:
    items = made.plane.request("GET", f"{OURS}/endpoints")[1]["items"]
    return all((item.get("status") or {}).get("endpointStatus") == "InService" for item in items)
