"""A real Kubernetes control plane on loopback: etcd and kube-apiserver, several side by side, gone when the parent is.

NB: there is no controller-manager: nothing collects garbage, ends a namespace's deletion or aggregates ClusterRoles. What the
API server itself does (validation, RBAC, CRDs, tokens, watches) is all real.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
import yaml

from scripts.control_plane import identity

READY_WITHIN = 120.0  # seconds; 3.5 on a quiet machine, but tests share two cores
TRIES = 50  # of a call that is answered 429, 0.2 s apart: ten seconds
ISSUER = "https://kubernetes.default.svc.cluster.local"


class PlaneError(Exception):
    """A part of the control plane did not come up; the message has the last lines of its log."""


class KubectlError(PlaneError):
    """kubectl refused; the message is what it said."""


class ControlPlane:
    """One etcd and one kube-apiserver in a folder of their own.

    ``tools`` maps "etcd", "kubectl" and ``api_server`` to binaries. Use ``running`` or ``start`` and ``stop``.
    """

    def __init__(self, folder: Path, tools: Mapping[str, Path], api_server: str = "kube-apiserver") -> None:
        self.folder = folder
        self.kubeconfig = folder / "admin.kubeconfig"
        self.ca_file = folder / "ca.crt"
        self.admin_token = secrets.token_hex(16)
        self.url = ""
        self._tools = tools
        self._api_server = api_server
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._port = self._peer = 0
        self.etcd = ""

    def start(self) -> None:
        """Start both and wait until the API server is ready.

        Raises:
            PlaneError: one of them ended or was not ready in time.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        identity.write(self.folder)
        tokens = self.folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self.admin_token},admin,admin,"system:masters"\n')
        client, self._peer, self._port = _free_ports(3)
        self.etcd = f"http://127.0.0.1:{client}"
        self.url = f"https://127.0.0.1:{self._port}"
        self._start_etcd()
        self.write_kubeconfig(self.kubeconfig, self.admin_token)
        self.start_api_server()

    def _start_etcd(self) -> None:
        self._spawn(
            "etcd",
            self._tools["etcd"],
            f"--data-dir={self.folder / 'etcd'}",
            "--unsafe-no-fsync",  # nothing here outlives the machine
            f"--listen-client-urls={self.etcd}",
            f"--advertise-client-urls={self.etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{self._peer}",
            "--log-level=warn",
        )

    def back_up(self, folder: Path) -> None:
        """Copy all that is stored, with both stopped meanwhile."""
        self.stop()
        shutil.copytree(self.folder / "etcd", folder)
        self._start_etcd()
        self.start_api_server()

    def restore(self, folder: Path) -> None:
        """Go back to a backup: whatever came after it never was."""
        self.stop()
        shutil.rmtree(self.folder / "etcd")
        shutil.copytree(folder, self.folder / "etcd")
        self._start_etcd()
        self.start_api_server()

    def start_api_server(self) -> None:
        """Start the API server on its port and data, and wait until it is ready."""
        keys = self.folder
        self._spawn(
            "kube-apiserver",
            self._tools[self._api_server],
            f"--etcd-servers={self.etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={keys}",
            f"--tls-cert-file={keys / 'server.crt'}",
            f"--tls-private-key-file={keys / 'server.key'}",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={keys / 'sa.key'}",
            f"--service-account-signing-key-file={keys / 'sa.key'}",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--authorization-mode=RBAC",
            f"--token-auth-file={keys / 'tokens.csv'}",
            "--disable-admission-plugins=ServiceAccount",
            "--endpoint-reconciler-type=none",
            "--advertise-address=127.0.0.1",
            "--profiling=false",
        )
        self._wait_until_ready()

    def stop_api_server(self) -> None:
        """End the API server; etcd and its data stay."""
        self._end("kube-apiserver")

    def pause_api_server(self) -> None:
        """Freeze the API server: it accepts connections and answers nothing."""
        process = self._processes["kube-apiserver"]
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)  # until the last of its threads stands still

    def resume_api_server(self) -> None:
        """Let a frozen API server go on."""
        self._processes["kube-apiserver"].send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End both."""
        for name in ("kube-apiserver", "etcd"):
            self._end(name)

    def kubectl(self, *arguments: str, input: str | None = None, check: bool = True) -> str:
        """Run kubectl as admin; its standard output, or with ``check`` off both outputs.

        Raises:
            KubectlError: it failed and ``check`` is on.
        """
        command = [str(self._tools["kubectl"]), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout if check else done.stdout + done.stderr

    def request(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> tuple[int, Any]:
        """One raw call as admin: status and decoded body. Much quicker than a kubectl process."""
        for _ in range(TRIES):
            answer = self._pool().request(
                method,
                f"{self.url}{path}",
                body=json.dumps(body).encode() if body is not None else None,
                headers={"Authorization": f"Bearer {self.admin_token}", "Content-Type": content_type},
                timeout=60.0,
            )
            if answer.status != 429:
                break
            time.sleep(0.2)  # a server that has just started asks everybody to come back
        text = answer.data.decode()
        return answer.status, json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text

    def wait_for_crds(self) -> None:
        """Wait until every CRD is served; ``kubectl wait`` gives up on one that has no conditions yet.

        Raises:
            PlaneError: one was not established in time.
        """
        end = time.monotonic() + READY_WITHIN
        while True:
            _, answer = self.request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
            waiting = [crd["metadata"]["name"] for crd in answer.get("items", ()) if not _is_established(crd)]
            if not waiting:
                return
            if time.monotonic() > end:
                raise PlaneError(f"{waiting[0]} was not established within {READY_WITHIN:.0f} s")
            time.sleep(0.1)

    def token_for(self, namespace: str, service_account: str, seconds: int = 7200) -> str:
        """A token of a service account, from the TokenRequest API."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{service_account}/token"
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": seconds},
        }
        status, answer = self.request("POST", path, body)
        if status != 201:
            raise PlaneError(f"no token for {namespace}/{service_account}: {answer}")
        return str(answer["status"]["token"])

    def write_kubeconfig(self, path: Path, token: str, namespace: str = "default") -> Path:
        """A kubeconfig with a token, readable by the owner alone."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "local", "cluster": {"server": self.url, "certificate-authority": str(self.ca_file)}}
            ],
            "users": [{"name": "user", "user": {"token": token}}],
            "contexts": [
                {"name": "local", "context": {"cluster": "local", "user": "user", "namespace": namespace}}
            ],
            "current-context": "local",
        }
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(config))
        return path

    def _pool(self) -> urllib3.PoolManager:
        if not hasattr(self, "_manager"):
            self._manager = urllib3.PoolManager(ca_certs=str(self.ca_file), maxsize=8, retries=False)
        return self._manager

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise PlaneError(f"{name} ended with {process.returncode}: {self._log(name)}")
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.1)
        raise PlaneError(
            f"kube-apiserver was not ready within {READY_WITHIN:.0f} s: {self._log('kube-apiserver')}"
        )

    def _spawn(self, name: str, binary: Path, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [*_dying_with_parent(), str(binary), *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _end(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            # an API server with open watches drains them for 10 s or more; nothing here is worth the wait
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _log(self, name: str) -> str:
        lines = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()
        return " | ".join(lines[-5:]) or "its log is empty"


@contextmanager
def running(
    tools: Mapping[str, Path], api_server: str = "kube-apiserver", folder: Path | None = None
) -> Iterator[ControlPlane]:
    """A control plane for the length of a block, in a folder that goes with it unless one is given."""
    with tempfile.TemporaryDirectory(prefix="control-plane-") as temporary:
        plane = ControlPlane(folder or Path(temporary), tools, api_server)
        try:
            plane.start()
            yield plane
        finally:
            plane.stop()


def _is_established(crd: Mapping[str, Any]) -> bool:
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on. All are held at once, so that they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(server.getsockname()[1]) for server in held]
    for server in held:
        server.close()
    return ports


def _dying_with_parent() -> list[str]:
    """What makes a child end when its parent is killed, where there is such a thing (Linux' util-linux).

    NB: it is the thread that started the child whose end counts; control planes are started by the main one.
    NB: not TERM: the API server waits for an etcd that got the same signal, and may never end.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
