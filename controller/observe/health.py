"""/healthz, /readyz and /metrics over plain HTTP; what is healthy is decided by whoever wires it."""

import os
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[], tuple[int, bytes]]


class CannotListen(Exception):
    """An address cannot be served; the sentence says which, and why."""


class _OnIPv6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


class Server:
    """Serves paths on an address such as ``0.0.0.0:8081`` or ``[::]:8081`` (port 0: any) until it is stopped.

    Raises:
        CannotListen: the port is taken, or the address is none of this machine's.
    """

    def __init__(self, address: str, paths: dict[str, Answer]) -> None:
        host, _, port = address.rpartition(":")
        host = host.strip("[]")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = paths.get(self.path.partition("?")[0])
                status, body = answer() if answer else (404, b"not found\n")
                self.send_response(status)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Probes every few seconds are no news."""

        serving = _OnIPv6 if ":" in host else ThreadingHTTPServer
        try:
            self._server = serving((host or "0.0.0.0", int(port)), Handler)
        except (
            OSError,
            UnicodeError,
        ) as error:  # UnicodeError: a host name that no name server could be asked for
            number = error.errno if isinstance(error, OSError) and error.errno and error.errno > 0 else 0
            why = os.strerror(number) if number else "there is no such host here"
            raise CannotListen(
                f"{address} cannot be listened on: {why[0].lower()}{why[1:]}; see --metrics-addr and --healthz-addr"
            ) from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name=f"serve {address}", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that is served."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
