"""HTTP/1.1 over loopback: connections, requests, answers. What an answer says is decided in service.py and sts.py.

A small server of its own: the standard library's parses headers as e-mail, which costs more than the call itself.
One thread per connection; connections are kept alive.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import socket
import threading
import time
import urllib.parse
from types import TracebackType

from simulator import model
from simulator.clock import Clock
from simulator.control import Control
from simulator.control_api import ControlApi
from simulator.errors import ServiceError
from simulator.events import Courier
from simulator.identity import DEFAULT_ACCOUNT, DEFAULT_REGION
from simulator.service import Answer, SageMaker
from simulator.settings import Settings
from simulator.sts import Sts, error_xml

MOST_BODY = 8 * 1024 * 1024
"""Bytes. SageMaker's largest input, a pipeline definition, is 1 MiB; JSON escapes may multiply it."""
HINT = (
    b"This is a simulated Amazon SageMaker. Give its address to an AWS client as endpoint URL; "
    b"see docs/simulator.md. Levers: /_simulator/calls, /_simulator/resources and others.\n"
)
REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    413: "Payload Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Simulator:
    """A running simulator: where it is, how to steer it, how to end it."""

    def __init__(self, sagemaker: SageMaker, sts: Sts, port: int, host: str = "127.0.0.1") -> None:
        self.sagemaker = sagemaker
        self._sts = sts
        self._control = ControlApi(sagemaker)
        self._listener = socket.create_server((host, port), backlog=256)
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._ended = False
        self._numbers = itertools.count(1)
        self.port: int = self._listener.getsockname()[1]
        self._reached_at = "127.0.0.1" if host in ("0.0.0.0", "") else host
        self.url = f"http://{self._reached_at}:{self.port}"
        self.control = Control(self.url)
        queue = sagemaker.settings.events_queue
        self._courier = Courier(sagemaker.lifecycle.outbox, queue, sagemaker.pass_time) if queue else None
        self._thread = threading.Thread(target=self._accept, name="simulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection."""
        self._ended = True
        if self._courier:
            self._courier.stop()
        # NB: closing a socket does not wake the thread that accepts on it; a connection does, on every system.
        with contextlib.suppress(OSError):
            socket.create_connection((self._reached_at, self.port), timeout=1).close()
        self._thread.join(timeout=5)
        self._listener.close()
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._ended:
                connection.close()
                return
            # NB: without it, Nagle's algorithm and the client's delayed ACK make every other answer 40 ms late.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._guard:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while self._one(connection, stream):
                    pass
        except (OSError, ValueError):
            pass
        finally:
            with self._guard:
                self._connections.discard(connection)

    def _one(self, connection: socket.socket, stream: io.BufferedReader) -> bool:
        """Read one request and answer it; False when the connection is to end."""
        line = stream.readline(64 * 1024)
        if not line.strip():
            return bool(line)
        method, path, _ = line.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := stream.readline(64 * 1024)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length") or 0)
        if length > MOST_BODY or "transfer-encoding" in headers:
            self._send(connection, 413, b"{}", "application/json", "0")
            return False
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = stream.read(length) if length else b""
        keep = headers.get("connection", "").lower() != "close"
        return self._answer(connection, method, path, headers, body) and keep

    def _answer(
        self, connection: socket.socket, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> bool:
        request_id = f"00000000-0000-4000-8000-{next(self._numbers):012d}"
        if path.startswith("/_simulator/"):
            status, payload = self._control.answer(method, urllib.parse.unquote(path[12:]), body)
            self._send(connection, status, payload, "application/json", request_id)
            return True
        target = headers.get("x-amz-target", "")
        if target:
            answer = self._sagemaker(target, body, headers)
            if answer.delay:
                time.sleep(answer.delay)
            if answer.dropped:
                return False
            self._send(connection, answer.status, answer.body, "application/x-amz-json-1.1", request_id)
            return True
        if method != "POST":
            self._send(connection, 404, HINT, "text/plain; charset=utf-8", request_id)
            return True
        try:
            status, xml = 200, self._sts.answer(body, headers)
        except ServiceError as error:
            status, xml = error.status, error_xml(error)
        self._send(connection, status, xml.encode(), "text/xml", request_id)
        return True

    def _sagemaker(self, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        operation = target.rpartition(".")[2]
        return self.sagemaker.call(operation, body, self._sts.caller(headers), headers.get("user-agent", ""))

    @staticmethod
    def _send(
        connection: socket.socket, status: int, body: bytes, content_type: str, request_id: str
    ) -> None:
        head = (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\nx-amzn-RequestId: {request_id}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)


def start(
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    region: str = DEFAULT_REGION,
    account: str = DEFAULT_ACCOUNT,
    speed: float = 1.0,
    manual_clock: bool = False,
    **settings: object,
) -> Simulator:
    """Start a simulator in this process. Further settings by name, see settings.py; port 0 takes a free one."""
    chosen = Settings()
    chosen.change(settings)
    model.verbs()
    sagemaker = SageMaker(Clock(speed=speed, manual=manual_clock), chosen)
    return Simulator(sagemaker, Sts(chosen, region, account), port, host)
