"""A way between a controller and a server, request by request, on which a test may stop, kill or cut off who sent it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

# What concerns one connection only, and is set anew on the other side.
OF_THE_CONNECTION = {"connection", "transfer-encoding", "content-length", "host", "date", "server"}
READS = ("Describe", "List")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has come in. ``what`` is SageMaker's operation, or method and path for the API server."""

    what: str
    changes: bool  # an object of ours, or something in SageMaker
    body: bytes


class CutOff(Exception):
    """The connection ends here, without an answer."""


Answered = Callable[[], None]


class Passage:
    """Forwards 127.0.0.1:port to ``target``. ``meet`` is told of each request before it goes on.

    It may wait, or raise CutOff. What it answers is called once the server has answered (or broken off), which is before
    anybody hears of it, and may do the same.
    """

    def __init__(
        self, target: str, meet: Callable[[Asked], Answered | None], ca_file: Path | None = None
    ) -> None:
        parts = urlsplit(target)
        assert parts.hostname and parts.port
        address, ca = (parts.hostname, parts.port), str(ca_file) if ca_file else None
        context = ssl.create_default_context(cafile=ca) if parts.scheme == "https" else None
        self._sockets: set[socket.socket] = set()
        self._guard = threading.Lock()
        passage = self

        class Way(_Way):
            def reach(self) -> http.client.HTTPConnection:
                if context is None:
                    far = http.client.HTTPConnection(*address)
                else:
                    far = http.client.HTTPSConnection(*address, context=context)
                far.connect()
                passage._keep(self.connection, far.sock)
                return far

            def met(self, asked: Asked) -> Answered | None:
                return meet(asked)

            def finish(self) -> None:
                passage._forget(self.connection, self.far.sock if self.far else None)
                super().finish()

        self._server = _Quiet(("127.0.0.1", 0), Way)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def break_off(self) -> None:
        """End every connection there is; new ones go through."""
        with self._guard:
            ended, self._sockets = self._sockets, set()
        for each in ended:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it all."""
        self._server.shutdown()
        self._server.server_close()
        self.break_off()

    def _keep(self, *ends: socket.socket | None) -> None:
        with self._guard:
            self._sockets.update(end for end in ends if end)

    def _forget(self, *ends: socket.socket | None) -> None:
        with self._guard:
            self._sockets.difference_update(end for end in ends if end)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # connections break here all the time: that is what it is for


class _Way(BaseHTTPRequestHandler, ABC):
    """One connection, with one of its own to the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    far: http.client.HTTPConnection | None = None

    @abstractmethod
    def reach(self) -> http.client.HTTPConnection:
        """A connection to the server."""

    @abstractmethod
    def met(self, asked: Asked) -> Answered | None:
        """What becomes of a request here; None if nothing does."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _pass(self) -> None:
        self.close_connection = True  # unless it goes well
        with contextlib.suppress(CutOff, OSError, http.client.HTTPException):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            answered = self.met(self._asked(body))
            try:
                response = self._forwarded(body)
            finally:
                if answered is not None:
                    answered()
            with response:
                self._give(response)
            self.close_connection = False

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

    def _forwarded(self, body: bytes) -> http.client.HTTPResponse:
        self.far = self.far or self.reach()
        headers = {k: v for k, v in self.headers.items() if k.lower() not in OF_THE_CONNECTION}
        self.far.request(self.command, self.path, body or None, headers)
        return self.far.getresponse()

    def _asked(self, body: bytes) -> Asked:
        target = self.headers.get("x-amz-target", "")
        if target:
            operation = target.rpartition(".")[2]
            return Asked(operation, not operation.startswith(READS), body)
        path = self.path.partition("?")[0]
        ours = path.startswith("/apis/sagemaker.services.k8s.aws/")
        return Asked(f"{self.command} {path}", ours and self.command != "GET", body)

    def _give(self, response: http.client.HTTPResponse) -> None:
        """Hand the answer on, a watch's lines as they come."""
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        if not response.chunked:
            whole = response.read()
            self.send_header("Content-Length", str(len(whole)))
            # NB: in one piece: the answer to a lone head is acknowledged late
            self._headers_buffer.append(b"\r\n" + whole)  # type: ignore[attr-defined]
            self.flush_headers()
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := response.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")
