"""Deleting, over all kinds: what stays, what waits, what is refused, and that none of these calls SageMaker."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from controller.cloud.session import Place
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests.loop.recorded import (
    POLICY,
    PROTECTION,
    Recorded,
    annotate,
    in_every_state,
    one_of_each_kind,
    record,
    spec_of,
)
from tests.loop.world import World, condition, is_ready, wait_until

Make = Callable[..., World]
KINDS = kinds()
RETAIN = {POLICY: "retain"}
# what the controller asks about itself, not about a resource
ITSELF = {"GetCallerIdentity"}


def left_behind(world: Make, objects: Iterable[Recorded], **annotations: str) -> tuple[World, list[Recorded]]:
    """A world whose controller ended with these objects being deleted; no call has been counted yet."""
    there, them = world(), list(objects)
    there.stop()
    for one in them:
        record(there, one, **annotations)
        there.delete(one.kind.name, one.name)
    there.control.forget_calls()
    return there, them


def until_said(there: World, one: Recorded, reason: str) -> dict[str, Any]:
    return there.until(one.kind.name, one.name, lambda obj: condition(obj, "Ready").get("reason") == reason)


def test_a_retained_object_goes_in_every_state_without_a_call(world: Make) -> None:
    there, them = left_behind(world, in_every_state(), **RETAIN)
    assert len(them) > 300
    there.start()
    for one in them:
        there.until_gone(one.kind.name, one.name)
    assert set(there.control.counts()) <= ITSELF


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("AccessDeniedException", "User: arn:aws:sts::1:x is not authorized to perform: sagemaker"),
        ("ExpiredTokenException", "The security token included in the request is expired"),
    ],
)
def test_lost_rights_are_said_and_block_nothing_that_is_retained(world: Make, code: str, text: str) -> None:
    there, them = left_behind(world, one_of_each_kind())
    for verb in ("Describe*", "List*", "Stop*", "Delete*"):
        there.control.fault("error", verb, code=code, text=text, status=400)
    there.start()
    for one in them:
        if one.kind.end_with == "leave":
            there.until_gone(one.kind.name, one.name)  # what nobody can end needs no rights to be left
        else:
            obj = until_said(there, one, "AccessDenied")
            assert text in condition(obj, "Ready")["message"]
            assert condition(obj, "ACK.Recoverable")["status"] == "True"
    for one in them:
        if one.kind.end_with != "leave":
            annotate(there, one, RETAIN)
    for one in them:
        there.until_gone(one.kind.name, one.name)
    assert not any(operation.startswith(("Delete", "Stop")) for operation in there.control.counts())


def test_an_unknown_policy_is_neither_delete_nor_retain(world: Make) -> None:
    there, them = left_behind(world, one_of_each_kind(), **{POLICY: "keep"})
    there.start()
    for one in them:
        obj = until_said(there, one, "InvalidAnnotation")
        said = condition(obj, "Stalled")["message"]
        assert POLICY in said and "'keep'" in said and "delete or retain" in said
    assert set(there.control.counts()) <= ITSELF
    for one in them:
        annotate(there, one, RETAIN)
    for one in them:
        there.until_gone(one.kind.name, one.name)
    assert set(there.control.counts()) <= ITSELF


def test_a_protected_object_waits_also_when_it_is_retained(world: Make) -> None:
    there, them = left_behind(world, one_of_each_kind(), **{PROTECTION: "true"}, **RETAIN)
    there.start()
    for one in them:
        obj = until_said(there, one, "DeletionProtected")
        assert PROTECTION in condition(obj, "Ready")["message"]
        assert condition(obj, "Stalled") == {}
        assert one.kind.finalizer in obj["metadata"]["finalizers"]
    assert set(there.control.counts()) <= ITSELF
    for one in them:
        annotate(there, one, {PROTECTION: None})
    for one in them:
        there.until_gone(one.kind.name, one.name)
    assert set(there.control.counts()) <= ITSELF


def test_a_protection_that_is_neither_true_nor_false_protects_and_says_so(world: Make) -> None:
    there, (one,) = left_behind(world, [Recorded(KINDS["Model"], "m", None)], **{PROTECTION: "yes"})
    there.start()
    said = condition(until_said(there, one, "InvalidAnnotation"), "Stalled")["message"]
    assert "'yes'" in said and "true or false" in said
    annotate(there, one, {PROTECTION: "false"})
    there.until_gone("Model", "m")


def test_a_policy_that_means_nothing_keeps_a_new_object_from_being_created(world: Make) -> None:
    there = world()
    there.apply("Model", "m", spec_of(there, KINDS["Model"], "m"), annotations={POLICY: "Retain"})
    obj = there.until("Model", "m", lambda o: condition(o, "Ready").get("reason") == "InvalidAnnotation")
    assert "finalizers" not in obj["metadata"]
    assert there.control.resources("Model", "m") == []
    there.patch("Model", "m", {"metadata": {"annotations": RETAIN}})
    there.until("Model", "m", is_ready)


def test_one_that_comes_later_is_an_advisory_beside_a_ready_object(world: Make) -> None:
    there = world()
    there.apply("Model", "m", spec_of(there, KINDS["Model"], "m"))
    there.until("Model", "m", is_ready)
    there.patch("Model", "m", {"metadata": {"annotations": {POLICY: "orphan"}}})
    obj = there.until("Model", "m", lambda o: condition(o, "ACK.Advisory") != {})
    assert "delete or retain" in condition(obj, "ACK.Advisory")["message"] and is_ready(obj)
    there.patch("Model", "m", {"metadata": {"annotations": {POLICY: "delete"}}})
    there.until("Model", "m", lambda o: condition(o, "ACK.Advisory") == {})


def events_of(plane: ControlPlane, world: World, name: str) -> list[dict[str, Any]]:
    status, answer = plane.request("GET", f"/apis/events.k8s.io/v1/namespaces/{world.namespace}/events")
    assert status == 200
    return [event for event in answer["items"] if event["regarding"]["name"] == name]


def test_what_can_neither_be_stopped_nor_deleted_is_left_with_an_event(
    world: Make, crds: ControlPlane
) -> None:
    leaving = [one for one in one_of_each_kind() if one.kind.end_with == "leave"]
    assert {one.kind.name for one in leaving} == {"ModelCardExportJob", "TrainingPlan"}
    there, them = left_behind(world, leaving)
    there.start()
    for one in them:
        there.until_gone(one.kind.name, one.name)
        sentence = f"SageMaker can neither stop nor delete {one.kind.name}: it stays"
        wait_until(
            lambda one=one, sentence=sentence: any(  # type: ignore[misc]
                event["note"] == sentence for event in events_of(crds, there, one.name)
            ),
            lambda one=one: f"no such Event of {one}: {events_of(crds, there, one.name)}",  # type: ignore[misc]
        )
    assert set(there.control.counts()) <= ITSELF


def test_an_app_that_describe_goes_on_calling_deleted_is_gone(world: Make) -> None:
    there = world()
    spec = spec_of(there, KINDS["App"], "app")
    there.apply("App", "app", spec)
    there.until("App", "app", is_ready)
    there.delete("App", "app")
    there.until_gone("App", "app")
    assert there.control.resource("App", "app")["status"] == "Deleted"
    there.apply("App", "app", spec)  # and its name is free
    there.until("App", "app", is_ready)


def test_an_app_that_somebody_else_deleted_is_created_again(world: Make) -> None:
    there = world(resync=2.0)
    there.apply("App", "app", spec_of(there, KINDS["App"], "app"))
    there.until("App", "app", is_ready)
    there.control.set_state("App", "app", "Deleted")
    wait_until(
        lambda: there.control.counts().get("CreateApp", 0) >= 2,
        lambda: f"{there.get('App', 'app')}",
    )
    there.until("App", "app", is_ready)


EFS = "sagemaker.services.k8s.aws/home-efs-file-system"


@pytest.mark.parametrize(
    ("asked", "told"), [({}, "Retain"), ({EFS: "Delete"}, "Delete"), ({EFS: "Retain"}, "Retain")]
)
def test_a_domains_home_file_system_stays_unless_it_is_asked_to_go(
    world: Make, asked: dict[str, str], told: str
) -> None:
    there = world()
    there.apply("Domain", "studio", spec_of(there, KINDS["Domain"], "studio"), annotations=asked)
    there.until("Domain", "studio", is_ready)
    sent: list[Any] = []
    assert there.app is not None
    client = there.app._session.client(Place("us-east-1", there.simulator.url))
    client.meta.events.register(
        "before-parameter-build.sagemaker.DeleteDomain", lambda params, **_: sent.append(dict(params))
    )
    there.delete("Domain", "studio")
    there.until_gone("Domain", "studio")
    assert [request["RetentionPolicy"] for request in sent] == [{"HomeEfsFileSystem": told}]


def test_a_file_system_is_not_decided_on_by_a_word_nobody_knows(world: Make) -> None:
    there = world()
    there.apply("Domain", "studio", spec_of(there, KINDS["Domain"], "studio"))
    there.until("Domain", "studio", is_ready)
    there.patch("Domain", "studio", {"metadata": {"annotations": {EFS: "delete"}}})
    there.delete("Domain", "studio")
    obj = there.until(
        "Domain", "studio", lambda o: condition(o, "Stalled").get("reason") == "InvalidAnnotation"
    )
    assert "Retain or Delete" in condition(obj, "Stalled")["message"]
    assert there.control.counts().get("DeleteDomain", 0) == 0


def test_what_is_busy_is_waited_for_and_then_deleted(world: Make) -> None:
    there = world(simulation={"speed": 1})
    there.apply("Endpoint", "e", spec_of(there, KINDS["Endpoint"], "e"))
    there.until("Endpoint", "e", lambda o: condition(o, "Ready").get("reason") == "Creating")
    there.delete("Endpoint", "e")
    there.until_gone("Endpoint", "e")
    assert there.control.counts()["DeleteEndpoint"] == 1
    assert there.control.resources("Endpoint", "e") == []
