"""What a message is about, and that none, however odd, does more than be counted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decide.wakeups import Ignored, Wakeup, about, read
from controller.kinds.load import kinds
from simulator import model
from tests.queues import event

KNOWN = about(kinds().values())
ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/kmeans-1"
EXECUTION = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p/execution/p4jn9xou8a8s"


def said(body: Any) -> Wakeup | Ignored:
    return read(body if isinstance(body, str) else json.dumps(body), KNOWN)


def test_an_event_names_kind_arn_region_and_account() -> None:
    assert said(event(ARN)) == Wakeup(("TrainingJob",), (ARN,), ("",), "us-east-1", "111122223333")


def test_a_resource_is_known_by_its_name_too_as_it_is_written() -> None:
    """The examples of the developer guide have ARNs in lower case, names as they were given, and once an ARN that is none."""
    detail = {"NotebookInstanceName": "BasicNotebook", "NotebookInstanceStatus": "Stopping"}
    arn = "arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/BasicNotebook"
    found = said(event(arn, "SageMaker Notebook Instance State Change", detail=detail))
    assert isinstance(found, Wakeup)
    assert (found.names, found.arns) == (("BasicNotebook",), (arn.lower(),))


def test_a_pipelines_event_writes_its_members_small_and_is_about_the_execution() -> None:
    detail = {"currentPipelineExecutionStatus": "Succeeded", "pipelineExecutionArn": EXECUTION}
    found = said(
        event(
            EXECUTION,
            "SageMaker Model Building Pipeline Execution Status Change",
            resources=[],
            detail=detail,
        )
    )
    assert found == Wakeup(("PipelineExecution",), (EXECUTION,), ("",), "us-east-1", "111122223333")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("", "poison"),
        ("{", "poison"),
        ("[]", "poison"),
        ("null", "poison"),
        ("[" * 100_000, "poison"),
        ({"source": "aws.sagemaker"}, "poison"),
        (event(ARN, resources=[], detail={}), "poison"),
        (event(ARN, resources="all", detail="none"), "poison"),
        (event("kmeans-1", detail={"TrainingJobName": 7}), "poison"),
        (event(ARN, source="aws.ec2"), "foreign"),
        (event(ARN, "SageMaker Human Task Created"), "foreign"),
        (event(ARN, "AWS API Call via CloudTrail"), "foreign"),
        ({**event(ARN), "detail-type": ["SageMaker Training Job State Change"]}, "poison"),
    ],
    ids=str,
)
def test_what_wakes_nobody_up(body: Any, outcome: str) -> None:
    assert said(body) == Ignored(outcome)  # type: ignore[arg-type]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(event(ARN))), JSON) | JSON, st.sampled_from(sorted(KNOWN)))
def test_nothing_makes_it_fail(odd: Any, detail_type: str) -> None:
    read(json.dumps(odd), KNOWN)
    if isinstance(odd, dict):
        read(json.dumps({**event(ARN, detail_type), **odd}), KNOWN)


def test_the_simulator_sends_what_the_table_knows() -> None:
    """Two lists, made apart from the same page of EventBridge's reference."""
    assert {name: (entry["type"],) for name, entry in model.data("events").items()} == {
        kind.name: kind.events for kind in kinds().values() if kind.events
    }


def test_only_kinds_with_states_send_events() -> None:
    assert [kind.name for kind in kinds().values() if kind.events and kind.states is None] == []
