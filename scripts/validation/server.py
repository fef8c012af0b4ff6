"""The door to an API server for validation: whatever a kubeconfig says, through kubectl's proxy on a socket of our own."""

import http.client
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

READY_WITHIN = 30.0  # seconds for kubectl to start and the credentials plugin of a cloud to answer


class Unreachable(Exception):
    """The API server does not answer, or not to us; one sentence."""


class Server:
    """An API server behind a Unix socket. NB: a socket, not a port: a port would lend our rights to everybody on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, dict[str, Any]]:
        """One call: its status and its answer.

        Raises:
            Unreachable: nothing answered.
        """
        connection = _UnixConnection(self._path)
        try:
            connection.request(
                method, path, json.dumps(body) if body is not None else None, {"Content-Type": content_type}
            )
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"the API server does not answer: {error}") from None
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"message": text.strip()}
        return response.status, answer


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@contextmanager
def behind(kubectl: Path, kubeconfig: Path | None = None, context: str | None = None) -> Iterator[Server]:
    """The API server of a kubeconfig (else kubectl's own choice) and a context.

    Raises:
        Unreachable: kubectl cannot use the kubeconfig, or the API server does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="validate-") as folder:
        path = Path(folder) / "api"
        command = [str(kubectl)]
        command += [f"--kubeconfig={kubeconfig}"] if kubeconfig else []
        command += [f"--context={context}"] if context else []
        process = subprocess.Popen(
            [*command, "proxy", f"--unix-socket={path}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            server = Server(path)
            _wait(process, path)
            status, answer = server.request("GET", "/version")
            if status != 200:
                raise Unreachable(f"the API server does not let us in: {answer.get('message', status)}")
            yield server
        finally:
            process.terminate()
            process.communicate()


def _wait(process: "subprocess.Popen[str]", path: Path) -> None:
    end = time.monotonic() + READY_WITHIN
    while not path.exists():
        if process.poll() is not None:
            said = (process.stderr.read() if process.stderr else "").strip()
            raise Unreachable(f"kubectl cannot reach the cluster: {said.removeprefix('error: ')}")
        if time.monotonic() > end:
            raise Unreachable(f"kubectl did not start within {READY_WITHIN:.0f} s")
        time.sleep(0.02)
