"""What jobs cost that run for long: by their number, and when most of them end while SageMaker lets few calls through."""

import time
from collections.abc import Iterable, Iterator

from scripts.benchmarks import fleet
from scripts.benchmarks.bed import JOBS, Bed, bed, job, state, until
from scripts.benchmarks.found import Figure, Found, Step, each
from scripts.benchmarks.sizes import Sizes
from scripts.benchmarks.watching import writes

# Calls a second. The only figure that AWS has let be known of DescribeTrainingJob is of this order (design's row).
LIMIT = 5.0
ONE_MINUTE = 60.0
_MERGE = "application/merge-patch+json"


def measure(sizes: Sizes) -> Iterator[Found]:
    """A start over few jobs, over more, over many."""
    with bed(kinds=sizes.kinds, durations={"TrainingJob": 36000}) as made:
        like = first_of(made)

        def grow(first: int, end: int) -> list[str]:
            names = [f"job-{n}" for n in range(first, end)]
            fleet.add(made, like, names, sizes.old)
            return names

        def few() -> Iterable[Found]:
            grow(0, sizes.few)
            return _over(made, sizes, "progress-few")

        def jobs() -> Iterator[Found]:
            grow(sizes.few, sizes.jobs)
            yield from _over(made, sizes, "progress", "progress-writes", then=lambda: _limited(made, sizes))

        def many() -> Iterator[Found]:
            # those that have ended are made up for
            grow(sizes.jobs, sizes.many + sizes.ended)
            yield from _over(made, sizes, "progress-many", start="start-many")

        yield from each(few=few, more=jobs, many=many)


def first_of(made: Bed) -> fleet.Pattern:
    """A job that the controller has made itself, and that has nothing left to be done."""
    with made.controller():
        made.create(JOBS, [job("pattern")])
        until(lambda: _is_at_rest(made))
        like = fleet.pattern(made, "TrainingJob", "pattern")
    made.plane.request("PATCH", f"{JOBS}/pattern", {"metadata": {"finalizers": None}}, _MERGE)
    made.plane.request("DELETE", f"{JOBS}/pattern")
    made.control.remove("TrainingJob", "pattern")
    return like


def _is_at_rest(made: Bed) -> bool:
    """Whether a look has been made since Create: two Describes or Lists have told nothing new."""
    obj = made.plane.request("GET", f"{JOBS}/pattern")[1]
    looks = sum(n for operation, n in made.control.counts().items() if operation.startswith("Describe"))
    annotated = any(key.endswith("/arn") for key in obj["metadata"].get("annotations", ()))
    return state(obj) == "InProgress" and annotated and looks > 0 and "secondaryStatus" in obj["status"]


def _over(
    made: Bed, sizes: Sizes, calls: str, written: str = "", start: str = "", then: Step | None = None
) -> Iterator[Found]:
    """A start over what there is, and a minute after it; ``then`` something else on the same controller."""
    made.control.forget_calls()
    with made.controller() as controller:
        time.sleep(sizes.quiet)  # what a start asks for is asked for
        begun = sum(made.control.counts().values())
        before = writes(made.plane, "trainingjobs")
        made.control.forget_calls()
        time.sleep(sizes.minute)
        yield Figure(calls, sum(made.control.counts().values()) * ONE_MINUTE / sizes.minute)
        if written:
            yield Figure(written, (writes(made.plane, "trainingjobs") - before) * ONE_MINUTE / sizes.minute)
        if start:
            yield Figure(start, controller.ready_after)
            yield Figure(f"{start}-calls", begun)
        if then:
            yield from then()


def _limited(made: Bed, sizes: Sizes) -> Iterator[Found]:
    """All but a few end at once, while SageMaker takes five Describes a second."""
    names = [f"job-{n}" for n in range(sizes.ended)]
    made.control.settings(rates={"Describe*": LIMIT})
    try:
        begun = time.monotonic()
        for name in names:
            made.control.set_state("TrainingJob", name, "Completed")
        for row, seconds in (("limited-a-minute", min(60.0, sizes.patient)), ("limited", sizes.patient)):
            while (ended := _ended(made)) < len(names) and time.monotonic() < begun + seconds:
                time.sleep(0.5)
            yield Figure(row, ended)
    finally:
        made.control.settings(rates={})


def _ended(made: Bed) -> int:
    return sum(each.state == "Completed" for each in made.jobs())
