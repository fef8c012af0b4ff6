"""What SageMaker itself fills in on resources that are no runs and no endpoints: URLs, versions, derived members.

Members' names are the service model's; who calls these functions when is in particulars.py.
"""

from __future__ import annotations

import hashlib
from typing import Any

from simulator import model
from simulator.errors import ServiceError
from simulator.identity import last_part, random_looking
from simulator.store import Resource, Step, Store
from simulator.texts import refusal, saying

Request = dict[str, Any]


def _version_member(resource: Resource) -> str:
    return f"{resource.kind.name}Version"


def first_version(store: Store, resource: Resource) -> None:
    """Versions count from one."""
    resource.observed[_version_member(resource)] = 1


def next_version(store: Store, resource: Resource, request: Request) -> None:
    """Every update makes a version."""
    resource.observed[_version_member(resource)] += 1


def check_version(resource: Resource, request: Request) -> None:
    """TargetVersion guards against a lost update."""
    if request["TargetVersion"] != resource.observed[_version_member(resource)]:
        raise ServiceError("ConflictException", "TargetVersion is not the current version.")  # text assumed


def domain(store: Store, resource: Resource) -> None:
    """A domain has a file system and a URL."""
    identifier, region = resource.key[0], resource.place[1]
    resource.observed["Url"] = f"https://{identifier}.studio.{region}.sagemaker.aws"
    resource.observed["HomeEfsFileSystemId"] = f"fs-{random_looking(resource.arn, 17)}"


def space(store: Store, resource: Resource) -> None:
    """A space has a URL and a user id in the domain's file system."""
    identifier, region = resource.declared["DomainId"], resource.place[1]
    resource.observed["Url"] = f"https://{identifier}.studio.{region}.sagemaker.aws/{resource.name}"
    user_profile(store, resource)


def user_profile(store: Store, resource: Resource) -> None:
    """A user id in the domain's file system."""
    resource.observed["HomeEfsFileSystemUid"] = str(200_000 + resource.number)


def notebook(store: Store, resource: Resource) -> None:
    """A notebook's host name, and its interface in the caller's network."""
    resource.observed["Url"] = f"{resource.name}.notebook.{resource.place[1]}.sagemaker.aws"
    if "SubnetId" in resource.declared:
        resource.observed["NetworkInterfaceId"] = f"eni-{random_looking(resource.arn, 17)}"


def tracking_server(store: Store, resource: Resource) -> None:
    """A tracking server's address."""
    identifier = f"t-{random_looking(resource.arn, 12)}"
    resource.observed["TrackingServerUrl"] = (
        f"https://{identifier}.{resource.place[1]}.experiments.sagemaker.aws"
    )


def tracking_server_arrived(store: Store, resource: Resource, step: Step) -> None:
    """A tracking server is active unless it is stopped or on the way."""
    running = step.status in ("Created", "Started", "Updated")
    resource.observed["IsActive"] = "Active" if running else "Inactive"


def partner_app(store: Store, resource: Resource) -> None:
    """A partner app's address and version."""
    identifier = last_part(resource.arn).lower()
    resource.observed["BaseUrl"] = f"https://{identifier}.partner-app.{resource.place[1]}.sagemaker.aws"
    resource.observed["Version"] = "1.0"


def human_task_ui(store: Store, resource: Resource) -> None:
    """Describe shows where a template is and its hash, never the template."""
    content = str(resource.declared["UiTemplate"]["Content"])
    digest = hashlib.sha256(content.encode()).hexdigest()
    resource.observed["UiTemplate"] = {"Url": f"https://templates.example/{digest}", "ContentSha256": digest}


def image_version(store: Store, resource: Resource) -> None:
    """A version knows its image and the container it was copied to."""
    resource.observed["ContainerImage"] = str(resource.declared["BaseImage"])
    resource.observed["ImageArn"] = resource.arn.replace(":image-version/", ":image/").rpartition("/")[0]


def image_deleted(store: Store, resource: Resource) -> None:
    """Deleting an image deletes its versions too (API reference, DeleteImage)."""
    versions = store.of(resource.place, model.kinds()["ImageVersion"])
    for key in [key for key in versions if key[0] == resource.name]:
        store.remove(versions[key])


def feature_group(store: Store, resource: Resource) -> None:
    """A feature group with an offline store shows its state."""
    if "OfflineStoreConfig" in resource.declared:
        resource.observed["OfflineStoreStatus"] = {"Status": "Active"}


def monitoring_schedule(store: Store, resource: Resource) -> None:
    """Describe repeats the type, and the endpoint of the job definition."""
    config = resource.declared["MonitoringScheduleConfig"]
    kind = model.kinds().get(f"{config.get('MonitoringType', 'DataQuality')}JobDefinition")
    inline = config.get("MonitoringJobDefinition") or {}
    inputs = inline.get("MonitoringInputs") or [{}]
    resource.observed["MonitoringType"] = config.get("MonitoringType", "DataQuality")
    found = (
        store.find(resource.place, kind, (config.get("MonitoringJobDefinitionName", ""),)) if kind else None
    )
    if found and kind:
        inputs = [found.declared.get(f"{kind.name.removesuffix('JobDefinition')}JobInput", {})]
    endpoint = inputs[0].get("EndpointInput", {}).get("EndpointName")
    if endpoint:
        resource.observed["EndpointName"] = endpoint


def check_execution(resource: Resource, request: Request | None = None) -> None:
    """A schedule is neither changed nor deleted under a running execution."""
    last = resource.observed.get("LastMonitoringExecutionSummary", {}).get("MonitoringExecutionStatus")
    if last in ("Pending", "InProgress", "Stopping"):
        raise refusal("schedule_runs", resource)


def check_model_package(request: Request) -> None:
    """A package has a name or belongs to a group."""
    named, grouped = "ModelPackageName" in request, "ModelPackageGroupName" in request
    if not named and not grouped:
        raise saying("no_package_name")
    if named and grouped:
        raise saying("two_package_names")
    if grouped and request.get("Tags"):
        raise saying("package_tags")


def model_package(store: Store, resource: Resource) -> None:
    """A version waits for somebody's approval unless the caller said otherwise (model: CreateModelPackage)."""
    resource.observed["ModelPackageStatusDetails"] = {"ValidationStatuses": []}
    if "ModelPackageGroupName" in resource.declared:
        resource.declared["ModelPackageGroupName"] = last_part(resource.declared["ModelPackageGroupName"])
        resource.declared.setdefault("ModelApprovalStatus", "PendingManualApproval")


def check_pipeline(request: Request) -> None:
    """A pipeline has a definition, inline or in S3."""
    if not ("PipelineDefinition" in request or "PipelineDefinitionS3Location" in request):
        raise saying("no_pipeline_definition")


def project(store: Store, resource: Resource) -> None:
    """A project's product in Service Catalog."""
    product = {"ProvisionedProductId": f"pp-{random_looking(resource.arn, 13)}"}
    resource.observed["ServiceCatalogProvisionedProductDetails"] = product


def workforce(store: Store, resource: Resource) -> None:
    """The sign-in page of a workforce."""
    prefix = random_looking(resource.arn, 10)
    resource.observed["SubDomain"] = f"{prefix}.labeling.{resource.place[1]}.sagemaker.aws"


def workteam(store: Store, resource: Resource) -> None:
    """A team shows its workforce by ARN and shares its sign-in page."""
    name = resource.declared.get("WorkforceName", "default")
    resource.observed["WorkforceArn"] = (
        resource.arn.rpartition(":workteam/")[0] + f":workforce/private-crowd/{name}"
    )
    found = store.find(resource.place, model.kinds()["Workforce"], (name,))
    if found:
        resource.observed["SubDomain"] = found.observed["SubDomain"]
