"""State machines: what a resource goes through, what it refuses meanwhile, how it fails, on a clock that tests move."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import model
from simulator.model import Kind
from tests.simulator.inputs import ROLE, Maker
from tests.simulator.raw import Raw
from tests.simulator.requests import (
    make_domain,
    make_notebook,
)

MACHINES = model.data("states")
WITH_STATES = [model.kinds()[name] for name in MACHINES]


def status(raw: Raw, kind: Kind, key: dict[str, Any]) -> str:
    shown = raw.ok(kind.describe, key)
    shown = shown[kind.wrapper] if kind.wrapper else shown
    return str(shown[MACHINES[kind.name]["status"]])


@pytest.mark.parametrize("kind", WITH_STATES, ids=lambda k: k.name)
def test_every_state_on_the_way_is_seen(kind: Kind, raw: Raw, maker: Maker) -> None:
    rule = MACHINES[kind.name]["create"]
    raw.control.settings(durations={f"{kind.name}.create": 10.0})
    _, key = maker.create(kind, "thing")
    seen = [status(raw, kind, key)]
    for _ in range(20):
        raw.control.advance(1)
        now = status(raw, kind, key)
        if now != seen[-1]:
            seen.append(now)
    assert seen == [*rule["through"], rule["to"]]


@pytest.mark.parametrize(
    "kind", [k for k in WITH_STATES if "failed" in MACHINES[k.name]["create"]], ids=lambda k: k.name
)
def test_a_name_with_fail_fails(kind: Kind, raw: Raw, maker: Maker) -> None:
    machine = MACHINES[kind.name]
    if kind.name == "PipelineExecution":
        request = maker.request(kind, "x") | {"PipelineExecutionDisplayName": "will-fail"}
        key = {"PipelineExecutionArn": raw.ok(kind.create, request)["PipelineExecutionArn"]}
    elif kind.name == "ImageVersion":
        raw.ok("CreateImage", {"ImageName": "fails-not", "RoleArn": ROLE})
        raw.control.settings(failing_name="")
        raw.control.advance(60)
        raw.control.set_state("Image", "fails-not", "CREATED")
        raw.control.settings(failing_name="fail")
        raw.ok(kind.create, {"ImageName": "fails-not", "BaseImage": "i", "ClientToken": "t"})
        key = {"ImageName": "fails-not"}
    else:
        _, key = maker.create(kind, "willfail" if kind.name == "PartnerApp" else "will-fail")
    raw.control.advance(1000)
    assert status(raw, kind, key) == machine["create"]["failed"]
    if machine["failure"]:
        shown: Any = raw.ok(kind.describe, key)
        for word in machine["failure"].split("."):
            shown = shown[kind.wrapper][word] if kind.wrapper and word not in shown else shown[word]
        assert len(shown) > 10


@pytest.mark.parametrize("kind", [k for k in WITH_STATES if "stop" in MACHINES[k.name]], ids=lambda k: k.name)
def test_stop(kind: Kind, raw: Raw, maker: Maker) -> None:
    machine = MACHINES[kind.name]
    if kind.name == "AutoMLJobV2":
        kind = model.kinds()["AutoMLJob"]
    _, key = maker.create(kind, "thing")
    if not machine.get("job"):
        raw.control.advance(1000)
    body = dict(key)
    if kind.name == "PipelineExecution":
        body["ClientRequestToken"] = "t" * 32
    if kind.name == "InferenceExperiment":
        body["ModelVariantActions"] = {"a": "Retain"}
    raw.ok(kind.stop or "", body)
    assert status(raw, kind, key) == machine["stop"]["through"][0]
    raw.control.advance(1000)
    assert status(raw, kind, key) == machine["stop"]["to"]
    if "ignored_in" not in machine["stop"]:
        assert raw.refused(kind.stop or "", body).status == 400


@pytest.mark.parametrize(
    "kind",
    [k for k in WITH_STATES if k.delete and "not_in" in MACHINES[k.name].get("delete", {})],
    ids=lambda k: k.name,
)
def test_what_is_busy_is_not_deleted(kind: Kind, raw: Raw, maker: Maker) -> None:
    _, key = maker.create(kind, "thing")
    body = key | ({"ClientToken": "t" * 32} if kind.name == "PartnerApp" else {})
    if status(raw, kind, key) in MACHINES[kind.name]["delete"]["not_in"]:
        refusal = model.data("texts")["refusals"][MACHINES[kind.name]["delete"]["refusal"]]
        assert raw.refused(kind.delete or "", body).code == refusal["code"]
    raw.control.advance(1000)
    raw.control.set_state(
        kind.name, "thing", MACHINES[kind.name]["create"]["to"]
    ) if kind.name != "ImageVersion" else None
    raw.control.advance(1000)
    if kind.name not in ("InferenceExperiment", "TrainingSession"):  # these run until they are stopped
        raw.ok(kind.delete or "", body)


def notebook(raw: Raw) -> dict[str, Any]:
    return raw.ok("DescribeNotebookInstance", {"NotebookInstanceName": "notebook"})


def test_a_notebook_is_changed_and_deleted_only_when_stopped(raw: Raw) -> None:
    name = {"NotebookInstanceName": "notebook"}
    make_notebook(raw)
    raw.control.advance(60)
    arn = notebook(raw)["NotebookInstanceArn"]
    assert raw.refused("DeleteNotebookInstance", name).text == (
        f"Status (InService) not in ([Stopped, Failed]). Unable to transition to (Deleting) for Notebook Instance ({arn})"
    )
    assert raw.refused("UpdateNotebookInstance", name | {"VolumeSizeInGB": 9}).code == "ValidationException"
    raw.ok("StopNotebookInstance", name)
    assert notebook(raw)["NotebookInstanceStatus"] == "Stopping"
    raw.control.advance(60)
    raw.ok("UpdateNotebookInstance", name | {"VolumeSizeInGB": 9})
    assert notebook(raw)["NotebookInstanceStatus"] == "Updating"
    raw.control.advance(60)
    assert (notebook(raw)["NotebookInstanceStatus"], notebook(raw)["VolumeSizeInGB"]) == ("Stopped", 9)
    raw.ok("StartNotebookInstance", name)
    raw.control.advance(60)
    assert notebook(raw)["NotebookInstanceStatus"] == "InService"


def test_a_schedule_is_paused_and_goes_on(raw: Raw) -> None:
    name = {"MonitoringScheduleName": "s"}
    inline = {
        "MonitoringInputs": [{"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt"}}],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://b/o", "LocalPath": "/opt"}}]
        },
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "MonitoringAppSpecification": {"ImageUri": "i"},
        "RoleArn": ROLE,
    }
    raw.ok(
        "CreateMonitoringSchedule", name | {"MonitoringScheduleConfig": {"MonitoringJobDefinition": inline}}
    )
    assert raw.refused("DeleteMonitoringSchedule", name).text == "Monitoring schedule in status Pending"
    raw.control.advance(60)
    raw.ok("StopMonitoringSchedule", name)
    raw.control.advance(60)
    assert raw.ok("DescribeMonitoringSchedule", name)["MonitoringScheduleStatus"] == "Stopped"
    raw.ok("StopMonitoringSchedule", name)  # again: nothing happens
    assert raw.ok("DescribeMonitoringSchedule", name)["MonitoringScheduleStatus"] == "Stopped"
    raw.ok("StartMonitoringSchedule", name)
    raw.control.advance(60)
    shown = raw.ok("DescribeMonitoringSchedule", name)
    assert (shown["MonitoringScheduleStatus"], shown["EndpointName"]) == ("Scheduled", "e")


def test_a_deleted_app_is_described_for_a_day_and_its_name_is_free(raw: Raw) -> None:
    domain = make_domain(raw)
    raw.ok("CreateUserProfile", {"DomainId": domain, "UserProfileName": "ann"})
    raw.control.advance(60)
    app = {"DomainId": domain, "UserProfileName": "ann", "AppType": "JupyterServer", "AppName": "default"}
    raw.ok("CreateApp", app)
    assert raw.refused("DeleteApp", app).code == "ResourceInUse"  # Pending
    raw.control.advance(60)
    raw.ok("DeleteApp", app)
    raw.control.advance(60)
    assert raw.ok("DescribeApp", app)["Status"] == "Deleted"
    raw.control.advance(86_400)
    assert raw.refused("DescribeApp", app).code == "ResourceNotFound"
    raw.ok("CreateApp", app)
    raw.control.advance(60)
    raw.ok("DeleteApp", app)
    raw.control.advance(60)
    raw.ok("CreateApp", app)
    assert raw.ok("DescribeApp", app)["Status"] == "Pending"


def test_deleting_an_image_deletes_its_versions(raw: Raw) -> None:
    raw.ok("CreateImage", {"ImageName": "i", "RoleArn": ROLE})
    raw.control.advance(60)
    version = {"ImageName": "i", "BaseImage": "b"}
    for n in (1, 2):
        arn = raw.ok("CreateImageVersion", version | {"ClientToken": f"t{n}", "Aliases": [f"a{n}"]})[
            "ImageVersionArn"
        ]
        assert arn.endswith(f":image-version/i/{n}")
    raw.control.advance(60)
    assert raw.ok("DescribeImageVersion", {"ImageName": "i"})["Version"] == 2
    assert raw.ok("DescribeImageVersion", {"ImageName": "i", "Alias": "a1"})["Version"] == 1
    raw.ok("DeleteImageVersion", {"ImageName": "i", "Version": 2})
    raw.control.advance(60)
    again = raw.ok("CreateImageVersion", version | {"ClientToken": "t3"})["ImageVersionArn"]
    assert again.endswith("/3")  # a number is never given twice
    raw.control.advance(60)
    raw.ok("DeleteImage", {"ImageName": "i"})
    raw.control.advance(60)
    assert raw.refused("DescribeImageVersion", {"ImageName": "i", "Version": 1}).code == "ResourceNotFound"
