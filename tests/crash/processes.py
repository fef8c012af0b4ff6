"""A world whose controllers are processes of their own, on ways that a test watches and bars."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import yaml

from scripts.control_plane.plane import ControlPlane
from tests.app.test_process import Process
from tests.crash.passage import READS, Answered, Asked
from tests.loop.world import World


class Way(Protocol):
    """What is closed with the world."""

    def close(self) -> None:
        """End it."""


class Processes(World):
    """Controllers are started by ``begin``; they and all ``ways`` end with the world."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.processes: list[Process] = []
        self.ways: list[Way] = []
        self._numbers = itertools.count()
        super().__init__(plane)

    def start(self) -> None:
        """Nothing: a test says which controllers there are."""

    def stop(self) -> None:
        """End them all, frozen ones too."""
        for one in self.processes:
            one.process.kill()
            one.process.wait()
        for way in self.ways:
            way.close()

    def begin(self, *arguments: str, api: str = "", sagemaker: str = "", key: str = "simulated") -> Process:
        """Start a controller, which has its own ways to both, and the access key by which its calls are known."""
        config = self._kubeconfig(api or self.plane.url)
        one = Process(
            "--aws-region=us-east-1",
            f"--aws-endpoint-url={sagemaker or self.simulator.url}",
            f"--aws-identity-endpoint-url={self.simulator.url}",
            "--allow-unsafe-aws-endpoint-urls",
            f"--kubeconfig={config}",
            "--metrics-addr=",
            "--healthz-addr=",
            f"--watch-namespace={self.namespace}",
            "--settling-window-seconds=2",
            *arguments,
            AWS_ACCESS_KEY_ID=key,
            K8S_NAMESPACE=self.namespace,
        )
        self.processes.append(one)
        return one

    def changing(self, key: str) -> list[tuple[str, str]]:
        """The calls that somebody has made to change something: operation and name, oldest first."""
        return [
            (call["operation"], call["name"])
            for call in self.control.calls()
            if call["access_key"] == key and not call["operation"].startswith(READS)
        ]

    def _kubeconfig(self, server: str) -> Path:
        whole = yaml.safe_load(self.plane.kubeconfig.read_text())
        cluster: dict[str, Any] = whole["clusters"][0]["cluster"]
        cluster["server"] = server
        if server.startswith("http:"):
            del cluster["certificate-authority"]
        path = self.folder / f"kubeconfig-{next(self._numbers)}"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(whole))
        return path


class Gate:
    """Holds the first request of each kind that it is told of, until it is opened."""

    def __init__(self) -> None:
        self._awaited: dict[str, bool] = {}
        self.held: list[str] = []
        self._opened = threading.Event()

    def hold(self, what: str, *, answer: bool = False) -> None:
        """Hold a request, or the answer to it."""
        self._awaited[what] = answer

    def open(self) -> None:
        """Let go of all."""
        self._opened.set()

    def meet(self, asked: Asked) -> Answered | None:
        """As a passage asks."""
        answer = self._awaited.pop(asked.what, None)
        if answer is None:
            return None
        if answer:
            return self._wait(asked.what)
        self._wait(asked.what)()
        return None

    def _wait(self, what: str) -> Callable[[], None]:
        def wait() -> None:
            self.held.append(what)
            self._opened.wait(120)

        return wait
