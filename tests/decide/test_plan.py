"""What is done in each situation, as one table of examples per check of the chain."""

from typing import Any

import pytest

from controller.decide.actions import Action, Create, Delete, Reject, Release, Show, Stop, Tag, Update, Wait
from controller.decide.declared import request
from controller.decide.plan import plan
from controller.decide.situation import Seen, Situation, class_of, must_look
from tests.decide.objects import declared, status

ENDPOINT_ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/job"


def situation(
    kind: str = "TrainingJob", *, seen: dict[str, Any] | None = None, ours: bool = True, **parts: Any
) -> Situation:
    facts = {
        name: parts.pop(name)
        for name in (
            "complaints",
            "waits",
            "users",
            "retain",
            "refused",
            "recent",
            "nameless",
            "unresolved",
            "tags",
            "protected",
            "unclear",
        )
        if name in parts
    }
    looked = parts.pop("looked", seen is not None)
    one = declared(kind, **parts)
    return Situation(
        declared=one,
        asked=request(one),
        looked=looked,
        seen=Seen(seen, ours) if seen is not None else None,
        **facts,
    )


def chosen(action: Action) -> str:
    return type(action).__name__


JOB: dict[str, Any] = {"TrainingJobName": "job", "TrainingJobStatus": "InProgress"}
DONE: dict[str, Any] = {"TrainingJobName": "job", "TrainingJobStatus": "Completed"}
HELD: dict[str, Any] = {"held": True}
KNOWN: dict[str, Any] = {"held": True, "status": status("trainingJobStatus", "InProgress")}
ENDPOINT: dict[str, Any] = {
    "held": True,
    "status": status("endpointStatus", "InService", arn=ENDPOINT_ARN, ready="True"),
}


def made_as(name: str) -> dict[str, Any]:
    """An endpoint that has on record the name it was made under."""
    return {"held": True, "status": ENDPOINT["status"] | {"applied": {"identity": {"endpointName": name}}}}


SERVING: dict[str, Any] = {"EndpointName": "job", "EndpointStatus": "InService", "EndpointConfigName": "one"}

EXAMPLES: dict[str, tuple[Situation, Action | str]] = {
    "a deletion by a policy nobody knows is refused, retained or not": (
        situation(deleting=True, spec={}, retain=True, unclear=("policy?",), **KNOWN),
        Reject("InvalidAnnotation", "policy?"),
    ),
    "nothing new is made whose end is unclear": (situation(spec={}, unclear=("policy?",)), "Reject"),
    "what is there goes on, with an advisory": (
        situation("Endpoint", seen=SERVING, spec={}, unclear=("policy?",), **ENDPOINT),
        Show("policy?"),
    ),
    "what is protected waits, retained or not": (
        situation(deleting=True, spec={}, retain=True, protected=True, **KNOWN),
        "Wait",
    ),
    "protection is nothing to the living": (
        situation("Endpoint", seen=SERVING, spec={}, protected=True, **ENDPOINT),
        Show(),
    ),
    "a new object is created without looking": (situation(spec={}), "Create"),
    "a malformed one is rejected before any call": (
        situation(spec={}, complaints=("no",)),
        Reject("Invalid", "no"),
    ),
    "one that names a missing neighbour waits, and is not held": (
        situation(spec={}, waits=("Model team/m has not been created yet",)),
        Wait("WaitingForReference", "Model team/m has not been created yet", 30.0),
    ),
    "tried before and not there: created": (situation(spec={}, looked=True, **HELD), "Create"),
    "tried lately and not visible yet: waits": (
        situation("Domain", spec={}, looked=True, recent=True, **HELD),
        "Wait",
    ),
    "somebody else's resource is left alone": (
        situation(spec={}, seen=JOB, ours=False, **HELD),
        Reject(
            "AlreadyExists",
            "Resource already exists: SageMaker has a TrainingJob of this name; choose another name",
        ),
    ),
    "our own from an earlier try is shown": (situation(spec={}, seen=JOB, ours=True, **HELD), Show()),
    "a busy one is shown": (situation(spec={}, seen=JOB, **KNOWN), Show()),
    "what vanished with what it refers to waits for that first": (
        situation(
            "Endpoint", spec={}, looked=True, waits=("EndpointConfig team/c is not there yet",), **ENDPOINT
        ),
        "Wait",
    ),
    "a vanished run is not run again": (situation(spec={}, looked=True, **KNOWN), "Lost"),
    "a vanished endpoint is made again": (
        situation("Endpoint", spec={"endpointConfigName": "one"}, looked=True, **ENDPOINT),
        "Create",
    ),
    "an edited endpoint is updated": (
        situation("Endpoint", spec={"endpointConfigName": "two"}, seen=SERVING, **ENDPOINT),
        "Update",
    ),
    "an endpoint as declared rests": (
        situation("Endpoint", spec={"endpointConfigName": "one"}, seen=SERVING, **ENDPOINT),
        Show(),
    ),
    "a busy endpoint is not updated": (
        situation(
            "Endpoint",
            spec={"endpointConfigName": "two"},
            seen=SERVING | {"EndpointStatus": "Updating"},
            **ENDPOINT,
        ),
        Show(),
    ),
    "a missing tag is added, a foreign one stays": (
        situation(
            "Endpoint",
            spec={"endpointConfigName": "one", "tags": [{"key": "a", "value": "1"}]},
            seen=SERVING,
            tags={"theirs": "x"},
            **ENDPOINT,
        ),
        Tag({"a": "1"}, ()),
    ),
    "what was made under another name is neither updated nor made anew": (
        situation("Endpoint", spec={"endpointConfigName": "two"}, seen=SERVING, **made_as("other")),
        Reject(
            "Invalid",
            "this Endpoint was made with endpointName other, which cannot change: set it back, "
            "or delete this object and apply it anew",
        ),
    ),
    "under the same one it is updated": (
        situation("Endpoint", spec={"endpointConfigName": "two"}, seen=SERVING, **made_as("job")),
        "Update",
    ),
    "deleting an unheld object asks nothing": (situation(deleting=True, spec={}), Show()),
    "deleting a retained one lets go": (situation(deleting=True, spec={}, retain=True, **KNOWN), "Release"),
    "deleting a running job stops it": (situation(deleting=True, spec={}, seen=JOB, **KNOWN), Stop()),
    "deleting a stopping job waits": (
        situation(deleting=True, spec={}, seen=JOB | {"TrainingJobStatus": "Stopping"}, **KNOWN),
        "Wait",
    ),
    "deleting a finished job lets go": (situation(deleting=True, spec={}, seen=DONE, **KNOWN), Release()),
    "deleting what was tried just now and is not visible yet waits": (
        situation(deleting=True, spec={}, looked=True, recent=True, **HELD),
        "Wait",
    ),
    "what was created just now and is not visible yet is not created again": (
        situation("Endpoint", spec={"endpointConfigName": "one"}, looked=True, recent=True, **ENDPOINT),
        "Wait",
    ),
    "deleting what is gone lets go": (situation(deleting=True, spec={}, looked=True, **KNOWN), Release()),
    "deleting a serving endpoint deletes it": (
        situation("Endpoint", deleting=True, spec={}, seen=SERVING, **ENDPOINT),
        Delete(),
    ),
    "deleting a creating endpoint waits with the incumbent's sentence": (
        situation(
            "Endpoint", deleting=True, spec={}, seen=SERVING | {"EndpointStatus": "Creating"}, **ENDPOINT
        ),
        Wait("Deleting", "Endpoint in Creating state cannot be modified or deleted.", 30.0),
    ),
    "deleting a running notebook stops it first": (
        situation(
            "NotebookInstance",
            deleting=True,
            spec={},
            seen={"NotebookInstanceStatus": "InService"},
            **ENDPOINT,
        ),
        Stop(),
    ),
    "deleting a stopped notebook deletes it": (
        situation(
            "NotebookInstance", deleting=True, spec={}, seen={"NotebookInstanceStatus": "Stopped"}, **ENDPOINT
        ),
        Delete(),
    ),
    "deleting a plan that nothing can end lets go, and says that it stays": (
        situation("TrainingPlan", deleting=True, spec={}, seen={"Status": "Active"}, **ENDPOINT),
        Release("SageMaker can neither stop nor delete TrainingPlan: it stays"),
    ),
    "also where nobody knows whether there is one": (
        situation("TrainingPlan", deleting=True, spec={}, **HELD),
        Release("SageMaker can neither stop nor delete TrainingPlan: it stays"),
    ),
    "not where there is surely none": (
        situation("TrainingPlan", deleting=True, spec={}, refused=True, **HELD),
        Release(),
    ),
    "deleting waits for a user that is deleted too": (
        situation(
            "EndpointConfig",
            deleting=True,
            spec={},
            seen={"EndpointConfigName": "job"},
            users=("Endpoint team/e", "Endpoint team/f"),
            **ENDPOINT,
        ),
        Wait("InUse", "waits for Endpoint team/e, which is being deleted too", 30.0),
    ),
    "deleting after a name was somebody else's leaves it": (
        situation(deleting=True, spec={}, seen=JOB, ours=False, **HELD),
        "Release",
    ),
}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_plan(name: str) -> None:
    given, expected = EXAMPLES[name]
    action = plan(given)
    assert (chosen(action) if isinstance(expected, str) else action) == expected


def test_an_update_sends_what_differs_and_is_not_sent_again_to_no_effect() -> None:
    given = situation("Endpoint", spec={"endpointConfigName": "two"}, seen=SERVING, **ENDPOINT)
    action = plan(given)
    assert isinstance(action, Update) and action.members == {"EndpointConfigName": "two"}
    known = {**ENDPOINT, "status": {**ENDPOINT["status"], "applied": {"sent": action.sent}}}
    again = situation("Endpoint", spec={"endpointConfigName": "two"}, seen=SERVING, **known)
    said = plan(again)
    assert isinstance(said, Show) and "endpointConfigName" in (said.advisory or "")
    drifted = situation(
        "Endpoint", spec={"endpointConfigName": "two"}, seen=SERVING | {"EndpointConfigName": "x"}, **known
    )
    assert isinstance(plan(drifted), Update)


def test_the_first_create_is_fresh_and_the_second_is_not() -> None:
    first, second = plan(situation(spec={})), plan(situation(spec={}, looked=True, **HELD))
    assert isinstance(first, Create) and first.fresh
    assert isinstance(second, Create) and not second.fresh


FINISHED: dict[str, Any] = {"held": True, "status": status("trainingJobStatus", "Completed", ready="True")}


@pytest.mark.parametrize(
    ("parts", "looks"),
    [
        pytest.param({"spec": {}}, False, id="never tried"),
        pytest.param({"spec": {}, **HELD}, True, id="tried, no ARN"),
        pytest.param({"spec": {}, **KNOWN}, True, id="running"),
        pytest.param({"spec": {}, **FINISHED}, False, id="finished"),
        pytest.param({"spec": {}, "generation": 2, **FINISHED}, True, id="finished and edited"),
        pytest.param({"spec": {}, "deleting": True, **FINISHED}, False, id="finished and being deleted"),
        pytest.param({"spec": {}, "deleting": True, **KNOWN}, True, id="running and being deleted"),
    ],
)
def test_sagemaker_is_asked_only_about_what_can_change(parts: dict[str, Any], looks: bool) -> None:
    assert must_look(declared(**parts)) is looks


def test_a_job_is_not_settled_while_its_rules_are_judged() -> None:
    judged = DONE | {"DebugRuleEvaluationStatuses": [{"RuleEvaluationStatus": "InProgress"}]}
    from controller.kinds.load import kinds

    assert class_of(kinds()["TrainingJob"], judged).value == "busy"
    assert class_of(kinds()["TrainingJob"], DONE).value == "settled"
