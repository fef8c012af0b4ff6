"""What an update goes through, on a real API server and a simulated SageMaker: in success, in failure, and across a crash."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.kinds.load import kinds
from simulator import model
from tests.loop.test_intent import spec_of
from tests.loop.test_recovery import is_terminal, recoverable
from tests.loop.world import World, condition, is_ready, wait_until

Make = Callable[..., World]


def count(there: World, operation: str) -> int:
    return there.control.counts().get(operation, 0)


def ask(there: World, kind: str, name: str) -> None:
    """Have the object looked at, and wait until it was."""
    describe = kinds()[kind].verbs.describe
    before = count(there, describe)
    there.patch(kind, name, {"metadata": {"annotations": {"asks": str(before)}}})
    wait_until(lambda: count(there, describe) > before, lambda: str(there.control.counts()))


def notebook(there: World) -> str:
    """A notebook that works; answers with another instance type."""
    there.apply(
        "NotebookInstance", "n", {**spec_of(there, "NotebookInstance", "n"), "instanceType": "ml.t3.medium"}
    )
    there.until("NotebookInstance", "n", is_ready)
    there.control.forget_calls()
    return "ml.t3.large"


def instance(there: World) -> str:
    return str(there.control.resource("NotebookInstance", "n")["described"]["InstanceType"])


def moves(there: World) -> list[str]:
    named = {f"{verb}NotebookInstance" for verb in ("Stop", "Update", "Start", "Create", "Delete")}
    return [
        c["operation"].removesuffix("NotebookInstance")
        for c in there.control.calls()
        if c["operation"] in named
    ]


def is_back(obj: dict[str, Any]) -> bool:
    return is_ready(obj) and obj["status"]["notebookInstanceStatus"] == "InService"


def test_a_notebook_is_stopped_updated_and_started(world: Make) -> None:
    there = world(simulation={"speed": 4})
    other = notebook(there)
    there.patch("NotebookInstance", "n", {"spec": {"instanceType": other}})
    notes: list[str | None] = []
    states: set[str] = set()

    def told(obj: dict[str, Any]) -> bool:
        note = obj["status"].get("stoppedByControllerMetadata")
        if note and note not in notes:
            notes.append(note)
        # NB: the note is written before the stop, while nothing else is said of the edit yet
        if note and obj["status"]["observedGeneration"] == obj["metadata"]["generation"]:
            states.add(condition(obj, "Ready")["status"])
        return is_back(obj) and not note

    obj = there.until("NotebookInstance", "n", told)
    assert notes == ["UpdatePending", "UpdateTriggered"] and states == {"False"}
    assert moves(there) == ["Stop", "Update", "Start"] and instance(there) == other
    assert "stoppedByControllerMetadata" not in obj["status"]
    ask(there, "NotebookInstance", "n")
    assert moves(there) == ["Stop", "Update", "Start"]


def test_a_notebook_that_a_user_stopped_is_updated_and_stays_stopped(world: Make) -> None:
    there = world()
    other = notebook(there)
    there.raw.ok("StopNotebookInstance", {"NotebookInstanceName": "n"})
    wait_until(
        lambda: there.control.resource("NotebookInstance", "n")["status"] == "Stopped",
        lambda: str(there.control.resource("NotebookInstance", "n")),
    )
    there.control.forget_calls()
    there.patch("NotebookInstance", "n", {"spec": {"instanceType": other}})
    obj = there.until("NotebookInstance", "n", is_ready)
    wait_until(lambda: instance(there) == other, lambda: str(there.control.counts()))
    obj = there.until("NotebookInstance", "n", is_ready)
    assert obj["status"]["notebookInstanceStatus"] == "Stopped"
    assert condition(obj, "Ready")["reason"] == "Stopped"
    assert moves(there) == ["Update"]


def test_what_no_update_can_change_stops_nobodys_work(world: Make) -> None:
    there = world()
    spec = spec_of(there, "NotebookInstance", "n")
    there.apply("NotebookInstance", "n", {**spec, "directInternetAccess": "Enabled"})
    there.until("NotebookInstance", "n", is_ready)
    there.control.forget_calls()
    there.control.change("NotebookInstance", "n", set={"DirectInternetAccess": "Disabled"})
    ask(there, "NotebookInstance", "n")
    obj = there.until("NotebookInstance", "n", lambda o: bool(condition(o, "ACK.Advisory")))
    assert "directInternetAccess" in condition(obj, "ACK.Advisory")["message"] and is_ready(obj)
    assert moves(there) == []


def test_a_notebook_whose_update_is_refused_is_started_again_and_says_why(world: Make) -> None:
    there = world()
    other = notebook(there)
    text = "1 validation error detected: Value 'x' at 'y' failed to satisfy constraint: z"
    there.control.fault("error", "UpdateNotebookInstance", code="ValidationException", text=text, status=400)
    there.patch("NotebookInstance", "n", {"spec": {"instanceType": other}})

    def told(obj: dict[str, Any]) -> bool:
        back = obj["status"]["notebookInstanceStatus"] == "InService"
        return is_terminal(obj) and back and "stoppedByControllerMetadata" not in obj["status"]

    obj = there.until("NotebookInstance", "n", told)
    assert "failed to satisfy constraint" in condition(obj, "ACK.Terminal")["message"]
    assert moves(there) == ["Stop", "Update", "Start"]


def test_nobodys_notebook_stands_still_for_an_update_that_is_refused(world: Make) -> None:
    there = world(terminal_after=0.1)
    other = notebook(there)
    text = "Could not find what nobody has heard of"
    there.control.fault("error", "UpdateNotebookInstance", code="ValidationException", text=text, status=400)
    there.patch("NotebookInstance", "n", {"spec": {"instanceType": other}})
    wait_until(lambda: "Update" in moves(there), lambda: str(moves(there)))
    ask(there, "NotebookInstance", "n")  # or it would be tried again in 5 s

    def told(obj: dict[str, Any]) -> bool:
        back = obj["status"]["notebookInstanceStatus"] == "InService"
        return is_terminal(obj) and back and "stoppedByControllerMetadata" not in obj["status"]

    obj = there.until("NotebookInstance", "n", told)
    said = condition(obj, "ACK.Terminal")
    assert said["reason"] == "UpdateRefused" and text in said["message"]
    assert "was started again" in said["message"] and "edit the manifest" in said["message"]
    ask(there, "NotebookInstance", "n")
    made = moves(there)
    assert [made[0], *set(made[1:-1]), made[-1]] == ["Stop", "Update", "Start"], made


def test_a_notebook_whose_update_failed_says_so_and_is_left_to_a_person(world: Make) -> None:
    there = world()
    notebook(there)
    spec = spec_of(there, "NotebookInstanceLifecycleConfig", "fails")
    there.apply("NotebookInstanceLifecycleConfig", "fails", spec)
    there.until("NotebookInstanceLifecycleConfig", "fails", is_ready)
    there.patch("NotebookInstance", "n", {"spec": {"lifecycleConfigName": "fails"}})
    obj = there.until(
        "NotebookInstance",
        "n",
        lambda o: is_terminal(o) and "stoppedByControllerMetadata" not in o["status"],
    )
    assert obj["status"]["notebookInstanceStatus"] == "Failed"
    assert "Lifecycle Config failed" in condition(obj, "ACK.Terminal")["message"]
    ask(there, "NotebookInstance", "n")
    assert moves(there) == ["Stop", "Update"]


# Where a crash comes: the answer of this call is never had, or the controller ends when it was made.
STEPS = ["StopNotebookInstance", "UpdateNotebookInstance", "StartNotebookInstance"]


@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("effect", ["drop-after-effect", "drop-before-effect"])
def test_a_notebook_comes_back_whatever_call_is_lost(world: Make, operation: str, effect: str) -> None:
    there = world()
    other = notebook(there)
    there.control.fault(effect, operation, times=1)
    there.patch("NotebookInstance", "n", {"spec": {"instanceType": other}})
    wait_until(lambda: count(there, operation) >= 1, lambda: str(there.control.counts()))
    there.stop()
    there.start()
    obj = there.until("NotebookInstance", "n", lambda o: is_back(o) and instance(there) == other)
    assert "stoppedByControllerMetadata" not in obj["status"]
    repeated = 2 if effect == "drop-before-effect" else 1
    assert [count(there, step) for step in STEPS] == [repeated if step == operation else 1 for step in STEPS]


@pytest.fixture
def job(world: Make) -> Iterator[World]:
    there = world(
        simulation={"speed": 1, "durations": {"TrainingJob.create": 3600, "TrainingJob.rules": 0.1}}
    )
    spec = spec_of(there, "TrainingJob", "j")
    resources = {
        "instanceType": "ml.m5.large",
        "instanceCount": 1,
        "volumeSizeInGB": 10,
        "keepAlivePeriodInSeconds": 600,
    }
    profile = {"s3OutputPath": "s3://bucket/one"}
    there.apply("TrainingJob", "j", {**spec, "resourceConfig": resources, "profilerConfig": profile})
    there.until("TrainingJob", "j", lambda o: (o.get("status") or {}).get("secondaryStatus") == "Starting")
    yield there


def described(there: World) -> dict[str, Any]:
    return dict(there.control.resource("TrainingJob", "j")["described"])


def test_a_profiler_waits_for_the_start_of_its_job_and_is_switched_off(job: World) -> None:
    job.patch("TrainingJob", "j", {"spec": {"profilerConfig": {"s3OutputPath": "s3://bucket/two"}}})
    ask(job, "TrainingJob", "j")
    assert count(job, "UpdateTrainingJob") == 0
    job.control.change("TrainingJob", "j", set={"SecondaryStatus": "Training"})
    ask(job, "TrainingJob", "j")
    wait_until(
        lambda: described(job)["ProfilerConfig"]["S3OutputPath"] == "s3://bucket/two",
        lambda: str(job.control.counts()),
    )
    job.patch("TrainingJob", "j", {"spec": {"profilerConfig": None}})
    wait_until(lambda: described(job)["ProfilingStatus"] == "Disabled", lambda: str(described(job)))
    ask(job, "TrainingJob", "j")
    ask(job, "TrainingJob", "j")
    assert count(job, "UpdateTrainingJob") == 2


def test_a_warm_pool_is_kept_longer_once_the_job_has_ended(job: World) -> None:
    kept = {"spec": {"resourceConfig": {"keepAlivePeriodInSeconds": 900}}}
    job.patch("TrainingJob", "j", kept)
    ask(job, "TrainingJob", "j")
    assert count(job, "UpdateTrainingJob") == 0
    job.control.change("TrainingJob", "j", set={"WarmPoolStatus": {"Status": "Available"}})
    job.control.set_state("TrainingJob", "j", "Completed")
    obj = job.until("TrainingJob", "j", is_ready)
    assert obj["status"]["warmPoolStatus"]["status"] == "Available"
    wait_until(
        lambda: described(job)["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 900,
        lambda: str(job.control.counts()),
    )
    assert count(job, "UpdateTrainingJob") == 1
    assert job.control.calls("UpdateTrainingJob")[0]["request"]["ResourceConfig"] == {
        "KeepAlivePeriodInSeconds": 900
    }
    # the pool ends: it is seen, and after that nobody looks any more
    job.control.change("TrainingJob", "j", set={"WarmPoolStatus": {"Status": "Terminated"}})
    job.until("TrainingJob", "j", lambda o: o["status"]["warmPoolStatus"]["status"] == "Terminated")
    job.stop()
    job.control.forget_calls()
    job.start()
    ask_nothing(job)
    assert count(job, "DescribeTrainingJob") == 0


def ask_nothing(there: World) -> None:
    """Wait until the controller has surely gone over everything that was there when it started."""
    there.apply("Model", "later", spec_of(there, "Model", "later"))
    there.until("Model", "later", is_ready)


def test_both_at_once_is_a_persons_to_decide(job: World) -> None:
    both = {
        "resourceConfig": {"keepAlivePeriodInSeconds": 900},
        "profilerConfig": {"s3OutputPath": "s3://bucket/two"},
    }
    job.patch("TrainingJob", "j", {"spec": both})
    obj = job.until("TrainingJob", "j", is_terminal)
    assert (
        condition(obj, "ACK.Terminal")["message"] == "cannot update Warm pool and Profiler at the same time"
    )
    job.patch("TrainingJob", "j", {"spec": {"profilerConfig": {"s3OutputPath": "s3://bucket/one"}}})
    job.until("TrainingJob", "j", lambda o: not is_terminal(o))
    assert count(job, "UpdateTrainingJob") == 0


def test_a_schedule_is_changed_and_deleted_after_its_execution(world: Make) -> None:
    there = world()
    there.apply("MonitoringSchedule", "s", spec_of(there, "MonitoringSchedule", "s"))
    there.until("MonitoringSchedule", "s", is_ready)
    running = {"LastMonitoringExecutionSummary": {"MonitoringExecutionStatus": "InProgress"}}
    ended = {"LastMonitoringExecutionSummary": {"MonitoringExecutionStatus": "Completed"}}
    there.control.change("MonitoringSchedule", "s", set=running)
    ask(there, "MonitoringSchedule", "s")
    assert is_ready(there.get("MonitoringSchedule", "s") or {})
    expression = {"scheduleConfig": {"scheduleExpression": "cron(0 12 ? * * *)"}}
    there.patch("MonitoringSchedule", "s", {"spec": {"monitoringScheduleConfig": expression}})
    obj = there.until("MonitoringSchedule", "s", recoverable)
    assert condition(obj, "Ready")["reason"] == "Busy"
    assert count(there, "UpdateMonitoringSchedule") == 0
    there.control.change("MonitoringSchedule", "s", set=ended)
    ask(there, "MonitoringSchedule", "s")
    there.until("MonitoringSchedule", "s", is_ready)
    assert count(there, "UpdateMonitoringSchedule") == 1
    there.control.change("MonitoringSchedule", "s", set=running)
    there.delete("MonitoringSchedule", "s")
    there.until("MonitoringSchedule", "s", lambda o: condition(o, "Ready").get("reason") == "Deleting")
    assert count(there, "DeleteMonitoringSchedule") == 0
    there.control.change("MonitoringSchedule", "s", set=ended)
    there.patch("MonitoringSchedule", "s", {"metadata": {"annotations": {"asks": "1"}}})
    there.until_gone("MonitoringSchedule", "s")
    assert count(there, "DeleteMonitoringSchedule") == 1


@pytest.mark.parametrize("kind", ["App", "Project"])
def test_what_describe_goes_on_calling_deleted_is_gone(world: Make, kind: str) -> None:
    there = world(settling=0.1)
    there.apply(kind, "a", spec_of(there, kind, "a"))
    there.until(kind, "a", is_ready)
    create, delete = kinds()[kind].verbs.create, str(kinds()[kind].verbs.delete)
    request = there.control.resource(kind, "a")["request"]
    there.raw.ok(delete, {m: v for m, v in request.items() if m in model.input_shape(delete).members})
    gone = {"Deleted", "DeleteCompleted"}
    wait_until(
        lambda: there.control.resource(kind, "a")["status"] in gone,
        lambda: str(there.control.resource(kind, "a")),
    )
    there.control.forget_calls()
    ask(there, kind, "a")
    there.until(kind, "a", lambda o: is_ready(o) and count(there, create) == 1)
    assert there.control.resource(kind, "a")["status"] not in gone
    # and what is deleted lets go of the object as soon as it is only remembered
    there.delete(kind, "a")
    there.until_gone(kind, "a")
    assert (count(there, create), count(there, delete)) == (1, 1)
    assert there.control.resource(kind, "a")["status"] in gone


def test_a_version_of_a_package_changes_its_approval_and_metadata_in_place(world: Make) -> None:
    there = world()
    there.apply("ModelPackageGroup", "g", spec_of(there, "ModelPackageGroup", "g"))
    spec = spec_of(there, "ModelPackage", "v")
    spec = {k: v for k, v in spec.items() if k not in {"modelPackageName", "tags"}}
    there.apply("ModelPackage", "v", {**spec, "modelPackageGroupName": "g", "approvalDescription": "not yet"})
    first = there.until("ModelPackage", "v", is_ready)
    arn = first["status"]["ackResourceMetadata"]["arn"]
    assert arn.endswith("model-package/g/1")
    before = count(there, "UpdateModelPackage")
    there.patch(
        "ModelPackage", "v", {"spec": {"modelApprovalStatus": "Approved", "approvalDescription": "good"}}
    )
    there.until("ModelPackage", "v", is_ready)
    (shown,) = [r["described"] for r in there.control.resources("ModelPackage") if r["arn"] == arn]
    assert (shown["ModelApprovalStatus"], shown["ApprovalDescription"]) == ("Approved", "good")
    assert (count(there, "CreateModelPackage"), count(there, "UpdateModelPackage") - before) == (1, 1)
    ask(there, "ModelPackage", "v")
    assert count(there, "UpdateModelPackage") - before == 1


def test_an_execution_is_started_once_with_one_token_and_changed_while_it_runs(world: Make) -> None:
    there = world()
    there.control.settings(durations={"PipelineExecution.create": 3600})
    there.control.fault("drop-after-effect", "StartPipelineExecution", times=1)
    there.apply("PipelineExecution", "x", spec_of(there, "PipelineExecution", "x"))
    there.until(
        "PipelineExecution",
        "x",
        lambda o: (o.get("status") or {}).get("pipelineExecutionStatus") == "Executing",
    )
    tokens = {call["token"] for call in there.control.calls("StartPipelineExecution")}
    assert len(tokens) == 1 and len(there.control.resources("PipelineExecution")) == 1
    there.patch(
        "PipelineExecution", "x", {"spec": {"parallelismConfiguration": {"maxParallelExecutionSteps": 7}}}
    )
    wait_until(lambda: count(there, "UpdatePipelineExecution") == 1, lambda: str(there.control.counts()))
    (shown,) = [r["described"] for r in there.control.resources("PipelineExecution")]
    assert shown["ParallelismConfiguration"]["MaxParallelExecutionSteps"] == 7
    ask(there, "PipelineExecution", "x")
    assert count(there, "UpdatePipelineExecution") == 1


def test_a_project_is_provisioned_anew_with_other_parameters(world: Make) -> None:
    there = world()
    product = {"productID": "prod-one", "provisioningArtifactID": "pa-one"}
    spec = {"projectDescription": "first", "serviceCatalogProvisioningDetails": product}
    there.apply("Project", "p", {**spec_of(there, "Project", "p"), **spec})
    there.until("Project", "p", is_ready)
    details = {**product, "provisioningArtifactID": "pa-other"}
    there.patch(
        "Project",
        "p",
        {"spec": {"projectDescription": "second", "serviceCatalogProvisioningDetails": details}},
    )
    obj = there.until("Project", "p", is_ready)
    shown = there.control.resource("Project", "p")["described"]
    assert shown["ProjectDescription"] == "second"
    assert shown["ServiceCatalogProvisioningDetails"]["ProvisioningArtifactId"] == "pa-other"
    assert obj["status"]["projectStatus"] == "UpdateCompleted"
    assert (count(there, "UpdateProject"), count(there, "CreateProject")) == (1, 1)
    sent = there.control.calls("UpdateProject")[0]["request"]["ServiceCatalogProvisioningUpdateDetails"]
    assert "ProductId" not in sent
