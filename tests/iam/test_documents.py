"""The IAM policy: exactly what the controller calls, for exactly the kinds that are asked for, in any partition."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.kind import Kind, Verbs
from controller.kinds.load import kinds, service_model
from scripts.generators.iam import FOLDER, iam
from scripts.permissions.documents import CALLED, DEPENDENTS, LARGEST, Document, Place, policies, size, whole
from scripts.rendering import ROOT

CHINA = Place("aws-cn", "111122223333", "cn-north-1", ("arn:aws-cn:iam::111122223333:role/execution",))
COMMITTED = sorted(FOLDER.glob("controller-policy-*.json"))


def of(*names: str) -> list[Kind]:
    return [kinds()[name] for name in names]


def granted(document: Document) -> list[str]:
    """Every action of a document, as often as it is granted."""
    return [action for statement in document["Statement"] for action in statement["Action"]]


def called_verbs() -> tuple[set[str], set[str]]:
    """The roles of verbs that the door to AWS calls, and the operations it names, as its source says."""
    tree = ast.parse((ROOT / "controller" / "cloud" / "calls.py").read_text())
    nodes = list(ast.walk(tree))
    roles = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "verbs"
    }
    known = set(service_model().operation_names)
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return roles & set(Verbs.__dataclass_fields__), words & known


def test_the_policy_grants_the_verbs_that_the_controller_calls() -> None:
    roles, named = called_verbs()
    assert roles == set(CALLED)
    everything = set(granted(whole(policies(kinds().values(), CHINA))))
    assert {f"sagemaker:{operation}" for operation in named} <= everything
    assert named >= {"AddTags", "ListTags"}


def test_nothing_is_granted_that_has_no_caller() -> None:
    """Each action is an operation of a kind in a role that is called, a tag's, the hand-over of a role, or a dependent's."""
    everything = whole(policies(kinds().values(), CHINA))
    expected = {"iam:PassRole", "sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags"}
    for kind in kinds().values():
        for role in CALLED:
            operation = getattr(kind.verbs, role)
            ends = {
                "delete": "delete" in kind.end_with,
                "stop": "stop" in kind.end_with,
                "start": kind.steps.update_while is not None,
            }
            if operation and ends.get(role, True):
                expected |= {f"sagemaker:{operation}", *DEPENDENTS.get(operation, ())}
        expected |= {f"sagemaker:{further.operation}" for further in kind.steps.also_updates}
    assert set(granted(everything)) == expected
    assert not [action for action in granted(everything) if "*" in action]


def test_every_sagemaker_action_is_an_operation_of_the_service() -> None:
    known = set(service_model().operation_names)
    # CreateReservedCapacity is a permission without an operation (Service Authorization Reference, SageMaker)
    without_operation = {"CreateReservedCapacity"}
    actions = set(granted(whole(policies(kinds().values(), CHINA))))
    ours = {action.removeprefix("sagemaker:") for action in actions if action.startswith("sagemaker:")}
    assert ours - known == without_operation


def test_what_is_stopped_to_be_updated_is_started_again_and_nothing_else_is() -> None:
    write = granted(policies(of("NotebookInstance", "MlflowTrackingServer"), CHINA)["write"])
    assert [action for action in write if "Start" in action] == ["sagemaker:StartNotebookInstance"]
    assert "sagemaker:UpdateEndpointWeightsAndCapacities" in granted(policies(of("Endpoint"), CHINA)["write"])


def test_what_dependents_hang_on_is_what_some_kind_calls() -> None:
    called = {getattr(kind.verbs, role) for kind in kinds().values() for role in CALLED}
    assert set(DEPENDENTS) <= called


def test_jobs_are_stopped_and_what_lives_on_is_deleted() -> None:
    end = {
        action for name in ("TrainingJob", "Model") for action in granted(policies(of(name), CHINA)["end"])
    }
    assert end == {"sagemaker:StopTrainingJob", "sagemaker:DeleteModel"}
    assert "end" not in policies(of("TrainingPlan"), CHINA)


def test_roles_are_handed_to_sagemaker_alone_and_only_where_a_manifest_can_name_one() -> None:
    def passing(*names: str) -> list[dict[str, Any]]:
        statements = policies(of(*names), CHINA)["write"]["Statement"]
        return [statement for statement in statements if "iam:PassRole" in statement["Action"]]

    (statement,) = passing("TrainingJob", "Endpoint")
    assert statement["Resource"] == "arn:aws-cn:iam::111122223333:role/execution"
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert passing("Endpoint", "Experiment") == []
    for name in ("Domain", "Cluster", "HyperParameterTuningJob", "MonitoringSchedule"):
        assert passing(name), f"{name} names roles deep inside"


def test_nothing_but_list_and_describe_is_open_to_every_resource() -> None:
    for document in policies(kinds().values(), CHINA).values():
        for statement in document["Statement"]:
            resources = (
                statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            )
            if "*" in resources:
                assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": "cn-north-1"}}
                assert all(re.match(r"sagemaker:List|ec2:Describe", action) for action in statement["Action"])


def test_every_arn_is_of_the_partition() -> None:
    text = json.dumps(whole(policies(kinds().values(), CHINA)))
    arns = re.findall(r"arn:[^:]*:", text)
    assert len(arns) > 5
    assert set(arns) == {"arn:aws-cn:"}


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_each_committed_policy_fits_into_a_managed_policy(path: Path) -> None:
    document = json.loads(path.read_text())
    assert size(document) <= LARGEST
    actions = granted(document)
    assert len(actions) == len(set(actions)) > 0
    assert all(statement["Sid"].isalnum() for statement in document["Statement"])


def test_what_is_committed_is_what_the_table_says() -> None:
    assert {path.name for path in COMMITTED} | {"trust-irsa.json"} == {path.name for path in iam()}
    for path, text in iam().items():
        assert path.read_text() == text, f"{path.name} is stale: make generate"


def test_the_placeholders_are_those_the_readme_tells_to_fill() -> None:
    text = "".join(iam().values())
    placeholders = set(re.findall(r"\$\{(\w+)\}", text))
    readme = (FOLDER / "README.md").read_text()
    assert placeholders == set(re.findall(r"^export (\w+)=", readme, re.MULTILINE))
