"""After lost answers, lost finalizers, lost neighbours: nothing is left behind, made twice, or taken from somebody else."""

from collections.abc import Callable
from typing import Any

import pytest

from controller.decide.declared import ARN_ANNOTATION
from controller.kinds.load import kinds
from simulator import model
from tests.loop.test_intent import spec_of
from tests.loop.world import World, condition, has_arn, is_ready, wait_until

Make = Callable[..., World]
KINDS = kinds()
RETAIN = {"services.k8s.aws/deletion-policy": "retain"}


def is_terminal(obj: dict[str, Any]) -> bool:
    return condition(obj, "ACK.Terminal").get("status") == "True"


def recoverable(obj: dict[str, Any]) -> bool:
    return condition(obj, "ACK.Recoverable").get("status") == "True"


def made(world: World, kind: str, before: int = 0) -> int:
    return len(world.control.resources(kind)) - before


def domain_with_profile(there: World) -> None:
    """A Domain, and a UserProfile that refers to it by its object."""
    there.apply("Domain", "studio", spec_of(there, "Domain", "studio"))
    there.apply("UserProfile", "ann", {"domainRef": {"from": {"name": "studio"}}})
    there.until("UserProfile", "ann", is_ready)


def without_domain_object(there: World) -> None:
    there.patch("Domain", "studio", {"metadata": {"annotations": RETAIN}})
    there.delete("Domain", "studio")
    there.until_gone("Domain", "studio")


def test_a_foreign_resource_stays_also_when_what_we_refer_to_is_gone(world: Make) -> None:
    there = world()
    there.raw.ok("CreateEndpoint", there.maker.request(model.kinds()["Endpoint"], "theirs"))
    there.apply("EndpointConfig", "config", spec_of(there, "EndpointConfig", "config"))
    there.apply("Endpoint", "theirs", {"endpointConfigRef": {"from": {"name": "config"}}})
    there.until("Endpoint", "theirs", is_terminal)
    there.delete("EndpointConfig", "config")
    there.until_gone("EndpointConfig", "config")
    there.delete("Endpoint", "theirs")
    there.until_gone("Endpoint", "theirs")
    assert there.control.counts().get("DeleteEndpoint", 0) == 0
    assert there.control.resource("Endpoint", "theirs")


def test_a_package_of_one_name_that_somebody_made_by_hand_stays(world: Make) -> None:
    there = world()
    there.raw.ok("CreateModelPackage", there.maker.request(model.kinds()["ModelPackage"], "theirs"))
    there.apply(
        "ModelPackage", "theirs", {**spec_of(there, "ModelPackage", "theirs"), "modelPackageName": "theirs"}
    )
    obj = there.until("ModelPackage", "theirs", is_terminal)
    assert condition(obj, "ACK.Terminal")["message"].startswith("Resource already exists: ")
    there.delete("ModelPackage", "theirs")
    there.until_gone("ModelPackage", "theirs")
    assert there.control.counts().get("DeleteModelPackage", 0) == 0


def test_a_profile_outlives_the_object_of_its_domain_and_is_deleted_without_it(world: Make) -> None:
    there = world()
    domain_with_profile(there)
    without_domain_object(there)
    there.stop()
    there.control.forget_calls()
    there.start()
    there.patch("UserProfile", "ann", {"metadata": {"annotations": {"somebody": "asks"}}})
    wait_until(
        lambda: bool(there.control.counts().get("DescribeUserProfile")), lambda: str(there.control.counts())
    )
    assert is_ready(there.get("UserProfile", "ann") or {})
    assert there.control.counts().get("CreateUserProfile", 0) == 0
    there.delete("UserProfile", "ann")
    there.until_gone("UserProfile", "ann")
    assert there.control.counts().get("DeleteUserProfile") == 1


def test_a_profile_whose_status_is_stripped_waits_for_its_domain_and_is_not_taken_for_gone(
    world: Make,
) -> None:
    there = world()
    domain_with_profile(there)
    without_domain_object(there)
    there.control.forget_calls()
    there.patch("UserProfile", "ann", {"status": None}, "status")
    obj = there.until("UserProfile", "ann", recoverable)
    assert "Domain" in condition(obj, "Ready")["message"]
    assert there.control.counts() == {}
    there.delete("UserProfile", "ann")
    obj = there.until("UserProfile", "ann", lambda o: condition(o, "Ready").get("reason") == "Deleting")
    assert "deletion-policy: retain" in condition(obj, "Ready")["message"]
    there.patch("UserProfile", "ann", {"metadata": {"annotations": RETAIN}})
    there.until_gone("UserProfile", "ann")
    assert made(there, "UserProfile") == 1


def test_a_finalizer_that_a_replace_dropped_is_put_back(world: Make) -> None:
    there = world()
    there.apply("Model", "kept", spec_of(there, "Model", "kept"))
    there.until("Model", "kept", is_ready)
    there.patch("Model", "kept", {"metadata": {"finalizers": None}})
    there.until("Model", "kept", lambda o: KINDS["Model"].finalizer in o["metadata"].get("finalizers", ()))
    there.delete("Model", "kept")
    there.until_gone("Model", "kept")
    assert there.control.counts()["CreateModel"] == 1 and made(there, "Model") == 0


def noted(there: World, kind: str) -> str | None:
    """The ARN that the annotation of the kind's one object has."""
    found: str | None = (there.get(kind, "kept") or {})["metadata"].get("annotations", {}).get(ARN_ANNOTATION)
    return found


def test_the_annotation_that_outlives_a_status_is_put_back_without_a_call_for_what_is_over(
    world: Make,
) -> None:
    there = world()
    arns = {}
    for kind in ("Domain", "TrainingJob"):
        there.apply(kind, "kept", spec_of(there, kind, "kept"))
        arns[kind] = there.until(kind, "kept", is_ready)["status"]["ackResourceMetadata"]["arn"]
        there.until(kind, "kept", lambda o: ARN_ANNOTATION in o["metadata"].get("annotations", {}))
    there.rest()
    there.control.forget_calls()
    for kind in arns:
        there.patch(kind, "kept", {"metadata": {"annotations": {ARN_ANNOTATION: None}}})
    for kind, arn in arns.items():
        wait_until(lambda: noted(there, kind) == arn, lambda: f"{kind}: {noted(there, kind)}")  # noqa: B023
    assert set(there.control.counts()) == {"DescribeDomain"}


def test_an_object_that_is_restored_with_its_annotations_alone_finds_its_resource(world: Make) -> None:
    there = world()
    spec = spec_of(there, "Domain", "kept")
    there.apply("Domain", "kept", spec)
    before = there.until("Domain", "kept", is_ready)
    wait_until(
        lambda: "sagemaker.services.k8s.aws/arn" in str((there.get("Domain", "kept") or {})["metadata"]),
        lambda: "",
    )
    annotations = (there.get("Domain", "kept") or {})["metadata"]["annotations"]
    there.patch("Domain", "kept", {"metadata": {"annotations": RETAIN}})
    there.delete("Domain", "kept")
    there.until_gone("Domain", "kept")
    count = there.control.counts()["CreateDomain"]
    there.apply("Domain", "kept", spec, annotations=annotations)
    after = there.until("Domain", "kept", is_ready)
    assert after["status"]["ackResourceMetadata"] == before["status"]["ackResourceMetadata"]
    assert there.control.counts()["CreateDomain"] == count
    # a copy of the manifest, annotations and all, is another object and gets a domain of its own
    there.apply("Domain", "copy", {**spec, "domainName": "copy"}, annotations=annotations)
    copy = there.until("Domain", "copy", is_ready)
    assert copy["status"]["ackResourceMetadata"]["arn"] != after["status"]["ackResourceMetadata"]["arn"]


def test_an_annotation_that_names_somebody_elses_resource_takes_nothing(world: Make) -> None:
    there = world()
    there.apply("Model", "theirs", spec_of(there, "Model", "theirs"))
    arn = there.until("Model", "theirs", is_ready)["status"]["ackResourceMetadata"]["arn"]
    there.apply(
        "Model",
        "thief",
        {**spec_of(there, "Model", "theirs"), "modelName": "theirs"},
        annotations={"sagemaker.services.k8s.aws/arn": arn},
    )
    obj = there.until("Model", "thief", is_terminal)
    there.delete("Model", "thief")
    there.until_gone("Model", "thief")
    assert "belongs to Model" in condition(obj, "ACK.Terminal")["message"]
    assert there.control.resource("Model", "theirs")


def test_a_claim_on_one_resource_proves_nothing_of_another(world: Make) -> None:
    """Whoever names a neighbour's endpoint and claims something untagged gets neither."""
    there = world()
    there.apply("Endpoint", "victim", spec_of(there, "Endpoint", "victim"))
    there.until("Endpoint", "victim", is_ready)
    there.raw.ok("CreateModel", there.maker.request(model.kinds()["Model"], "untagged"))
    untagged = there.control.resource("Model", "untagged")["arn"]
    there.apply("EndpointConfig", "evil", spec_of(there, "EndpointConfig", "evil"))
    there.until("EndpointConfig", "evil", is_ready)
    there.control.forget_calls()
    there.apply(
        "Endpoint",
        "mine",
        {"endpointName": "victim", "endpointConfigName": "evil"},
        annotations={"sagemaker.services.k8s.aws/arn": untagged},
    )
    there.until("Endpoint", "mine", is_terminal)
    there.delete("Endpoint", "mine")
    there.until_gone("Endpoint", "mine")
    assert (
        there.control.counts().get("UpdateEndpoint", 0)
        == there.control.counts().get("DeleteEndpoint", 0)
        == 0
    )
    assert there.control.resource("Endpoint", "victim")


IN_VAIN = {
    "no ARN at all": ("foo", "is not the ARN of a SageMaker resource"),
    "an ARN of nothing": (
        "arn:aws:sagemaker:us-east-1:111122223333:model/odd",
        "SageMaker has no such Model in this account and region",
    ),
}


@pytest.mark.parametrize("what", IN_VAIN)
def test_who_claims_what_is_not_there_is_told_and_gets_nothing_new(world: Make, what: str) -> None:
    there = world()
    spec = spec_of(there, "Model", "odd")
    claim, said = IN_VAIN[what]
    there.apply("Model", "odd", spec, annotations={"sagemaker.services.k8s.aws/arn": claim})
    obj = there.until("Model", "odd", is_terminal)
    assert condition(obj, "ACK.Terminal")["reason"] == "InvalidAnnotation"
    assert said in condition(obj, "ACK.Terminal")["message"] and not has_arn(obj)
    assert there.control.resources("Model", "odd") == []
    there.patch("Model", "odd", {"metadata": {"annotations": {"sagemaker.services.k8s.aws/arn": None}}})
    there.until("Model", "odd", is_ready)
    assert len(there.control.resources("Model", "odd")) == 1


def test_a_lost_answer_and_a_describe_that_lags_are_not_taken_for_somebody_elses(world: Make) -> None:
    there = world(simulation={"speed": 1, "describe_delay": 3.0}, settling=10.0)
    there.control.fault("drop-after-effect", "CreateModel", times=1)
    there.apply("Model", "lagging", spec_of(there, "Model", "lagging"))
    there.until("Model", "lagging", is_ready)
    assert made(there, "Model") == 1


def test_a_domain_that_was_throttled_and_then_lost_its_answer_is_made_once(world: Make) -> None:
    there = world(simulation={"speed": 1, "list_delay": 2.0}, settling=4.0)
    spec = spec_of(there, "Domain", "once")
    before = made(there, "Domain")
    there.control.fault("throttle", "CreateDomain", times=4)
    there.control.fault("drop-after-effect", "CreateDomain", skip=4, times=1)
    there.apply("Domain", "once", spec)
    there.until("Domain", "once", is_ready)
    assert made(there, "Domain", before) == 1


@pytest.mark.parametrize(
    "kind", ["Domain", "PartnerApp", "PipelineExecution", "ImageVersion", "ModelPackage", "Endpoint"]
)
def test_what_lost_its_answer_is_ended_when_it_is_deleted_at_once(world: Make, kind: str) -> None:
    there = world()
    there.control.settings(durations={"PipelineExecution.create": 3600})
    spec = spec_of(there, kind, "lost")
    known = {resource["arn"] for resource in there.control.resources(kind)}
    there.control.fault("drop-after-effect", KINDS[kind].verbs.create, times=1)
    # the second try, which would tell, comes only once the object is being deleted
    there.control.fault("throttle", KINDS[kind].verbs.create, skip=1, times=2)
    there.apply(kind, "lost", spec)
    wait_until(lambda: len(there.control.resources(kind)) > len(known), lambda: str(there.control.counts()))
    there.delete(kind, "lost")
    there.until_gone(kind, "lost")
    left = [r for r in there.control.resources(kind) if r["arn"] not in known]
    assert [r for r in left if r["status"] not in {"Stopped", "Stopping", "Deleting", "Deleted"}] == []


def test_what_vanished_is_made_again_once_though_that_answer_is_lost(world: Make) -> None:
    there = world()
    there.apply("PartnerApp", "again", spec_of(there, "PartnerApp", "again"))
    obj = there.until("PartnerApp", "again", is_ready)
    before = obj["status"]["ackResourceMetadata"]["arn"]
    wait_until(lambda: there.control.now() > 0, lambda: "")
    there.control.remove("PartnerApp", "again")
    there.control.fault("drop-after-effect", "CreatePartnerApp", times=1)

    def is_another(obj: dict[str, Any]) -> bool:
        there.patch("PartnerApp", "again", {"metadata": {"annotations": {"asks": str(there.control.now())}}})
        return is_ready(obj) and obj["status"]["ackResourceMetadata"]["arn"] != before

    there.until("PartnerApp", "again", is_another)
    assert made(there, "PartnerApp") == 1


def test_what_cannot_be_made_again_says_why_and_is_tried_ever_more_seldom(world: Make) -> None:
    there = world(settling=0.5)
    there.apply("EndpointConfig", "config", spec_of(there, "EndpointConfig", "config"))
    there.apply("Endpoint", "e", {"endpointConfigName": "config"})
    there.until("Endpoint", "e", is_ready)
    there.patch("EndpointConfig", "config", {"metadata": {"annotations": RETAIN}})
    there.delete("EndpointConfig", "config")
    there.until_gone("EndpointConfig", "config")
    there.control.remove("Endpoint", "e")
    there.control.remove("EndpointConfig", "config")
    there.control.forget_calls()
    there.patch("Endpoint", "e", {"metadata": {"annotations": {"asks": "1"}}})
    obj = there.until("Endpoint", "e", lambda o: "Could not find" in condition(o, "Ready").get("message", ""))
    assert recoverable(obj)
    assert there.control.counts()["CreateEndpoint"] <= 2


def test_what_list_could_not_show_is_not_listed(world: Make) -> None:
    """Nor is listing granted: the summary of a profile has no ARN, and without its domain nobody can ask for it."""
    there = world(kinds=("Domain", "UserProfile"))
    spec = {"domainRef": {"from": {"name": "never-there"}}}
    there.apply("UserProfile", "ann", spec, finalizers=[KINDS["UserProfile"].finalizer])
    there.delete("UserProfile", "ann")
    there.until_gone("UserProfile", "ann")
    assert "ListUserProfiles" not in there.control.counts()


def test_what_was_sent_is_on_record_though_the_look_after_it_fails(world: Make) -> None:
    there = world(kinds=("Experiment",))
    there.apply("Experiment", "e", {"description": "one"})
    there.until("Experiment", "e", is_ready)
    there.control.fault(
        "ignore", "UpdateExperiment"
    )  # else the repair would be seen, and nothing left to send
    there.control.fault("throttle", "DescribeExperiment", skip=1, times=1)
    there.control.change("Experiment", "e", set={"Description": "somebody else's"})
    there.patch("Experiment", "e", {"metadata": {"annotations": {"cause": "any"}}})
    obj = there.until("Experiment", "e", lambda o: bool(condition(o, "ACK.Advisory")))
    assert "sent" in obj["status"]["applied"]
    assert there.control.counts()["UpdateExperiment"] == 1
