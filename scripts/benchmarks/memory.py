"""What objects cost in memory: ten and fifty thousand of 8 kB of all kinds, and such as come and go for half an hour."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from scripts.benchmarks import fleet, stored
from scripts.benchmarks.bed import ROOT, Bed, bed, custom, job, until
from scripts.benchmarks.found import Figure, Found, Series, each
from scripts.benchmarks.sizes import Sizes

SIZE = 8000  # bytes of an object
MIB = 2**20
MERGE = "application/merge-patch+json"
EACH = 25  # objects of a kind in one turn
LEAST_ROUNDS = 6
VARIANT = {"variantName": "main", "modelName": "m", "instanceType": "ml.m5.large", "initialInstanceCount": 1}
# A run, what lives and has states, and what has none.
COMING: Mapping[str, Mapping[str, Any]] = {
    "TrainingJob": job("any")["spec"],
    "Model": {"executionRoleARN": "arn:aws:iam::111122223333:role/execution"},
    "EndpointConfig": {"productionVariants": [VARIANT]},
    "Endpoint": {"endpointConfigName": "any"},
}
# Where a control group can be made, if anywhere, and what its file for the limit is called there.
GROUPS = {"/sys/fs/cgroup": "memory.max", "/sys/fs/cgroup/memory": "memory.limit_in_bytes"}


def measure(sizes: Sizes) -> Iterator[Found]:
    """A start over many objects of all kinds, then over more, each under the chart's limit where there are control groups."""
    chosen = [kind for kind in kinds().values() if not sizes.kinds or kind.name in sizes.kinds]
    with bed(kinds=sizes.kinds) as made:
        # NB: SageMaker has none of these resources. As long as it has no time for anybody, nobody finds that out.
        for operation in ("Describe*", "List*"):
            made.control.fault("throttle", operation)

        def many() -> Iterator[Found]:
            _store(made, chosen, 0, sizes.many)
            yield from _started(made, sizes, "fleet")

        def most() -> Iterator[Found]:
            _store(made, chosen, sizes.many, sizes.most)
            yield from _started(made, sizes, "fleet-most")

        yield from each(many=many, most=most)


def churn(sizes: Sizes) -> Iterator[Found]:
    """Objects of four kinds come, are edited and go, all of them, again and again; what is left of that in memory."""
    left: list[float] = []
    coming = {kind: spec for kind, spec in COMING.items() if not sizes.kinds or kind in sizes.kinds}
    with bed(0.0, sizes.kinds, durations={"*": 1}) as made, made.controller() as controller:
        end = time.monotonic() + sizes.churn
        while time.monotonic() < end or len(left) < LEAST_ROUNDS:
            _come_and_go(made, coming, len(left))
            left.append(controller.memory())
    third = len(left) // 3
    yield Series("churn-memory", tuple(left))
    yield Figure("churn-objects", len(left) * EACH * len(coming))
    yield Figure("churn-growth", median(left[-third:]) - median(left[third : 2 * third]))


def passes(sizes: Sizes) -> Iterator[Found]:
    """What a pass costs that finds nothing to do: read the object, ask SageMaker, compare, and leave it as it is."""
    names = [f"endpoint-{n}" for n in range(sizes.jobs)]
    endpoints = fleet.path_of("Endpoint")
    with bed(0.0, sizes.kinds, durations={"*": 0}) as made, made.controller() as controller:
        made.create(endpoints, [custom("Endpoint", name, COMING["Endpoint"]) for name in names])
        until(lambda: all(_is_annotated(obj) for obj in made.every(endpoints)), pause=1.0)
        time.sleep(min(sizes.quiet, 3))
        made.control.forget_calls()
        used = controller.cpu()
        for name in names:  # a label is nothing to SageMaker, and yet may be something to us
            made.plane.request(
                "PATCH", f"{endpoints}/{name}", {"metadata": {"labels": {"touched": "yes"}}}, MERGE
            )
        made.until_called("DescribeEndpoint", sizes.jobs)
        yield Figure("pass-cpu", (controller.cpu() - used) / sizes.jobs * 1000)


def _is_annotated(obj: Mapping[str, Any]) -> bool:
    return any(name.endswith("/arn") for name in obj["metadata"].get("annotations", ()))


def _come_and_go(made: Bed, coming: Mapping[str, Mapping[str, Any]], turn: int) -> None:
    names = [f"turn-{turn}-{n}" for n in range(EACH)]
    for kind, spec in coming.items():
        made.create(fleet.path_of(kind), [custom(kind, name, spec) for name in names])
    until(
        lambda: all(_has_come(obj) for kind in coming for obj in made.every(fleet.path_of(kind))), pause=0.5
    )
    edit = {"spec": {"tags": [{"key": "turn", "value": str(turn)}]}}
    for kind in coming:
        for name in names:
            made.plane.request("PATCH", f"{fleet.path_of(kind)}/{name}", edit, MERGE)
    for kind in coming:
        made.plane.request("DELETE", fleet.path_of(kind))
    until(lambda: not any(obj for kind in coming for obj in made.every(fleet.path_of(kind))), pause=0.5)


def _has_come(obj: Mapping[str, Any]) -> bool:
    return bool((obj.get("status") or {}).get("ackResourceMetadata"))


def _store(made: Bed, chosen: list[Kind], first: int, end: int) -> None:
    """Objects number ``first`` to ``end``, as many of each kind."""
    for at, kind in enumerate(chosen):
        numbers = range(first + (at - first) % len(chosen), end, len(chosen))
        stored.put(made.plane, kind, [stored.settled(kind, f"fleet-{n}", SIZE) for n in numbers])


def _started(made: Bed, sizes: Sizes, row: str) -> Iterator[Found]:
    with _group(limit()) as group, made.controller(within=group) as controller:
        yield Figure(f"{row}-start", controller.ready_after)
        yield Figure(f"{row}-start-cpu", controller.cpu())
        time.sleep(sizes.minute)
        yield Figure(f"{row}-memory", controller.memory())
        yield Figure(f"{row}-peak", controller.memory("VmHWM"))


def limit() -> int:
    """The chart's limit, in bytes."""
    values = yaml.safe_load((ROOT / "charts" / "sagemaker-operators" / "values.yaml").read_text())
    return int(str(values["resources"]["limits"]["memory"]).removesuffix("Mi")) * MIB


@contextmanager
def _group(most: int) -> Iterator[Path | None]:
    """A control group with a limit of so many bytes; None where none can be made."""
    group = next(filter(None, map(_made, GROUPS)), None)
    if group is None:
        yield None
        return
    try:
        (group / GROUPS[str(group.parent)]).write_text(str(most))
        yield group
    finally:
        group.rmdir()


def _made(root: str) -> Path | None:
    """A control group below this folder, if it is a tree of groups and ours to change."""
    group = Path(root) / f"sagemaker-operators-{os.getpid()}"
    if not (Path(root) / "cgroup.procs").exists():
        return None
    try:
        group.mkdir()
    except OSError:
        return None
    if (group / GROUPS[root]).exists():
        return group
    group.rmdir()  # memory is another tree's
    return None
