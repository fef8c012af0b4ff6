"""The way of an update: what is latched, sent again, sent by another operation or one at a time."""

import json
from dataclasses import replace
from typing import Any

import pytest

from controller.decide.actions import Action, Reject, Show, Update, Wait
from controller.decide.plan import plan
from controller.decide.situation import Situation
from controller.decide.updates import latch_note
from tests.decide.objects import status
from tests.decide.test_plan import ENDPOINT, ENDPOINT_ARN, SERVING, chosen, situation

CONFIG = "sagemaker.services.k8s.aws/last-endpoint-config-for-update"
SPEC = "sagemaker.services.k8s.aws/last-spec-for-update"
LATCHED = "api error EndpointUpdateError: unable to update endpoint. check FailureReason. latest EndpointConfigName is two"
UNHEALTHY = "The primary container for production variant AllTraffic did not pass the ping health check."
PASSING = "Request to service failed. If failure persists after retry, contact customer support."
TWO: dict[str, Any] = {"spec": {"endpointConfigName": "two"}, "annotations": {CONFIG: "two"}, **ENDPOINT}


def endpoint(failure: str | None, **parts: Any) -> Action:
    seen = SERVING | ({"FailureReason": failure} if failure else {})
    retry_in = parts.pop("retry_in", 0.0)
    return plan(replace(situation("Endpoint", seen=seen, **{**TWO, **parts}), retry_in=retry_in))


FAILED_UPDATES: dict[str, tuple[Action, Action | str]] = {
    "what failed is not sent again": (endpoint(UNHEALTHY), Reject("UpdateFailed", LATCHED)),
    "another configuration is": (endpoint(UNHEALTHY, spec={"endpointConfigName": "three"}), "Update"),
    "one that was never sent is": (endpoint(UNHEALTHY, annotations={}), "Update"),
    "one that failed without a reason was not that update": (endpoint(None), "Update"),
    "nothing is said once nothing differs": (
        endpoint(UNHEALTHY, spec={"endpointConfigName": "one"}),
        Show(),
    ),
    "the service's own failure is sent again": (endpoint(PASSING), "Update"),
    "after a pause": (endpoint(PASSING, retry_in=20.0), Wait("UpdateFailed", PASSING, 20.0)),
    "of which no minute goes unseen": (
        endpoint(PASSING, retry_in=600.0),
        Wait("UpdateFailed", PASSING, 60.0),
    ),
    "nobody waits once it is mended": (endpoint(None, retry_in=20.0), "Update"),
    "an edit need not wait for it": (
        endpoint(PASSING, retry_in=600.0, spec={"endpointConfigName": "three"}),
        "Update",
    ),
}


@pytest.mark.parametrize("name", list(FAILED_UPDATES))
def test_a_failed_update(name: str) -> None:
    action, expected = FAILED_UPDATES[name]
    assert (chosen(action) if isinstance(expected, str) else action) == expected


def test_the_record_of_what_was_sent_latches_without_the_annotation() -> None:
    update = endpoint(None, annotations={})
    assert isinstance(update, Update)
    known = {**ENDPOINT["status"], "applied": {"sent": update.sent}}
    assert endpoint(UNHEALTHY, annotations={}, status=known) == Reject("UpdateFailed", LATCHED)
    assert isinstance(endpoint(PASSING, annotations={}, status=known), Update)


def test_an_endpoint_that_never_served_is_not_updated() -> None:
    seen = SERVING | {"EndpointStatus": "Failed", "FailureReason": UNHEALTHY}
    action = plan(situation("Endpoint", seen=seen, **{**TWO, "annotations": {}}))
    assert isinstance(action, Show) and "endpointConfigName" in (action.advisory or "")


COMPONENT: dict[str, Any] = {
    "held": True,
    "status": status("inferenceComponentStatus", "InService", arn=ENDPOINT_ARN, ready="True"),
}
HAS: dict[str, Any] = {
    "InferenceComponentName": "job",
    "InferenceComponentStatus": "InService",
    "EndpointName": "e",
    "Specification": {"ModelName": "old"},
    "RuntimeConfig": {"DesiredCopyCount": 1, "CurrentCopyCount": 1},
}
WISHED: dict[str, Any] = {"endpointName": "e", "specification": {"modelName": "new"}}
COMPONENT_LATCHED = (
    "api error InferenceComponentUpdateError: Unable to update inference component. Check FailureReason."
)


def test_a_component_is_latched_by_its_whole_spec_as_the_incumbent_wrote_it() -> None:
    theirs = {**WISHED, "inferenceComponentName": "job", "tags": [{"key": "a", "value": "b"}]}
    seen = HAS | {"FailureReason": "no capacity"}

    def planned(noted: dict[str, Any]) -> Action:
        note = {SPEC: json.dumps(noted)}
        return plan(situation("InferenceComponent", spec=WISHED, annotations=note, seen=seen, **COMPONENT))

    assert planned(theirs) == Reject("UpdateFailed", COMPONENT_LATCHED)
    assert isinstance(planned({**theirs, "specification": {"modelName": "older"}}), Update)
    never_sent = situation("InferenceComponent", spec=WISHED, seen=seen, **COMPONENT)
    assert isinstance(plan(never_sent), Update)


def test_what_the_latch_notes_has_no_tags_and_follows_references() -> None:
    spec = {**WISHED, "tags": [{"key": "a", "value": "b"}]}
    given = situation("InferenceComponent", spec=spec, seen=HAS, **COMPONENT)
    noted = json.loads(latch_note(given.declared, given.asked) or "")
    assert noted == {**WISHED, "inferenceComponentName": "job"}


def test_what_the_latch_notes_is_the_same_however_a_manifest_orders_it() -> None:
    def noted(*keys: str) -> str | None:
        container = {"image": "i", "environment": dict.fromkeys(keys, "1")}
        spec = {"endpointName": "e", "specification": {"container": container}}
        given = situation("InferenceComponent", spec=spec, seen=HAS, **COMPONENT)
        return latch_note(given.declared, given.asked)

    assert noted("a", "b") == noted("b", "a") is not None


def test_copies_alone_are_changed_by_the_operation_for_copies() -> None:
    spec = {**WISHED, "specification": {"modelName": "old"}, "runtimeConfig": {"copyCount": 3}}
    action = plan(situation("InferenceComponent", spec=spec, seen=HAS, **COMPONENT))
    assert isinstance(action, Update)
    assert action.operation == "UpdateInferenceComponentRuntimeConfig"
    assert action.members == {"DesiredRuntimeConfig": {"CopyCount": 3}}
    both = plan(
        situation(
            "InferenceComponent", spec={**spec, "specification": {"modelName": "new"}}, seen=HAS, **COMPONENT
        )
    )
    assert isinstance(both, Update) and both.operation is None
    assert both.members == {"Specification": {"ModelName": "new"}, "RuntimeConfig": {"CopyCount": 3}}


def test_what_was_changed_lately_is_not_said_to_be_amiss_before_describe_can_show_it() -> None:
    sent = endpoint(None, annotations={})
    assert isinstance(sent, Update)
    known = {**ENDPOINT["status"], "applied": {"sent": sent.sent}}
    given = situation("Endpoint", seen=SERVING, **{**TWO, "status": known})
    assert plan(replace(given, lately_changed=True)) == Show(None, pending=True)
    later = plan(given)
    assert isinstance(later, Show) and later.advisory is not None and not later.pending
    as_declared = situation("Endpoint", spec={"endpointConfigName": "one"}, seen=SERVING, **ENDPOINT)
    assert plan(replace(as_declared, lately_changed=True)) == Show()


def test_copies_as_declared_are_left_though_describe_calls_them_otherwise() -> None:
    spec = {**WISHED, "specification": {"modelName": "old"}, "runtimeConfig": {"copyCount": 1}}
    assert plan(situation("InferenceComponent", spec=spec, seen=HAS, **COMPONENT)) == Show()


VARIANTS = [
    {"VariantName": "a", "DesiredWeight": 1.0, "DesiredInstanceCount": 1},
    {"VariantName": "b", "DesiredWeight": 1.0, "DesiredInstanceCount": 1},
]


@pytest.mark.parametrize(
    ("wished", "differs"),
    [
        pytest.param([{"variantName": "b", "desiredWeight": 1}], False, id="as it is"),
        pytest.param([{"variantName": "b", "desiredWeight": 3}], True, id="another weight"),
        pytest.param([{"variantName": "a", "desiredInstanceCount": 2}], True, id="another count"),
        pytest.param([{"variantName": "c", "desiredWeight": 1}], True, id="a variant that is not there"),
    ],
)
def test_weights_and_counts_are_compared_by_variant(wished: list[dict[str, Any]], differs: bool) -> None:
    spec = {"endpointConfigName": "one", "desiredWeightsAndCapacities": wished}
    action = plan(
        situation("Endpoint", spec=spec, seen=SERVING | {"ProductionVariants": VARIANTS}, **ENDPOINT)
    )
    if not differs:
        assert action == Show()
        return
    assert isinstance(action, Update) and action.operation == "UpdateEndpointWeightsAndCapacities"
    assert list(action.members) == ["DesiredWeightsAndCapacities"]


def test_a_new_configuration_comes_before_new_weights() -> None:
    wished = [{"variantName": "b", "desiredWeight": 3}]
    spec = {"endpointConfigName": "two", "desiredWeightsAndCapacities": wished}
    seen = SERVING | {"ProductionVariants": VARIANTS}
    action = plan(situation("Endpoint", spec=spec, seen=seen, **ENDPOINT))
    assert isinstance(action, Update) and action.operation is None
    assert action.members == {"EndpointConfigName": "two"}
    # and what failed does not keep weights from being changed once it is taken back
    back = situation(
        "Endpoint",
        spec={**spec, "endpointConfigName": "one"},
        seen=seen | {"FailureReason": UNHEALTHY},
        **ENDPOINT,
    )
    following = plan(back)
    assert isinstance(following, Update) and following.operation is not None


def group(outcome: str, feature: str = "new", sent: str | None = None, **more: Any) -> Situation:
    has = {
        "FeatureGroupStatus": "Created",
        "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}],
        "LastUpdateStatus": {"Status": outcome, "FailureReason": "no table."},
    }
    arn = "arn:aws:sagemaker:us-east-1:111122223333:feature-group/g"
    shown = status("featureGroupStatus", "Created", arn=arn, ready="False")
    shown |= {"applied": {"sent": {"featureDefinitions": sent}}} if sent else {}
    wished = [{"featureName": name, "featureType": "String"} for name in ("id", feature)]
    spec = {"featureDefinitions": wished, **more}
    return situation("FeatureGroup", spec=spec, held=True, status=shown, seen=has, generation=2)


def test_an_update_that_failed_beside_the_state_is_not_sent_again() -> None:
    first = plan(group("Successful"))
    assert isinstance(first, Update)
    mark = first.sent["featureDefinitions"]
    assert plan(group("InProgress", sent=mark)) == Show()
    said = plan(group("Failed", sent=mark))
    assert said == Reject(
        "UpdateFailed",
        "the update of featureDefinitions failed: no table; edit the manifest to have another one tried",
    )
    assert isinstance(plan(group("Failed", "other", sent=mark)), Update)
    # another's update failed: nothing was sent of what is wished, so it is
    assert isinstance(plan(group("Failed")), Update)


def test_what_one_call_takes_one_of_is_sent_one_by_one() -> None:
    throughput = {"throughputMode": "OnDemand"}
    first = plan(group("Successful", throughputConfig=throughput))
    assert isinstance(first, Update)
    assert (set(first.members), set(first.sent)) == ({"FeatureAdditions"}, {"featureDefinitions"})
    second = plan(group("Successful", "id", throughputConfig=throughput))
    assert isinstance(second, Update) and set(second.members) == {"ThroughputConfig"}
