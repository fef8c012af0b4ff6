"""Endpoints: their configuration, updates that succeed and fail, weights and capacities."""

from __future__ import annotations

from typing import Any

from tests.simulator.raw import Raw
from tests.simulator.requests import make_config, make_endpoint, make_model


def endpoint(raw: Raw) -> dict[str, Any]:
    return raw.ok("DescribeEndpoint", {"EndpointName": "endpoint"})


def test_an_endpoint_serves_its_configuration(raw: Raw) -> None:
    make_endpoint(raw)
    shown = endpoint(raw)
    assert shown["EndpointStatus"] == "InService"
    assert shown["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 1,
            "DesiredInstanceCount": 1,
            "DeployedImages": shown["ProductionVariants"][0]["DeployedImages"],
        }
    ]


def test_an_endpoint_takes_its_new_configuration_when_the_update_is_done(raw: Raw) -> None:
    make_endpoint(raw)
    make_config(raw, "second", InitialInstanceCount=3)
    raw.ok("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "second"})
    shown = endpoint(raw)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", "config")
    assert shown["PendingDeploymentSummary"]["EndpointConfigName"] == "second"
    for call in ("DeleteEndpoint", "UpdateEndpoint"):
        body = {"EndpointName": "endpoint"} | ({"EndpointConfigName": "second"} if call[0] == "U" else {})
        assert raw.refused(call, body).text.startswith("Cannot update in-progress endpoint ")
    raw.control.advance(60)
    shown = endpoint(raw)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "second")
    assert shown["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    assert "PendingDeploymentSummary" not in shown
    assert "FailureReason" not in shown


def test_an_update_that_fails_leaves_the_old_configuration_serving(raw: Raw) -> None:
    make_endpoint(raw)
    make_config(raw, "will-fail")
    raw.ok("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "will-fail"})
    raw.control.advance(60)
    shown = endpoint(raw)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "config")
    assert "did not pass the ping health check" in shown["FailureReason"]
    make_config(raw, "good")
    raw.ok("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "good"})
    raw.control.advance(60)
    assert "FailureReason" not in endpoint(raw)


def test_an_update_may_keep_weights_and_counts(raw: Raw) -> None:
    make_endpoint(raw)
    make_config(raw, "second", InitialInstanceCount=3)
    wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 4, "DesiredWeight": 0.5}]
    raw.ok(
        "UpdateEndpointWeightsAndCapacities",
        {"EndpointName": "endpoint", "DesiredWeightsAndCapacities": wanted},
    )
    raw.control.advance(60)
    update = {"EndpointName": "endpoint", "EndpointConfigName": "second", "RetainAllVariantProperties": True}
    raw.ok(
        "UpdateEndpoint",
        update | {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}]},
    )
    raw.control.advance(60)
    shown = endpoint(raw)["ProductionVariants"][0]
    assert (shown["CurrentInstanceCount"], shown["CurrentWeight"]) == (4, 1.0)


def test_weights_and_capacities(raw: Raw) -> None:
    make_endpoint(raw)
    wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 4, "DesiredWeight": 0.5}]
    raw.ok(
        "UpdateEndpointWeightsAndCapacities",
        {"EndpointName": "endpoint", "DesiredWeightsAndCapacities": wanted},
    )
    assert endpoint(raw)["EndpointStatus"] == "Updating"
    raw.control.advance(60)
    shown = endpoint(raw)["ProductionVariants"][0]
    assert (shown["CurrentInstanceCount"], shown["CurrentWeight"]) == (4, 0.5)


def test_a_failed_endpoint_can_only_be_deleted(raw: Raw) -> None:
    make_model(raw)
    make_config(raw)
    raw.ok("CreateEndpoint", {"EndpointName": "e-fail", "EndpointConfigName": "config"})
    raw.control.advance(60)
    assert (
        raw.refused("UpdateEndpoint", {"EndpointName": "e-fail", "EndpointConfigName": "config"}).status
        == 400
    )
    raw.ok("DeleteEndpoint", {"EndpointName": "e-fail"})
