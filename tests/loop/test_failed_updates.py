"""Endpoints and what lives on them: an update that failed, one that is sent again, its options, weights, counts and copies."""

import json
from collections.abc import Callable
from typing import Any

from tests.loop.test_intent import spec_of
from tests.loop.test_lifecycles import ask, count
from tests.loop.test_recovery import is_terminal, recoverable
from tests.loop.world import World, condition, is_ready, wait_until

Make = Callable[..., World]
CONFIG = "sagemaker.services.k8s.aws/last-endpoint-config-for-update"
SPEC = "sagemaker.services.k8s.aws/last-spec-for-update"
UNHEALTHY = "The primary container for production variant AllTraffic did not pass the ping health check."
PASSING = "Request to service failed. If failure persists after retry, contact customer support."


def latched(config: str) -> str:
    return f"api error EndpointUpdateError: unable to update endpoint. check FailureReason. latest EndpointConfigName is {config}"


def endpoint(there: World, *configs: str) -> None:
    """An endpoint e that serves the first of these configurations."""
    spec = spec_of(there, "EndpointConfig", configs[0])
    for name in configs:
        there.apply("EndpointConfig", name, {**spec, "endpointConfigName": name})
        there.until("EndpointConfig", name, is_ready)
    there.apply("Endpoint", "e", {"endpointConfigName": configs[0]})
    there.until("Endpoint", "e", is_ready)


def wish(there: World, config: str, **more: Any) -> None:
    there.patch("Endpoint", "e", {"spec": {"endpointConfigName": config, **more}})


def test_an_update_that_failed_is_said_once_and_not_sent_again_by_anybody(world: Make) -> None:
    there = world()
    endpoint(there, "one", "two-fails", "three")
    wish(there, "two-fails")
    obj = there.until("Endpoint", "e", is_terminal)
    assert condition(obj, "ACK.Terminal")["message"] == latched("two-fails")
    assert obj["status"]["endpointStatus"] == "InService" and obj["status"]["failureReason"]
    assert condition(obj, "Stalled")["status"] == "True" and condition(obj, "Ready")["status"] == "False"
    assert condition(obj, "ACK.ResourceSynced")["status"] == "False"
    assert obj["metadata"]["annotations"][CONFIG] == "two-fails"
    ask(there, "Endpoint", "e")
    # neither does a controller that knows nothing but what stands in the object, as one that takes over from the incumbent
    there.stop()
    there.patch("Endpoint", "e", {"status": {"applied": None, "conditions": []}}, "status")
    there.start()
    there.until("Endpoint", "e", is_terminal)
    assert count(there, "UpdateEndpoint") == 1
    # going back to what serves is no update at all, and nothing is left to be said
    wish(there, "one")
    there.until("Endpoint", "e", is_ready)
    assert count(there, "UpdateEndpoint") == 1
    wish(there, "three")
    obj = there.until("Endpoint", "e", is_ready)
    assert there.control.resource("Endpoint", "e")["described"]["EndpointConfigName"] == "three"
    assert not is_terminal(obj) and count(there, "UpdateEndpoint") == 2


def test_in_service_and_the_failure_are_told_in_one_write(world: Make) -> None:
    there = world(simulation={"speed": 1, "durations": {"Endpoint.update": 4, "*": 0.05}})
    endpoint(there, "one", "two-fails")
    wish(there, "two-fails")
    seen: list[tuple[str, bool]] = []

    def told(obj: dict[str, Any]) -> bool:
        updated = obj["status"]["observedGeneration"] == obj["metadata"]["generation"]
        if updated:
            seen.append((obj["status"]["endpointStatus"], is_terminal(obj)))
        return updated and is_terminal(obj)

    there.until("Endpoint", "e", told)
    assert {state for state in seen} == {("Updating", False), ("InService", True)}
    assert count(there, "UpdateEndpoint") == 1


def test_the_annotation_is_there_before_the_status_says_updating(world: Make) -> None:
    there = world()
    endpoint(there, "one", "two")
    there.control.settings(durations={"Endpoint.update": 3600})
    wish(there, "two")
    obj = there.until("Endpoint", "e", lambda o: o["status"]["endpointStatus"] == "Updating")
    assert obj["metadata"]["annotations"][CONFIG] == "two"
    looks = count(there, "DescribeEndpoint")
    assert (
        looks <= 6
    )  # nor does it cause a pass: created, looked at until it serves, before and after the update


def test_a_failure_of_the_service_is_sent_again_after_a_pause(world: Make) -> None:
    there = world()
    endpoint(there, "one", "two")
    there.control.settings(durations={"Endpoint.update": 3600})
    wish(there, "two")
    there.until("Endpoint", "e", lambda o: o["status"]["endpointStatus"] == "Updating")
    there.control.set_state("Endpoint", "e", "InService", PASSING)
    obj = there.until("Endpoint", "e", recoverable)
    assert (
        condition(obj, "Ready")["reason"] == "UpdateFailed" and condition(obj, "Ready")["message"] == PASSING
    )
    assert not is_terminal(obj)
    ask(there, "Endpoint", "e")
    assert count(there, "UpdateEndpoint") == 1
    there.control.settings(durations={"Endpoint.update": 0.1})
    there.until("Endpoint", "e", is_ready)
    assert count(there, "UpdateEndpoint") == 2


def test_an_answer_of_before_the_update_is_not_taken_for_its_outcome(world: Make) -> None:
    there = world(simulation={"speed": 1, "durations": {"*": 0.05}})
    endpoint(there, "one", "two-fails", "three")
    wish(there, "two-fails")
    there.until("Endpoint", "e", is_terminal)
    there.control.settings(stale_seconds=1.5)
    wish(there, "three")
    states: list[str] = []

    def told(obj: dict[str, Any]) -> bool:
        if obj["status"]["observedGeneration"] == obj["metadata"]["generation"]:
            states.append(obj["status"]["endpointStatus"])
            assert not is_terminal(obj), "the failure of the update before was taken for this one's"
        return is_ready(obj)

    there.until("Endpoint", "e", told)
    assert there.control.resource("Endpoint", "e")["described"]["EndpointConfigName"] == "three"
    assert states[0] == "Updating" and count(there, "UpdateEndpoint") == 2


def test_options_go_along_with_an_update_and_ask_for_none(world: Make) -> None:
    there = world()
    endpoint(there, "one", "two", "three")
    policy = {
        "blueGreenUpdatePolicy": {
            "trafficRoutingConfiguration": {"type_": "ALL_AT_ONCE", "waitIntervalInSeconds": 0}
        }
    }
    there.patch("Endpoint", "e", {"spec": {"deploymentConfig": policy, "retainDeploymentConfig": True}})
    there.until("Endpoint", "e", is_ready)
    assert count(there, "UpdateEndpoint") == 0
    wish(there, "two")
    there.until("Endpoint", "e", is_ready)
    sent = there.control.calls("UpdateEndpoint")[-1]["request"]
    assert sent["RetainAllVariantProperties"] is True and sent["RetainDeploymentConfig"] is True
    assert (
        sent["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"]
        == "ALL_AT_ONCE"
    )
    excluded = [{"variantPropertyType": "DesiredWeight"}]
    wish(there, "three", retainAllVariantProperties=False, excludeRetainedVariantProperties=excluded)
    there.until("Endpoint", "e", is_ready)
    sent = there.control.calls("UpdateEndpoint")[-1]["request"]
    assert sent["RetainAllVariantProperties"] is False
    assert sent["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DesiredWeight"}]
    assert count(there, "UpdateEndpoint") == 2


def test_weights_and_counts_are_changed_without_a_configuration(world: Make) -> None:
    there = world()
    endpoint(there, "one", "two")
    variant = there.control.resource("Endpoint", "e")["described"]["ProductionVariants"][0]["VariantName"]
    wished = [{"variantName": variant, "desiredWeight": 3, "desiredInstanceCount": 2}]
    there.patch("Endpoint", "e", {"spec": {"desiredWeightsAndCapacities": wished}})
    there.until("Endpoint", "e", is_ready)

    def shown() -> tuple[Any, Any]:
        (one,) = there.control.resource("Endpoint", "e")["described"]["ProductionVariants"]
        return one["CurrentWeight"], one["CurrentInstanceCount"]

    assert shown() == (3, 2)
    assert (count(there, "UpdateEndpointWeightsAndCapacities"), count(there, "UpdateEndpoint")) == (1, 0)
    ask(there, "Endpoint", "e")
    wish(there, "two")  # a new configuration keeps them
    there.until("Endpoint", "e", is_ready)
    assert shown() == (3, 2)
    assert (count(there, "UpdateEndpointWeightsAndCapacities"), count(there, "UpdateEndpoint")) == (1, 1)


def component(there: World) -> None:
    there.apply("InferenceComponent", "c", spec_of(there, "InferenceComponent", "c"))
    there.until("InferenceComponent", "c", is_ready)


def test_copies_are_changed_alone_and_what_failed_is_not_sent_again(world: Make) -> None:
    there = world()
    component(there)
    there.patch("InferenceComponent", "c", {"spec": {"runtimeConfig": {"copyCount": 3}}})
    there.until("InferenceComponent", "c", is_ready)
    shown = there.control.resource("InferenceComponent", "c")["described"]["RuntimeConfig"]
    assert shown["DesiredCopyCount"] == 3
    alone, whole = "UpdateInferenceComponentRuntimeConfig", "UpdateInferenceComponent"
    assert (count(there, alone), count(there, whole)) == (1, 0)
    there.apply("Model", "fails", spec_of(there, "Model", "fails"))
    there.until("Model", "fails", is_ready)
    there.patch("InferenceComponent", "c", {"spec": {"specification": {"modelName": "fails"}}})
    obj = there.until("InferenceComponent", "c", is_terminal)
    message = (
        "api error InferenceComponentUpdateError: Unable to update inference component. Check FailureReason."
    )
    assert condition(obj, "ACK.Terminal")["message"] == message
    assert json.loads(obj["metadata"]["annotations"][SPEC])["specification"]["modelName"] == "fails"
    ask(there, "InferenceComponent", "c")
    there.patch("InferenceComponent", "c", {"spec": {"tags": [{"key": "a", "value": "b"}]}})
    wait_until(lambda: count(there, "AddTags") == 1, lambda: str(there.control.counts()))
    there.until("InferenceComponent", "c", is_terminal)
    assert count(there, whole) == 1


def test_features_that_could_not_be_added_are_told_of_and_not_sent_again(world: Make) -> None:
    """The group's own state says nothing of it."""
    there = world()
    spec = spec_of(there, "FeatureGroup", "g")
    there.apply("FeatureGroup", "g", spec)
    there.until("FeatureGroup", "g", is_ready)
    more = {"featureName": "fails", "featureType": "String"}
    there.patch("FeatureGroup", "g", {"spec": {"featureDefinitions": [*spec["featureDefinitions"], more]}})
    obj = there.until("FeatureGroup", "g", is_terminal)
    said = condition(obj, "ACK.Terminal")
    assert (said["reason"], obj["status"]["featureGroupStatus"]) == ("UpdateFailed", "Created")
    assert "featureDefinitions" in said["message"] and "could not be added" in said["message"]
    ask(there, "FeatureGroup", "g")
    assert is_terminal(there.until("FeatureGroup", "g", is_terminal))
    assert count(there, "UpdateFeatureGroup") == 1
    more["featureName"] = "new"
    there.patch("FeatureGroup", "g", {"spec": {"featureDefinitions": [*spec["featureDefinitions"], more]}})
    there.until("FeatureGroup", "g", is_ready)
    assert count(there, "UpdateFeatureGroup") == 2


def test_what_one_call_takes_one_of_is_sent_one_by_one(world: Make) -> None:
    there = world()
    spec = spec_of(there, "FeatureGroup", "g")
    online = {
        "onlineStoreConfig": {"enableOnlineStore": True},
        "throughputConfig": {"throughputMode": "OnDemand"},
    }
    there.apply("FeatureGroup", "g", {**spec, **online})
    there.until("FeatureGroup", "g", is_ready)
    more = [*spec["featureDefinitions"], {"featureName": "new", "featureType": "String"}]
    lives = {"onlineStoreConfig": {"ttlDuration": {"unit": "Days", "value": 7}}}
    there.patch("FeatureGroup", "g", {"spec": {"featureDefinitions": more, **lives}})
    there.until("FeatureGroup", "g", lambda obj: is_ready(obj) and count(there, "UpdateFeatureGroup") == 2)
    calls = [call for call in there.control.calls() if call["operation"] == "UpdateFeatureGroup"]
    assert [call["status"] for call in calls] == [200, 200]
