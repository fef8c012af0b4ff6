"""What the chart renders: a pod that may be run anywhere, flags the controller takes, nothing that changes by itself."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller import settings
from controller.decide.periods import Bounds
from controller.kinds.load import kinds
from scripts import rendering
from tests.charts.conftest import IMAGE, Render, container, only

EXAMPLES = sorted((rendering.CHART / "ci").glob("*-values.yaml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_helm_3_and_helm_4_render_the_same_text(tools: Mapping[str, Path], example: Path) -> None:
    values = yaml.safe_load(example.read_text())
    new, old = (
        rendering.helm_template(tools[helm], rendering.CHART, values=values) for helm in ("helm", "helm3")
    )
    # Helm 4 puts an empty line before each document, which says nothing
    assert [line for line in new.splitlines() if line] == [line for line in old.splitlines() if line]
    assert "kind: Deployment" in new


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_controller_takes_every_flag_the_chart_gives_it(render: Render, example: Path) -> None:
    values = yaml.safe_load(example.read_text())
    # the kubelet puts in what a variable holds
    flags = [flag.replace("$(K8S_NAMESPACE)", "mine") for flag in container(render(values))["args"]]
    read = settings.read(flags, {"AWS_REGION": "eu-west-1"}, kinds())
    assert read.notices == ()
    assert read.deletion_policy == values.get("deletionPolicy", "delete")
    assert read.region == (values.get("aws") or {}).get("region", "eu-west-1")
    if "everything" in example.stem:
        assert read.resource_tags == {}
        assert read.kinds == ("Endpoint", "EndpointConfig")
        assert (read.workers, read.bounds.resync, read.owner_id) == (32, 3600.0, "production-eu")
        periods = {"Endpoint": 300.0, "EndpointConfig": 7200.0}
        assert read.bounds == Bounds(2.0, 20.0, 120.0, 3600.0, periods)
        assert read.terminal_after == 600.0
        assert read.second_writer_quiet == 7200
        assert read.calls_per_second == 20
        assert read.leader_election_namespace == "kube-node-lease"
        assert len(read.events_queue_urls) == 2
        assert read.watch_selectors == "team in (a, b)"
        assert read.metrics_addr == ":9090"
    scopes = {"namespaced-values": ("team-a", "team-b"), "overlay-namespaced-values": ("mine",)}
    assert read.watch_namespaces == scopes.get(example.stem, ())


def test_a_namespaced_installation_watches_its_own_namespace_unless_told(render: Render) -> None:
    flags = container(render({"installScope": "namespace"}, namespace="mine"))["args"]
    # which the kubelet puts in for the name of a variable
    assert "--watch-namespace=$(K8S_NAMESPACE)" in flags
    variables = {item["name"]: item for item in container(render({"installScope": "namespace"}))["env"]}
    assert variables["K8S_NAMESPACE"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.namespace"


def test_no_region_is_made_up_and_an_empty_one_is_not_set(render: Render) -> None:
    """An AWS_REGION that is set to nothing keeps EKS' webhooks from setting it."""
    said = container(render())
    assert "AWS_REGION" not in {item["name"] for item in said["env"]}
    assert not [flag for flag in said["args"] if flag.startswith("--aws-region")]
    said = container(render({"aws": {"region": "eu-west-1"}}))
    assert {"name": "AWS_REGION", "value": "eu-west-1"} in said["env"]
    assert "--aws-region=eu-west-1" in said["args"]


def test_sts_is_asked_in_the_region(render: Render) -> None:
    assert {"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"} in container(render())["env"]


def test_a_digest_pins_the_image_whatever_the_tag(render: Render) -> None:
    digest = f"sha256:{'a' * 64}"
    image = {"repository": "r.example/c", "tag": "1.2", "digest": digest}
    assert container(render({"image": image}))["image"] == f"r.example/c:1.2@{digest}"


def test_the_pod_gets_its_token_from_its_own_volume_alone(render: Render) -> None:
    objects = render()
    pod = only(objects, "Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert only(objects, "ServiceAccount")["automountServiceAccountToken"] is False
    mount = next(m for m in container(objects)["volumeMounts"] if m["name"] == "api-access")
    assert mount == {
        "name": "api-access",
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
        "readOnly": True,
    }
    sources = next(v for v in pod["volumes"] if v["name"] == "api-access")["projected"]["sources"]
    # the three files that load_incluster_config and the clients of other languages read
    files = {
        item["path"]
        for source in sources
        for inner in source.values()
        for item in inner.get("items", [inner])
    }
    assert files == {"token", "ca.crt", "namespace"}


def test_selectors_hold_nothing_that_a_tool_or_an_upgrade_changes(render: Render) -> None:
    objects = render({"metrics": {"service": {"create": True}}, "deployment": {"labels": {"team": "x"}}})
    pod = only(objects, "Deployment")["spec"]
    selectors = [
        pod["selector"]["matchLabels"],
        only(objects, "Service")["spec"]["selector"],
        only(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    for selector in selectors:
        assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
        assert selector.items() <= pod["template"]["metadata"]["labels"].items()


def test_the_ports_of_probes_service_and_policy_are_ports_of_the_container(render: Render) -> None:
    objects = render({"metrics": {"service": {"create": True}}, "deployment": {"containerPort": 9090}})
    said = container(objects)
    ports = {port["name"]: port["containerPort"] for port in said["ports"]}
    assert ports == {"metrics": 9090, "health": 8081}
    assert said["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "health"}
    assert said["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
    assert only(objects, "Service")["spec"]["ports"][0]["targetPort"] in ports
    allowed = only(objects, "NetworkPolicy")["spec"]["ingress"][0]["ports"]
    assert {port["port"] for port in allowed} == set(ports)


@pytest.mark.parametrize("word", ["lookup", "randAlpha", "randAlphaNum", "genCA", "uuidv4", "now"])
def test_the_chart_renders_the_same_in_every_tool_at_every_time(word: str) -> None:
    """GitOps tools render without a cluster and again and again; hooks mean something else in each of them."""
    for template in (rendering.CHART / "templates").iterdir():
        actions = "".join(re.findall(r"\{\{.*?\}\}", template.read_text(), re.DOTALL))
        without_comments = re.sub(r"/\*.*?\*/", "", actions, flags=re.DOTALL)
        found = re.search(rf"(?<![\w.\"-]){re.escape(word)}\b", without_comments)
        assert not found, template.name
        hooks = re.findall(r"helm.sh/hook: *(.*)", template.read_text())
        assert set(hooks) <= {"test"}, template.name


@pytest.mark.parametrize(
    "values", [IMAGE, {"metrics": {"service": {"create": True}}}, {"installScope": "namespace"}]
)
def test_names_fit_however_long_the_release(render: Render, values: dict[str, Any]) -> None:
    for obj in render(values, release="r" * 53):
        assert len(obj["metadata"]["name"]) <= 63, obj["kind"]


def test_the_metrics_service_is_off_and_the_network_policy_can_be(render: Render) -> None:
    assert not [obj for obj in render() if obj["kind"] == "Service"]
    assert not [
        obj for obj in render({"networkPolicy": {"enabled": False}}) if obj["kind"] == "NetworkPolicy"
    ]


def test_pull_secrets_may_be_names_or_objects(render: Render) -> None:
    values = {"imagePullSecrets": [{"name": "a"}], "image": {**IMAGE["image"], "pullSecrets": ["b"]}}
    pod = only(render(values), "Deployment")["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]
