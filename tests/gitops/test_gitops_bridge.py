"""The ApplicationSet for the GitOps Bridge: the secrets it reads, and what it makes of them."""

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scripts import rendering
from scripts.rendering import CHART, Object
from tests.gitops.manifests import ARGOCD, complaints, objects

APPLICATION_SET = ARGOCD / "applicationset-gitops-bridge.yaml"
SCHEMA = json.loads((ARGOCD / "cluster-metadata.schema.json").read_text())
SECRET: Object = objects(ARGOCD / "cluster-secret.yaml")[0]
POD_IDENTITY: dict[str, Any] = {"ack_sagemaker_identity": "pod-identity", "ack_sagemaker_iam_role_arn": None}


def metadata(labels: Mapping[str, Any] | None = None, **annotations: Any) -> dict[str, Any]:
    """The example's metadata with changes; None takes away."""
    changed = copy.deepcopy(SECRET["metadata"])
    for word, changes in (("labels", labels or {}), ("annotations", annotations)):
        merged = {**changed[word], **changes}
        changed[word] = {key: value for key, value in merged.items() if value is not None}
    return {"labels": changed["labels"], "annotations": changed["annotations"]}


def refused(told: Mapping[str, Any]) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(told)]


@pytest.mark.parametrize(
    "told",
    [
        metadata(),
        metadata(**POD_IDENTITY),
        metadata(aws_vpc_id="vpc-1", addons_repo_url="https://git.example.com/addons"),
        metadata(labels={"enable_argocd": "true"}),
        metadata(
            aws_partition="aws-cn",
            aws_region="cn-north-1",
            ack_sagemaker_iam_role_arn="arn:aws-cn:iam::111122223333:role/r",
        ),
    ],
)
def test_a_good_secret_is_taken(told: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert refused(told) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (metadata(aws_region=None), "aws_region"),
        (metadata(aws_region="Ireland"), "Ireland"),
        (metadata(ack_sagemaker_identity=None), "ack_sagemaker_identity"),
        (metadata(ack_sagemaker_identity="IRSA"), "IRSA"),
        (metadata(ack_sagemaker_iam_role_arn=None), "ack_sagemaker_iam_role_arn"),
        (metadata(ack_sagemaker_iam_role_arn="sagemaker-operators"), "sagemaker-operators"),
        (metadata(ack_sagemaker_iam_role="x"), "ack_sagemaker_iam_role"),  # a misspelt one of ours
        (metadata(ack_sagemaker_namespace="Ack System"), "Ack System"),
        (metadata(labels={"enable_ack_sagemaker": "yes"}), "yes"),
        (metadata(labels={"argocd.argoproj.io/secret-type": "repository"}), "cluster"),
        (metadata(ack_sagemaker_service_account=None, ack_iam_role_arn="x"), "ack_sagemaker_service_account"),
    ],
)
def test_a_bad_secret_is_refused(told: dict[str, Any], said: str) -> None:
    assert any(said in message for message in refused(told)), refused(told)


def test_no_annotation_is_read_that_a_secret_may_lack() -> None:
    text = APPLICATION_SET.read_text()
    annotations = SCHEMA["properties"]["annotations"]
    read = set(re.findall(r"\.metadata\.annotations\.(\w+)", text))
    assert read == {*annotations["required"], *annotations["then"]["required"]}
    # the one that not every secret has is read in the branch of those that have it
    assert text.index('eq .metadata.annotations.ack_sagemaker_identity "irsa"') < text.index(
        ".ack_sagemaker_iam_role_arn"
    )
    spec = objects(APPLICATION_SET)[0]["spec"]
    assert spec["goTemplate"] is True and spec["goTemplateOptions"] == ["missingkey=error"]
    (generator,) = spec["generators"]
    wanted = generator["clusters"]["selector"]["matchLabels"]
    assert wanted == {
        name: SECRET["metadata"]["labels"][name] for name in SCHEMA["properties"]["labels"]["required"]
    }


def made(helm: Path, folder: Path, told: Mapping[str, Any]) -> Object:
    """The Application for a cluster, by the template language that both Argo CD and Helm have from Go and sprig."""
    template = objects(APPLICATION_SET)[0]["spec"]["template"]
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: made\nversion: 0.1.0\n")
    texts: list[str] = []

    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: marked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [marked(inner) for inner in value]
        if isinstance(value, str) and "{{" in value:
            texts.append(value)
            return f"text-{len(texts) - 1}"
        return value

    application = marked(template)
    # each text by itself, as Argo CD renders them, and not the YAML around it
    parts = [
        f'text-{n}: {{{{ with $.Values }}}}{{{{ include "t{n}" . | toJson }}}}{{{{ end }}}}\n'
        for n in range(len(texts))
    ]
    defined = [f'{{{{ define "t{n}" }}}}{text}{{{{ end }}}}' for n, text in enumerate(texts)]
    (folder / "templates" / "made.yaml").write_text("".join([*defined, *parts]))
    cluster = {
        "name": "research",
        "nameNormalized": "research",
        "server": "https://x",
        "metadata": dict(told),
    }
    rendered = yaml.safe_load(rendering.helm_template(helm, folder, values=cluster))

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [filled(inner) for inner in value]
        return rendered.get(value, value) if isinstance(value, str) else value

    one: Object = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **filled(application)}
    return one


@pytest.mark.parametrize(
    ("told", "annotations"),
    [
        (metadata(), {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/sagemaker-operators"}),
        (metadata(**POD_IDENTITY), {}),
    ],
    ids=["irsa", "pod-identity"],
)
def test_what_it_makes_is_an_application_whose_chart_takes_it(
    told: dict[str, Any], annotations: dict[str, str], tools: Mapping[str, Path], tmp_path: Path
) -> None:
    application = made(tools["helm"], tmp_path, told)
    assert complaints(application) == []
    assert application["metadata"]["name"] == "addon-research-ack-sagemaker"
    assert application["spec"]["destination"] == {"name": "research", "namespace": "ack-system"}
    values = yaml.safe_load(application["spec"]["sources"][1]["helm"]["values"])
    found = rendering.objects(rendering.helm_template(tools["helm"], CHART, values=values))
    (account,) = (obj for obj in found if obj["kind"] == "ServiceAccount")
    assert account["metadata"]["name"] == "ack-sagemaker-controller"
    assert (account["metadata"].get("annotations") or {}) == annotations
    (deployment,) = (obj for obj in found if obj["kind"] == "Deployment")
    environment = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "AWS_REGION", "value": "eu-west-1"} in environment


def test_terraform_gives_out_what_the_schema_knows() -> None:
    """The names only: nothing here runs Terraform."""
    text = (ARGOCD / "gitops-bridge.tf").read_text()
    labels, annotations = (
        set(re.findall(r"^ *(?:.*\{ )?(\w+) += (?:var\.|true)", part, flags=re.MULTILINE))
        for part in text.split('output "addons"')[1].split('output "annotations"')
    )
    properties = SCHEMA["properties"]
    assert labels == {"enable_ack_sagemaker"}
    assert annotations - {"condition"} == set(properties["annotations"]["properties"])
    variables = set(re.findall(r'^variable "(\w+)"', text, flags=re.MULTILINE))
    assert set(re.findall(r"var\.(\w+)", text)) == variables
    assert text.count("{") == text.count("}")
    defaults = dict(re.findall(r'variable "(\w+)" \{[^}]*?default += "([^"]+)"', text))
    example = SECRET["metadata"]["annotations"]
    for name in ("namespace", "service_account", "identity"):
        assert defaults[name] == example[f"ack_sagemaker_{name}"]
