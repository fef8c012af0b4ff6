"""Nothing lost, nothing twice: lost answers, restarts, names that are taken, and what a deletion leaves alone."""

from collections.abc import Callable
from typing import Any

import pytest

from controller.kinds.load import kinds
from simulator import model
from tests.loop.manifests import request_of
from tests.loop.world import World, condition, is_ready, wait_until
from tests.samples import manifest

Make = Callable[..., World]
KINDS = kinds()


def spec_of(world: World, kind: str, name: str) -> dict[str, Any]:
    request = request_of(KINDS[kind], world.maker, name)
    made: dict[str, Any] = manifest(KINDS[kind].create, request)
    return made


# found by name, by List and tag, and by token
LOST = ["TrainingJob", "Model", "Domain", "ComputeQuota", "PartnerApp", "PipelineExecution"]


@pytest.mark.parametrize("effect", ["drop-after-effect", "drop-before-effect"])
@pytest.mark.parametrize("kind", LOST)
def test_an_answer_that_never_came_makes_neither_two_nor_none(world: Make, kind: str, effect: str) -> None:
    there = world()
    spec = spec_of(there, kind, "once")
    before = len(there.control.resources(kind))
    there.control.fault(effect, KINDS[kind].verbs.create, times=1)
    there.apply(kind, "once", spec)
    there.until(kind, "once", is_ready)
    assert len(there.control.resources(kind)) == before + 1


def test_an_object_that_was_held_before_a_crash_is_looked_for_first(world: Make) -> None:
    there = world()
    kind = KINDS["TrainingJob"]
    note = {"sagemaker.services.k8s.aws/creating": "0@2026-01-01T00:00:00Z"}
    there.apply(
        "TrainingJob",
        "held",
        spec_of(there, "TrainingJob", "held"),
        finalizers=[kind.finalizer],
        annotations=note,
    )
    there.until("TrainingJob", "held", is_ready)
    operations = [call["operation"] for call in there.control.calls() if call["name"] == "held"]
    assert operations[:2] == ["DescribeTrainingJob", "CreateTrainingJob"]
    assert operations.count("CreateTrainingJob") == 1


def test_somebody_elses_resource_is_neither_taken_nor_deleted(world: Make) -> None:
    there = world()
    there.raw.ok("CreateModel", there.maker.request(model.kinds()["Model"], "theirs"))
    there.apply("Model", "theirs", spec_of(there, "Model", "theirs"))
    obj = there.until("Model", "theirs", lambda o: condition(o, "ACK.Terminal").get("status") == "True")
    assert condition(obj, "ACK.Terminal")["message"].startswith("Resource already exists: ")
    there.delete("Model", "theirs")
    there.until_gone("Model", "theirs")
    assert there.control.resource("Model", "theirs")
    assert there.control.counts().get("DeleteModel", 0) == 0


def test_of_two_that_declare_one_resource_the_older_has_it(world: Make) -> None:
    there = world()
    spec = {**spec_of(there, "Model", "shared"), "modelName": "shared"}
    there.apply("Model", "older", spec)
    there.until("Model", "older", is_ready)
    there.apply("Model", "younger", spec)
    obj = there.until("Model", "younger", lambda o: condition(o, "ACK.Terminal").get("status") == "True")
    assert "older" in condition(obj, "ACK.Terminal")["message"]
    there.delete("Model", "younger")
    there.until_gone("Model", "younger")
    assert there.control.resource("Model", "shared")
    assert there.control.counts()["CreateModel"] == 1


def test_a_stripped_status_is_restored_without_a_second_create(world: Make) -> None:
    there = world()
    there.apply("Domain", "kept", spec_of(there, "Domain", "kept"))
    arn = there.until("Domain", "kept", is_ready)["status"]["ackResourceMetadata"]["arn"]
    count = there.control.counts()["CreateDomain"]
    there.patch("Domain", "kept", {"status": None}, "status")
    obj = there.until("Domain", "kept", is_ready)
    assert obj["status"]["ackResourceMetadata"]["arn"] == arn
    assert there.control.counts()["CreateDomain"] == count


def test_retain_lets_go_without_a_call_also_while_deleting(world: Make) -> None:
    there = world(simulation={"speed": 1})
    there.apply("Endpoint", "kept", spec_of(there, "Endpoint", "kept"))
    there.until("Endpoint", "kept", lambda o: bool((o.get("status") or {}).get("ackResourceMetadata")))
    there.delete("Endpoint", "kept")  # Creating: SageMaker would not let it be deleted yet
    there.patch(
        "Endpoint", "kept", {"metadata": {"annotations": {"services.k8s.aws/deletion-policy": "retain"}}}
    )
    there.until_gone("Endpoint", "kept")
    assert there.control.counts().get("DeleteEndpoint", 0) == 0
    assert there.control.resource("Endpoint", "kept")


def test_a_role_that_is_not_there_yet_is_waited_for_in_words_no_client_gives_up_on(world: Make) -> None:
    there = world()
    role = "arn:aws:iam::111122223333:role/execution"
    there.control.missing_roles(role)
    spec = spec_of(there, "TrainingJob", "early")
    there.apply("TrainingJob", "early", spec)
    obj = there.until(
        "TrainingJob", "early", lambda o: condition(o, "ACK.Recoverable").get("status") == "True"
    )
    assert (
        "ValidationException" not in str(obj["status"])
        and "assume role" in condition(obj, "Ready")["message"]
    )
    there.control.missing_roles()
    there.until("TrainingJob", "early", is_ready)


def test_tags_of_a_finished_job_are_added_and_nothing_else_is_called(world: Make) -> None:
    there = world()
    there.apply("TrainingJob", "done", spec_of(there, "TrainingJob", "done"))
    there.until("TrainingJob", "done", is_ready)
    there.control.forget_calls()
    there.patch("TrainingJob", "done", {"spec": {"tags": [{"key": "team", "value": "a"}]}})
    wait_until(lambda: there.control.counts().get("AddTags") == 1, lambda: str(there.control.counts()))
    there.until("TrainingJob", "done", is_ready)
    assert set(there.control.counts()) <= {"AddTags", "ListTags", "DescribeTrainingJob"}
