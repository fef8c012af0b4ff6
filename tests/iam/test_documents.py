"""The IAM policy: exactly what the controller calls, for exactly the kinds that are asked for, in any partition."""

import ast
import json
import re
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from controller.decide.actions import (
    Action,
    Create,
    Delete,
    Hold,
    Lost,
    Reject,
    Release,
    Show,
    Start,
    Stop,
    StopFirst,
    Tag,
    Update,
    Wait,
    Yield,
)  # fmt: skip
from controller.decide.declared import identity
from controller.decide.plan import plan
from controller.decide.reach import found_by_list
from controller.decide.situation import Seen, Situation
from controller.decide.translate import to_manifest
from controller.decide.updates import TRIGGERED
from controller.kinds.kind import Kind, Verbs
from controller.kinds.load import kinds, service_model
from controller.kinds.names import key_of
from controller.kinds.shape import Shape
from scripts.generators.iam import FOLDER, iam
from scripts.permissions.documents import (
    CALLED,
    DEPENDENTS,
    LARGEST,
    Document,
    Place,
    policies,
    size,
    whole,
)
from scripts.rendering import ROOT
from tests.decide.objects import ARN, declared

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
    assert named == TAGGING


TAGGING = {"AddTags", "DeleteTags", "ListTags"}

# What each action of decide/actions.py makes the loop call, by the role of the verb.
VERB_OF = {
    Create: "create",
    Update: "update",
    Stop: "stop",
    StopFirst: "stop",
    Start: "start",
    Delete: "delete",
}
WITHOUT_VERB = {Reject, Lost, Hold, Wait, Tag, Release, Show, Yield}


def reachable(kind: Kind) -> set[str]:
    """The operations that the decisions about a kind come to, in every state and for every member that may differ."""
    found = {kind.verbs.describe}
    states = [None] if kind.states is None else [*((kind.status and described_states(kind)) or ())]
    for deleting, state, ready in product((False, True), states, ("True", "False")):
        for member, one, other in [("", None, None), *differing(kind)]:
            shown = {member: other} if member else {}
            if state is not None and kind.status:
                shown[kind.status] = state
            status = {"ackResourceMetadata": {"arn": ARN}, "observedGeneration": 1}
            known = {**status, "conditions": [{"type": "Ready", "status": ready}]}
            if state is not None and kind.status:
                known[key_of(kind.status)] = state
            asked = {member: one} if member else {}
            for seen, (note, spec) in product((Seen(shown, ours=True), None), circumstances(kind)):
                obj = declared(
                    kind.name, held=True, deleting=deleting, generation=2, status={**known, **note}, spec=spec
                )
                action = plan(Situation(obj, asked, looked=True, seen=seen))
                if isinstance(action, Update) and action.operation:
                    found.add(action.operation)
                elif type(action) in VERB_OF:
                    found.add(str(getattr(kind.verbs, VERB_OF[type(action)])))
    if isinstance(plan(Situation(declared(kind.name, spec={}), {})), Create):
        found.add(kind.verbs.create)
    named = {i.member: "x" for i in kind.identity if i.source != "arn"}
    # loop/reconcile.py::_recover: without an identity it lists, unless the token alone can tell
    nameless = identity(declared(kind.name, spec={}), named, None) is None and not kind.found_by_token
    if nameless or kind.listing is not None:  # loop/sweeps.py: one List tells of many
        found.add(str(kind.verbs.list))
    return found


def circumstances(kind: Kind) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What else a decision depends on: that we had stopped it, and members that further operations change."""
    notes: list[dict[str, Any]] = [{}]
    if kind.steps.update_while:
        notes.append({key_of(kind.steps.update_while.noted_in): TRIGGERED})
    specs: list[dict[str, Any]] = [{}]
    for further in kind.steps.also_updates:
        if further.declared_as not in kind.create.members:
            specs.append({key_of(further.declared_as): to_manifest(further.shape, sample(further.shape))})
    return list(product(notes, specs))


def described_states(kind: Kind) -> list[str]:
    """Every state that SageMaker can say a resource is in."""
    shape = service_model().operation_model(kind.verbs.describe).output_shape
    inner = shape.members[kind.wrapped_in] if kind.wrapped_in else shape
    return list(inner.members[str(kind.status)].enum)


def differing(kind: Kind) -> list[tuple[str, Any, Any]]:
    """For each member that a manifest may declare, something it may say and that SageMaker shows it otherwise."""
    members = [*kind.create.members, *kind.update_only]
    found = [(name, sample(of_both(kind, name))) for name in members]
    return [
        (name, value, {} if isinstance(value, dict) else None) for name, value in found if value is not None
    ]


def of_both(kind: Kind, name: str) -> Shape:
    """The shape of a member; what Update takes of it where that is less than what Create takes."""
    whole, part = kind.shape_of(name), (kind.update.members if kind.update else {}).get(name)
    return part if part is not None and set(part.members) < set(whole.members) else whole


def sample(shape: Shape, depth: int = 0) -> Any:
    """A value of a shape with as little in it as possible; None for a structure that ends nowhere."""
    if shape.element is not None:
        return [sample(shape.element, depth + 1)]
    if shape.value is not None:
        return {"key": sample(shape.value, depth + 1)}
    if shape.type == "structure":
        inner = ((name, sample(member, depth + 1)) for name, member in shape.members.items() if depth < 6)
        return next(({name: value} for name, value in inner if value is not None), None)
    scalars = {
        "boolean": True,
        "integer": 1,
        "long": 1,
        "float": 1.0,
        "double": 1.0,
        "timestamp": "2026-01-01T00:00:00Z",
    }
    return scalars.get(shape.type, "one")


def test_each_action_has_its_verb_or_none() -> None:
    """A new action cannot be forgotten here."""
    assert set(get_args(Action)) == set(VERB_OF) | WITHOUT_VERB


@pytest.mark.parametrize("name", sorted(kinds()))
def test_what_is_granted_of_a_kind_is_what_its_decisions_come_to(name: str) -> None:
    kind = kinds()[name]
    parts = policies([kind], CHINA)
    parts.pop("dependents", None)
    actions = {a.removeprefix("sagemaker:") for a in granted(whole(parts)) if a.startswith("sagemaker:")}
    assert actions - TAGGING == reachable(kind)


def test_nothing_is_granted_that_has_no_caller() -> None:
    """Each action is what some kind's decisions come to, a tag's, the hand-over of a role or a dependent's."""
    everything = whole(policies(kinds().values(), CHINA))
    called = {operation for kind in kinds().values() for operation in reachable(kind)}
    expected = {"iam:PassRole", *(f"sagemaker:{o}" for o in {*called, *called_verbs()[1]})}
    expected |= {action for operation in called for action in DEPENDENTS.get(operation, ())}
    assert set(granted(everything)) == expected
    assert not [action for action in granted(everything) if "*" in action]


def test_what_no_decision_leads_to_is_not_granted() -> None:
    actions = set(granted(whole(policies(kinds().values(), CHINA))))
    assert "sagemaker:UpdateTrainingJob" in actions  # its profiler can be changed while it runs
    never = (
        "DeleteLabelingJob",
        "StopMonitoringSchedule",
        "DeletePipelineExecution",
        "ListModels",
    )
    assert not actions & {f"sagemaker:{operation}" for operation in never}
    lists = {action.removeprefix("sagemaker:") for action in actions if action.startswith("sagemaker:List")}
    tell = {kind.listing.operation for kind in kinds().values() if kind.listing is not None}
    named = {str(kind.verbs.list) for kind in kinds().values() if found_by_list(kind)}
    assert lists == {*tell, *named, "ListTags"}, "List tells of many at once, or finds what SageMaker names"


def test_tags_are_granted_only_where_a_kind_can_have_some() -> None:
    def tagging(name: str) -> set[str]:
        return {action for action in granted(whole(policies(of(name), CHINA))) if action.endswith("Tags")}

    assert tagging("Model") == {"sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags"}
    assert tagging("ImageVersion") == set()


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
