"""The door in process says what the simulator says over HTTP: whole lives led through both at once, answer by answer."""

import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from controller.cloud.session import Place, Session
from simulator.clock import Clock
from simulator.server import Simulator
from simulator.service import SageMaker
from simulator.sts import Sts
from tests.crash import rig as rig_
from tests.crash.cloud import SPOILT, Direct, sagemaker
from tests.crash.lives import lead, stage

# One of each shape: found by name, by List and tag, by token; with states and without; runs, versions, what is stopped first.
EACH = (
    "Model",
    "Experiment",
    "Endpoint",
    "NotebookInstance",
    "Domain",
    "Artifact",
    "ComputeQuota",
    "PartnerApp",
    "ImageVersion",
    "ModelPackage",
    "TrainingJob",
    "PipelineExecution",
    "ModelCardExportJob",
    "ClusterExtension",
)
Call = tuple[str, Mapping[str, Any]]


def told(said: Any) -> Any:
    """An answer or an error, without what differs by nature: which request it was, and how long it took."""
    if isinstance(said, HTTPClientError):
        return type(said).__name__
    refused = isinstance(said, ClientError)
    response = dict(said.response if isinstance(said, ClientError) else said)
    status = response.pop("ResponseMetadata", {}).get("HTTPStatusCode")
    return refused, status, response


def outcome(client: Any, call: Call) -> Any:
    """What a client is told."""
    try:
        return told(client._make_api_call(*call))
    except (ClientError, HTTPClientError) as error:
        return told(error)


def wired(endpoint: str) -> Any:
    """The controller's own client, which says who it is as the door in process does."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ACCESS_KEY_ID", "CONTROLLER")
        return Session(connections=2, user_agent="test").client(Place("us-east-1", endpoint))


class Twins:
    """The same SageMaker twice, with all a kind refers to: one in process, the other behind HTTP. Both know one time."""

    def __init__(self, name: str) -> None:
        self.on, other = stage(name, _clock()), stage(name, _clock())
        self.services = (self.on.rig.sagemaker, other.rig.sagemaker)
        self.server = Simulator(other.rig.sagemaker, Sts(other.rig.sagemaker.settings), 0)
        self._client = wired(self.server.url)
        self.calls: list[Call] = []
        self.different: list[Any] = []

    def compare(self, call: Call, here: Any) -> None:
        """Ask over HTTP what was asked in process."""
        self.calls.append(call)
        there = outcome(self._client, call)
        if here != there:
            self.different.append((call, here, there))

    def advance(self, seconds: float) -> None:
        """Move both clocks."""
        for service in self.services:
            service.clock.advance(seconds)
            service.lifecycle.run_due()


def _clock() -> Clock:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "time", lambda: 1_767_225_600.0)
        return Clock(manual=True)


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Twins]]:
    """Makes twins; what their controller asks in process is asked over HTTP too."""
    made: list[Twins] = []

    def make(name: str) -> Twins:
        both = Twins(name)
        made.append(both)

        class Doubled(Direct):
            def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> Any:
                call = (operation, dict(request))
                try:
                    answer = super()._make_api_call(operation, request)
                except (ClientError, HTTPClientError) as error:
                    both.compare(call, told(error))
                    raise
                both.compare(call, told(answer))
                return answer

        monkeypatch.setattr(rig_, "Direct", Doubled)
        monkeypatch.setattr(both.on.rig, "advance", both.advance)
        both.on.rig.clean()
        return both

    yield make
    for each in made:
        each.server.stop()


@pytest.mark.parametrize("name", EACH)
def test_a_life_is_answered_alike(twins: Callable[[str], Twins], name: str) -> None:
    both = twins(name)
    lead(both.on, both.on.name())
    assert both.different == []
    # once more when all is over, and in another order: now most of it is refused
    door = Direct(both.services[0], lambda _: "")
    asked = list(both.calls)
    for call in (*asked, *reversed(asked)):
        both.compare(call, outcome(door, call))
    assert both.different == []
    assert {operation for operation, _ in asked} >= {both.on.kind.verbs.create, both.on.kind.verbs.describe}


RULES: tuple[dict[str, Any], ...] = (
    {"effect": "throttle"},
    {"effect": "error", "code": "ValidationException", "text": "no", "status": 400},
    {"effect": "error", "code": "AccessDeniedException", "text": "not you", "status": 403},
    {"effect": "error"},
    {"effect": "drop-before-effect"},
    {"effect": "drop-after-effect"},
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: "-".join(str(v) for v in rule.values()))
def test_a_fault_is_answered_alike(twins: Callable[[str], Twins], rule: dict[str, Any]) -> None:
    both = twins("Experiment")
    door = Direct(both.services[0], lambda _: "")
    for service in both.services:
        service.faults.replace([{**rule, "times": 2}])
    named: dict[str, Any] = {"ExperimentName": "e"}
    calls = [(f"{verb}Experiment", named) for verb in ("Create", "Describe", "Describe", "Create")]
    for call in (*calls, ("CreateExperiment", {"ExperimentName": "not a name"}), ("CreateExperiment", {})):
        both.compare(call, outcome(door, call))
    assert both.different == []
    assert len({r.arn for r in both.services[1].store.every()}) == 1
    assert both.services[0].counts == both.services[1].counts


@pytest.mark.parametrize("mishap", SPOILT)
def test_what_comes_instead_of_an_answer_is_understood_alike(mishap: str) -> None:
    status, body = SPOILT[mishap]

    class Balancer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amzn-requestid", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    service: SageMaker = sagemaker()
    call = ("CreateExperiment", {"ExperimentName": "e"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Balancer)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        there = outcome(wired(f"http://127.0.0.1:{server.server_address[1]}"), call)
    finally:
        server.shutdown()
        server.server_close()
    here = outcome(Direct(service, lambda boundary: mishap if boundary.startswith("after") else ""), call)
    assert here == there
    assert len(list(service.store.every())) == 1, "it had its effect all the same"
