"""Kubernetes Events: one for each transition of an object, about that object, a Warning when something is wrong; else silence."""

from collections import Counter

import pytest

from controller.kinds.load import kinds
from tests.loop.lives import KEYS, Lives
from tests.loop.watcher import told, transitions
from tests.loop.world import Object

KINDS = kinds()
each_kind = pytest.mark.parametrize("name", list(KINDS))


def about(events: list[Object], name: str) -> list[Object]:
    """The Events about one kind's object."""
    return [e for e in events if (e["regarding"]["kind"], e["regarding"]["name"]) == KEYS[name]]


@each_kind
def test_each_transition_is_told_once(lives: Lives, name: str) -> None:
    """From the first word to the last, deletion included, as a watch saw the object's Ready condition change."""
    expected = Counter(
        (ready["reason"], ready["message"][:1000]) for ready in transitions(lives.seen[KEYS[name]])
    )
    events = [e for e in about(lives.events, name) if e["action"] == "Reconcile"]
    assert told(events) == expected
    assert sum(expected.values()) >= 1


@each_kind
def test_events_are_about_the_object_itself(lives: Lives, name: str) -> None:
    obj = lives.settled[name]
    for event in about(lives.events, name):
        regarding = event["regarding"]
        assert regarding["uid"] == obj["metadata"]["uid"]
        assert regarding["apiVersion"] == obj["apiVersion"]
        assert regarding["namespace"] == obj["metadata"]["namespace"] == event["metadata"]["namespace"]


@each_kind
def test_a_life_without_trouble_has_no_warning(lives: Lives, name: str) -> None:
    assert [(e["reason"], e["note"]) for e in about(lives.events, name) if e["type"] != "Normal"] == []


@each_kind
def test_what_stays_behind_is_told(lives: Lives, name: str) -> None:
    released = [e["note"] for e in about(lives.events, name) if e["reason"] == "Released"]
    stays = KINDS[name].end_with == "leave"
    assert released == ([f"SageMaker can neither stop nor delete {name}: it stays"] if stays else [])


@each_kind
def test_a_pass_that_changed_nothing_is_silent(lives: Lives, name: str) -> None:
    """Through a restart of the controller, too."""
    assert told(about(lives.events_settled, name)) == told(about(lives.events_rested, name))
    assert about(lives.events_settled, name) != []
