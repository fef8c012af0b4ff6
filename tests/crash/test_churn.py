"""Objects come, change and go, and nothing that was remembered of them stays: else a controller grows until it is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from controller.kinds.kind import Kind
from tests.crash.cloud import sagemaker
from tests.crash.rig import KINDS, Rig
from tests.remains import remains
from tests.samples import minimal

LONG = 3600.0  # seconds; whatever is kept for some minutes is over then
# What no kind's smallest sample has and SageMaker wants all the same.
BESIDES = {"Pipeline": {"pipelineDefinition": '{"Version": "2020-12-01", "Steps": []}'}}


def spec_of(kind: Kind) -> dict[str, Any]:
    """The smallest spec; its resource is named as the object is, where that may be."""
    spec = {**minimal(kind), **BESIDES.get(kind.name, {})}
    if kind.name_optional == "always":
        spec.pop(str(kind.name_key), None)
    if kind.tags and kind.taggable:
        spec["tags"] = [{"key": "team", "value": "a"}]
    return spec


def rig_of(**settings: Any) -> Rig:
    """A controller over a SageMaker that asks for nothing to be there."""
    return Rig(sagemaker(check_references=False, **settings))


def held(rig: Rig, word: str) -> Counter[str]:
    """What the controller still holds of objects with this word in their names."""
    return remains([rig.queue, rig._intake, rig._worker, rig.sweeps], word)


def is_nothing(found: Counter[str]) -> bool:
    """NB: the queue drops up to 64 abandoned places only when it is next asked for one more, which costs nothing meanwhile."""
    return all(way.endswith("_queue._waiting[][][]") and count <= 64 for way, count in found.items())


def test_nothing_remains_of_any_kind() -> None:
    """Created, edited, refused for a while, deleted: at rest, at work, or before there was anything."""
    rig = rig_of(durations={"*": 10})
    names = {kind.name: f"gone{kind.plural}" for kind in KINDS.values()}
    for turn in ("refused", "hasty"):
        if turn == "refused":
            refusals = [
                {"effect": "error", "operation": f"{verb}*", "times": 40}
                for verb in ("Create", "Add", "Describe")
            ]
            rig.sagemaker.faults.replace(refusals)
        for kind in KINDS.values():
            rig.apply(kind, names[kind.name], spec_of(kind))
        rig.rest(2 if turn == "hasty" else 60)
        for kind in KINDS.values():
            rig.edit(kind, names[kind.name], {"spec": {"tags": [{"key": "team", "value": "b"}]}})
        rig.rest(2)
        assert sum(held(rig, "gone").values()) > 5 * len(KINDS), "the controller is not looked into"
        for kind in KINDS.values():
            rig.delete(kind, names[kind.name])
        rig.rest(LONG)
        assert rig.api.every() == []
        assert is_nothing(held(rig, "gone")), held(rig, "gone")
    assert all(rule.matched >= 40 for rule in rig.sagemaker.faults.rules)


def test_nothing_remains_of_many_that_go_between_two_pages() -> None:
    kind, rig = KINDS["TrainingJob"], rig_of(durations={"TrainingJob.create": 1e9})
    for number in range(120):
        rig.apply(kind, f"gone{number}", spec_of(kind))
    rig.rest(90)
    swept = rig.sagemaker.counts["ListTrainingJobs"]
    assert swept > 2 and sum(held(rig, "gone").values()) > 120

    def delete(some: range) -> None:
        for number in some:
            rig.delete(kind, f"gone{number}")

    rig.crossed.clear()
    rig.meddling = {1: lambda: delete(range(50)), 2: lambda: delete(range(50, 120))}
    rig.rest(LONG)
    assert rig.crossed[:2] == ["before ListTrainingJobs"] * 2
    assert rig.api.every() == []
    assert is_nothing(held(rig, "gone")), held(rig, "gone")


@pytest.mark.parametrize("name", ["TrainingJob", "Model", "Endpoint"])
def test_an_object_that_goes_in_the_middle_of_a_pass_leaves_nothing(name: str) -> None:
    """Somebody takes away its finalizers too, at each boundary in turn: what the pass tells of it afterwards is forgotten again."""
    kind, rig = KINDS[name], rig_of(durations={"*": 20})
    met = 0
    for boundary in range(1, 100):
        rig.crossed.clear()
        one = f"gone{boundary}"
        rig.meddling = {boundary: taken_away(rig, kind, one)}
        rig.apply(kind, one, spec_of(kind))
        rig.rest(60)
        if rig.meddling:
            break
        met += 1
        rig.rest(LONG if kind.lifecycle == "run" else 120)
        assert is_nothing(held(rig, one)), (rig.crossed[boundary - 1], held(rig, one))
    assert met >= 8


def taken_away(rig: Rig, kind: Kind, name: str) -> Callable[[], None]:
    """What takes an object away, whoever holds it."""

    def take() -> None:
        rig.delete(kind, name)
        if rig.get(kind, name) is not None:
            rig.edit(kind, name, {"metadata": {"finalizers": None}})

    return take
