"""Asking the API server what somebody may do, and doing it in their name."""

import json
from collections.abc import Iterable
from typing import Any

import urllib3

from scripts.control_plane.plane import ControlPlane

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


def user_of(namespace: str, account: str) -> str:
    return f"system:serviceaccount:{namespace}:{account}"


def allowed(
    plane: ControlPlane,
    user: str,
    namespace: str,
    group: str,
    resource: str,
    verbs: Iterable[str] = VERBS,
    name: str = "",
) -> set[str]:
    """The verbs a service account may use on a resource (or resource/subresource), by SubjectAccessReview."""
    return {verb for verb in verbs if _may(plane, user, namespace, group, resource, verb, name)}


def _may(
    plane: ControlPlane, user: str, namespace: str, group: str, resource: str, verb: str, name: str
) -> bool:
    plural, _, subresource = resource.partition("/")
    asked = {
        "namespace": namespace,
        "group": group,
        "resource": plural,
        "subresource": subresource,
        "verb": verb,
        "name": name,
    }
    groups = [
        "system:serviceaccounts",
        f"system:serviceaccounts:{user.split(':')[2]}",
        "system:authenticated",
    ]
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": groups, "resourceAttributes": asked},
    }
    status, answer = plane.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert status == 201, answer
    return bool(answer["status"]["allowed"])


def as_account(plane: ControlPlane, namespace: str, account: str, path: str) -> tuple[int, Any]:
    """GET a path with the token of a service account."""
    # NB: 429 is how an API server says that it is still opening the storage of a CRD it has just been given.
    again = urllib3.Retry(total=50, status_forcelist=[429], backoff_factor=0.1, backoff_max=0.5)
    pool = urllib3.PoolManager(ca_certs=str(plane.ca_file), retries=again)
    token = plane.token_for(namespace, account)
    answer = pool.request(
        "GET", f"{plane.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=60.0
    )
    return answer.status, json.loads(answer.data)
