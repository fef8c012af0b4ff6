"""The simulated SageMaker without HTTP: botocore's own serializer and parser on either side of a plain call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer

from controller.cloud.session import Place, Session
from simulator import model
from simulator.clock import Clock
from simulator.identity import DEFAULT_ACCOUNT, DEFAULT_REGION, Caller
from simulator.lifecycle import Lifecycle
from simulator.service import SageMaker
from simulator.settings import Settings

READS = ("Describe", "List")
# What may come instead of an answer, whatever became of the call: by mishap, an HTTP status and a body.
SPOILT = {
    "gateway": (502, b"<html><body>Bad Gateway</body></html>"),
    "balancer": (503, b"no healthy upstream"),
    "silent": (500, b""),
    "garble": (200, b'{"half an answ'),
}


class Direct(Session):
    """What ``Calls`` wants of a session and of its clients. ``cross`` is told of every boundary by name; it may raise."""

    def __init__(
        self, sagemaker: SageMaker, cross: Callable[[str], str], region: str = DEFAULT_REGION
    ) -> None:
        # NB: Session's own constructor is not called: there is no connection
        self.account = DEFAULT_ACCOUNT
        self._sagemaker = sagemaker
        self._cross = cross
        self._caller = Caller("CONTROLLER", DEFAULT_ACCOUNT, region)
        protocol = model.service().resolved_protocol
        self._serializer = create_serializer(protocol, include_validation=False)
        self._parser = ResponseParserFactory().create_parser(protocol)

    def client(self, place: Place) -> Direct:
        """Itself."""
        return self

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> Any:
        mishap = self._cross(f"before {operation}")
        asked = model.service().operation_model(operation)
        body = self._serializer.serialize_to_request(dict(request), asked)["body"]
        said = self._sagemaker.call(
            operation, body if isinstance(body, bytes) else body.encode(), self._caller
        )
        if not operation.startswith(READS):
            mishap = self._cross(f"after {operation}") or mishap
        if said.dropped:
            raise ConnectionClosedError(endpoint_url="memory:")
        status, answered = SPOILT.get(mishap) or (said.status, said.body)
        answer = {"status_code": status, "headers": {"x-amzn-requestid": "0"}, "body": answered}
        parsed = self._parser.parse(answer, asked.output_shape)
        if status >= 300:
            raise ClientError(parsed, operation)
        return parsed


class Raw:
    """SageMaker for somebody else, in the words that ``Maker`` uses."""

    def __init__(self, sagemaker: SageMaker) -> None:
        self._sagemaker = sagemaker
        self._direct = Direct(sagemaker, lambda _: "")
        self.control = self

    def ok(self, operation: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer of a call that succeeds, as JSON has it."""
        said = self._sagemaker.call(
            operation, json.dumps(request or {}).encode(), Caller("SOMEBODY", DEFAULT_ACCOUNT, DEFAULT_REGION)
        )
        answer: dict[str, Any] = json.loads(said.body)
        if said.status != 200:
            raise AssertionError(f"{operation}: {answer}")
        return answer

    def advance(self, seconds: float) -> float:
        """Move the clock."""
        now = self._sagemaker.clock.advance(seconds)
        lifecycle: Lifecycle = self._sagemaker.lifecycle
        lifecycle.run_due()
        return now


def sagemaker(clock: Clock | None = None, **settings: Any) -> SageMaker:
    """A service whose clock stands still until it is advanced."""
    chosen = Settings()
    chosen.change(settings)
    model.verbs()
    return SageMaker(clock or Clock(manual=True), chosen)
