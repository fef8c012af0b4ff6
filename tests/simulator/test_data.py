"""The simulator's data files against the service model: every name exists, every state and operation is accounted for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator import model, particulars, special
from simulator.describing import CREATED, MODIFIED
from simulator.model import Kind

KINDS = model.kinds()
STATES = model.data("states")
FILES = ("defaults", "dependents", "kinds", "lists", "references", "states", "texts")


def shape_at(shape: Any, path: str) -> Any:
    """The shape at a path as the data files write it; None if there is no such member."""
    for word in path.split("."):
        if shape.type_name == "map":
            shape = shape.value
            continue
        member = word.removesuffix("[]")
        if shape.type_name != "structure" or member not in shape.members:
            return None
        shape = shape.members[member]
        if word.endswith("[]"):
            shape = shape.member
    return shape


def test_every_kind_with_create_and_describe_is_modelled() -> None:
    operations = model.operations()
    expected = {o[6:] for o in operations if o.startswith("Create") and f"Describe{o[6:]}" in operations}
    assert set(KINDS) == expected | {"PipelineExecution"}


def within(operation: str | None) -> set[str]:
    """The members of the structures that an operation takes."""
    shapes = model.input_shape(operation).members.values() if operation else ()
    return {member for shape in shapes if shape.type_name == "structure" for member in shape.members}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda k: k.name)
def test_kinds(kind: Kind) -> None:
    given = set(model.input_shape(kind.create).members)
    update = set(model.input_shape(kind.update).members) if kind.update else set()
    described = model.described_shape(kind.name)
    assert kind.listing in model.operations()
    assert set(kind.renames) <= given | update
    assert all(target.split(".")[0] in described.members for target in kind.renames.values())
    assert set(kind.removes) | set(kind.appends) <= update
    assert set(kind.updates) <= update | within(kind.update)
    assert set(kind.merges) <= update
    assert {t for t in (*kind.removes.values(), *kind.appends.values()) if t != "*"} <= given
    assert set(kind.updates.values()) <= given | within(kind.create)
    for path, targets in kind.inner.items():
        first = path.split(".")[0].removesuffix("[]")
        source = {v: k for k, v in kind.renames.items()}.get(first, first)
        assert shape_at(model.input_shape(kind.create), path.replace(first, source, 1)) is not None, path
        parent = path.rpartition(".")[0]
        for target in targets:
            assert shape_at(described, f"{parent}.{target}" if parent else target) is not None, target
    for word in re.findall(r"\{(\w+)\}", kind.arn):
        assert word in {*given, *kind.assigned, "id12", "ID12", "hash", "Version"}, word


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda k: k.name)
def test_summaries(kind: Kind) -> None:
    """Each member of a List's summary is one Describe has, or data says where it comes from, or it is known to be absent."""
    output = model.output_shape(kind.listing or "")
    shape = next(s for s in output.members.values() if s.type_name == "list").member
    known = {
        *kind.output,
        *kind.summary,
        *CREATED,
        *MODIFIED,
        *kind.arn_members,
        *model.input_shape(kind.create).members,
    }
    known |= {STATES.get(kind.name, {}).get("status")}
    assert set(shape.members) - known <= UNSUMMARISED.get(kind.name, set())
    for path in kind.summary.values():
        assert shape_at(model.described_shape(kind.name), path) is not None, path


UNSUMMARISED: dict[str, set[str]] = {
    "Cluster": {"ImageVersionStatus", "TrainingPlanArns"},
    "OptimizationJob": {"OptimizationTypes"},
}
"""Optional members of summaries that the simulator leaves out: it has nothing to derive them from."""


def test_every_status_is_a_state_or_the_callers_own() -> None:
    """A kind whose Describe has a status the caller cannot give has a state machine."""
    for kind in KINDS.values():
        for member, shape in model.described_shape(kind.name).members.items():
            own = member in (f"{kind.name}Status", "Status")
            if own and getattr(shape, "enum", None) and member not in model.input_shape(kind.create).members:
                assert kind.name in STATES, f"{kind.name}.{member}"


@pytest.mark.parametrize("name", STATES)
def test_states(name: str) -> None:
    machine, kind = STATES[name], KINDS[name]
    shape = model.described_shape(name)
    enum = set(shape.members[machine["status"]].enum)
    if machine["failure"]:
        assert shape_at(shape, machine["failure"]) is not None
    for action in ("create", "update", "stop", "start", "delete"):
        rule = machine.get(action, {})
        used = {
            *rule.get("through", ()),
            *rule.get("only_in", ()),
            *rule.get("not_in", ()),
            *rule.get("ignored_in", ()),
        }
        used |= {rule[word] for word in ("to", "failed") if word in rule}
        assert used <= enum, (action, used - enum)
        assert ("refusal" in rule) == ("only_in" in rule or "not_in" in rule)
        if (
            rule
            and action in ("update", "stop", "start")
            and (name, action) != ("PipelineExecution", "start")
        ):
            assert getattr(kind, action), f"{name} has no {action}"
    detail = machine.get("detail")
    if detail:
        inner = set(shape.members[detail["member"]].enum)
        assert {
            *detail["through"],
            detail["to"],
            detail["failed"],
            detail["stopping"],
            detail["stopped"],
        } <= inner


def test_texts() -> None:
    texts = model.data("texts")
    for table in ("not_found", "already_exists", "failures"):
        kinds = {key.split(".")[0] for key in texts[table]} - {"*", "job"}
        assert kinds <= set(KINDS)
    used = {
        rule["refusal"]
        for m in STATES.values()
        for rule in m.values()
        if isinstance(rule, dict) and "refusal" in rule
    }
    for rules in model.data("references").values():
        used |= {rule[word] for rule in rules for word in ("text", "busy") if word in rule}
    for rules in model.data("dependents").values():
        used |= {rule.get("text", "has_dependents") for rule in rules}
    in_code = set()
    for file in model.HERE.glob("*.py"):
        in_code |= set(re.findall(r'(?:saying|refusal)\(\s*"(\w+)"', file.read_text(encoding="utf-8")))
    assert used | in_code == set(texts["refusals"])
    for entry in (
        *texts["not_found"].values(),
        *texts["already_exists"].values(),
        *texts["refusals"].values(),
    ):
        words = {w: "x" for w in ("kind", "words", "name", "arn", "status", "value", "token", "other")}
        assert entry["text"].format_map(words)


def test_references_and_dependents() -> None:
    for name, rules in model.data("references").items():
        for rule in rules:
            assert shape_at(model.input_shape(KINDS[name].create), rule["path"]) is not None, rule
            assert rule.get("kind", "Model") in KINDS
            if "in" in rule:
                status = STATES[rule["kind"]]["status"]
                assert set(rule["in"]) <= set(model.described_shape(rule["kind"]).members[status].enum)
    for name, rules in model.data("dependents").items():
        assert name in KINDS
        for rule in rules:
            assert rule["by"] in model.input_shape(KINDS[rule["kind"]].create).members


def test_defaults_are_members_describe_has() -> None:
    for name, paths in model.data("defaults").items():
        for path in paths:
            assert shape_at(model.described_shape(name), path) is not None, f"{name}: {path}"


def test_lists() -> None:
    for operation, rules in model.data("lists").items():
        members = set(model.input_shape(operation).members)
        named = {
            *rules.get("after_paging", ()),
            *rules.get("paths", {}),
            *rules.get("ignored", ()),
            *rules.get("within", {}),
            *rules.get("defaults", {}),
        }
        assert named <= members


def test_particulars_are_of_kinds_that_exist() -> None:
    tables = (
        particulars.CREATED,
        particulars.ARRIVED,
        particulars.BEFORE_CREATE,
        particulars.BEFORE_UPDATE,
        particulars.UPDATED,
        particulars.DELETED,
    )
    assert {name for table in tables for name in table} <= set(KINDS)
    assert set(special.TABLE) <= model.operations()


@pytest.mark.parametrize("name", FILES)
def test_every_line_of_fact_has_a_source_or_the_file_says_what_stands_for_one(name: str) -> None:
    """Data about SageMaker carries its source: on the line, or in the head of the file where one source covers all."""
    text = (model.HERE / f"{name}.yaml").read_text(encoding="utf-8")
    if name in ("texts", "defaults"):
        facts = [line for line in text.splitlines() if ": " in line and not line.lstrip().startswith("#")]
        assert [line for line in facts if "#" not in line and "{code" in line] == []
    assert text.startswith("# ")
