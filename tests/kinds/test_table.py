"""The table tells the truth: every word of it is borne out by botocore's model, needed, and explained."""

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
import yaml

from controller.decide.periods import LIVING
from controller.kinds import infer, load
from controller.kinds import shape as shapes
from controller.kinds.kind import Kind
from controller.kinds.load import kinds, service_model, table
from controller.kinds.states import StateClass

KINDS = list(kinds().values())
SAID = yaml.safe_load(load.TABLE.read_text())
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def test_only_known_words_each_with_a_reason() -> None:
    schema = json.loads(Path(load.__file__).with_name("schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(SAID)


def test_every_kind_of_the_model_is_in_the_table() -> None:
    """A botocore upgrade that brings a new kind fails here, not in somebody's cluster."""
    assert set(infer.kinds_of(service_model().operation_names)) | {"PipelineExecution"} == set(SAID)
    assert len(SAID) == 68
    assert list(SAID) == sorted(SAID, key=str.lower) or list(SAID) == sorted(SAID)


def test_plurals_and_short_names_are_told_apart() -> None:
    names = Counter(name for kind in KINDS for name in (kind.plural, kind.name.lower(), *kind.short_names))
    assert [name for name, count in names.items() if count > 1] == []


@each_kind
def test_operations_exist(kind: Kind) -> None:
    assert set(kind.verbs.all()) <= set(service_model().operation_names)


@each_kind
def test_every_state_is_of_one_class(kind: Kind) -> None:
    """A state that a botocore upgrade adds is classed by name; the table must not class one twice or one that is not there."""
    said = [state for held in table()[kind.name].get("states", {}).values() for state in held]
    assert len(said) == len(set(said))
    if kind.states is None:
        assert said == []
        return
    values = kind.described.members[str(kind.status)].enum
    assert set(said) <= set(values)
    assert list(kind.states.classes) == list(values)


@each_kind
def test_no_state_word_repeats_what_the_name_says(kind: Kind) -> None:
    for label, held in table()[kind.name].get("states", {}).items():
        inferred = infer.states(kind.described, kind.status, kind.lifecycle) or {}
        assert [state for state in held if inferred[state] is StateClass(label)] == []


@each_kind
def test_no_word_repeats_what_inference_gives(kind: Kind) -> None:
    words = table()[kind.name]
    operations = frozenset(service_model().operation_names)
    inferred_verbs = infer.verbs(kind.name, operations)
    for role, operation in words.get("verbs", {}).items():
        assert getattr(inferred_verbs, role) != operation
    if "lifecycle" in words:
        assert words["lifecycle"] != infer.lifecycle(kind.name)
    if "end_with" in words:
        assert words["end_with"] != infer.end_with(kind.verbs, kind.lifecycle)
    if "recreate" in words:
        assert words["recreate"] != (kind.lifecycle != "run")
    if "taggable" in words:
        assert words["taggable"] is False


@each_kind
def test_no_period_repeats_what_every_kind_has(kind: Kind) -> None:
    said = table()[kind.name].get("periods", {})
    assert LIVING not in (said.get("living"), said.get("lingering"))


@each_kind
def test_what_runs_into_a_limit_is_known_by_the_model(kind: Kind) -> None:
    """The members that say when it is cut off: the seconds, and from when on they count; the status shows that."""
    known = kind.periods.cut_off
    assert (known is not None) is (
        kind.name in {"CompilationJob", "OptimizationJob", "ProcessingJob", "TrainingJob"}
    )
    if known is not None:
        assert dict(shapes.paths(kind.create))[known.limit].type == "integer"
        assert known.since in kind.status_members


@each_kind
def test_what_describe_does_not_give_back_is_spoken_of(kind: Kind) -> None:
    """Every path of Create without a counterpart in Describe is same_as something or unread, and nothing else is."""
    missing = set(shapes.missing_in(kind.create, kind.described)) - {"Tags"}
    spoken = set(kind.same_as) | kind.unread
    assert missing - spoken == set()
    assert spoken - missing == set()
    known = dict(shapes.paths(kind.described))
    for path, other in kind.same_as.items():
        above = path.split(".")[:-1]  # Describe shows it beside where it is declared, or deeper
        assert other in known and other.split(".")[: len(above)] == above


@each_kind
def test_members_and_paths_exist(kind: Kind) -> None:
    described = dict(shapes.paths(kind.described))
    created = dict(shapes.paths(kind.create))
    assert {reference.path for reference in kind.references} <= set(created)
    assert {reference.kind for reference in kind.references} <= set(kinds())
    assert kind.needs_ready <= {reference.kind for reference in kind.references}
    assert set(kind.busy_while) <= set(described)
    assert all(set(values) <= set(described[path].enum) for path, values in kind.busy_while.items())
    update = kind.update.members if kind.update else {}
    assert set(kind.update_only) <= set(update)
    assert set(kind.update_from) <= set(update) and set(kind.update_from.values()) <= set(
        kind.described.members
    )
    assert {member for held in kind.thawed.values() for member in held} <= set(update)
    steps = kind.steps
    said = (*steps.only_while.values(), *steps.not_while.values(), *steps.removed_when.values())
    failed = steps.failed_update.shown_by if steps.failed_update else {}
    for conditions in (*said, steps.held_while, steps.lingers_while, failed):
        assert all(set(values) <= set(described[path].enum) for path, values in conditions.items())
    assert steps.failed_update is None or steps.failed_update.why in described
    assert {*steps.only_while, *steps.not_while, *steps.removed_when} <= set(update)
    assert set(steps.arguments) <= set(update) & set(kind.create.members) & kind.unread
    if kind.states:
        assert steps.no_update_in <= set(kind.states.classes)
        assert set(kind.thawed) <= set(kind.states.classes)


@each_kind
def test_the_steps_of_updates_are_borne_out_by_the_model(kind: Kind) -> None:
    steps, described = kind.steps, kind.described.members
    identity = {identifier.member for identifier in kind.identity}
    for further in steps.also_updates:
        assert set(further.input.members) == {further.member, *identity}
        shape, shown = further.shape, described[further.shown_in]
        inner, outer = shape.element or shape, shown.element or shown
        assert {further.shown_as.get(member, member) for member in inner.members} <= set(outer.members)
        assert further.declared_as in kind.create.members or further.declared_as == further.member
    if steps.latch:
        assert kind.failure and kind.update
        assert steps.latch.member is None or steps.latch.member in kind.update.members
    if steps.update_while:
        assert kind.verbs.stop and kind.verbs.start and kind.states
        assert steps.update_while.state in kind.states.classes
        assert steps.update_while.noted_in in kind.extra_status
    if steps.lingers_while:
        assert kind.lifecycle == "run"


@each_kind
def test_describe_can_be_asked_once_it_is_created(kind: Kind) -> None:
    """Every identifier comes from the name, the spec or the ARN; the ARN from Create's answer or from Describe's."""
    assert kind.identity
    for identifier in kind.identity:
        if identifier.source == "spec":
            assert identifier.member in kind.create.members
        if identifier.source == "name":
            assert identifier.member == kind.own_name
        if identifier.source == "arn":
            assert kind.arn is not None
    assert kind.described_arn, "a resource found by name must show its ARN"


@each_kind
def test_tokens_never_appear_in_a_manifest(kind: Kind) -> None:
    assert kind.token is None or kind.token not in kind.create.members


def test_settled_means_settled() -> None:
    """A few that a wrong rule would turn around."""
    expected = {
        ("Endpoint", "OutOfService"): StateClass.FAILED,
        ("Endpoint", "RollingBack"): StateClass.BUSY,
        ("Endpoint", "UpdateRollbackFailed"): StateClass.FAILED,
        ("NotebookInstance", "Stopped"): StateClass.RESTING,
        ("TrainingJob", "Stopped"): StateClass.FAILED,
        ("CompilationJob", "INPROGRESS"): StateClass.BUSY,
        ("MonitoringSchedule", "Scheduled"): StateClass.SETTLED,
        ("App", "Deleted"): StateClass.GONE,
        ("Domain", "Update_Failed"): StateClass.FAILED,
        ("InferenceExperiment", "Running"): StateClass.SETTLED,
        ("PipelineExecution", "Succeeded"): StateClass.SETTLED,
    }
    found = {(name, state): kinds()[name].states.of(state) for name, state in expected}  # type: ignore[union-attr]
    assert found == expected


def test_a_state_nobody_knows_is_judged_by_its_name() -> None:
    states = kinds()["Endpoint"].states
    assert states is not None
    assert states.of("Hibernating") is StateClass.BUSY
    assert states.of("HibernateFailed") is StateClass.FAILED


@each_kind
def test_what_the_model_calls_sensitive_is_decided_upon(kind: Kind) -> None:
    """Either a reference to a Secret or, with a reason, the text itself; a secret is never compared with what is shown."""
    sensitive = {path for path, shape in shapes.paths(kind.create) if shape.sensitive}
    said = table()[kind.name].get("secrets", {})
    assert set(said) == sensitive
    assert set(kind.secrets) == {path for path, form in said.items() if form == "reference"}
    assert set(kind.secrets) <= kind.unread
    updated = {path for path, shape in shapes.paths(kind.update) if shape.sensitive} if kind.update else set()
    assert updated <= sensitive, "Update knows a sensitive member that a manifest cannot declare"
