"""What users edit between a Create and the status that tells of it is neither lost nor makes a second resource."""

import functools
from collections.abc import Mapping
from typing import Any

import pytest

from controller.decide.declared import ARN_ANNOTATION, ASKED_ANNOTATION, OWNER_TAG
from controller.loop.work import ref_of
from tests.crash.lives import Stage, end, nothing_left, one_and_only, settled, stage
from tests.crash.rig import NAMESPACE
from tests.crash.test_boundaries import quiet  # noqa: F401 -- for this module too

Manifest = Mapping[str, Any]


@functools.cache
def staged(kind: str) -> Stage:
    return stage(kind)


def born(on: Stage, spec: Manifest, edit: Manifest, *, killed: bool) -> str:
    """An object that is edited as soon as its Create has had its effect, with the controller killed there or not."""
    rig, kind, name = on.rig, on.kind, on.name()
    rig.clean()
    rig.apply(kind, name, spec)
    rig.until(lambda: f"after {kind.verbs.create}" in rig.crossed, "begun")
    at = rig.crossed.index(f"after {kind.verbs.create}") + 1
    rig.clean()

    def edited() -> None:
        rig.edit(kind, name, {"spec": edit})

    if killed:
        rig.mishaps, rig.while_down = {at: "kill"}, edited
    else:
        rig.meddling = {at: edited}
    rig.sagemaker.forget_calls()
    rig.apply(kind, name, spec)
    return name


def asked_still(on: Stage, name: str) -> bool:
    return ASKED_ANNOTATION in (on.rig.get(on.kind, name) or {})["metadata"].get("annotations", {})


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize(
    "kind",
    [
        "ModelPackageGroup",
        "Domain",
        "Endpoint",
        "TrainingJob",
        "UserProfile",
        "PartnerApp",
        "Pipeline",
        "ModelPackage",
        "ClusterExtension",
        "ModelCardExportJob",
    ],
)
def test_a_name_that_is_changed_in_between_leaves_nothing_behind(kind: str, killed: bool) -> None:
    on = staged(kind)
    key = str(on.kind.name_key)
    spec = {**on.spec("one"), key: "one"}
    name = born(on, spec, {key: "two"}, killed=killed)
    on.rig.rest(600)
    one_and_only(on)
    terminal = next(
        c for c in (on.rig.get(on.kind, name) or {})["status"]["conditions"] if c["type"] == "ACK.Terminal"
    )
    assert f"was made with {key} one" in terminal["message"], on.rig.story()
    on.rig.edit(on.kind, name, {"spec": {key: "one"}})
    on.rig.until(lambda: settled(on.rig, on.kind, name), "set back")
    one_and_only(on)
    assert not asked_still(on, name)
    on.rig.edit(on.kind, name, {"spec": {key: "three"}})
    end(on, name)


@pytest.mark.parametrize("killed", [True, False])
def test_a_tag_that_is_taken_away_in_between_goes(killed: bool) -> None:
    on = staged("ModelPackageGroup")
    name = born(on, on.spec("x"), {"tags": None}, killed=killed)
    on.rig.rest(600)
    (resource,) = on.rig.resources(on.kind)
    assert "team" not in resource.tags and OWNER_TAG in resource.tags, on.rig.story()
    assert settled(on.rig, on.kind, name) and not asked_still(on, name)


@pytest.mark.parametrize("killed", [True, False])
def test_an_edit_in_between_of_what_is_not_shown_is_sent(killed: bool) -> None:
    on = staged("Pipeline")
    spec = {k: v for k, v in on.spec("x").items() if k != "pipelineDefinition"}
    spec["pipelineDefinitionS3Location"] = {"bucket": "bucket", "objectKey": "one"}
    edit = {"pipelineDefinitionS3Location": {"objectKey": "two"}}
    name = born(on, spec, edit, killed=killed)
    on.rig.until(lambda: settled(on.rig, on.kind, name), "settled")
    assert on.rig.sagemaker.counts["UpdatePipeline"] == 1, on.rig.story()
    one_and_only(on)


@pytest.mark.parametrize("kind", ["Endpoint", "ImageVersion", "App"])
def test_what_identifies_a_resource_and_is_changed_past_all_checks_leads_nowhere_else(kind: str) -> None:
    on = staged(kind)
    rig, name = on.rig, on.name()
    rig.clean()
    rig.apply(on.kind, name, on.spec(name))
    rig.until(lambda: settled(rig, on.kind, name), "created")
    before = (rig.get(on.kind, name) or {})["status"]["ackResourceMetadata"]
    key = {"ImageVersion": "imageName", "App": "userProfileName"}.get(kind, str(on.kind.name_key))
    if kind == "App" and key not in on.spec(name):
        key = "spaceName"
    rig.edit(on.kind, name, {"spec": {key: "another"}})
    rig.rest(600)
    one_and_only(on)
    obj = rig.get(on.kind, name) or {}
    assert obj["status"]["ackResourceMetadata"] == before
    assert settled(rig, on.kind, name) is False, rig.story()
    end(on, name)


@pytest.mark.parametrize("kind", ["Model", "ModelPackage", "ImageVersion", "PartnerApp"])
def test_of_two_that_claim_one_resource_the_younger_neither_has_nor_ends_it(kind: str) -> None:
    on = staged(kind)
    rig = on.rig
    rig.clean()
    spec = on.spec("x")
    if on.kind.name_key and on.kind.own_name:
        spec[on.kind.name_key] = "x"
    rig.apply(on.kind, "first", spec)
    rig.until(lambda: settled(rig, on.kind, "first"), "created")
    arn = (rig.get(on.kind, "first") or {})["status"]["ackResourceMetadata"]["arn"]
    rig.api._objects.clear()  # as in a cluster that is lost
    (resource,) = rig.resources(on.kind)
    resource.tags.pop(OWNER_TAG, None)
    rig.start()
    for name in ("older", "younger"):
        rig.apply(on.kind, name, spec)
        rig.edit(on.kind, name, {"metadata": {"annotations": {ARN_ANNOTATION: arn}}})
        finalizers = {"metadata": {"finalizers": [on.kind.finalizer]}}  # a restore brings them along
        rig.edit(on.kind, name, finalizers)
    rig.rest(600)
    assert settled(rig, on.kind, "older"), rig.story()
    said = next(
        c for c in (rig.get(on.kind, "younger") or {})["status"]["conditions"] if c["type"] == "ACK.Terminal"
    )
    assert f"belongs to {kind} {NAMESPACE}/older" in said["message"]
    rig.sagemaker.forget_calls()
    rig.delete(on.kind, "younger")
    rig.until(lambda: rig.get(on.kind, "younger") is None, "gone")
    assert rig.sagemaker.counts[str(on.kind.verbs.delete)] == 0, rig.story()
    end(on, "older")


TOKENED = {
    "ImageVersion": {"baseImage": "another"},
    "ModelPackage": {"modelPackageDescription": "another"},
    "PipelineExecution": {"pipelineExecutionDescription": "another"},
}


@pytest.mark.parametrize("deleted", [True, False])
@pytest.mark.parametrize("kind", TOKENED)
def test_what_only_its_token_finds_is_found_after_an_edit(kind: str, deleted: bool) -> None:
    """SageMaker answers a token only beside the very request that used it first."""
    on = staged(kind)
    name = born(on, on.spec("x"), TOKENED[kind], killed=True)
    edited = on.rig.while_down

    def edited_and_deleted() -> None:
        edited()
        on.rig.delete(on.kind, name)

    on.rig.while_down = edited_and_deleted if deleted else edited
    if not deleted:
        on.rig.until(lambda: settled(on.rig, on.kind, name), "settled")
        one_and_only(on)
        on.rig.delete(on.kind, name)
    on.rig.until(lambda: on.rig.get(on.kind, name) is None, "gone")
    assert len(on.rig.made[kind]) == 1
    nothing_left(on)


@pytest.mark.parametrize("kind", TOKENED)
def test_an_edit_before_anything_was_made_is_what_is_made(kind: str) -> None:
    on = staged(kind)
    name = born(on, on.spec("x"), TOKENED[kind], killed=True)
    (at,) = on.rig.mishaps
    on.rig.mishaps = {at - 1: "kill"}  # before Create
    on.rig.until(lambda: settled(on.rig, on.kind, name), "settled")
    one_and_only(on)
    (resource,) = on.rig.resources(on.kind)
    assert "another" in str(resource), resource


def test_a_name_that_is_changed_while_the_status_is_gone_makes_no_second_resource() -> None:
    on = staged("ModelPackageGroup")
    rig, name = on.rig, on.name()
    rig.clean()
    rig.apply(on.kind, name, {**on.spec(name), "modelPackageGroupName": "one"})
    rig.until(lambda: settled(rig, on.kind, name), "created")
    rig.edit(on.kind, name, {"spec": {"modelPackageGroupName": "two"}})
    rig.api.patch(ref_of(on.kind), NAMESPACE, name, {"status": None}, subresource="status")
    rig.rest(600)
    one_and_only(on)
    rig.edit(on.kind, name, {"spec": {"modelPackageGroupName": "one"}})
    rig.until(lambda: settled(rig, on.kind, name), "set back")
    end(on, name)


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("kind", ["ModelPackageGroup", "UserProfile", "TrainingJob"])
def test_whoever_chooses_another_name_because_the_first_is_taken_gets_it(kind: str, killed: bool) -> None:
    on = staged(kind)
    rig, name, key = on.rig, on.name(), str(on.kind.name_key)
    rig.clean()
    taken = f"taken{name}"
    on.somebody(on.kind.verbs.create, {**on.request, str(on.kind.own_name): taken})
    rig.remember()
    rig.apply(on.kind, name, {**on.spec(name), key: taken})
    rig.rest(60)
    said = (rig.get(on.kind, name) or {})["status"]["conditions"][0]
    assert said["reason"] == "AlreadyExists", rig.story()
    if killed:
        rig.kill()
    rig.edit(on.kind, name, {"spec": {key: "free"}})
    rig.until(lambda: settled(rig, on.kind, name), "made under another name")
    one_and_only(on)
    end(on, name)
