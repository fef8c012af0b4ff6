"""What may be edited: before the resource exists everything, afterwards what SageMaker can change. For every kind."""

import re
from collections.abc import Mapping
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from scripts.control_plane.plane import ControlPlane
from tests import samples
from tests.control_plane.changes import changed, in_python
from tests.control_plane.crds import (
    MERGE,
    OPERATIONS,
    Schema,
    Spec,
    create,
    each_kind,
    fixed_keys,
    patch,
    path,
    record_arn,
    refusals,
    stored,
    try_edit,
)

SENTENCE = re.compile(
    r"fixed once the resource exists; make a new object, or delete this one first:((?: spec\.\w+)+)$"
)


def named(answer: tuple[int, Any]) -> list[str]:
    """The members that are named as fixed, in alphabetical order."""
    status, said = answer
    texts = [text for found in (refusals(said) if status == 422 else {}).values() for _, text in found]
    sentences = [found for text in texts if (found := SENTENCE.search(text))]
    return sorted(word.removeprefix("spec.") for found in sentences for word in found[1].split())


def refused(answer: tuple[int, Any], *keys: str) -> list[str]:
    """What is wrong with an answer that should refuse to change these members, and name each."""
    return [f"{key}: {answer}" for key in keys if key not in named(answer)]


def others(spec: Spec, schema: Schema) -> Spec:
    """Another value for every member of a spec, less what has only one."""
    members = schema["properties"]
    new = {key: changed(value, members[key]) for key, value in spec.items()}
    missing = [key for key, value in new.items() if value is None and not has_one_value(members[key])]
    assert not missing, f"no other value is known for {missing}"
    return {key: value for key, value in new.items() if value is not None}


def has_one_value(schema: Schema) -> bool:
    """Whether there is nothing but one word."""
    if "properties" in schema:
        return all(map(has_one_value, schema["properties"].values()))
    return len(schema.get("enum", ())) == 1 or re.fullmatch(r"\^\w+\$", schema.get("pattern", "")) is not None


def free_keys(kind: Kind) -> set[str]:
    """What stays free by the table's word: tags, and what can be updated in some state."""
    thawed = {key_of(member) for members in kind.thawed.values() for member in members}
    return thawed | {"tags"} if kind.tags else thawed


def nameless(kind: Kind, spec: Spec) -> Spec:
    """A spec that leaves the name to metadata.name."""
    needless = key_of(kind.name_optional) if kind.name_optional not in {None, "always"} else None
    return {key: value for key, value in spec.items() if key not in {kind.name_key, needless}}


@each_kind
def test_all_is_free_before_the_arn_is_recorded_and_what_is_fixed_is_refused_afterwards(
    served: ControlPlane, schemas: Mapping[str, Schema], kind: Kind
) -> None:
    spec, schema = samples.full(kind), schemas[kind.name]
    new, fixed = others(spec, schema), fixed_keys(kind)
    assert fixed <= set(spec) and not fixed & free_keys(kind)
    optional = [key for key in spec if key not in schema.get("required", ())]
    with stored(served, kind, "edited", spec):
        status, answer = try_edit(served, kind, "edited", new)
        assert status == 200, answer["message"]
        record_arn(served, kind, "edited")
        wrong = []
        for key in sorted(fixed & set(new)):
            answered = try_edit(served, kind, "edited", {key: new[key]})
            wrong += refused(answered, key)
            wrong += [f"{key}: {other} is named" for other in set(named(answered)) - {key}]
            wrong += [f"{key}: {field}" for field in set(refusals(answered[1])) - {"spec", f"spec.{key}"}]
        taken = [key for key in optional if key in fixed]
        wrong += refused(try_edit(served, kind, "edited", {}, tuple(taken)), *taken)
        assert wrong == []
        status, answer = try_edit(served, kind, "edited", {k: v for k, v in new.items() if k not in fixed})
        assert status == 200, answer["message"]
        rules = str(schema.get("x-kubernetes-validations"))  # of which some want a member or its twin
        free = [key for key in optional if key not in fixed and f"self.{key})" not in rules]
        status, answer = try_edit(served, kind, "edited", {}, tuple(free))
        assert status == 200, answer["message"]


@each_kind
def test_what_is_fixed_cannot_be_given_later(served: ControlPlane, kind: Kind) -> None:
    little, full = samples.minimal(kind), samples.full(kind)
    later = {key: value for key, value in full.items() if key not in little}
    with stored(served, kind, "later", little, exists=True):
        fixed = sorted(fixed_keys(kind) & set(later))
        answered = try_edit(served, kind, "later", later)
        assert refused(answered, *fixed) == []
        assert named(answered) == fixed
        status, answer = try_edit(served, kind, "later", {k: v for k, v in later.items() if k not in fixed})
        assert status == 200, answer["message"]


@each_kind
def test_a_name_left_out_may_be_written_out_and_not_changed(served: ControlPlane, kind: Kind) -> None:
    key = kind.name_key
    if key is None or kind.name_optional is None:
        assert kind.name in {"ImageVersion", "PipelineExecution"}  # which SageMaker names
        return
    with stored(served, kind, "unnamed", nameless(kind, samples.minimal(kind)), exists=True):
        status, answer = try_edit(served, kind, "unnamed", {key: "unnamed"})
        assert status == 200, answer["message"]
        answered = try_edit(served, kind, "unnamed", {key: "another"})
        if key in fixed_keys(kind):
            assert refused(answered, key) == []
        else:
            assert answered[0] == 200, answered[1]["message"]


@each_kind
def test_a_name_that_sagemaker_would_not_take_is_refused_with_advice(
    served: ControlPlane, schemas: Mapping[str, Schema], kind: Kind
) -> None:
    key = kind.name_key
    if key is None or kind.name_optional is None:
        assert create(served, kind, "dots.are.legal.here", samples.minimal(kind))[0] == 201
        return
    limits = schemas[kind.name]["properties"][key]
    pattern = re.compile(in_python(limits.get("pattern", "")))
    spec = nameless(kind, samples.minimal(kind))
    for name in ("dots.are.illegal", "n" * 253):
        status, answer = create(served, kind, name, spec)
        if pattern.search(name) and len(name) <= limits.get("maxLength", 253):
            assert status == 201, answer["message"]
            continue
        assert status == 422, name
        ((_, advice),) = refusals(answer)[f"spec.{key}"]
        assert f"metadata.name cannot be the name of this {kind.name} in SageMaker" in advice
        assert advice.endswith(f": change metadata.name or give spec.{key}")
        status, answer = create(served, kind, name, {**spec, key: "legal"})
        assert status == 201, answer["message"]


@each_kind
def test_an_object_without_spec_can_be_made_annotated_held_and_deleted(
    served: ControlPlane, kind: Kind
) -> None:
    assert create(served, kind, "adopted", None, dry=False)[0] == 201
    note = {"annotations": {"services.k8s.aws/adoption-policy": "adopt"}, "finalizers": [kind.finalizer]}
    status, answer = patch(served, kind, "adopted", {"metadata": note})
    assert status == 200, answer["message"]
    record_arn(served, kind, "adopted")
    assert served.request("DELETE", path(kind, "adopted"))[0] == 200
    status, answer = patch(served, kind, "adopted", {"status": {"observedGeneration": 1}}, "/status")
    assert status == 200, answer["message"]
    status, answer = patch(served, kind, "adopted", {"metadata": {"finalizers": None}})
    assert status == 200, answer["message"]
    assert served.request("GET", path(kind, "adopted"))[0] == 404


@each_kind
def test_a_spec_may_come_to_what_was_adopted_and_never_go(served: ControlPlane, kind: Kind) -> None:
    spec = samples.minimal(kind)
    take_away = [{"op": "remove", "path": "/spec"}]
    with stored(served, kind, "adopted", None):
        where = path(kind, "adopted")
        assert patch(served, kind, "adopted", {"spec": spec})[0] == 200
        assert served.request("PATCH", f"{where}?dryRun=All", take_away, OPERATIONS)[0] == 200
        record_arn(served, kind, "adopted")
        status, answer = served.request("PATCH", where, take_away, OPERATIONS)
        assert status == 422
        assert "spec cannot be taken away while the resource exists" in refusals(answer)["spec"][0][1]
    with stored(served, kind, "adopted", None, exists=True):
        named = [i for i in kind.identity if i.source == "name" and i.member == kind.own_name]
        if named and kind.name_key:
            other = {"spec": {**spec, kind.name_key: "another"}}
            answered = served.request("PATCH", f"{where}?dryRun=All", other, MERGE)
            assert refused(answered, kind.name_key) == []
        status, answer = patch(served, kind, "adopted", {"spec": spec})
        assert status == 200, answer["message"]
