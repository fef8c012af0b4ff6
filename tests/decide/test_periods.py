"""When somebody looks again: by kind, installation and object; fast at the start and near the end, spread by uid."""

import itertools
import uuid
from typing import Any

import pytest

from controller.decide import periods
from controller.decide.periods import RESYNC_ANNOTATION, Bounds, Course, Periods, unclear_period
from controller.decide.sweeping import watched
from controller.decide.translate import moment
from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from tests.decide.objects import declared, status

OWN = Periods()
HOURS = 36000.0
BUSY = [
    (kind, state) for kind in kinds().values() if kind.states for state in kind.states.where(StateClass.BUSY)
]


def looks(course: Course, until: float, own: Periods = OWN) -> list[float]:
    """When it is looked at, from its beginning on."""
    now, found = course.began, []
    while now - course.began < until:
        now += course.pause(now, own)
        found.append(now - course.began)
    return found


@pytest.mark.parametrize(
    ("age", "pause"), [(0, 1), (3, 1), (4, 1), (8, 2), (60, 15), (119, 29.75), (120, 30), (86400, 30)]
)
def test_the_longer_it_works_the_more_seldom_it_is_looked_at(age: float, pause: float) -> None:
    assert Course(1000.0).pause(1000.0 + age, OWN) == pause
    assert Course(1000.0).pause(990.0, OWN) == 1, "clocks differ"


def test_what_lasts_is_looked_at_soon_for_what_fails_at_once_then_seldom_then_often_when_its_end_is_near() -> (
    None
):
    plain, known = looks(Course(0.0), 310), looks(Course(0.0, lasts=300.0), 310)
    assert known[0] == 1 and known[3] < 10
    assert len([at for at in known if at <= 100]) < len([at for at in plain if at <= 100])
    assert max(b - a for a, b in itertools.pairwise(known)) == 30
    near = [at for at in known if 260 <= at <= 340]
    assert max(b - a for a, b in itertools.pairwise(near)) <= 10.1
    assert len(known) <= len(plain)
    assert Course(0.0, lasts=300.0).pause(3000.0, OWN) == 30, (
        "it lasts longer than usual, as if nothing were known"
    )


def test_an_end_that_is_certain_is_waited_for() -> None:
    course = Course(0.0, cut_off=3600.0)
    assert course.pause(1800.0, OWN) == 30
    assert [course.pause(at, OWN) for at in (3540.0, 3590.0, 3600.0, 3610.0, 3660.0, 3720.0)] == [
        15,
        5,
        5,
        5,
        15,
        30,
    ]
    assert course.pause(0.0, OWN) == 1


@pytest.mark.parametrize(("kind", "state"), BUSY, ids=lambda one: getattr(one, "name", one))
def test_never_over_half_a_minute_while_busy_whatever_is_known_and_set(kind: Kind, state: str) -> None:
    shown = status(key_of(str(kind.status)), state)
    for bounds in (Bounds(), Bounds(shortest=30.0), Bounds(resyncs={kind.name: 86400.0})):
        for uid in ("a", str(uuid.uuid4())):
            course = periods.course(kind, {}, shown, uid)
            own = bounds.of(kind, {RESYNC_ANNOTATION: "86400"})
            for age in (0, 1, 60, 299, 301, 1500, 1e6):
                assert bounds.shortest <= course.pause(course.began + age, own) <= 30


def test_what_installations_set_bounds_each_look() -> None:
    own = Bounds(shortest=5.0, longest=10.0).of(kinds()["Endpoint"], {})
    times = looks(Course(0.0, lasts=300.0, cut_off=100.0), 310, own)
    between = [b - a for a, b in zip([0.0, *times], times, strict=False)]
    assert (min(between), max(between)) == (5, 10)


def test_a_course_is_read_from_what_the_status_shows() -> None:
    spec = {"stoppingCondition": {"maxRuntimeInSeconds": 3600}}
    shown = status("trainingJobStatus", "InProgress") | {"trainingStartTime": "2026-01-01T00:10:00Z"}
    found = periods.course(kinds()["TrainingJob"], spec, shown, "uid")
    start = moment("2026-01-01T00:00:00Z")
    assert start is not None
    assert (found.began, found.cut_off) == (start.timestamp(), start.timestamp() + 600 + 3600)
    for strange in ({}, None, {"stoppingCondition": 7}, {"stoppingCondition": {"maxRuntimeInSeconds": True}}):
        assert periods.course(kinds()["TrainingJob"], strange, shown, "uid").cut_off is None
    unstarted: dict[str, Any] = {**shown, "trainingStartTime": 7}
    assert periods.course(kinds()["TrainingJob"], spec, unstarted, "uid").cut_off is None
    creating = status("endpointStatus", "Creating")
    assert periods.course(kinds()["Endpoint"], {}, creating, "uid").lasts == 300
    assert periods.course(kinds()["Endpoint"], {}, status("endpointStatus", "Updating"), "uid").lasts is None


def test_what_failed_long_ago_begins_to_end_when_it_is_deleted() -> None:
    shown = status("endpointStatus", "Deleting")
    at = "2026-01-02T00:00:00Z"
    shown["conditions"].append({"type": "Reconciling", "status": "True", "lastTransitionTime": at})
    began = moment(at)
    assert began is not None
    assert periods.course(kinds()["Endpoint"], {}, shown, "uid").began == began.timestamp()


def test_an_object_goes_before_its_kind_and_that_before_the_installation() -> None:
    kind = kinds()["Endpoint"]
    assert Bounds().of(kind, {}) == Periods(lingering=60.0)
    assert Bounds(resyncs={"Endpoint": 300.0}).of(kind, {}) == Periods(1.0, 30.0, 300.0, 300.0, 300.0)
    assert Bounds(resyncs={"Model": 300.0}).of(kind, {}) == Periods()
    asked = Bounds(resyncs={"Endpoint": 300.0}).of(kind, {RESYNC_ANNOTATION: "20"})
    assert asked == Periods(1.0, 20.0, 20.0, 20.0, 20.0), "while busy it is looked at as often"
    assert Bounds(living=600.0).of(kind, {}).living == 600
    assert Bounds(resync=20.0).of(kind, {}).living == 20
    assert Bounds(shortest=15.0).of(kind, {RESYNC_ANNOTATION: "10"}).longest == 15
    assert Bounds().of(kind, {}) is Bounds().of(kinds()["Space"], {}), "ten thousand objects share them"


def test_a_kind_may_have_periods_of_its_own() -> None:
    assert Bounds().of(kinds()["TrainingPlan"], {}).living == 300
    assert Bounds(living=600.0).of(kinds()["TrainingPlan"], {}).living == 600
    assert Bounds().of(kinds()["TrainingJob"], {}).lingering == 30
    assert Bounds(living=10.0).of(kinds()["TrainingJob"], {}).lingering == 10


@pytest.mark.parametrize("said", ["10", "300", "31536000"])
def test_an_annotation_that_is_a_period(said: str) -> None:
    assert unclear_period({RESYNC_ANNOTATION: said}) is None
    assert Bounds().of(kinds()["Model"], {RESYNC_ANNOTATION: said}).resync == float(said)


@pytest.mark.parametrize("said", ["", "9", "31536001", "5m", "-20", "1e3", "60.0", " 60", "٣٠٠", "9" * 5000])
def test_an_annotation_that_is_none_is_one_sentence_and_changes_nothing(said: str) -> None:
    sentence = unclear_period({RESYNC_ANNOTATION: said})
    assert sentence is not None and "whole seconds from 10 to 31536000" in sentence and len(sentence) < 300
    assert Bounds().of(kinds()["Model"], {RESYNC_ANNOTATION: said}) == Bounds().of(kinds()["Model"], {})


def test_what_began_together_is_not_looked_at_together_and_a_restart_changes_nothing() -> None:
    shown = status("endpointStatus", "Updating")
    uids = [str(uuid.UUID(int=n * 2654435761)) for n in range(200)]
    pauses = [_pause(uid, shown) for uid in uids]
    assert len({round(pause) for pause in pauses}) >= 3
    assert 27 <= min(pauses) < 28 and 29 < max(pauses) <= 30
    assert pauses == [_pause(uid, shown) for uid in uids]


def _pause(uid: str, shown: dict[str, Any]) -> float:
    course = periods.course(kinds()["Endpoint"], {}, shown, uid)
    return course.pause(course.began + 1000, OWN)


@pytest.mark.parametrize(
    ("kind", "state", "pause"),
    [
        ("Model", None, 9000),  # without states: at its own moment of the drift period
        ("Endpoint", None, 9000),
        ("TrainingJob", "Completed", None),
        ("TrainingJob", "Failed", None),
        ("TrainingJob", "Stopped", None),
        ("ModelPackage", "Completed", 9000),
        ("Endpoint", "InService", 15),
        ("TrainingSession", "Running", 15),
    ],
)
def test_what_rests_is_looked_at_at_its_own_moment(kind: str, state: str | None, pause: float | None) -> None:
    now = HOURS * 1000
    uid_hash = 9000 if pause == 9000 else 15
    assert periods.until_settled_look(kinds()[kind], state, OWN, uid_hash, now) == pause


def test_nothing_is_looked_at_more_often_than_every_second() -> None:
    assert periods.until_settled_look(kinds()["Model"], None, OWN, 0, 0.0) == 1
    assert periods.until_settled_look(kinds()["ModelPackage"], "Completed", OWN, 0, 0.0) == 1


def test_a_look_that_came_a_little_early_is_not_followed_by_another_one_at_once() -> None:
    kind, early, late = kinds()["Endpoint"], 59.9, 60.1
    assert periods.until_settled_look(kind, "InService", OWN, 0, early) == pytest.approx(60.1)
    assert periods.until_settled_look(kind, "InService", OWN, 0, late) == pytest.approx(59.9)


def test_an_objects_moment_is_fixed_on_the_wall_clock() -> None:
    assert periods.phase(1_000_030, 1_000_000.0, 100.0) == pytest.approx(0.3)
    assert periods.phase(30, 60.0, 100.0) == pytest.approx(0.7)
    assert periods.phase(30, 30.0, 100.0) == 0.0
    assert periods.phase(7, 0.0, 0.5) == 0.0  # a period below a second has one moment


def test_what_is_watched_knows_its_own_periods() -> None:
    shown = status(
        "endpointStatus", "InService", ready="True", arn="arn:aws:sagemaker:us-east-1:111122223333:endpoint/e"
    )
    one = declared("Endpoint", held=True, status=shown, spec={}, annotations={RESYNC_ANNOTATION: "600"})
    found = watched(one, {}, Bounds().of(one.kind, one.annotations))
    assert found is not None and found.pause(1e9) == 600 and not found.busy


def test_of_an_annotation_that_is_no_period_only_the_beginning_is_repeated() -> None:
    said = unclear_period({RESYNC_ANNOTATION: "x" * 80})
    assert said is not None and "x" * 64 in said and "x" * 65 not in said
