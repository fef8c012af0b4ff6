"""What the tools say of every kind in every state, of statuses that the controller's own decisions made.

Our script and expressions were once run on all of these by github.com/yuin/gopher-lua v1.1.2 and github.com/google/cel-go v0.26.1,
which Argo CD and Flux use: both said what lupa and cel-python say here.
"""

import itertools
from typing import Any

import pytest

from controller.kinds.load import kinds
from scripts.generators.health import health
from scripts.readers import answers, flux, kubectl, lua
from scripts.readers.answers import Answers
from scripts.readers.written import Written, in_state
from tests.histories import truth
from tests.histories.contract import row_of, table

Told = tuple[Written, Answers]

WAITING = Answers("Progressing", "Progressing", "InProgress", "InProgress", "waits")
GOOD = Answers("Healthy", "Healthy", "Current", "Current", "ends")
BAD = Answers("Degraded", "Degraded", "Failed", "Failed", "waits")
# By the contract's table, which knows nothing of the controller's code.
BY_ROW = {"Progressing": WAITING, "Healthy": GOOD, "Degraded": BAD}


@pytest.fixture(scope="module")
def told() -> tuple[Told, ...]:
    return (*answers.of_every_state(), *answers.of_the_rest())


def test_every_state_of_the_model_is_told() -> None:
    """Whatever SageMaker's model has as a state of a kind, and each kind without one."""
    covered = {(one.kind, one.state) for one, _ in answers.of_every_state()}
    for kind in kinds().values():
        of_model = kind.described.members[kind.status].enum if kind.status and kind.states else ()
        missing = {(kind.name, state) for state in of_model or (None,)} - covered
        assert not missing


def test_nothing_is_healthy_to_one_and_failed_to_another(told: tuple[Told, ...]) -> None:
    assert [(one.kind, one.state, one.case, said) for one, said in told if said.healthy and said.failed] == []
    assert any(said.healthy for _, said in told) and any(said.failed for _, said in told)


def test_all_say_of_every_state_what_the_contract_says() -> None:
    for one, said in answers.of_every_state():
        row = row_of(one.obj)
        assert row is not None, (one.kind, one.state, one.obj["status"]["conditions"])
        assert said == BY_ROW[table()["rows"][row]["argocd"]], (one.kind, one.state)


# States that the simulator's machines never reach, so that they know nothing of them.
UNREACHED = {
    ("InferenceExperiment", "Created"),
    ("InferenceRecommendationsJob", "DELETED"),
    ("MlflowTrackingServer", "MaintenanceComplete"),
    ("TrainingPlan", "Expired"),
}


def test_a_second_opinion_on_what_a_state_is() -> None:
    """The simulator's data were not read from the controller's table: both would have to be wrong in the same way."""
    expected = {"busy": WAITING, "settled": GOOD, "failed": BAD}
    judged = 0
    for one, said in answers.of_every_state():
        if truth.machine(one.kind) and one.state is not None and (one.kind, one.state) not in UNREACHED:
            judged += 1
            row = truth.of_state(one.kind, one.state)
            assert said == expected[row], (one.kind, one.state)
    assert judged > 290


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("nobody has looked at it yet", WAITING),
        ("it waits for another object", WAITING),
        ("the request can never do", BAD),
        ("the name is somebody else's", BAD),
        ("throttled, denied, over quota before it is there", WAITING),
        ("the same, of what is as declared", GOOD),
        # Argo CD's own script looks at no generation
        (
            "edited, and not looked at since",
            Answers("Healthy", "Progressing", "InProgress", "InProgress", "waits"),
        ),
        ("edited, and SageMaker has taken it", WAITING),
        ("being deleted", Answers("Progressing", "Progressing", "Terminating", "InProgress", "waits")),
    ],
)
def test_what_is_said_besides(case: str, expected: Answers) -> None:
    found = {one.case: said for one, said in answers.of_the_rest()}
    assert found[case] == expected
    assert len(found) == 9


@pytest.mark.parametrize(
    ("kind", "state", "status"),
    [
        ("TrainingJob", "Failed", "Degraded"),
        ("TrainingJob", "Stopped", "Degraded"),
        ("TrainingJob", "InProgress", "Progressing"),
        ("TrainingJob", "Completed", "Healthy"),
        ("Endpoint", "OutOfService", "Degraded"),
        ("NotebookInstance", "Stopped", "Healthy"),
        ("Model", None, "Healthy"),
    ],
)
def test_states_that_people_ask_about(kind: str, state: str | None, status: str) -> None:
    """By hand, so that the classes of states and this are not one and the same opinion."""
    assert answers.of(in_state(kinds()[kind], state)) == BY_ROW[status]


@pytest.mark.parametrize("state", ["InProgress", "Completed", "Failed"])
def test_our_script_says_the_same_whatever_the_order(state: str) -> None:
    obj = in_state(kinds()["TrainingJob"], state).obj
    conditions = obj["status"]["conditions"]
    said = {
        lua.health(lua.OURS, {**obj, "status": {**obj["status"], "conditions": list(order)}})
        for order in itertools.permutations(conditions)
    }
    assert len(said) == 1


def test_a_failure_is_told_in_sagemakers_words() -> None:
    obj = in_state(kinds()["TrainingJob"], "Failed").obj
    assert lua.health(lua.OURS, obj) == ("Degraded", "what SageMaker says of the failure")
    assert lua.health(lua.BUILT_IN, obj) == ("Degraded", "what SageMaker says of the failure")


def test_what_a_script_may_not_use_fails_here_too() -> None:
    from lupa.lua51 import LuaError

    with pytest.raises(LuaError):
        lua.run("return { status = string.upper('healthy') }", {})
    assert lua.run("return { status = type(require('os').time()) }", {}) == {"status": "number"}


CHECKS = flux.expressions(answers.EXPRESSIONS)[0]
READY = {"type": "Ready", "status": "True"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "InProgress"),  # no default on the CRD: an error to CEL, and Flux waits
        ({}, "InProgress"),
        ({"observedGeneration": -1, "conditions": []}, "InProgress"),
        ({"observedGeneration": 1, "conditions": [READY]}, "InProgress"),
        ({"observedGeneration": 2, "conditions": [READY]}, "Current"),
        ({"observedGeneration": 2, "conditions": [READY, {"type": "Stalled", "status": "True"}]}, "Failed"),
        ({"observedGeneration": 2, "conditions": [{"type": "Ready", "status": "Unknown"}]}, "InProgress"),
    ],
)
def test_the_expressions_by_themselves(status: dict[str, Any] | None, expected: str) -> None:
    obj: dict[str, Any] = {
        "metadata": {"generation": 2},
        **({"status": status} if status is not None else {}),
    }
    assert flux.status(CHECKS, obj) == expected
    if expected == "Current":
        assert (
            flux.status(
                CHECKS, {**obj, "metadata": {"generation": 2, "deletionTimestamp": "2026-01-01T00:00:00Z"}}
            )
            == "InProgress"
        )


@pytest.mark.parametrize(
    ("condition", "observed", "expected"),
    [
        ({"status": "True", "observedGeneration": 2}, 2, True),
        ({"status": "True", "observedGeneration": 1}, 2, False),
        ({"status": "True"}, 1, False),  # without one of its own, the status' counts
        ({"status": "True"}, None, True),
        ({"status": "False", "observedGeneration": 2}, 2, False),
        (None, 2, False),
    ],
)
def test_kubectl_wait(condition: dict[str, Any] | None, observed: int | None, expected: bool) -> None:
    """pkg/cmd/wait/condition.go of k8s.io/kubectl, checkCondition and getObservedGeneration."""
    status: dict[str, Any] = {"conditions": [{"type": "ready", **condition}] if condition else []}
    if observed is not None:
        status["observedGeneration"] = observed
    assert kubectl.met({"metadata": {"generation": 2}, "status": status}) is expected


def test_the_page_is_fresh() -> None:
    for path, text in health().items():
        assert path.read_text() == text, f"{path.name} is stale: make generate"
