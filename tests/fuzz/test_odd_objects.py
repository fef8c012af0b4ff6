"""Ten thousand objects that went past the API server's checks: each gets one sentence or goes its way, and none does harm."""

import copy
import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest

from controller.decide import legible
from controller.decide.declared import read
from controller.decide.situation import ended, is_observed
from controller.loop.key import Key
from controller.loop.queue import Priority
from scripts.demonstration.kstatus import kstatus
from tests.crash.lives import Stage, settled, stage
from tests.crash.rig import KINDS, NAMESPACE, Defect, is_mutating
from tests.fuzz.odd import Object, odd

SEED = 1
OBJECTS = 10_000
# Passes after which an object is left: it rests or waits long before.
PASSES = 4
EACH = -(-OBJECTS // len(KINDS))
TRACES = (
    "Traceback",
    "object has no attribute",
    "unhashable",
    "not subscriptable",
    "NoneType",
    "object is not",
)


class Errors(logging.Handler):
    """What was logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))


@pytest.fixture
def errors() -> Iterator[Errors]:
    handler = Errors()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def put(on: Stage, obj: Object) -> None:
    """Into the store, past every check."""
    key = (on.kind.plural, NAMESPACE, obj["metadata"]["name"])
    on.rig.api._store(key, copy.deepcopy(obj))
    on.rig.queue.add(Key(on.kind.name, NAMESPACE, obj["metadata"]["name"]), Priority.EDIT)


def take(on: Stage, obj: Object) -> None:
    key = (on.kind.plural, NAMESPACE, obj["metadata"]["name"])
    if key in on.rig.api._objects:
        on.rig.api._remove(key)


def born(on: Stage) -> Object:
    """A good object that nobody has looked at."""
    name = on.name()
    on.rig.apply(on.kind, name, on.spec(name))
    obj = on.rig.get(on.kind, name)
    assert obj is not None
    take(on, obj)
    return obj


def grown(on: Stage) -> Object:
    """A good object whose resource is there."""
    on.rig.clean()
    name = on.name()
    on.rig.apply(on.kind, name, on.spec(name))
    on.rig.until(lambda: settled(on.rig, on.kind, name), "settled")
    obj = on.rig.get(on.kind, name)
    assert obj is not None
    return obj


def passes(on: Stage) -> None:
    for _ in range(PASSES):
        if not on.rig.queue._places:
            return
        on.rig.step()


def conditions_of(obj: Object) -> dict[str, Any]:
    conditions = obj["status"]["conditions"]
    assert isinstance(conditions, list) and all(isinstance(c, dict) for c in conditions)
    by_type = {c["type"]: c for c in conditions}
    assert len(by_type) == len(conditions)
    return by_type


def one_sentence(obj: Object) -> None:
    """Whoever reads it is told one thing."""
    said = conditions_of(obj)
    ready = said["Ready"]
    assert isinstance(ready["message"], str) and ready["message"].strip() and len(ready["message"]) <= 32768
    assert not any(trace in ready["message"] for trace in TRACES), ready["message"]
    assert not all(said.get(t, {}).get("status") == "True" for t in ("Reconciling", "Stalled"))
    if ready["status"] != "True" and "ACK.Terminal" in said:
        assert said["ACK.Terminal"]["message"] == ready["message"]
    assert kstatus(obj) in {"Current", "InProgress", "Failed", "Terminating"}


def same(one: Any, other: Any) -> bool:
    """NB: nan is not itself."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def try_out(on: Stage, base: Object, made: Object, touched: frozenset[str]) -> None:
    rig, kind, name = on.rig, on.kind, base["metadata"]["name"]
    crossed, before = len(rig.crossed), {r.arn for r in rig.resources(kind)}
    put(on, made)
    passes(on)
    left = rig.get(kind, name)
    called = {c for c in rig.crossed[crossed:] if is_mutating(c) and not c.endswith("write")}
    if left is None:
        assert "deletionTimestamp" in made["metadata"]
        return
    assert same(left.get("spec"), made.get("spec"))
    faults = legible.spec(kind, made.get("spec"))[1]
    if "deletionTimestamp" in made["metadata"]:
        return
    was = read(kind, made)
    if faults and not (ended(was) and is_observed(was)):
        assert called == set(), called
        first, terminal = next(iter(faults.values())), conditions_of(left)["ACK.Terminal"]
        assert first in terminal["message"] and terminal["reason"] == "Invalid", terminal
    if not same(left.get("status"), made.get("status")):
        one_sentence(left)
    assert len({r.arn for r in rig.resources(kind)} - before) <= 1
    if touched == {"in_spec"} and (known := (base["status"].get("ackResourceMetadata") or {}).get("arn")):
        assert left["status"]["ackResourceMetadata"]["arn"] == known


@pytest.mark.parametrize("name", list(KINDS))
def test_odd_objects(name: str, errors: Errors) -> None:
    dice = random.Random(f"{SEED} {name}")
    on = stage(name)
    on.rig.random = dice
    old = grown(on)
    for _ in range(EACH):
        new = dice.random() < 0.5
        base = born(on) if new else old
        made, touched = odd(base, on.kind, dice)
        crossed = len(on.rig.crossed)
        try:
            try_out(on, base, made, touched)
        except (Exception, Defect) as why:
            shown = {**made, "changed": sorted(touched)}
            said = f"{type(why).__name__}: {why}"[:2000]
            raise AssertionError(
                f"{said}\n{repr(shown)[:6000]}\n{errors.said[-1:]}\n{on.rig.story()}"
            ) from why
        take(on, base)
        if any(is_mutating(c) and not c.endswith("write") for c in on.rig.crossed[crossed:]):
            old = grown(on)
    assert errors.said == []
    # whoever comes after them is served as ever
    good = born(on)
    put(on, good)
    on.rig.until(lambda: settled(on.rig, on.kind, good["metadata"]["name"]), "settled")


@pytest.mark.parametrize("deleted", [True, False])
def test_a_name_exchanged_in_the_store_leads_to_nobody_elses_resource(deleted: bool) -> None:
    on = stage("Endpoint")
    mine, theirs = grown(on), born(on)
    put(on, theirs)
    on.rig.until(lambda: settled(on.rig, on.kind, theirs["metadata"]["name"]), "settled")
    made = copy.deepcopy(mine)
    made["spec"]["endpointName"] = theirs["metadata"]["name"]
    made["metadata"]["generation"] += 1
    take(on, on.rig.get(on.kind, theirs["metadata"]["name"]) or theirs)
    on.rig.sagemaker.forget_calls()
    put(on, made)
    if deleted:
        on.rig.delete(on.kind, mine["metadata"]["name"])
        on.rig.until(lambda: on.rig.get(on.kind, mine["metadata"]["name"]) is None, "gone")
        (left,) = on.rig.resources(on.kind)  # what it had made is on record, and goes
        assert left.name == theirs["metadata"]["name"]
        return
    passes(on)
    called = {name for name, count in on.rig.sagemaker.counts.items() if count}
    assert not [name for name in called if not name.startswith(("Describe", "List"))]
    assert len(on.rig.resources(on.kind)) == 2
    obj = on.rig.get(on.kind, mine["metadata"]["name"]) or {}
    assert obj["status"]["ackResourceMetadata"] == mine["status"]["ackResourceMetadata"]


def test_a_notebook_that_was_stopped_to_be_updated_is_started_though_its_manifest_is_not_legible_any_more() -> (
    None
):
    on = stage("NotebookInstance")
    rig, name = on.rig, grown(on)["metadata"]["name"]
    rig.sagemaker.forget_calls()
    rig.edit(on.kind, name, {"spec": {"instanceType": "ml.t3.large"}})
    rig.until(lambda: rig.resources(on.kind)[0].status == "Stopping", "stopped")
    rig.edit(on.kind, name, {"spec": {"volumeSizeInGB": "much"}})
    rig.rest(600)
    obj = rig.get(on.kind, name) or {}
    assert rig.resources(on.kind)[0].status == "InService", rig.story()
    assert rig.sagemaker.counts["UpdateNotebookInstance"] == 0
    assert "stoppedByControllerMetadata" not in obj["status"]
    terminal = conditions_of(obj)["ACK.Terminal"]
    assert terminal["message"] == "spec.volumeSizeInGB is a text: make it a whole number"
