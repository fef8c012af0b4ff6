"""A start with many objects: what is in flight is heard of by pages, what is over costs nothing, and edits go first."""

from collections import Counter
from typing import Any

import pytest

from tests.crash.cloud import sagemaker
from tests.crash.rig import KINDS, Rig
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


def test_what_is_over_is_never_asked_about(rig: Rig) -> None:
    before = Counter(rig.sagemaker.counts)
    rig.rest(1800)
    # each of the 400 that run has a whole pass once in 10 h, at its own moment
    assert calls(rig, before).get("DescribeTrainingJob", 0) <= 400 * 0.05 * 2
    # 6 pages each 15 s
    assert calls(rig, before)["ListTrainingJobs"] <= 1800 / 15 * 6 * 1.1
