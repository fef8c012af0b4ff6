"""What endpoints and what lives on them show: variants out of the configuration, deployments, copies.

Members' names are the service model's; who calls these functions when is in particulars.py.
"""

from __future__ import annotations

from typing import Any

from simulator import model
from simulator.store import Resource, Step, Store

FROM_CONFIG = ("DataCaptureConfig", "AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig")


def _config(store: Store, resource: Resource, name: str) -> Resource | None:
    return store.find(resource.place, model.kinds()["EndpointConfig"], (name,))


def _variants(store: Store, resource: Resource, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How an endpoint shows the variants of a configuration."""
    shown = []
    for variant in wanted:
        entry: dict[str, Any] = {"VariantName": variant["VariantName"]}
        weight = variant.get("InitialVariantWeight", 1.0)
        entry |= {"CurrentWeight": weight, "DesiredWeight": weight}
        if "InitialInstanceCount" in variant:
            count = variant["InitialInstanceCount"]
            entry |= {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
        if "ServerlessConfig" in variant:
            config = variant["ServerlessConfig"]
            entry |= {"CurrentServerlessConfig": config, "DesiredServerlessConfig": config}
        image = _image(store, resource, variant.get("ModelName", ""))
        if image:
            at = resource.modified
            entry["DeployedImages"] = [
                {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": at}
            ]
        shown.append(entry)
    return shown


def _image(store: Store, resource: Resource, name: str) -> str:
    found = store.find(resource.place, model.kinds()["Model"], (name,))
    return str(found.declared.get("PrimaryContainer", {}).get("Image", "")) if found else ""


def _show_config(store: Store, resource: Resource) -> None:
    """Show what the configuration in force says; one that is gone leaves what was shown."""
    config = _config(store, resource, resource.declared["EndpointConfigName"])
    if config is None:
        return
    for member in FROM_CONFIG:
        if member in config.declared:
            resource.observed[member] = config.declared[member]
        else:
            resource.observed.pop(member, None)
    variants = config.declared.get("ProductionVariants", [])
    resource.observed["ProductionVariants"] = _variants(store, resource, variants)
    if config.declared.get("ShadowProductionVariants"):
        shadows = _variants(store, resource, config.declared["ShadowProductionVariants"])
        resource.observed["ShadowProductionVariants"] = shadows
    resource.observed["_shown_config"] = config.name


def endpoint(store: Store, resource: Resource) -> None:
    """A new endpoint."""
    _show_config(store, resource)


PROPERTIES = {
    "DesiredInstanceCount": ("CurrentInstanceCount", "DesiredInstanceCount"),
    "DesiredWeight": ("CurrentWeight", "DesiredWeight"),
}
"""What RetainAllVariantProperties keeps, by the names ExcludeRetainedVariantProperties has for it (model)."""


DESIRED = ("DesiredWeight", "DesiredInstanceCount", "DesiredServerlessConfig")
"""What UpdateEndpointWeightsAndCapacities asks for and an update brings about (model: ProductionVariantSummary)."""


def _retained(resource: Resource, request: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Per variant, the weight and count in force that an update is to keep instead of the configuration's."""
    if not request.get("RetainAllVariantProperties"):
        return {}
    given_up = {e["VariantPropertyType"] for e in request.get("ExcludeRetainedVariantProperties") or ()}
    members = [m for kind, shown in PROPERTIES.items() if kind not in given_up for m in shown]
    variants = resource.observed.get("ProductionVariants", [])
    return {v["VariantName"]: {m: v[m] for m in members if m in v} for v in variants}


def endpoint_updating(store: Store, resource: Resource, request: dict[str, Any]) -> None:
    """While an endpoint is updated it shows what is coming as a pending deployment."""
    config = _config(store, resource, request["EndpointConfigName"])
    pending = config.declared.get("ProductionVariants", []) if config else []
    resource.observed["_retained"] = _retained(resource, request)
    resource.observed["PendingDeploymentSummary"] = {
        "EndpointConfigName": request["EndpointConfigName"],
        "ProductionVariants": [{"VariantName": v["VariantName"]} for v in pending],
        "StartTime": resource.modified,
    }


def endpoint_arrived(store: Store, resource: Resource, step: Step) -> None:
    """An endpoint has settled: nothing is pending; another configuration's variants are shown."""
    if step.status != "InService":
        return
    resource.observed.pop("PendingDeploymentSummary", None)
    # NB: weights changed by UpdateEndpointWeightsAndCapacities stay until the configuration changes.
    retained = resource.observed.pop("_retained", {})
    resource.observed["ProductionVariants"] = [
        variant | {f"Current{m.removeprefix('Desired')}": v for m, v in variant.items() if m in DESIRED}
        for variant in resource.observed.get("ProductionVariants", [])
    ]
    if resource.observed.get("_shown_config") != resource.declared["EndpointConfigName"]:
        _show_config(store, resource)
        for variant in resource.observed.get("ProductionVariants", ()):  # none: references are not checked
            variant.update(retained.get(variant["VariantName"], {}))


def component(store: Store, resource: Resource) -> None:
    """A new inference component knows its endpoint's ARN."""
    found = store.find(resource.place, model.kinds()["Endpoint"], (resource.declared["EndpointName"],))
    if found:
        resource.observed["EndpointArn"] = found.arn
        variants = found.observed.get("ProductionVariants", [])
        if variants and "VariantName" not in resource.declared:
            resource.observed["VariantName"] = variants[0]["VariantName"]


def experiment(store: Store, resource: Resource) -> None:
    """A new inference experiment shows its endpoint."""
    found = store.find(resource.place, model.kinds()["Endpoint"], (resource.request["EndpointName"],))
    metadata = {"EndpointName": resource.request["EndpointName"]}
    if found:
        metadata |= {
            "EndpointConfigName": found.declared["EndpointConfigName"],
            "EndpointStatus": found.status or "",
        }
    resource.observed["EndpointMetadata"] = metadata
