"""Both charts on a real API server, by both Helms: they install, and the service account may do what it must and no more."""

import base64
import gzip
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controller.cluster.lease import LEASE_NAME
from controller.kinds.kind import GROUP
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane, running
from scripts.rendering import CHART, CRD_CHART, NAMESPACE
from tests.charts.access import allowed, as_account, user_of
from tests.charts.conftest import Render, only
from tests.loop.world import wait_until

ACCOUNT = "ack-sagemaker-controller"
US = user_of(NAMESPACE, ACCOUNT)


@dataclass(frozen=True)
class Installed:
    plane: ControlPlane
    helm: Path
    notes: str

    def run(self, *arguments: str) -> str:
        return helm(self.helm, self.plane, *arguments)


def helm(binary: Path, plane: ControlPlane, *arguments: str) -> str:
    command = [str(binary), *arguments, f"--kubeconfig={plane.kubeconfig}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["helm", "helm3"])
def installed(request: pytest.FixtureRequest, tools: Mapping[str, Path]) -> Iterator[Installed]:
    """A cluster that had nothing, with both charts in it."""
    binary = tools[request.param]
    with running(tools) as plane:
        where = [f"--namespace={NAMESPACE}", "--create-namespace"]
        helm(binary, plane, "install", "sagemaker-operators-crds", str(CRD_CHART), *where)
        image = "--set=image.repository=registry.example.com/controller"
        notes = helm(binary, plane, "install", "sagemaker-operators", str(CHART), *where, image)
        yield Installed(plane, binary, notes)


def test_both_charts_are_deployed_and_every_kind_is_served(installed: Installed) -> None:
    releases = json.loads(installed.run("list", f"--namespace={NAMESPACE}", "--output=json"))
    assert {release["name"]: release["status"] for release in releases} == {
        "sagemaker-operators": "deployed",
        "sagemaker-operators-crds": "deployed",
    }
    installed.plane.wait_for_crds()
    crds = json.loads(installed.plane.kubectl("get", "crd", "-o", "json"))["items"]
    assert {crd["spec"]["names"]["kind"] for crd in crds} == set(kinds())
    deployment = json.loads(installed.plane.kubectl("get", "deployment", "-n", NAMESPACE, "-o", "json"))
    assert len(deployment["items"]) == 1


def test_the_release_of_all_crds_fits_well_into_a_secret(installed: Installed) -> None:
    """A Secret holds at most 1 MiB (Kubernetes' MaxSecretSize), and Helm keeps a release in one.

    The API server counts the bytes behind ``data.release`` once JSON's base64 is taken off; etcd stores these. They are
    base64 themselves, which Helm puts around its gzip, so what travels as JSON is a third longer again. Both are held to
    three quarters of a MiB, so that neither a botocore with more members nor a proxy's limit on a request comes as a surprise.
    """
    where = f"/api/v1/namespaces/{NAMESPACE}/secrets/sh.helm.release.v1.sagemaker-operators-crds.v1"
    status, secret = installed.plane.request("GET", where)
    assert status == 200 and secret["type"] == "helm.sh/release.v1"
    travels = secret["data"]["release"]
    kept = base64.b64decode(travels)
    release = json.loads(gzip.decompress(base64.b64decode(kept)))
    assert release["manifest"].count('"kind":"CustomResourceDefinition"') == len(kinds())
    assert sum(len(base64.b64decode(value)) for value in secret["data"].values()) == len(kept)
    assert len(kept) < 0.75 * 2**20
    assert len(travels) < 0.75 * 2**20


def test_the_notes_say_scope_region_and_identity(installed: Installed) -> None:
    assert "all namespaces" in installed.notes
    assert "set aws.region" in installed.notes
    assert "names no role" in installed.notes
    arn = "arn:aws:iam::111122223333:role/operators"
    values = {
        "image": {"repository": "r.example/c"},
        "installScope": "namespace",
        "watchNamespace": "default",
        "kinds": ["Model"],
        "aws": {"region": "eu-west-1"},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": arn}},
    }
    said = installed.run(
        "install", "another", str(CHART), "--namespace=default", "--dry-run=server", *values_of(values)
    )
    for words in (
        "eu-west-1",
        f"{arn}, by service account {ACCOUNT} (IRSA)",
        "namespaces default",
        "Cares for   Model\n",
    ):
        assert words in said


def values_of(values: Mapping[str, Any]) -> list[str]:
    return [f"--set-json={key}={json.dumps(value)}" for key, value in values.items()]


@pytest.mark.parametrize("name", ["TrainingJob", "Endpoint", "Job", "ImageVersion"])
def test_objects_are_read_and_patched_and_never_made_or_ended(installed: Installed, name: str) -> None:
    plural = kinds()[name].plural
    assert allowed(installed.plane, US, "team", GROUP, plural) == {"get", "list", "watch", "patch"}
    assert allowed(installed.plane, US, "team", GROUP, f"{plural}/status") == {"get", "patch"}
    assert allowed(installed.plane, US, "team", GROUP, f"{plural}/scale") == set()


@pytest.mark.parametrize(
    ("group", "resource", "verbs"),
    [
        ("events.k8s.io", "events", {"create", "patch"}),
        ("", "namespaces", {"get", "list", "watch"}),
        ("", "events", set()),
        ("", "secrets", set()),
        ("", "configmaps", set()),
        ("", "pods", set()),
        ("", "serviceaccounts/token", set()),
        ("", "nodes", set()),
        ("apps", "deployments", set()),
        ("rbac.authorization.k8s.io", "clusterroles", set()),
        ("apiextensions.k8s.io", "customresourcedefinitions", set()),
        ("coordination.k8s.io", "leases", set()),
    ],
)
def test_nothing_else_in_the_cluster_may_be_touched(
    installed: Installed, group: str, resource: str, verbs: set[str]
) -> None:
    assert allowed(installed.plane, US, "team", group, resource) == verbs


def test_who_is_bound_to_what_edit_is_given_makes_objects_and_leaves_their_status_alone(
    installed: Installed,
) -> None:
    """NB: adding it to edit itself is the controller-manager's work, which does not run here."""
    person = user_of("default", "ann")
    for word, verbs in (
        ("view", {"get", "list", "watch"}),
        ("edit", {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}),
    ):
        role = ["--clusterrole", f"sagemaker-operators-{word}", "--serviceaccount=default:ann"]
        installed.plane.kubectl("create", "rolebinding", f"ann-{word}", "-n", "default", *role)

        def given() -> set[str]:
            return allowed(installed.plane, person, "default", GROUP, "models")

        # NB: the API server hears of its own bindings by a watch
        wait_until(lambda: given() == verbs, lambda: str(given()))  # noqa: B023 -- called before the next turn
        assert allowed(installed.plane, person, "default", GROUP, "models/status") == {"get"}
        assert allowed(installed.plane, person, "team", GROUP, "models") == set()


def test_of_leases_one_alone_may_be_kept(installed: Installed) -> None:
    def of(name: str) -> set[str]:
        return allowed(installed.plane, US, NAMESPACE, "coordination.k8s.io", "leases", name=name)

    # NB: create cannot be limited to a name
    assert of(LEASE_NAME) == {"get", "update", "patch", "create"}
    assert of("another") == {"create"}


def test_a_namespaced_installation_may_do_nothing_elsewhere(installed: Installed) -> None:
    plane = installed.plane
    for name in ("tenant", "team-a", "team-b"):
        plane.kubectl("create", "namespace", name)
    values = {
        "image": {"repository": "r.example/c"},
        "installScope": "namespace",
        "watchNamespace": "team-a",
        "kinds": ["TrainingJob"],
    }
    installed.run("install", "tenant", str(CHART), "--namespace=tenant", *values_of(values))
    user = user_of("tenant", ACCOUNT)
    jobs = kinds()["TrainingJob"].plural
    assert allowed(plane, user, "team-a", GROUP, jobs) == {"get", "list", "watch", "patch"}
    assert allowed(plane, user, "team-a", "events.k8s.io", "events") == {"create", "patch"}
    for namespace in ("team-b", "tenant", ""):
        assert allowed(plane, user, namespace, GROUP, jobs) == set()
        assert allowed(plane, user, namespace, "events.k8s.io", "events") == set()
    assert allowed(plane, user, "team-a", GROUP, "models") == set()
    # the namespace itself may be read, by a Role in it
    assert as_account(plane, "tenant", ACCOUNT, "/api/v1/namespaces/team-a")[0] == 200
    for forbidden in ("/api/v1/namespaces/team-b", "/api/v1/namespaces/kube-system", "/api/v1/namespaces"):
        assert as_account(plane, "tenant", ACCOUNT, forbidden)[0] == 403
    listed, _ = as_account(plane, "tenant", ACCOUNT, f"/apis/{GROUP}/v1alpha1/namespaces/team-a/{jobs}")
    assert listed == 200
    installed.run("uninstall", "tenant", "--namespace=tenant")
    assert allowed(plane, user, "team-a", GROUP, jobs) == set()


def test_an_upgrade_to_fewer_kinds_takes_rights_away(installed: Installed) -> None:
    values = ["--reuse-values", '--set-json=kinds=["Model"]']
    where = f"--namespace={NAMESPACE}"
    installed.run("upgrade", "sagemaker-operators", str(CHART), where, *values)
    assert allowed(installed.plane, US, "team", GROUP, "trainingjobs") == set()
    assert allowed(installed.plane, US, "team", GROUP, "models") == {"get", "list", "watch", "patch"}
    installed.run("rollback", "sagemaker-operators", "1", where)
    assert "patch" in allowed(installed.plane, US, "team", GROUP, "trainingjobs")


@pytest.mark.parametrize("server", ["plane", "old_plane"])
def test_the_pod_is_admitted_where_pods_are_restricted(
    request: pytest.FixtureRequest, server: str, render: Render
) -> None:
    plane: ControlPlane = request.getfixturevalue(server)
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "restricted-pods", "labels": labels},
    }
    plane.request("POST", "/api/v1/namespaces", namespace)
    template = only(render(), "Deployment")["spec"]["template"]

    def admitted(spec: dict[str, Any]) -> tuple[int, Any]:
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p", **template["metadata"]},
            "spec": spec,
        }
        return plane.request(
            "POST", "/api/v1/namespaces/restricted-pods/pods?dryRun=All&fieldValidation=Strict", pod
        )

    status, answer = admitted(template["spec"])
    assert status == 201, answer
    # and the admission is really there: without one of its promises the same pod is refused
    broken = json.loads(json.dumps(template["spec"]))
    del broken["containers"][0]["securityContext"]["capabilities"]
    status, answer = admitted(broken)
    assert status == 403 and "PodSecurity" in answer["message"]
