"""/healthz, /readyz and /metrics over plain HTTP; what is healthy is decided by whoever wires it."""

import errno
import os
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

Answer = Callable[[], tuple[int, bytes]]


class CannotListen(Exception):
    """An address cannot be served; the sentence says which, and why."""


class _OnIPv4(ThreadingHTTPServer):
    def server_bind(self) -> None:
        """Bind. NB: without HTTPServer's own, which asks the name server what we are called and waits for it."""
        TCPServer.server_bind(self)


class _OnIPv6(_OnIPv4):
    address_family = socket.AF_INET6


class _OnBoth(_OnIPv6):
    def server_bind(self) -> None:
        """Bind for IPv4 too, whatever the system's default is."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


# How a machine says that it has no IPv6: not compiled in, or switched off.
_NO_IPV6 = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.ENOPROTOOPT}


def _listening(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    if ":" in host:
        return _OnIPv6((host, port), handler)
    if host:
        return _OnIPv4((host, port), handler)
    try:
        return _OnBoth(("::", port), handler)
    except OSError as error:
        if error.errno not in _NO_IPV6:
            raise
        return _OnIPv4(("0.0.0.0", port), handler)


class Server:
    """Serves paths on an address such as ``127.0.0.1:8081`` or ``[::1]:8081`` until it is stopped.

    ``:8081`` is every address, of IPv4 and IPv6; port 0 is any.

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

        try:
            self._server = _listening(host, int(port), Handler)
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
