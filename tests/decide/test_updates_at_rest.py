"""An update that has to stop what works: a notebook, which no update and no refusal leaves standing still."""

from typing import Any

import pytest

from controller.decide.actions import Action, Reject, Show, Start, StopFirst, Tag, Wait
from controller.decide.plan import plan
from tests.decide.objects import status
from tests.decide.test_plan import ENDPOINT_ARN, chosen, situation


def notebook(state: str, note: str | None = None, instance: str = "ml.t3.large", **parts: Any) -> Action:
    shown = status("notebookInstanceStatus", state, arn=ENDPOINT_ARN, ready="True")
    if note:
        shown["stoppedByControllerMetadata"] = note
    seen = {
        "NotebookInstanceStatus": state,
        "InstanceType": "ml.t3.medium",
        "RoleArn": "arn:aws:iam::111122223333:role/r",
    }
    spec = {"instanceType": instance, "roleARN": seen["RoleArn"], **parts.pop("spec", {})}
    shown |= parts.pop("status", {})
    return plan(situation("NotebookInstance", spec=spec, held=True, status=shown, seen=seen, **parts))


def refused(reason: str) -> dict[str, Any]:
    said = {"type": "ACK.Terminal", "status": "True", "reason": reason, "message": "no"}
    return {"conditions": [said]}


SAME = "ml.t3.medium"
NOTEBOOKS: dict[str, tuple[Action, Action | str]] = {
    "one that works is stopped first": (notebook("InService"), StopFirst()),
    "also after a crash before the stop": (notebook("InService", "UpdatePending"), StopFirst()),
    "while it stops nothing is done": (notebook("Stopping", "UpdatePending"), Show()),
    "at rest it is updated": (notebook("Stopped", "UpdatePending"), "Update"),
    "while it is updated nothing is done": (notebook("Updating", "UpdateTriggered"), Show()),
    "then it is started": (notebook("Stopped", "UpdateTriggered", SAME), Start()),
    "also after a crash between the update and its note": (
        notebook("Stopped", "UpdatePending", SAME),
        Start(),
    ),
    "its tags are seen to before it is started, which says that all was": (
        notebook("Stopped", "UpdateTriggered", SAME, spec={"tags": [{"key": "team", "value": "a"}]}, tags={}),
        Tag({"team": "a"}, ()),
    ),
    "while it starts nothing is done": (notebook("Pending", "UpdateTriggered", SAME), Show()),
    "and that is that": (notebook("InService", "UpdateTriggered", SAME), Show()),
    "one that a user had stopped is updated": (notebook("Stopped"), "Update"),
    "and not started": (notebook("Stopped", None, SAME), Show()),
    "what cannot be updated stops nothing": (
        notebook("InService", None, SAME, spec={"kmsKeyID": "another"}),
        "Show",
    ),
    "what was refused is started all the same": (
        notebook(
            "Stopped",
            "UpdatePending",
            status=refused("Invalid"),
        ),
        Start(Reject("Invalid", "no")),
    ),
    "also what was refused for long": (
        notebook("Stopped", "UpdatePending", status=refused("UpdateRefused")),
        Start(Reject("UpdateRefused", "no")),
    ),
    "and not stopped again for that": (
        notebook("InService", status=refused("UpdateRefused")),
        Reject("UpdateRefused", "no"),
    ),
    "but at another edit it is": (
        notebook("InService", status=refused("UpdateRefused"), generation=2),
        StopFirst(),
    ),
    "what an edit refers to in vain lets it go on": (
        notebook("Stopped", "UpdatePending", waits=("role r is not there",), unresolved=True, generation=2),
        Start(Wait("WaitingForReference", "role r is not there", 30.0)),
    ),
    "one that is being deleted is not started": (
        notebook("Stopped", "UpdatePending", SAME, deleting=True),
        "Delete",
    ),
}


@pytest.mark.parametrize("name", list(NOTEBOOKS))
def test_a_notebook_is_updated_at_rest(name: str) -> None:
    action, expected = NOTEBOOKS[name]
    assert (chosen(action) if isinstance(expected, str) else action) == expected
