"""What the chart refuses, and whether it says so in a sentence a person can act on."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from controller import __version__
from controller.kinds.load import kinds
from scripts import rendering
from tests.charts.conftest import Refuse, Render, container


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_without_an_image_the_chart_says_how_to_get_one(refusal: Refuse, helm: str) -> None:
    said = refusal({"image": {"repository": ""}}, helm=helm)
    assert "image.repository is not set" in said
    assert "make image REGISTRY=" in said


@pytest.mark.parametrize("helm", ["helm", "helm3"])
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"imgae": {}}, "imgae"),
        ({"image": {"repositry": "x"}}, "repositry"),
        ({"aws": {"regoin": "eu-west-1"}}, "regoin"),
        ({"deployment": {"replica": 2}}, "replica"),
        ({"metrics": {"service": {"enabled": True}}}, "enabled"),
        ({"region": "eu-west-1"}, "region"),
        ({"secrets": {"name": ["idp"]}}, "name"),
    ],
)
def test_a_misspelt_key_is_refused_by_name(
    refusal: Refuse, helm: str, values: dict[str, object], named: str
) -> None:
    assert re.search(rf"dditional propert.*{named}", refusal(values, helm=helm))


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"kinds": "TrainingJob"}, "kinds"),
        ({"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "my-role"}}}, "role-arn"),
        ({"image": {"digest": "sha256:1234"}}, "digest"),
        ({"installScope": "clusterwide"}, "installScope"),
        ({"deletionPolicy": "keep"}, "deletionPolicy"),
        ({"resourceTags": ["team"]}, "resourceTags"),
        ({"deployment": {"terminationGracePeriodSeconds": 5}}, "terminationGracePeriodSeconds"),
        ({"deployment": {"containerPort": 8081}}, "containerPort"),
        ({"log": {"level": "warning"}}, "level"),
        ({"reconcile": {"terminalAfter": -1}}, "terminalAfter"),
        ({"reconcile": {"longestLook": 31}}, "longestLook"),
        ({"reconcile": {"livingPeriod": 1}}, "livingPeriod"),
        ({"reconcile": {"resourceResyncPeriods": {"Endpoint": "5m"}}}, "Endpoint"),
        ({"reconcile": {"terminalAfter": "30m"}}, "terminalAfter"),
        ({"secrets": {"names": ["*"]}}, "names"),
        ({"secrets": {"names": "idp"}}, "names"),
        ({"secrets": {"names": ["idp", "idp"]}}, "names"),
    ],
)
def test_a_value_that_cannot_be_is_refused_where_it_stands(
    refusal: Refuse, values: dict[str, object], where: str
) -> None:
    assert where in refusal(values)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"kinds": ["TrainingJobs"]},
            'kinds has "TrainingJobs", which is no SageMaker kind; did you mean TrainingJob?',
        ),
        (
            {"kinds": ["Model", "training-job"]},
            'kinds has "training-job", which is no SageMaker kind; did you mean TrainingJob?',
        ),
        ({"kinds": ["Pod"]}, 'kinds has "Pod", which is no SageMaker kind; docs/kinds/README.md lists them'),
        (
            {"reconcile": {"resourceResyncPeriods": {"endpoint": 300}}},
            'reconcile.resourceResyncPeriods has "endpoint", which is no SageMaker kind; did you mean Endpoint?',
        ),
        (
            {"reconcile": {"resources": ["endpoints"]}},
            'reconcile.resources has "endpoints", which is no SageMaker kind; did you',
        ),
    ],
)
def test_a_kind_that_is_none_is_one_sentence_with_a_hint(
    refusal: Refuse, values: dict[str, object], sentence: str
) -> None:
    said = refusal(values)
    assert sentence in said and "AIBenchmarkJob" not in said


def test_the_chart_of_the_crds_says_it_too(tools: Mapping[str, Path]) -> None:
    for helm in ("helm", "helm3"):
        command = [str(tools[helm]), "template", str(rendering.CRD_CHART), "--set", "kinds={TrainingJobs}"]
        command += ["--kube-version", "1.36.0"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (
            done.returncode
            and 'kinds has "TrainingJobs"' in done.stderr
            and "did you mean TrainingJob?" in done.stderr
        )


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"watchNamespace": "team-a"}, "set installScope to namespace"),
        ({"installScope": "namespace", "watchNamespace": "team_a"}, "no namespace can be called"),
        ({"deployment": {"replicas": 2}, "leaderElection": {"enabled": False}}, "enable leader election"),
        ({"reconcile": {"shortestLook": 20, "longestLook": 10}}, "lower the one or raise the other"),
        ({"installScope": "namespace", "watchNamespace": " "}, "watchNamespace is blank: it is a comma list"),
        (
            {"installScope": "namespace", "watchNamespace": "a,,b"},
            'watchNamespace is "a,,b", which has an empty name',
        ),
        (
            {"installScope": "namespace", "watchNamespace": "a b"},
            'watchNamespace has "a b", which no namespace',
        ),
        ({"aws": {"region": "Europe"}}, 'aws.region is "Europe", which is no region'),
        ({"aws": {"region": " "}}, 'aws.region is " ", which is no region'),
        ({"aws": {"credentials": {"secretName": "aws"}}}, "aws.region is empty"),
        (
            {
                "aws": {"region": "eu-west-1", "credentials": {"secretName": "aws"}},
                "serviceAccount": {
                    "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/x"}
                },
            },
            "set one of them",
        ),
        ({"networkPolicy": {"enabled": False, "egress": {"enabled": True}}}, "enable both"),
        ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "commonLabels has app.kubernetes.io/name"),
        (
            {"deployment": {"labels": {"app.kubernetes.io/instance": "x"}}},
            "deployment.labels has app.kubernetes.io/instance",
        ),
        (
            {"metrics": {"serviceMonitor": {"enabled": True, "renderMode": "failIfMissing"}}},
            "metrics.serviceMonitor.renderMode to alwaysRender",
        ),
        (
            {
                "metrics": {
                    "service": {"create": True},
                    "prometheusRule": {"enabled": True, "renderMode": "failIfMissing"},
                }
            },
            "does not serve monitoring.coreos.com/v1",
        ),
        ({"metrics": {"prometheusRule": {"enabled": True}}}, "enable metrics.serviceMonitor, or set"),
        ({"kinds": ["Model"], "reconcile": {"resources": ["Model"]}}, "set one of them"),
        ({"aws": {"endpoint_url": "http://simulator:8080"}}, "allow_unsafe_aws_endpoint_urls"),
        (
            {
                "serviceAccount": {
                    "create": False,
                    "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/x"},
                }
            },
            "annotate the ServiceAccount where it is made",
        ),
    ],
)
def test_values_that_contradict_each_other_are_refused_with_advice(
    refusal: Refuse, values: dict[str, object], advice: str
) -> None:
    said = refusal(values)
    assert advice in said
    assert said.count("execution error") == 1, said


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::111122223333:role/operators",
        "arn:aws-cn:iam::111122223333:role/path/operators",
        "arn:aws-us-gov:iam::111122223333:role/operators",
    ],
)
def test_role_arns_of_every_partition_are_taken(render: Render, arn: str) -> None:
    objects = render({"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": arn}}})
    account = next(obj for obj in objects if obj["kind"] == "ServiceAccount")
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == arn


def test_the_chart_can_be_a_part_of_another(render: Render) -> None:
    """Helm hands a dependency `global` and the condition that switches it on."""
    assert render({"global": {"anything": {"at": "all"}}, "enabled": True})


def test_every_value_has_a_word_in_the_schema_and_every_word_a_value() -> None:
    values = VALUES
    schema = json.loads((rendering.CHART / "values.schema.json").read_text())
    jsonschema.validate(values, schema)

    def compare(said: object, shape: dict[str, object], path: str) -> None:
        words = shape.get("properties")
        if not isinstance(words, dict) or not isinstance(said, dict) or shape.get("additionalProperties"):
            return
        assert set(words) - {"global", "enabled" if not path else ""} == set(said), path or "the root"
        for key, inner in words.items():
            compare(said.get(key), inner, f"{path}.{key}")

    compare(values, schema, "")


TEMPLATES = "".join(path.read_text() for path in sorted((rendering.CHART / "templates").iterdir()))


def leaves(values: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every value; a map that people fill is one value."""
    filled = {"resources", "deployment.nodeSelector", "metrics.dashboard.labels"}
    for key, value in values.items():
        path = (*prefix, key)
        if isinstance(value, dict) and value and ".".join(path) not in filled:
            yield from leaves(value, path)
        else:
            yield path


VALUES: dict[str, Any] = yaml.safe_load((rendering.CHART / "values.yaml").read_text())


@pytest.mark.parametrize("path", list(leaves(VALUES)), ids=".".join)
def test_every_value_is_used_by_a_template(path: tuple[str, ...]) -> None:
    """By its whole path, or by its name where a template took what it is in."""
    whole = rf"alues\.{re.escape('.'.join(path))}\b"
    within = rf"alues\.{re.escape('.'.join(path[:-1]))}[\s)].*?\.{path[-1]}\b"
    listed = rf'list [^)}}]*"{path[-1]}"'  # walked over by name
    used = re.search(whole, TEMPLATES) or (
        len(path) > 1 and (re.search(within, TEMPLATES, re.DOTALL) or re.search(listed, TEMPLATES))
    )
    assert used, f"{'.'.join(path)} is in no template"


def test_no_template_uses_a_value_that_there_is_not() -> None:
    """A name that nobody declared is empty wherever it is used."""
    used = set(re.findall(r"[$.]\.?(?:Values|values)\.([A-Za-z_.]+)", TEMPLATES))
    assert len(used) > 40
    for path in used:
        found: Any = VALUES
        for key in path.rstrip(".").split("."):
            assert not found or key in found, f"{path} is in a template and not in values.yaml"
            found = found[key] if found else found


def test_one_example_has_every_value_set_to_something_else() -> None:
    """What is rendered from it by both Helms, scanned and read by the controller says nothing of a value it leaves alone."""
    example = yaml.safe_load((rendering.CHART / "ci" / "everything-values.yaml").read_text())
    switches = {"installScope", "watchNamespace", "kinds", "deployment.hostNetwork", "serviceAccount.create"}
    switches |= {
        "podDisruptionBudget.enabled",
        "rbac.aggregateToEdit",
        "rbac.aggregateToAdmin",
        "networkPolicy.enabled",
    }
    switches |= {"leaderElection.enabled", "secrets.names", "metrics.serviceMonitor.renderMode"}
    switches |= {"metrics.prometheusRule.renderMode"}
    same = set()
    for path in leaves(VALUES):
        default, said = VALUES, example
        for key in path:
            default, said = default[key], said.get(key) if isinstance(said, dict) else None
        if said is None or said == default:
            same.add(".".join(path))
    assert same == switches


def test_the_chart_knows_every_kind_of_the_table(render: Render) -> None:
    assert render({"kinds": list(kinds())})


def test_chart_and_controller_have_one_version(render: Render) -> None:
    chart = yaml.safe_load((rendering.CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__
    assert container(render())["image"] == f"registry.example.com/controller:{__version__}"


class _Once(yaml.SafeLoader):
    """YAML whose keys stand once: of two the last one wins, without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        assert len(set(keys)) == len(keys), f"{node.start_mark}: {sorted(keys)}"
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize(
    "path",
    sorted([*rendering.CHART.rglob("*values.yaml"), *rendering.CRD_CHART.rglob("*values.yaml")]),
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_no_value_stands_twice(path: Path) -> None:
    assert yaml.load(path.read_text(), Loader=_Once)
