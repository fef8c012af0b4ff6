"""Where kinds do more than the common pattern: which function of which module speaks up, and when.

`refine` changes the planned steps of an action, `arrived` acts when a step has been taken, the others around a call.
The functions themselves are in jobs.py (runs), hosting.py (endpoints), and assigned.py (what SageMaker fills in).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator import assigned, hosting, jobs, model
from simulator.store import Resource, Step, Store

Seconds = Callable[[str, float], float]
OnCreate = Callable[[Store, Resource], None]
OnStep = Callable[[Store, Resource, Step], None]
OnUpdate = Callable[[Store, Resource, dict[str, Any]], None]

CREATED: dict[str, OnCreate] = {
    "AutoMLJobV2": jobs.automl,
    "ClusterSchedulerConfig": assigned.first_version,
    "ComputeQuota": assigned.first_version,
    "Domain": assigned.domain,
    "Endpoint": hosting.endpoint,
    "FeatureGroup": assigned.feature_group,
    "HumanTaskUi": assigned.human_task_ui,
    "HyperParameterTuningJob": jobs.tuning,
    "ImageVersion": assigned.image_version,
    "InferenceComponent": hosting.component,
    "InferenceExperiment": hosting.experiment,
    "LabelingJob": jobs.labeling,
    "MlflowTrackingServer": assigned.tracking_server,
    "ModelCard": assigned.first_version,
    "ModelPackage": assigned.model_package,
    "MonitoringSchedule": assigned.monitoring_schedule,
    "NotebookInstance": assigned.notebook,
    "PartnerApp": assigned.partner_app,
    "PipelineExecution": jobs.pipeline_execution,
    "Project": assigned.project,
    "Space": assigned.space,
    "TrainingJob": jobs.training,
    "UserProfile": assigned.user_profile,
    "Workforce": assigned.workforce,
    "Workteam": assigned.workteam,
}
ARRIVED: dict[str, OnStep] = {
    "Endpoint": hosting.endpoint_arrived,
    "MlflowTrackingServer": assigned.tracking_server_arrived,
    "TrainingJob": jobs.training_arrived,
}
BEFORE_CREATE: dict[str, Callable[[dict[str, Any]], None]] = {
    "ModelPackage": assigned.check_model_package,
    "Pipeline": assigned.check_pipeline,
}
BEFORE_UPDATE: dict[str, Callable[[Resource, dict[str, Any]], None]] = {
    "ClusterSchedulerConfig": assigned.check_version,
    "ComputeQuota": assigned.check_version,
    "MonitoringSchedule": assigned.check_execution,
    "TrainingJob": jobs.check_training_update,
}
UPDATED: dict[str, OnUpdate] = {
    "ClusterSchedulerConfig": assigned.next_version,
    "ComputeQuota": assigned.next_version,
    "Endpoint": hosting.endpoint_updating,
    "ModelCard": assigned.next_version,
    "TrainingJob": jobs.training_updated,
}
BEFORE_DELETE: dict[str, Callable[[Resource], None]] = {"MonitoringSchedule": assigned.check_execution}
DELETED: dict[str, OnCreate] = {"Image": assigned.image_deleted}


def refine(
    resource: Resource, action: str, planned: list[Step], *, fails: bool, seconds: Seconds
) -> list[Step]:
    """The planned steps of an action with the kind's own ones between and after them."""
    detail = model.data("states").get(resource.kind.name, {}).get("detail")
    end = planned[-1]
    if detail:
        planned = jobs.with_detail(detail, action, planned, fails)
    if resource.kind.name == "TrainingJob" and action == "create":
        planned += jobs.after_training(resource, end, fails, seconds)
    return planned


def arrived(store: Store, resource: Resource, step: Step) -> None:
    """After a step: times of start and end, the record of secondary states, the kind's own."""
    machine = model.data("states").get(resource.kind.name, {})
    if machine.get("job"):
        jobs.times(resource, machine, step)
    detail = machine.get("detail", {})
    if "transitions" in detail and detail["member"] in step.changes:
        jobs.transition(resource, detail, step)
    if resource.kind.name in ARRIVED:
        ARRIVED[resource.kind.name](store, resource, step)


def before_create(kind: str, request: dict[str, Any]) -> None:
    """Refuse requests for what the model does not express."""
    if kind in BEFORE_CREATE:
        BEFORE_CREATE[kind](request)


def created(store: Store, resource: Resource) -> None:
    """What SageMaker adds to a new resource, before its first state."""
    if resource.kind.name in CREATED:
        CREATED[resource.kind.name](store, resource)


def before_update(resource: Resource, request: dict[str, Any]) -> None:
    """Refuse updates that only this kind refuses."""
    if resource.kind.name in BEFORE_UPDATE:
        BEFORE_UPDATE[resource.kind.name](resource, request)


def updated(store: Store, resource: Resource, request: dict[str, Any]) -> None:
    """After an update has begun."""
    if resource.kind.name in UPDATED:
        UPDATED[resource.kind.name](store, resource, request)


def before_delete(resource: Resource) -> None:
    """Refuse deletions that only this kind refuses."""
    if resource.kind.name in BEFORE_DELETE:
        BEFORE_DELETE[resource.kind.name](resource)


def deleted(store: Store, resource: Resource) -> None:
    """After a deletion has begun."""
    if resource.kind.name in DELETED:
        DELETED[resource.kind.name](store, resource)
