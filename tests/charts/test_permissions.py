"""RBAC: exactly what the enabled kinds need, in both scopes, and nothing of anybody else's."""

import re
from typing import Any

import pytest

from controller.cluster.lease import LEASE_NAME
from controller.kinds.kind import GROUP
from controller.kinds.load import kinds
from scripts.rendering import Object
from tests.charts.conftest import Render, only

PEOPLES = re.compile("-(view|edit)$")  # bound by the cluster's own roles, which aggregate them

Right = tuple[str, str, str, str]  # group, resource, verb, resourceName or *


def rights(rules: list[dict[str, Any]]) -> set[Right]:
    """The rules one by one."""
    return {
        (group, resource, verb, name)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", ["*"])
    }


def needed(names: list[str]) -> set[Right]:
    """What the controller does to the objects of these kinds, and the Events it tells of them."""
    table = kinds()
    objects = {
        (GROUP, table[name].plural, verb, "*") for name in names for verb in ("get", "list", "watch", "patch")
    }
    statuses = {
        (GROUP, f"{table[name].plural}/status", verb, "*") for name in names for verb in ("get", "patch")
    }
    return objects | statuses | {("events.k8s.io", "events", verb, "*") for verb in ("create", "patch")}


def controllers(objects: list[Object]) -> Object:
    """The ClusterRole of the controller, among those of people."""
    return only([obj for obj in objects if obj["metadata"]["name"] == "sagemaker-operators"], "ClusterRole")


LEASES = {
    *{("coordination.k8s.io", "leases", verb, LEASE_NAME) for verb in ("get", "update", "patch")},
    ("coordination.k8s.io", "leases", "create", "*"),
}


def roles(objects: list[Object]) -> dict[tuple[str, str], set[Right]]:
    """The rights of each Role by namespace and name."""
    return {
        (obj["metadata"]["namespace"], obj["metadata"]["name"]): rights(obj["rules"])
        for obj in objects
        if obj["kind"] == "Role"
    }


@pytest.mark.parametrize("chosen", [[], ["TrainingJob"], ["Model", "EndpointConfig", "Endpoint"]])
def test_cluster_scope_grants_exactly_the_enabled_kinds(render: Render, chosen: list[str]) -> None:
    objects = render({"kinds": chosen})
    namespaces = {("", "namespaces", verb, "*") for verb in ("get", "list", "watch")}
    assert rights(controllers(objects)["rules"]) == needed(chosen or list(kinds())) | namespaces
    assert roles(objects) == {("ack-system", "sagemaker-operators-lease"): LEASES}


@pytest.mark.parametrize("chosen", [[], ["TrainingJob"], ["Model", "EndpointConfig", "Endpoint"]])
def test_namespace_scope_grants_nothing_cluster_wide(render: Render, chosen: list[str]) -> None:
    objects = render({"installScope": "namespace", "watchNamespace": "team-a,team-b", "kinds": chosen})
    assert not [obj for obj in objects if obj["kind"].startswith("Cluster")]
    expected = {
        (name, "sagemaker-operators"): needed(chosen or list(kinds())) | {("", "namespaces", "get", name)}
        for name in ("team-a", "team-b")
    }
    assert roles(objects) == {**expected, ("ack-system", "sagemaker-operators-lease"): LEASES}


@pytest.mark.parametrize("values", [{}, {"installScope": "namespace", "watchNamespace": "team-a,team-b"}])
def test_every_role_is_bound_to_the_service_account_alone(render: Render, values: dict[str, Any]) -> None:
    objects = render(values)
    made = {
        (o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"])
        for o in objects
        if o["kind"].endswith("Role") and not PEOPLES.search(o["metadata"]["name"])
    }
    bindings = [obj for obj in objects if obj["kind"].endswith("RoleBinding")]
    bound = {(b["roleRef"]["kind"], b["metadata"].get("namespace"), b["roleRef"]["name"]) for b in bindings}
    assert bound == made
    account = {"kind": "ServiceAccount", "name": "ack-sagemaker-controller", "namespace": "ack-system"}
    assert all(binding["subjects"] == [account] for binding in bindings)


def test_acks_name_for_the_kinds_works_too(render: Render) -> None:
    ours, acks = render({"kinds": ["Model"]}), render({"reconcile": {"resources": ["Model"]}})
    assert ours == acks


def test_without_leader_election_nothing_is_asked_of_leases(render: Render) -> None:
    objects = render({"leaderElection": {"enabled": False}})
    assert not [obj for obj in objects if obj["kind"] == "Role"]


def test_the_lease_may_be_in_another_namespace(render: Render) -> None:
    objects = render({"leaderElection": {"namespace": "kube-system"}})
    assert roles(objects) == {("kube-system", "sagemaker-operators-lease"): LEASES}


def secrets_in(objects: list[Object]) -> dict[str, set[Right]]:
    """The rights on Secrets by the namespace of the role, "" for the ClusterRole."""
    found = {
        obj["metadata"].get("namespace", ""): {r for r in rights(obj["rules"]) if r[1] == "secrets"}
        for obj in objects
        if obj["kind"] in {"Role", "ClusterRole"}
    }
    return {namespace: held for namespace, held in found.items() if held}


NAMED = {("", "secrets", "get", "idp"), ("", "secrets", "get", "1234")}
SECRETS = {"secrets": {"names": ["idp", "1234"]}}


@pytest.mark.parametrize(
    ("values", "granted"),
    [
        ({}, {}),
        ({"kinds": ["Workforce"]}, {}),
        (SECRETS, {"": NAMED}),
        (SECRETS | {"kinds": ["Workforce", "Model"]}, {"": NAMED}),
        (SECRETS | {"reconcile": {"resources": ["Workforce"]}}, {"": NAMED}),
        (SECRETS | {"kinds": ["TrainingJob", "Model"]}, {}),
        (
            SECRETS
            | {"kinds": ["Workforce"], "installScope": "namespace", "watchNamespace": "team-a,team-b"},
            {"team-a": NAMED, "team-b": NAMED},
        ),
        (SECRETS | {"kinds": ["Model"], "installScope": "namespace"}, {}),
    ],
)
def test_secrets_are_read_by_name_for_the_kinds_that_name_them_and_not_otherwise(
    render: Render, values: dict[str, Any], granted: dict[str, set[Right]]
) -> None:
    for helm in ("helm", "helm3"):
        assert secrets_in(render(values, helm=helm)) == granted


def test_every_kind_with_a_secret_gets_the_right(render: Render) -> None:
    naming = [kind.name for kind in kinds().values() if kind.secrets]
    assert naming
    for name in kinds():
        values = SECRETS | {"kinds": [name]}
        if name in naming or name in {"Model", "TrainingJob"}:
            assert bool(secrets_in(render(values))) is (name in naming), name


def test_no_rule_has_a_wildcard_or_touches_secrets(render: Render) -> None:
    for values in ({}, {"installScope": "namespace"}):
        for obj in render(values):
            for group, resource, verb, _ in rights(obj.get("rules", [])):
                assert "*" not in (group, resource, verb)
                assert resource not in {"secrets", "configmaps", "pods"}
