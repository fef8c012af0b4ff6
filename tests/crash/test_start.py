"""A start with many objects: what is in flight is heard of by pages, what is over costs nothing, and edits go first."""

from collections import Counter
from typing import Any

import pytest

from controller.loop.work import ref_of
from tests.crash.cloud import sagemaker
from tests.crash.rig import KINDS, NAMESPACE, Rig
from tests.samples import minimal

JOB = KINDS["TrainingJob"]
MANY = 600


@pytest.fixture(scope="module")
def rig() -> Rig:
    """So many jobs, a third of them over, and the controller about to start anew."""
    there = Rig(sagemaker(check_references=False, durations={"TrainingJob.create": 1e9}))
    spec: dict[str, Any] = {**minimal(JOB)}
    spec.pop("trainingJobName", None)
    for number in range(MANY):
        there.apply(JOB, f"j{number}", spec)
    there.rest(30)
    assert {shown(there, n) for n in range(MANY)} == {"InProgress"}
    for number in range(0, MANY, 3):
        resource = next(r for r in there.sagemaker.store.every() if r.name == f"j{number}")
        there.sagemaker.lifecycle.force(resource, "Completed", None)
    there.rest(600)
    assert {shown(there, n) for n in range(0, MANY, 3)} == {"Completed"}
    return there


def shown(rig: Rig, number: int) -> str:
    """The state that the object shows."""
    status: dict[str, Any] = (rig.get(JOB, f"j{number}") or {}).get("status") or {}
    return str(status.get("trainingJobStatus"))


def calls(rig: Rig, before: Counter[str]) -> dict[str, int]:
    """What was called since."""
    return dict(rig.sagemaker.counts - before)


def test_a_start_costs_pages_and_writes_nothing(rig: Rig) -> None:
    before, crossed = Counter(rig.sagemaker.counts), len(rig.crossed)
    rig.kill()
    rig.rest(5)
    # 4 pages of what is in flight and what was created since, over and over at this age: every 15 s
    assert calls(rig, before).keys() <= {"ListTrainingJobs"}
    assert sum(calls(rig, before).values()) <= MANY * 0.02
    assert [b for b in rig.crossed[crossed:] if b.endswith("write")] == []


def test_an_edit_goes_before_all_of_them(rig: Rig) -> None:
    rig.kill()
    rig.edit(JOB, "j1", {"spec": {"tags": [{"key": "team", "value": "a"}]}})
    before = Counter(rig.sagemaker.counts)
    rig.step()
    assert calls(rig, before).get("AddTags") == 1


def test_edits_and_new_objects_go_before_all_that_a_start_has_to_look_at() -> None:
    """A backup that keeps no status was restored: each object is looked for, one after another."""
    kind = KINDS["Model"]
    there = Rig(sagemaker(check_references=False))
    spec = {key: value for key, value in minimal(kind).items() if key != kind.name_key}
    for number in range(100):
        there.apply(kind, f"m{number}", spec)
    there.rest(60)

    def strip() -> None:
        for number in range(100):
            there.api.patch(ref_of(kind), NAMESPACE, f"m{number}", {"status": None}, subresource="status")

    there.while_down = strip
    there.kill()
    there.step()
    there.edit(kind, "m99", {"spec": {"tags": [{"key": "team", "value": "a"}]}})
    there.apply(kind, "new", spec)
    there.sagemaker.forget_calls()
    there.rest(0.5)
    order = [(call.operation, call.name) for call in there.sagemaker.log]
    looked = {name for operation, name in order if operation == "DescribeModel"}
    assert len(looked) > 90
    assert order.index(("CreateModel", "new")) < 8
    assert next(at for at, (operation, _) in enumerate(order) if operation == "AddTags") < 8


def test_what_is_over_is_never_asked_about(rig: Rig) -> None:
    before = Counter(rig.sagemaker.counts)
    rig.rest(1800)
    # each of the 400 that run has a whole pass once in 10 h, at its own moment
    assert calls(rig, before).get("DescribeTrainingJob", 0) <= 400 * 0.05 * 2
    # 6 pages each 15 s
    assert calls(rig, before)["ListTrainingJobs"] <= 1800 / 15 * 6 * 1.1
