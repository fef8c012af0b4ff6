"""What is watched by List, by which name, and when a summary says that something moved."""

from datetime import UTC, datetime
from typing import Any

import pytest

from controller.decide.declared import INTENT_ANNOTATION, Declared, request
from controller.decide.periods import Course, Periods
from controller.decide.sweeping import (
    MARGIN,
    WITH_EVENTS,
    Watched,
    has_moved,
    is_worth_it,
    least_pages,
    mark,
    named,
    period,
    watched,
)
from controller.decide.sweeping import request as listed
from controller.kinds.kind import Listing
from controller.kinds.load import kinds
from tests.decide.objects import ARN, declared, status

CREATED = "2026-01-01T00:00:00Z"
AT = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
WORKS = {"type": "Reconciling", "status": "True"}
OVER_THERE: dict[str, Any] = {"spec": {}, "held": True}


def shown(key: str = "trainingJobStatus", state: str = "InProgress", **more: Any) -> dict[str, Any]:
    one = status(key, state)
    return {**one, "conditions": [*one["conditions"], WORKS], "creationTime": CREATED, **more}


def seen(kind: str = "TrainingJob", **parts: Any) -> Watched | None:
    one: Declared = declared(kind, **{**OVER_THERE, **parts})
    return watched(one, request(one), Periods())


def test_a_run_at_work_is_watched_by_its_arn_since_it_was_created() -> None:
    found = seen(status=shown())
    assert found is not None and found.course is not None
    assert found == Watched((ARN.lower(),), (), "InProgress", AT, Periods(), found.course)


SETTLED = {**status("endpointStatus", "InService", ready="True"), "creationTime": CREATED}
UNWATCHED: dict[str, dict[str, Any]] = {
    "what List tells no state of": {"kind": "Model", "status": status("status", "x")},
    "what has no state yet": {"status": {**shown(), "trainingJobStatus": None}},
    "what has no ARN yet": {"status": {**shown(), "ackResourceMetadata": {}}},
    "what was edited since": {"status": shown(), "generation": 2},
    "what met a fault": {
        "status": {**shown(), "conditions": [WORKS, {"type": "ACK.Recoverable", "status": "True"}]}
    },
    "what is to end": {"status": shown(), "deleting": True},
    "a run that is over": {"status": status("trainingJobStatus", "Completed", ready="True")},
    "what something beside its state keeps busy": {"status": shown(state="Completed")},
    "what its state alone keeps busy": {"status": {**shown(), "conditions": []}},
    "a run of unknown age": {"status": {**shown(), "creationTime": None}},
    "one whose List wants to know something that is not known": {
        "kind": "ImageVersion",
        "status": shown("imageVersionStatus", "CREATING"),
    },
    "one whose name is not known": {"kind": "Space", "status": shown("status", "Pending")},
}


@pytest.mark.parametrize("what", list(UNWATCHED))
def test_what_no_list_tells_of_is_not_watched(what: str) -> None:
    assert seen(**UNWATCHED[what]) is None


@pytest.mark.parametrize(
    ("kind", "parts", "name", "asked", "busy"),
    [
        pytest.param("Endpoint", {"status": SETTLED}, (ARN.lower(),), (), False, id="what lives"),
        pytest.param(
            "Endpoint",
            {"status": status("endpointStatus", "InService", ready="True")},
            (ARN.lower(),),
            (),
            False,
            id="of unknown age too, for it is no run",
        ),
        pytest.param(
            "Space",
            {"spec": {"domainID": "d-ABC", "spaceName": "S"}, "status": shown("status", "Pending")},
            ("d-abc", "s"),
            (),
            True,
            id="by name within its parent, in lower case",
        ),
        pytest.param(
            "App",
            {
                "spec": {"domainID": "d", "appType": "JupyterServer", "appName": "a", "spaceName": "s"},
                "status": shown("status", "Pending"),
            },
            ("d", "jupyterserver", "a", "", "s"),
            (),
            True,
            id="what it has not of its name is empty",
        ),
        pytest.param(
            "ImageVersion",
            {"spec": {"imageName": "i"}, "status": shown("imageVersionStatus", "CREATING")},
            (ARN.lower(),),
            (("ImageName", "i"),),
            True,
            id="with what its List wants",
        ),
    ],
)
def test_what_is_watched_is_known_as_list_names_it(
    kind: str, parts: dict[str, Any], name: tuple[str, ...], asked: Any, busy: bool
) -> None:
    found = seen(kind, **parts)
    assert found is not None
    assert (found.name, found.asked, found.busy) == (name, asked, busy)


def test_before_sagemaker_says_when_it_was_created_its_age_is_that_of_the_try() -> None:
    tried = {INTENT_ANNOTATION: "1@2026-01-01T00:01:00Z"}
    ages = [
        found.created if (found := seen(status=parts, annotations=tried)) else None
        for parts in (shown(), shown(creationTime=None), shown(creationTime=5), shown(creationTime="never"))
    ]
    assert ages == [AT, AT + 60, AT + 60, AT + 60]


JOBS = kinds()["TrainingJob"].listing
SPACES = kinds()["Space"].listing


def test_a_summary_has_the_name_of_what_is_watched() -> None:
    assert isinstance(JOBS, Listing) and isinstance(SPACES, Listing)
    assert named(JOBS, {"TrainingJobArn": ARN.upper(), "TrainingJobName": "job"}) == (ARN.lower(),)
    assert named(SPACES, {"DomainId": "D", "SpaceName": "s"}) == ("d", "s")
    assert named(SPACES, {"DomainId": "D"}) == ("d", "")


def test_something_moved_where_a_summary_says_anything_new() -> None:
    assert isinstance(JOBS, Listing)
    one = Watched(("a",), (), "InProgress", None, Periods(), Course(0.0))
    as_it_was = {"TrainingJobStatus": "InProgress", "LastModifiedTime": 1}
    assert not has_moved(JOBS, one, as_it_was, None), "its state is known, and nothing else ever was"
    assert not has_moved(JOBS, one, dict(reversed(as_it_was.items())), mark(as_it_was))
    assert has_moved(JOBS, one, {**as_it_was, "LastModifiedTime": 2}, mark(as_it_was))
    assert has_moved(JOBS, one, {**as_it_was, "TrainingJobStatus": "Stopped"}, None)


def test_a_list_is_asked_no_further_back_than_the_oldest_that_is_watched() -> None:
    def aged(created: float | None) -> Watched:
        return Watched(("a",), (("ImageName", "i"),), "CREATING", created, Periods(), Course(0.0))

    kind = kinds()["ImageVersion"]
    all_of = [aged(5000.0), aged(4000.0)]
    assert listed(kind, all_of) == {"ImageName": "i", "MaxResults": 100, "CreationTimeAfter": 4000.0 - MARGIN}
    assert "CreationTimeAfter" not in listed(kind, [*all_of, aged(None)]), "nobody may be left out"
    assert "CreationTimeAfter" not in listed(kinds()["Space"], [aged(4000.0)])


def test_what_is_busy_is_looked_at_by_its_age_and_what_lives_once_a_minute() -> None:
    busy = Watched(("a",), (), "InProgress", None, Periods(), Course(1000.0))
    assert busy.busy and busy.pause(1060.0) == Course(1000.0).pause(1060.0, Periods()) == 15.0
    settled = Watched(("a",), (), "InService", None, Periods(), None)
    assert not settled.busy and settled.pause(1060.0) == Periods().living == 60.0


@pytest.mark.parametrize(
    ("resources", "pages", "seconds"), [(1, 1, 15.0), (1000, 10, 15.0), (1001, 11, 16.5), (9000, 90, 30.0)]
)
def test_a_thousand_are_swept_with_forty_pages_a_minute(resources: int, pages: int, seconds: float) -> None:
    assert least_pages(resources) == pages
    assert period(pages) == seconds
    assert pages / seconds * 60 <= 40 or seconds == 30.0


def test_a_sweep_is_worth_it_where_it_costs_fewer_calls() -> None:
    assert [is_worth_it(looks, 0.5) for looks in (0, 1, 2)] == [False, False, True]
    assert [is_worth_it(looks, 3) for looks in (3, 4)] == [False, True]


def test_where_events_tell_of_every_move_somebody_looks_once_in_ten_minutes() -> None:
    assert WITH_EVENTS == 10 * 60
