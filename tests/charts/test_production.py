"""What a platform team switches on: replicas, monitoring, roles for people, egress, labels and objects of its own."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.kind import GROUP
from controller.kinds.load import kinds
from controller.kinds.states import StateClass
from controller.observe.metrics import Metrics
from scripts import rendering
from scripts.generators.dashboard import PANELS
from scripts.rendering import Object
from tests.charts.conftest import IMAGE, Render, container, only

MONITORING = {
    "metrics": {word: {"enabled": True} for word in ("serviceMonitor", "prometheusRule", "dashboard")}
}


def kinds_of(objects: list[Object]) -> set[str]:
    return {str(obj["kind"]) for obj in objects}


def named(objects: list[Object], name: str) -> Object:
    (found,) = [
        obj for obj in objects if obj["metadata"]["name"] == name and obj["kind"] != "ClusterRoleBinding"
    ]
    return found


def test_with_replicas_comes_a_budget_that_lets_nodes_be_drained(render: Render) -> None:
    assert "PodDisruptionBudget" not in kinds_of(render())
    objects = render({"deployment": {"replicas": 2}})
    budget = only(objects, "PodDisruptionBudget")["spec"]
    pods = only(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert budget["selector"]["matchLabels"].items() <= pods.items()
    assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")
    off = {"deployment": {"replicas": 2}, "podDisruptionBudget": {"enabled": False}}
    assert "PodDisruptionBudget" not in kinds_of(render(off))


def test_replicas_keep_apart_unless_told_otherwise(render: Render) -> None:
    objects = render()
    spec = only(objects, "Deployment")["spec"]
    ours = spec["selector"]["matchLabels"]
    (term,) = spec["template"]["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
    assert term["podAffinityTerm"]["labelSelector"]["matchLabels"] == ours
    (spread,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway" and spread["labelSelector"]["matchLabels"] == ours
    own = {"maxSkew": 2, "topologyKey": "t", "whenUnsatisfiable": "DoNotSchedule"}
    other = own | {"labelSelector": {"matchLabels": {"a": "b"}}}
    values = {"deployment": {"affinity": {"nodeAffinity": {}}, "topologySpreadConstraints": [own, other]}}
    pod = only(render(values), "Deployment")["spec"]["template"]["spec"]
    assert pod["affinity"] == {"nodeAffinity": {}}
    assert pod["topologySpreadConstraints"] == [own | {"labelSelector": {"matchLabels": ours}}, other]


def test_no_user_or_group_of_the_pods_is_one_of_a_node(render: Render) -> None:
    """Ids below 10000 may be those of a node's own users (checkov's CKV_K8S_40)."""
    for obj in render({}, tests=True):
        spec = obj["spec"]["template"]["spec"] if obj["kind"] == "Deployment" else obj.get("spec", {})
        if "containers" in spec:
            security = spec["securityContext"]
            assert min(security["runAsUser"], security["runAsGroup"], security.get("fsGroup", 65532)) >= 10000
            assert security["runAsNonRoot"] is True and security["seccompProfile"] == {
                "type": "RuntimeDefault"
            }


def test_a_monitor_brings_the_service_it_reads(render: Render) -> None:
    objects = render(MONITORING)
    service, monitor = only(objects, "Service"), only(objects, "ServiceMonitor")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["namespaceSelector"]["matchNames"] == [service["metadata"]["namespace"]]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["honorLabels"] is True


def test_what_the_cluster_does_not_serve_may_be_skipped(render: Render) -> None:
    values = {"metrics": {"serviceMonitor": {"enabled": True, "renderMode": "skipIfMissing"}}}
    assert "ServiceMonitor" not in kinds_of(render(values))


def test_what_must_be_served_is_rendered_where_it_is(tools: Mapping[str, Path]) -> None:
    command = [
        str(tools["helm"]),
        "template",
        "x",
        str(rendering.CHART),
        "--set=image.repository=r.example/c",
    ]
    command += ["--kube-version=1.36.0", "--api-versions=monitoring.coreos.com/v1"]
    for mode in ("failIfMissing", "skipIfMissing"):
        values = [f"--set=metrics.{word}.renderMode={mode}" for word in ("serviceMonitor", "prometheusRule")]
        values += [f"--set=metrics.{word}.enabled=true" for word in ("serviceMonitor", "prometheusRule")]
        found = kinds_of(rendering.objects(rendering.run_tool([*command, *values])))
        assert {"ServiceMonitor", "PrometheusRule"} <= found


def metrics_served() -> dict[str, set[str]]:
    """The name of every metric the controller serves, and its labels."""
    served = Metrics()
    served.watch_resources(dict)  # type: ignore[arg-type]
    found: dict[str, set[str]] = {}
    for family in served.registry.collect():
        for suffix in {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(
            family.type, ("",)
        ):
            found[family.name + suffix] = set()
    for metric in vars(served).values():
        for name in found:
            if hasattr(metric, "_labelnames") and name.startswith(metric._name):
                found[name] = set(metric._labelnames)
    found["sagemaker_resources"] = {"kind", "namespace", "state"}
    return found


# What a scrape adds to each.
TARGET = {"service", "pod", "le"}


def queries(render: Render) -> list[str]:
    rules = only(render(MONITORING), "PrometheusRule")["spec"]["groups"][0]["rules"]
    return [rule["expr"] for rule in rules] + [query for panel in PANELS for query, _ in panel.queries]


def test_alerts_and_graphs_ask_for_metrics_and_labels_that_there_are(render: Render) -> None:
    served, asked = metrics_served(), queries(render)
    assert len(asked) > 12
    for query in asked:
        names = re.findall(r"\bsagemaker_\w+", query)
        assert names, query
        labels = {label for name in names for label in served[name]} | TARGET
        matched = re.findall(r"(\w+)(?:=~|!=|=)\"", query)
        grouped = [label for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(", ")]
        assert {*matched, *grouped} <= labels, query
        assert query.count("(") == query.count(")") and query.count("{") == query.count("}")


def test_alerts_read_the_release_they_came_with(render: Render) -> None:
    objects = render(MONITORING, release="other")
    service = only(objects, "Service")["metadata"]["name"]
    for rule in only(objects, "PrometheusRule")["spec"]["groups"][0]["rules"]:
        assert set(re.findall(r'service="([^"]*)"', rule["expr"])) == {service}
        assert rule["annotations"].keys() == {"summary", "description"} and rule["labels"]["severity"]


def test_failed_means_the_states_that_the_table_calls_failed_and_that_nobody_asked_for(
    render: Render,
) -> None:
    (pattern,) = {said for query in queries(render) for said in re.findall(r'state=~"([^"]*)"', query)}
    asked_for = {"stopped", "cancelled", "expired"}
    for kind in kinds().values():
        for state, held in kind.states.classes.items() if kind.states else ():
            failed = held is StateClass.FAILED and state.lower() not in asked_for
            assert bool(re.fullmatch(pattern, state)) is failed, f"{kind.name} {state}"


def test_the_dashboard_is_json_that_a_sidecar_finds(render: Render) -> None:
    config = only(render(MONITORING), "ConfigMap")
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    (text,) = config["data"].values()
    shown = json.loads(text)
    assert [panel["title"] for panel in shown["panels"]] == [panel.title for panel in PANELS]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in shown["panels"]}
    assert len(places) == len(PANELS)


def test_egress_lets_out_what_the_controller_needs(render: Render) -> None:
    assert only(render(), "NetworkPolicy")["spec"]["policyTypes"] == ["Ingress"]
    more = {"ports": [{"protocol": "TCP", "port": 8080}]}
    policy = only(
        render({"networkPolicy": {"egress": {"enabled": True, "additional": [more]}}}), "NetworkPolicy"
    )["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    ports = {(p["protocol"], p["port"]): rule.get("to") for rule in policy["egress"] for p in rule["ports"]}
    assert ports.keys() == {("UDP", 53), ("TCP", 53), ("TCP", 443), ("TCP", 6443), ("TCP", 80), ("TCP", 8080)}
    # port 80 is the Pod Identity agent's alone
    assert [to["ipBlock"]["cidr"] for to in ports["TCP", 80] or []] == [
        "169.254.170.23/32",
        "fd00:ec2::23/128",
    ]


def test_people_are_given_what_view_edit_and_admin_mean(render: Render) -> None:
    objects = render({"kinds": ["Model"]})
    view, edit = (named(objects, f"sagemaker-operators-{word}") for word in ("view", "edit"))
    assert [(rule["resources"], set(rule["verbs"])) for rule in view["rules"]] == [
        (["models"], {"get", "list", "watch"}),
        (["models/status"], {"get"}),
    ]
    (rule,) = edit["rules"]
    assert (rule["apiGroups"], rule["resources"]) == ([GROUP], ["models"])
    assert set(rule["verbs"]) == {"create", "update", "patch", "delete", "deletecollection"}
    assert aggregated(view) == {"view", "edit", "admin"} and aggregated(edit) == {"edit", "admin"}


def aggregated(role: Object) -> set[str]:
    word = "rbac.authorization.k8s.io/aggregate-to-"
    return {label.removeprefix(word) for label in role["metadata"]["labels"] if label.startswith(word)}


@pytest.mark.parametrize("role", ["View", "Edit", "Admin"])
def test_each_aggregation_can_be_switched_off(render: Render, role: str) -> None:
    objects = render({"rbac": {f"aggregateTo{role}": False}})
    for word in ("view", "edit"):
        assert role.lower() not in aggregated(named(objects, f"sagemaker-operators-{word}"))


def test_the_name_that_kubeflow_pipelines_binds_is_there_when_asked_for(render: Render) -> None:
    assert "ack-sagemaker-controller" not in {
        o["metadata"]["name"] for o in render() if o["kind"] == "ClusterRole"
    }
    objects = render({"kinds": ["Model"], "rbac": {"ackClusterRole": True}})
    (alias,) = [
        o
        for o in objects
        if o["kind"] == "ClusterRole" and o["metadata"]["name"] == "ack-sagemaker-controller"
    ]
    verbs = {verb for rule in alias["rules"] if rule["resources"] == ["models"] for verb in rule["verbs"]}
    assert {"create", "get", "list", "watch", "patch", "delete"} <= verbs
    assert aggregated(alias) == set()
    assert not [
        o
        for o in objects
        if o["kind"] == "ClusterRoleBinding" and o["roleRef"]["name"] == alias["metadata"]["name"]
    ]


def test_common_labels_are_on_everything_and_in_no_selector(render: Render) -> None:
    values: dict[str, Any] = {
        "commonLabels": {"team": "x", "app.kubernetes.io/part-of": "platform"},
        **MONITORING,
    }
    objects = render(values | {"deployment": {"replicas": 2}}, tests=True)
    assert len(kinds_of(objects)) >= 12
    for obj in objects:
        labels = obj["metadata"]["labels"]
        assert (labels["team"], labels["app.kubernetes.io/part-of"]) == ("x", "platform"), obj["kind"]
    pod = only(objects, "Deployment")["spec"]
    assert pod["template"]["metadata"]["labels"]["team"] == "x"
    assert "team" not in json.dumps([obj.get("spec", {}).get("selector") for obj in objects])


def test_extra_objects_go_through_tpl_as_objects_or_as_text(render: Render) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-a"}}
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Values.deletionPolicy }}'}\n"
    found = [
        o["metadata"]["name"] for o in render({"extraObjects": [body, text]}) if o["kind"] == "ConfigMap"
    ]
    assert found == ["sagemaker-operators-a", "delete"]


def test_helm_test_asks_the_controller_whether_it_is_ready(render: Render) -> None:
    objects = render({}, tests=True)
    pod, service = only(objects, "Pod"), only(objects, "Service")
    controllers = only(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= controllers.items()
    # and is not taken for a controller itself
    assert not service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    (test,) = pod["spec"]["containers"]
    assert test["image"] == container(objects)["image"] == f"{IMAGE['image']['repository']}:0.1.0"
    port = service["spec"]["ports"][0]["port"]
    assert (
        f"http://{service['metadata']['name']}:{port}{container(objects)['readinessProbe']['httpGet']['path']}"
        in test["command"][2]
    )
    compile(test["command"][2], "the test", "exec")
    assert {obj["metadata"]["annotations"]["helm.sh/hook"] for obj in (pod, service)} == {"test"}
    assert not [o for o in render() if "helm.sh/hook" in o["metadata"].get("annotations", {})]


@pytest.mark.parametrize("chart", [rendering.CHART, rendering.CRD_CHART], ids=lambda path: path.name)
def test_the_release_version_is_eks_own_too(chart: Any) -> None:
    assert 'kubeVersion: ">=1.31.0-0"' in (chart / "Chart.yaml").read_text()
