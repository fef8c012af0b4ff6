"""What jobs cost while they are new, and how soon their ends are shown, against a SageMaker that answers in 50 ms."""

import statistics
import time
from collections.abc import Iterator

from scripts.benchmarks.bed import JOBS, LATENCY, Bed, Controller, bed, job, state, until
from scripts.benchmarks.ending import latency
from scripts.benchmarks.found import Figure, Found, each, quantile
from scripts.benchmarks.sizes import Sizes
from scripts.benchmarks.watching import Seen, cpu, watching, writes


def measure(sizes: Sizes) -> Iterator[Found]:
    """Jobs alone, jobs at once, and the ends of these, one after another on one controller."""
    with bed(kinds=sizes.kinds) as made, made.controller() as controller:
        time.sleep(min(sizes.quiet, 3))
        yield Figure("idle-memory", controller.memory())
        yield from each(  # in this order: the first job finds no connections yet
            whole_life=lambda: _whole_life(made, sizes),
            alone=lambda: _alone(made, sizes),
            at_once=lambda: _at_once(made, controller, sizes),
            ends_by_sweep=lambda: latency(
                made, [f"job-{n}" for n in range(sizes.jobs)], sizes.ending, "sweep"
            ),
        )


def _alone(made: Bed, sizes: Sizes) -> Iterator[Found]:
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
    yield Figure("seen-to-create", statistics.median(before) * 1000)
    yield Figure("create-to-status", statistics.median(after) * 1000)
    yield Figure("writes-until-shown", max(until_shown))
    yield Figure("writes-of-a-job", max(written))
    yield Figure("events-of-a-job", events / len(names))


def _shown_at(seen: Seen, name: str) -> float | None:
    return next((at for at, _, obj in seen.of(name) if state(obj)), None)


def _writes_until_shown(seen: Seen, name: str) -> int:
    return [bool(state(obj)) for _, _, obj in seen.of(name)].index(True)


def _whole_life(made: Bed, sizes: Sizes) -> Iterator[Found]:
    """One job from apply to Completed, and whether anybody asks after it then."""
    made.control.settings(durations={"TrainingJob": 1})
    made.create(JOBS, [job("whole")])
    until(lambda: state(made.plane.request("GET", f"{JOBS}/whole")[1]) == "Completed")
    done = time.time()
    time.sleep(sizes.quiet)
    calls = made.control.calls(name="whole")
    created = next(call["time"] for call in calls if call["operation"] == "CreateTrainingJob")
    describes = [call["time"] for call in calls if call["operation"] == "DescribeTrainingJob"]
    yield Figure("describes-before-create", sum(at < created for at in describes))
    yield Figure("calls-to-completed", len(calls))
    yield Figure("describes-after-completed", sum(at > done for at in describes))


def _at_once(made: Bed, controller: Controller, sizes: Sizes) -> Iterator[Found]:
    """Many jobs applied at once."""
    count = sizes.jobs
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
    # NB: looks at the first jobs begin after a second; they are the price of running jobs, which has rows of its own
    about_new = sum(c["time"] <= max(created.values()) for c in calls)
    waits = sorted(created[name] - at for name, at in applied.items())
    yield Figure("creates", count / took)
    yield Figure("calls-until-created", about_new / count)
    yield Figure("apply-to-create-median", statistics.median(waits))
    yield Figure("apply-to-create-p95", quantile(waits, 0.95))
    yield Figure("writes-at-once", written / count)
    yield Figure("cpu-at-once", spent)
    yield Figure("api-server-cpu-at-once", theirs)
    yield Figure("memory-at-once", peak)
