"""Policy and trust documents as data: exactly the actions the controller calls for some kinds, nothing read or written here."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from controller.decide.reach import operations, tag_operations
from controller.kinds import shape
from controller.kinds.kind import Kind

Document = dict[str, Any]

# Characters of a managed policy, whitespace not counted (IAM and STS quotas).
LARGEST = 6144

# The roles of the table's verbs that controller/cloud calls; a test compares them with its source.
CALLED = ("create", "describe", "update", "delete", "stop", "start", "list")

# What a service is called that assumes the roles we hand over; the same in every partition. CreateJob alone has one of its own.
RECEIVERS: Mapping[str, str] = {"Job": "job.sagemaker.amazonaws.com"}
RECEIVER = "sagemaker.amazonaws.com"

DEPENDENTS: Mapping[str, list[str]] = yaml.safe_load(Path(__file__).with_name("dependents.yaml").read_text())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a policy holds. What is not known stays a placeholder, which `envsubst` fills."""

    partition: str = "${AWS_PARTITION}"
    account: str = "${AWS_ACCOUNT_ID}"
    region: str = "${AWS_REGION}"
    execution_roles: tuple[str, ...] = ("${SAGEMAKER_EXECUTION_ROLE_ARN}",)

    def arn(self, service: str, resource: str, *, account: str | None = None) -> str:
        """The ARN pattern of a service's resources here."""
        owner = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{self.region}:{owner}:{resource}"


def _further(kinds: Iterable[Kind]) -> set[str]:
    """Operations that change one thing of a kind."""
    return {f"sagemaker:{further.operation}" for kind in kinds for further in kind.steps.also_updates}


def policies(kinds: Iterable[Kind], place: Place) -> dict[str, Document]:
    """The controller's permissions in parts that are useful alone: `read`, `write`, `end`, and `dependents` where there are any."""
    chosen = list(kinds)
    by_role = _by_role(chosen)
    tagging = {operation for kind in chosen for operation in tag_operations(kind)}
    tags = _actions(tagging - {"ListTags"})
    everything = place.arn("sagemaker", "*")
    read = [
        _allow("Describe", [*by_role["describe"], *_actions(tagging & {"ListTags"})], everything),
        *_list(by_role["list"], place),
    ]
    write = [
        _allow(
            "CreateAndUpdate",
            sorted({*by_role["create"], *by_role["update"], *by_role["start"], *_further(chosen)}),
            everything,
        ),
        _allow("Tag", tags, everything),
        *_pass_roles(chosen, place),
    ]
    parts = {
        "read": read,
        "write": write,
        "end": [_allow("StopAndDelete", sorted({*by_role["stop"], *by_role["delete"]}), everything)],
        "dependents": _dependents(chosen, place),
    }
    filled = {part: [s for s in statements if s["Action"]] for part, statements in parts.items()}
    return {part: {"Version": "2012-10-17", "Statement": s} for part, s in filled.items() if s}


def queue_policy(queues: Iterable[str]) -> Document:
    """What the controller does with the queues of events, by their ARNs; a part of its own, for those who have some."""
    return {
        "Version": "2012-10-17",
        "Statement": [_allow("Events", ["sqs:DeleteMessage", "sqs:ReceiveMessage"], list(queues))],
    }


def whole(parts: Mapping[str, Document]) -> Document:
    """One policy of all its parts."""
    return {"Version": "2012-10-17", "Statement": [s for part in parts.values() for s in part["Statement"]]}


def size(document: Document) -> int:
    """How long AWS says a policy is: whitespace is not counted."""
    return len(re.sub(r"\s", "", json.dumps(document)))


def trust(partition: str, account: str, provider: str, namespace: str, service_account: str) -> Document:
    """The trust of an IRSA role: one service account of one cluster. ``provider`` has no https://.

    NB: the audience stays sts.amazonaws.com in every partition, China's too.
    """
    federated = f"arn:{partition}:iam::{account}:oidc-provider/{provider}"
    claims = {
        f"{provider}:aud": "sts.amazonaws.com",
        f"{provider}:sub": f"system:serviceaccount:{namespace}:{service_account}",
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": federated},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _by_role(kinds: Iterable[Kind]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {role: set() for role in CALLED}
    for kind in kinds:
        for role, operation in operations(kind).items():
            found[role].add(operation)
    return {role: _actions(called) for role, called in found.items()}


def _actions(operations: Iterable[str]) -> list[str]:
    return sorted(f"sagemaker:{operation}" for operation in operations)


def _allow(sid: str, actions: list[str], resource: str | list[str]) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _list(actions: list[str], place: Place) -> list[Document]:
    """NB: List operations know no resource, so that only "*" matches them; the region is held by a condition instead."""
    return [
        _allow("List", actions, "*") | {"Condition": {"StringEquals": {"aws:RequestedRegion": place.region}}}
    ]


def _pass_roles(kinds: Iterable[Kind], place: Place) -> list[Document]:
    receivers = sorted({RECEIVERS.get(kind.name, RECEIVER) for kind in kinds if takes_role(kind)})
    if not receivers:
        return []
    passed: Any = receivers[0] if len(receivers) == 1 else receivers
    roles: Any = place.execution_roles[0] if len(place.execution_roles) == 1 else list(place.execution_roles)
    condition = {"StringEquals": {"iam:PassedToService": passed}}
    return [_allow("PassExecutionRole", ["iam:PassRole"], roles) | {"Condition": condition}]


def takes_role(kind: Kind) -> bool:
    """Whether a manifest of this kind can name an IAM role that SageMaker is to assume."""
    last = (path.rsplit(".", 1)[-1] for path, _ in shape.paths(kind.create))
    return any(re.search(r"Role(Arn|ARN)?$", member) for member in last)


def _dependents(kinds: Iterable[Kind], place: Place) -> list[Document]:
    called = [operation for kind in kinds for operation in operations(kind).values()]
    wanted = sorted({action for operation in called for action in DEPENDENTS.get(operation, ())})
    return [
        statement(_of(wanted, prefix), place)
        for prefix, statement in _DEPENDENT.items()
        if _of(wanted, prefix)
    ]


def _of(actions: Iterable[str], prefix: str) -> list[str]:
    return [action for action in actions if action.startswith(prefix)]


def _service_linked_role(actions: list[str], place: Place) -> Document:
    resource = f"arn:{place.partition}:iam::{place.account}:role/aws-service-role/*"
    condition = {
        "StringLike": {"iam:AWSServiceName": ["sagemaker.amazonaws.com", "*.sagemaker.amazonaws.com"]}
    }
    return _allow("ServiceLinkedRole", actions, resource) | {"Condition": condition}


def _images(actions: list[str], place: Place) -> Document:
    # NB: images and snapshots belong to no account in an ARN
    resources = [place.arn("ec2", kind, account="") for kind in ("image/*", "snapshot/*")]
    return _allow("ClusterImages", actions, resources)


def _seen_images(actions: list[str], place: Place) -> Document:
    condition = {"StringEquals": {"aws:RequestedRegion": place.region}}
    return _allow("SeeClusterImages", actions, "*") | {"Condition": condition}


def _eks(actions: list[str], place: Place) -> Document:
    resources = [place.arn("eks", kind) for kind in ("cluster/*", "access-entry/*")]
    return _allow("ClusterAccess", actions, resources)


def _nodes(actions: list[str], place: Place) -> Document:
    return _allow("ClusterNodes", actions, place.arn("sagemaker", "*"))


# By the beginning of the action; NB: ec2:Describe* knows no resource.
_DEPENDENT: Mapping[str, Callable[[list[str], Place], Document]] = {
    "iam:CreateServiceLinkedRole": _service_linked_role,
    "ec2:Describe": _seen_images,
    "ec2:Modify": _images,
    "eks:": _eks,
    "sagemaker:": _nodes,
}
