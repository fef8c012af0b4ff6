"""What an edit leads to: nothing is called done that is not, and nothing is tried for ever that cannot be."""

from collections.abc import Callable
from typing import Any

from tests.loop.test_intent import spec_of
from tests.loop.test_recovery import is_terminal, recoverable
from tests.loop.world import World, condition, is_ready, wait_until

Make = Callable[..., World]


def test_an_edit_to_a_neighbour_that_does_not_exist_yet_is_not_done(world: Make) -> None:
    there = world()
    there.apply("EndpointConfig", "one", spec_of(there, "EndpointConfig", "one"))
    there.apply("Endpoint", "e", {"endpointConfigRef": {"from": {"name": "one"}}})
    there.until("Endpoint", "e", is_ready)
    there.patch("Endpoint", "e", {"spec": {"endpointConfigRef": {"from": {"name": "two"}}}})
    obj = there.until("Endpoint", "e", recoverable)
    assert condition(obj, "Ready")["status"] == "False"
    assert obj["status"]["observedGeneration"] == obj["metadata"]["generation"]
    assert obj["status"]["endpointStatus"] == "InService"
    there.apply("EndpointConfig", "two", spec_of(there, "EndpointConfig", "two"))
    there.until("Endpoint", "e", is_ready)
    assert there.control.resource("Endpoint", "e")["described"]["EndpointConfigName"] == "two"


def test_profiles_of_one_name_in_two_domains_are_no_rivals(world: Make) -> None:
    there = world()
    for name in ("north", "south"):
        there.apply("Domain", name, spec_of(there, "Domain", name))
        spec = {"userProfileName": "ann", "domainRef": {"from": {"name": name}}}
        there.apply("UserProfile", f"ann-{name}", spec)
    arns = {
        there.until("UserProfile", f"ann-{name}", is_ready)["status"]["ackResourceMetadata"]["arn"]
        for name in ("north", "south")
    }
    assert len(arns) == 2


def test_what_a_finished_job_cannot_change_any_more_is_said_and_not_tried(world: Make) -> None:
    there = world()
    there.apply("TrainingJob", "done", spec_of(there, "TrainingJob", "done"))
    there.until("TrainingJob", "done", is_ready)
    there.control.forget_calls()
    there.patch("TrainingJob", "done", {"spec": {"profilerConfig": {"s3OutputPath": "s3://bucket/profile"}}})
    obj = there.until("TrainingJob", "done", lambda o: bool(condition(o, "ACK.Advisory")))
    assert "profilerConfig" in condition(obj, "ACK.Advisory")["message"]
    assert is_ready(obj)
    assert there.control.counts().get("UpdateTrainingJob", 0) == 0


def test_a_finished_job_whose_record_is_gone_takes_an_edit_and_says_so(world: Make) -> None:
    there = world()
    there.apply("TrainingJob", "done", spec_of(there, "TrainingJob", "done"))
    there.until("TrainingJob", "done", is_ready)
    there.control.remove("TrainingJob", "done")
    there.patch("TrainingJob", "done", {"spec": {"tags": [{"key": "a", "value": "b"}]}})
    obj = there.until("TrainingJob", "done", lambda o: bool(condition(o, "ACK.Advisory")))
    assert is_ready(obj) and obj["status"]["trainingJobStatus"] == "Completed"
    assert "no longer has the record" in condition(obj, "ACK.Advisory")["message"]


def test_a_job_that_vanished_while_it_ran_has_failed_and_is_not_run_again(world: Make) -> None:
    there = world(simulation={"speed": 1}, settling=0.1)
    there.apply("TrainingJob", "lost", spec_of(there, "TrainingJob", "lost"))
    there.until("TrainingJob", "lost", lambda o: bool((o.get("status") or {}).get("trainingJobStatus")))
    there.control.remove("TrainingJob", "lost")
    obj = there.until("TrainingJob", "lost", is_terminal)
    assert condition(obj, "Ready")["reason"] == "Gone"
    assert condition(obj, "ACK.ResourceSynced")["status"] == "True"
    assert there.control.counts()["CreateTrainingJob"] == 1


def test_an_update_that_sagemaker_refuses_for_its_form_is_sent_once_and_the_endpoint_goes_on_being_seen(
    world: Make,
) -> None:
    there = world(resync=2.0)
    there.apply("EndpointConfig", "one", spec_of(there, "EndpointConfig", "one"))
    there.apply("EndpointConfig", "two", spec_of(there, "EndpointConfig", "two"))
    there.apply("Endpoint", "e", {"endpointConfigName": "one"})
    there.until("Endpoint", "e", is_ready)
    text = "1 validation error detected: Value 'x' at 'y' failed to satisfy constraint: z"
    there.control.fault("error", "UpdateEndpoint", code="ValidationException", text=text, status=400)
    there.patch("Endpoint", "e", {"spec": {"endpointConfigName": "two"}})
    obj = there.until("Endpoint", "e", is_terminal)
    assert "failed to satisfy constraint" in condition(obj, "ACK.Terminal")["message"]
    there.control.set_state("Endpoint", "e", "OutOfService", "the container died")
    there.until("Endpoint", "e", lambda o: o["status"].get("endpointStatus") == "OutOfService")
    assert there.control.counts()["UpdateEndpoint"] == 1
    there.control.clear_faults()
    there.control.set_state("Endpoint", "e", "InService")
    there.patch("Endpoint", "e", {"spec": {"endpointConfigName": "one"}})
    there.until("Endpoint", "e", is_ready)


def test_only_what_is_missing_for_long_becomes_a_persons_business(world: Make) -> None:
    role = "arn:aws:iam::111122223333:role/execution"
    there = world(terminal_after=0.5, resync=3600.0)
    there.control.missing_roles(role)
    there.apply("TrainingJob", "early", spec_of(there, "TrainingJob", "early"))
    obj = there.until("TrainingJob", "early", is_terminal)
    assert "assume role" in condition(obj, "ACK.Terminal")["message"]
    tried = there.control.counts()["CreateTrainingJob"]
    # it stays so when it is tried again and nothing has changed, and an edit starts afresh
    there.patch("TrainingJob", "early", {"metadata": {"annotations": {"asks": "1"}}})
    wait_until(
        lambda: there.control.counts()["CreateTrainingJob"] > tried, lambda: str(there.control.counts())
    )
    assert is_terminal(there.get("TrainingJob", "early") or {})
    there.control.missing_roles()
    there.patch("TrainingJob", "early", {"metadata": {"annotations": {"asks": "2"}}})
    there.until("TrainingJob", "early", is_ready)


def test_throttling_and_lost_rights_are_waited_out_however_long(world: Make) -> None:
    there = world(terminal_after=0.1)
    there.control.fault("throttle", "CreateModel", times=3)
    there.control.fault(
        "error", "CreateModel", skip=3, times=1, code="AccessDeniedException", text="no", status=400
    )
    there.apply("Model", "patient", spec_of(there, "Model", "patient"))
    seen: list[dict[str, Any]] = []
    there.until("Model", "patient", lambda o: seen.append(o) or is_ready(o))  # type: ignore[func-returns-value]
    assert not any(is_terminal(obj) for obj in seen)


def test_a_settled_object_says_nothing_of_one_dropped_packet_and_something_of_three(world: Make) -> None:
    there = world()
    there.apply("Endpoint", "e", spec_of(there, "Endpoint", "e"))
    before = there.until("Endpoint", "e", is_ready)
    there.control.fault("error", "DescribeEndpoint", code="AccessDeniedException", text="no", status=400)
    there.patch("Endpoint", "e", {"metadata": {"annotations": {"asks": "1"}}})
    wait_until(lambda: there.control.counts()["DescribeEndpoint"] >= 2, lambda: str(there.control.counts()))
    first = there.get("Endpoint", "e") or {}
    assert first["status"] == before["status"]
    for asks in ("2", "3", "4"):
        there.patch("Endpoint", "e", {"metadata": {"annotations": {"asks": asks}}})
    obj = there.until("Endpoint", "e", recoverable)
    assert is_ready(obj)
    assert next(c["type"] for c in obj["status"]["conditions"]) == "ACK.Recoverable"
    there.control.clear_faults()
    there.patch("Endpoint", "e", {"metadata": {"annotations": {"asks": "5"}}})
    there.until("Endpoint", "e", lambda o: not condition(o, "ACK.Recoverable"))


def test_a_tag_that_sagemaker_refuses_for_its_form_is_sent_once(world: Make) -> None:
    there = world()
    there.apply("Model", "tagged", spec_of(there, "Model", "tagged"))
    there.until("Model", "tagged", is_ready)
    text = "1 validation error detected: Value at 'tags' failed to satisfy constraint: no aws: prefix"
    there.control.fault("error", "AddTags", code="ValidationException", text=text, status=400)
    there.patch("Model", "tagged", {"spec": {"tags": [{"key": "a", "value": "1"}]}})
    there.until("Model", "tagged", is_terminal)
    there.patch("Model", "tagged", {"metadata": {"annotations": {"asks": "1"}}})
    wait_until(lambda: there.control.counts()["DescribeModel"] >= 3, lambda: str(there.control.counts()))
    assert there.control.counts()["AddTags"] == 1
    there.control.clear_faults()
    there.patch("Model", "tagged", {"spec": {"tags": [{"key": "a", "value": "2"}]}})
    there.until("Model", "tagged", is_ready)


def test_a_tag_edited_while_an_answer_is_missing_is_not_lost(world: Make) -> None:
    there = world(settling=4.0)
    spec = spec_of(there, "Domain", "late")
    there.control.fault("drop-after-effect", "CreateDomain", times=1)
    there.apply("Domain", "late", spec)
    wait_until(
        lambda: any(r["name"] == "late" for r in there.control.resources("Domain")), lambda: "not created"
    )
    there.patch("Domain", "late", {"spec": {"tags": [{"key": "team", "value": "a"}]}})
    there.until("Domain", "late", is_ready)
    (there_is,) = (r for r in there.control.resources("Domain") if r["name"] == "late")
    assert there_is["tags"]["team"] == "a"
