"""What stands in a Create's way, of every kind: an earlier try of our own, somebody else's resource, a role that is too new."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from controller.decide.declared import ARN_ANNOTATION, OWNER_TAG
from simulator import model
from tests.loop.identities import CASES, RETAIN, Case
from tests.loop.recorded import spec_of
from tests.loop.test_recovery import is_terminal, recoverable
from tests.loop.watcher import Watcher, alarms
from tests.loop.world import World, condition, has_arn, is_ready, wait_until

Make = Callable[..., World]
# SageMaker refuses a second one of these: the name, within a parent for some, is the resource's own
NAMED = {label: case for label, case in CASES.items() if case.kind.found_by_name or label == "ModelPackage"}
STRANGER = "somewhere/else/Model/x"


def keys(cases: Mapping[str, Case]) -> list[tuple[str, str]]:
    return [(case.kind.name, case.name) for case in cases.values()]


@pytest.mark.slow
def test_what_an_answer_that_was_lost_had_made_is_taken_up_without_a_word(world: Make) -> None:
    """Also while Describe does not show it yet, so that the next Create is told that the name is taken."""
    there = world(settling=600.0)
    specs = {label: spec_of(there, case.kind, case.name) for label, case in NAMED.items()}
    told = {case.kind.verbs.create for case in NAMED.values() if case.kind.token is None}
    watcher = Watcher(there, sorted({case.kind.name for case in NAMED.values()}))
    try:
        there.control.settings(describe_delay=1e6)
        for case in NAMED.values():
            there.control.fault("drop-after-effect", case.kind.verbs.create, case.name, times=1)
        for label, case in NAMED.items():
            there.apply(case.kind.name, case.name, specs[label])
        wait_until(lambda: told <= refused(there), lambda: f"not refused: {sorted(told - refused(there))}")
        there.control.advance(1e6)
        for case in NAMED.values():
            there.until(case.kind.name, case.name, is_ready)
    finally:
        watcher.stop()
    assert {key: alarms(watcher.seen()[key]) for key in keys(NAMED) if alarms(watcher.seen()[key])} == {}
    assert {key: n for key in keys(NAMED) if (n := len(there.control.resources(*key))) != 1} == {}
    assert len(told) > 40


def refused(there: World) -> set[str]:
    return {call["operation"] for call in there.control.calls() if call["status"] == 400}


@pytest.mark.slow
def test_what_is_somebody_elses_is_left_alone_until_it_is_claimed(world: Make) -> None:
    there = world()
    specs, arns = {}, {}
    for number, (label, case) in enumerate(NAMED.items()):
        kind = model.kinds()[case.kind.name]
        there.raw.ok(kind.create, there.maker.request(kind, case.name))
        arns[label] = there.control.resource(kind.name, case.name)["arn"]
        if number % 2 and case.kind.taggable:
            there.control.change(kind.name, case.name, tags={OWNER_TAG: STRANGER})
        specs[label] = spec_of(there, case.kind, case.name)
    there.control.advance(1000)
    there.control.forget_calls()
    for label, case in NAMED.items():
        there.apply(case.kind.name, case.name, specs[label])
    strangers = [label for n, label in enumerate(NAMED) if n % 2 and NAMED[label].kind.taggable]
    for label, case in NAMED.items():
        obj = there.until(case.kind.name, case.name, is_terminal)
        said = condition(obj, "ACK.Terminal")["message"]
        assert said.startswith(f"Resource already exists: {arns[label]} "), said
        assert (STRANGER if label in strangers else f"{ARN_ANNOTATION}: {arns[label]}") in said
        assert not has_arn(obj)
    for case in NAMED.values():
        there.delete(case.kind.name, case.name)
    for case in NAMED.values():
        there.until_gone(case.kind.name, case.name)
    assert changing(there) == set()
    # whoever says that it is theirs gets it, unless its tag says another's
    for label, case in NAMED.items():
        there.apply(case.kind.name, case.name, specs[label])
        there.until(case.kind.name, case.name, is_terminal)
        there.patch(case.kind.name, case.name, {"metadata": {"annotations": {ARN_ANNOTATION: arns[label]}}})
    for label, case in NAMED.items():
        if label in strangers:
            there.until(case.kind.name, case.name, is_another_objects)
        else:
            obj = there.until(case.kind.name, case.name, is_ready)
            assert obj["status"]["ackResourceMetadata"]["arn"] == arns[label]
        there.patch(case.kind.name, case.name, RETAIN)
    assert changing(there) == set()
    assert len(strangers) > 20 and len(NAMED) - len(strangers) > 20


def is_another_objects(obj: dict[str, Any]) -> bool:
    return "ownership tag of another object" in condition(obj, "ACK.Terminal").get("message", "")


def changing(there: World) -> set[str]:
    """The operations that had an effect: what Create was refused for had none."""
    return {
        call["operation"]
        for call in there.control.calls()
        if call["status"] == 200 and not call["operation"].startswith(("Describe", "List", "GetCaller"))
    }


ROLE = "role/execution"


@pytest.mark.slow
def test_a_role_that_iam_has_not_told_sagemaker_of_yet_is_waited_for(world: Make) -> None:
    """Of every kind that takes a role. IAM needs some seconds until a new role can be assumed."""
    there = world()
    specs = {}
    for label, case in CASES.items():
        text = json.dumps(spec_of(there, case.kind, case.name))
        if ROLE in text and not case.group:
            specs[label] = json.loads(text.replace(ROLE, f"role/new-{case.name}"))
    watched = {label: CASES[label] for label in specs}
    there.control.settings(iam_delay=250.0)  # five seconds at this speed; the first pause is about as long
    watcher = Watcher(there, sorted(watched))
    try:
        for label, case in watched.items():
            there.apply(case.kind.name, case.name, specs[label])
        for case in watched.values():
            obj = there.until(case.kind.name, case.name, lambda o: recoverable(o) or is_ready(o))
            if recoverable(obj):
                said = condition(obj, "ACK.Recoverable")["message"]
                assert said.startswith("Could not assume role") and case.name in said
                assert condition(obj, "Ready")["reason"] == "WaitingForAWS"
        for case in watched.values():
            there.until(case.kind.name, case.name, is_ready)
    finally:
        watcher.stop()
    seen = watcher.seen()
    assert [key for key in keys(watched) if not any(map(recoverable, seen[key]))] == []
    assert {key: alarms(seen[key]) for key in keys(watched) if alarms(seen[key])} == {}
    assert "ValidationException" not in str(list(seen.values()))
    counts = there.control.counts()
    # at once, after about 5 s, after about 10 s more, and one that met a name not seen before
    assert {o: n for o, n in counts.items() if o in creates(watched) and n > 4} == {}
    assert len(watched) > 20


def creates(cases: Mapping[str, Case]) -> set[str]:
    return {case.kind.verbs.create for case in cases.values()}


def test_a_run_that_was_kept_is_not_run_again_with_other_parameters(world: Make) -> None:
    """Nothing but the token knows a pipeline's execution: the same name is the same run, and what is asked for is another."""
    there = world()
    case = CASES["PipelineExecution"]
    spec = spec_of(there, case.kind, case.name)
    there.apply(case.kind.name, case.name, spec)
    there.until(case.kind.name, case.name, is_ready)
    there.patch(case.kind.name, case.name, RETAIN)
    there.delete(case.kind.name, case.name)
    there.until_gone(case.kind.name, case.name)
    there.apply(case.kind.name, case.name, {**spec, "pipelineExecutionDescription": "another"})
    obj = there.until(case.kind.name, case.name, is_terminal)
    said = condition(obj, "ACK.Terminal")["message"]
    assert said.startswith("Resource already exists: ") and said.endswith("; choose another name")
    there.delete(case.kind.name, case.name)
    there.until_gone(case.kind.name, case.name)
    assert len(there.control.resources(case.kind.name)) == 1
    assert there.control.counts().get("StopPipelineExecution", 0) == 0


def test_a_pipeline_that_was_kept_is_taken_up_and_updated_to_another_description(world: Make) -> None:
    """Its token was used for something else, but its name and tag tell."""
    there = world()
    case = CASES["Pipeline"]
    spec = spec_of(there, case.kind, case.name)
    there.apply(case.kind.name, case.name, spec)
    arn = there.until(case.kind.name, case.name, is_ready)["status"]["ackResourceMetadata"]["arn"]
    there.patch(case.kind.name, case.name, RETAIN)
    there.delete(case.kind.name, case.name)
    there.until_gone(case.kind.name, case.name)
    there.apply(case.kind.name, case.name, {**spec, "pipelineDescription": "another"})
    obj = there.until(case.kind.name, case.name, is_ready)
    assert obj["status"]["ackResourceMetadata"]["arn"] == arn
    wait_until(lambda: "UpdatePipeline" in there.control.counts(), lambda: str(there.control.counts()))
    assert there.control.resource("Pipeline", case.name)["declared"]["PipelineDescription"] == "another"
