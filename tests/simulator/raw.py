"""The plainest client there is for AWS JSON 1.1: what went over the wire is what a test sees."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any

from simulator.control import Control


class Refused(Exception):
    """The service answered with an error."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status, self.code, self.text = status, code, text


class Raw:
    """One kept-alive connection."""

    def __init__(self, url: str, *, region: str = "us-east-1", access_key: str = "AKIATEST") -> None:
        parts = urllib.parse.urlsplit(url)
        self.url = url
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._scope = (
            f"AWS4-HMAC-SHA256 Credential={access_key}/20260101/{region}/sagemaker/aws4_request, Signature=0"
        )
        self.control = Control(url)
        self.last_headers: dict[str, str] = {}

    def send(self, operation: str, body: bytes) -> tuple[int, Any]:
        """Status and parsed body."""
        self._connection.request(
            "POST",
            "/",
            body,
            {
                "X-Amz-Target": f"SageMaker.{operation}",
                "Content-Type": "application/x-amz-json-1.1",
                "Authorization": self._scope,
            },
        )
        answer = self._connection.getresponse()
        self.last_headers = {k.lower(): v for k, v in answer.getheaders()}
        return answer.status, json.loads(answer.read() or b"{}")

    def ok(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer of a call that succeeds; otherwise raises Refused."""
        status, answer = self.send(operation, json.dumps(request or {}).encode())
        if status != 200:
            raise Refused(
                status, answer["__type"].rpartition("#")[2], answer.get("message") or answer["Message"]
            )
        result: dict[str, Any] = answer
        return result

    def refused(self, operation: str, request: dict[str, Any] | None = None) -> Refused:
        """The error of a call that fails."""
        try:
            answer = self.ok(operation, request)
        except Refused as error:
            return error
        raise AssertionError(f"{operation} was not refused but answered {answer}")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
