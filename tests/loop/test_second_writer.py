"""Another controller that writes an object's status, as AWS' own does: SageMaker hears of that object from it alone."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from controller.app import App
from controller.cluster.api import FIELD_MANAGER, Api
from controller.decide.translate import timestamp
from controller.decide.writers import SOLE_ANNOTATION
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests.loop.world import PATIENCE, Object, World, condition, is_ready, wait_until

Make = Callable[..., World]
KIND, NAME = "Experiment", "shared"
MUTATING = ("Create", "Update", "Delete", "Stop", "Start", "AddTags")


@pytest.fixture
def there(world: Make) -> World:
    """A world with one settled object in it."""
    return with_one(world)


def with_one(world: Make, **settings: Any) -> World:
    there = world(kinds=(KIND,), **settings)
    there.apply(KIND, NAME, {"description": "one"})
    there.until(KIND, NAME, is_ready)
    return there


def write_as_ack(there: World) -> None:
    """The incumbent's status: its manager's name is its binary's, and it patches the whole list of conditions."""
    now = timestamp(datetime.now(UTC))
    shown = [
        {"type": name, "status": "True", "message": f"seen {now}", "lastTransitionTime": now}
        for name in ("ACK.ResourceSynced", "Ready")
    ]
    there.patch(KIND, NAME, {"status": {"conditions": shown}}, "status?fieldManager=controller")


def edit(there: World, description: str) -> Object:
    return there.patch(
        KIND, NAME, {"spec": {"description": description, "tags": [{"key": "k", "value": "v"}]}}
    )


def is_left(obj: Object) -> bool:
    said = condition(obj, "ACK.Recoverable")
    seen = obj["status"]["observedGeneration"] == obj["metadata"]["generation"]
    return seen and said.get("reason") == "SecondWriter"


def mutations(there: World) -> int:
    return sum(n for call, n in there.control.counts().items() if call.startswith(MUTATING))


def assert_still(there: World) -> None:
    """A pass writes nothing and calls nothing."""
    calls = dict(there.control.counts())
    passes = there.passes().get(KIND, 0.0)  # NB: before the patch, which a pass may follow at once
    obj = there.patch(KIND, NAME, {"metadata": {"labels": {"cause": str(datetime.now(UTC).microsecond)}}})
    wait_until(lambda: there.passes().get(KIND, 0.0) > passes, lambda: "no pass")
    there.rest()
    found = there.get(KIND, NAME)
    assert found is not None and found["metadata"]["resourceVersion"] == obj["metadata"]["resourceVersion"]
    assert there.control.counts() == calls


def test_while_it_writes_nothing_is_called(there: World) -> None:
    before = mutations(there)
    for number in range(3):
        write_as_ack(there)
        edit(there, f"edit {number}")
        there.until(KIND, NAME, is_left)
    obj = there.until(KIND, NAME, is_left)
    assert '"controller"' in condition(obj, "ACK.Recoverable")["message"]
    assert condition(obj, "Ready")["status"] == "False"
    assert_still(there)
    there.delete(KIND, NAME)
    obj = there.until(KIND, NAME, lambda o: "deletionTimestamp" in o["metadata"] and is_left(o))
    assert kinds()[KIND].finalizer in obj["metadata"]["finalizers"]
    assert mutations(there) == before
    told = [event for event in there.events() if event["reason"] == "SecondWriter"]
    assert told and told[0]["type"] == "Warning" and '"controller"' in told[0]["note"]
    there.patch(KIND, NAME, {"metadata": {"annotations": {SOLE_ANNOTATION: timestamp(datetime.now(UTC))}}})
    there.until_gone(KIND, NAME)
    assert there.control.counts()["DeleteExperiment"] == 1


def test_a_settled_object_stays_ready_beside_it(there: World) -> None:
    write_as_ack(there)
    there.patch(KIND, NAME, {"metadata": {"labels": {"cause": "any"}}})
    obj = there.until(KIND, NAME, is_left)
    assert condition(obj, "Ready")["status"] == "True"
    assert [c["type"] for c in obj["status"]["conditions"]] == [
        "ACK.Recoverable",
        "ACK.ResourceSynced",
        "Ready",
    ]
    assert_still(there)


def test_once_it_has_been_silent_what_was_asked_for_is_done(world: Make) -> None:
    there = with_one(world, second_writer_quiet=3.0)
    write_as_ack(there)
    edit(there, "two")
    there.until(KIND, NAME, lambda o: is_ready(o) and not condition(o, "ACK.Recoverable"))
    assert there.raw.ok("DescribeExperiment", {"ExperimentName": NAME})["Description"] == "two"
    assert there.control.counts()["UpdateExperiment"] == 1
    assert "SecondWriter" in {event["reason"] for event in there.events()}


def test_a_restart_forgets_nothing(there: World) -> None:
    write_as_ack(there)
    edit(there, "two")
    there.until(KIND, NAME, is_left)
    before = mutations(there)
    there.stop()
    there.start()
    assert_still(there)
    assert mutations(there) == before


def test_the_switch_from_it_is_no_second_writer(world: Make) -> None:
    """What it has written before our first word is a legacy."""
    there = world(kinds=(KIND,))
    there.stop()
    there.apply(KIND, NAME, {"description": "one"})
    write_as_ack(there)
    there.start()
    there.until(KIND, NAME, lambda o: is_ready(o) and bool(o["status"].get("ackResourceMetadata")))
    edit(there, "two")
    there.until(KIND, NAME, is_ready)
    assert there.control.counts()["UpdateExperiment"] == 1
    assert "SecondWriter" not in {event["reason"] for event in there.events()}


@pytest.fixture
def second(there: World, crds: ControlPlane) -> Iterator[App]:
    """Another installation of ours over the same objects; the first one is stopped before it starts, and started again after."""
    assert there.app is not None
    settings = there.app.settings
    there.stop()
    # NB: managedFields count whole seconds; in one and the same second nobody can tell who came after whom
    stopped = int(time.time())
    wait_until(lambda: int(time.time()) > stopped, lambda: "the clock stands still")
    api = Api.at(
        crds.url,
        token=crds.admin_token,
        ca_file=str(crds.ca_file),
        field_manager=f"{FIELD_MANAGER}@elsewhere",
    )
    app = App(replace(settings, namespace="elsewhere"), kinds(), api)
    thread = threading.Thread(target=app.run, daemon=True)
    thread.start()
    wait_until(lambda: app.ready()[0] == 200, lambda: str(app.ready()))
    yield app
    app.stop()
    thread.join(PATIENCE)


def test_of_two_installations_neither_acts_and_neither_answers_the_other(there: World, second: App) -> None:
    edit(there, "by the second")
    there.until(KIND, NAME, is_ready)
    there.start()  # and it finds that the other has written after it
    there.patch(KIND, NAME, {"metadata": {"labels": {"cause": "any"}}})
    there.until(KIND, NAME, is_left)
    before = mutations(there)
    edit(there, "by nobody")
    there.until(KIND, NAME, is_left)
    wait_until(lambda: second._queue.depth().ready == second._queue.depth().working == 0, lambda: "at work")
    assert_still(there)
    assert mutations(there) == before
