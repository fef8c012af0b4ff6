"""How often one object is looked at, hour after hour on the simulated SageMaker's clock: as it, its kind and the installation say."""

from typing import Any

import pytest

from controller.decide.declared import REGION_ANNOTATION
from controller.decide.periods import RESYNC_ANNOTATION, Bounds
from controller.kinds.kind import Kind
from tests.crash.cloud import sagemaker
from tests.crash.rig import KINDS, Rig
from tests.samples import minimal

MODEL, ENDPOINT, JOB = KINDS["Model"], KINDS["Endpoint"], KINDS["TrainingJob"]
HOUR = 3600.0
TAG = {"key": "team", "value": "a"}


def rig(**bounds: Any) -> Rig:
    """Jobs never end, everything else is done in a moment."""
    durations = {"TrainingJob.create": 1e9}
    return Rig(sagemaker(check_references=False, durations=durations), bounds=Bounds(**bounds))


def apply(there: Rig, kind: Kind, name: str, every: str | None = None) -> None:
    """An object, perhaps with an interval of its own."""
    spec = {key: value for key, value in minimal(kind).items() if key != kind.name_key}
    there.apply(kind, name, spec)
    if every is not None:
        there.edit(kind, name, {"metadata": {"annotations": {RESYNC_ANNOTATION: every}}})


def looks(there: Rig, kind: Kind, seconds: float, restarts: int = 0) -> int:
    """How often the kind is described in so many seconds, with the controller killed every now and then."""
    before = there.sagemaker.counts[kind.verbs.describe]
    for _ in range(restarts):
        there.rest(seconds / (restarts + 1))
        there.kill()
    there.rest(seconds / (restarts + 1))
    return int(there.sagemaker.counts[kind.verbs.describe] - before)


def shown(there: Rig, kind: Kind, name: str, condition: str) -> dict[str, Any]:
    """A condition of an object; empty if it does not hold."""
    status: dict[str, Any] = (there.get(kind, name) or {}).get("status") or {}
    return next((c for c in status.get("conditions", ()) if c["type"] == condition), {})


def test_an_object_may_say_how_often_it_is_looked_at() -> None:
    there = rig()
    apply(there, MODEL, "often", "300")
    there.rest(HOUR)
    assert looks(there, MODEL, HOUR) == 12
    there.edit(MODEL, "often", {"metadata": {"annotations": {RESYNC_ANNOTATION: None}}})
    there.rest(60)
    assert looks(there, MODEL, HOUR) <= 1


def test_a_restart_neither_resets_nor_bunches_the_moments_of_looks() -> None:
    there = rig(resyncs={"Model": 1200.0})
    for number in range(20):
        apply(there, MODEL, f"m{number}")
    there.rest(HOUR)
    # killed every 300 s: a period that began anew would never end, one that was not kept would look at each start
    assert looks(there, MODEL, HOUR, restarts=11) == 20 * 3
    there.kill()
    each = [looks(there, MODEL, 60) for _ in range(20)]
    assert sum(each) == 20 and max(each) <= 6


def test_a_kinds_interval_goes_before_the_installations() -> None:
    """As with the incumbent's reconcile.resourceResyncPeriods: more seldom too."""
    there = rig(resyncs={"Endpoint": 600.0})
    apply(there, ENDPOINT, "e")
    there.rest(HOUR)
    assert 5 <= looks(there, ENDPOINT, HOUR) <= 7


def test_what_is_busy_is_never_looked_at_more_seldom_than_every_half_minute_whatever_is_asked() -> None:
    there = rig()
    apply(there, JOB, "j", "86400")
    there.rest(120)
    assert looks(there, JOB, 900) >= 30


def test_what_is_busy_is_looked_at_as_often_as_the_installation_or_the_object_says() -> None:
    for there, every in ((rig(shortest=5.0, longest=10.0), None), (rig(), "10")):
        apply(there, JOB, "j", every)
        there.rest(120)
        assert 90 <= looks(there, JOB, 900) <= 102


@pytest.mark.parametrize("said", ["5", "soon"])
def test_an_interval_that_is_none_is_refused_in_one_sentence_until_it_is_corrected(said: str) -> None:
    there = rig()
    apply(there, MODEL, "m")
    there.rest(60)
    there.edit(MODEL, "m", {"metadata": {"annotations": {RESYNC_ANNOTATION: said}}, "spec": {"tags": [TAG]}})
    there.until(lambda: bool(shown(there, MODEL, "m", "Stalled")), "refused")
    sentence = shown(there, MODEL, "m", "ACK.Terminal")["message"]
    assert sentence == (
        f"annotation {RESYNC_ANNOTATION} is '{said}': set it to whole seconds from 10 to 31536000, or take it away"
    )
    there.edit(MODEL, "m", {"metadata": {"annotations": {RESYNC_ANNOTATION: "60"}}})
    there.until(lambda: shown(there, MODEL, "m", "Ready").get("status") == "True", "corrected")
    assert shown(there, MODEL, "m", "Stalled") == {}
    there.rest(60)
    (model,) = there.resources(MODEL)
    assert model.tags.get("team") == "a", "what was edited with it is done all the same"


def test_a_region_that_is_none_is_refused_until_it_is_corrected_too() -> None:
    there = rig()
    annotations = {REGION_ANNOTATION: "Frankfurt"}
    there.apply(MODEL, "m", {k: v for k, v in minimal(MODEL).items() if k != MODEL.name_key}, annotations)
    there.until(lambda: bool(shown(there, MODEL, "m", "Stalled")), "refused")
    there.edit(MODEL, "m", {"metadata": {"annotations": {REGION_ANNOTATION: "us-east-1"}}})
    there.until(lambda: shown(there, MODEL, "m", "Ready").get("status") == "True", "corrected")


def test_an_interval_that_is_none_does_not_hold_up_a_deletion() -> None:
    there = rig()
    apply(there, MODEL, "m")
    there.rest(60)
    there.edit(MODEL, "m", {"metadata": {"annotations": {RESYNC_ANNOTATION: "never"}}})
    there.delete(MODEL, "m")
    there.until(lambda: there.get(MODEL, "m") is None, "gone")
    assert there.resources(MODEL) == []
