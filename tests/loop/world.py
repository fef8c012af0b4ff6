"""A whole small world for one test: a namespace on a real API server, a simulated SageMaker, a controller over both."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from controller.app import App
from controller.cluster.api import Api, Timeouts
from controller.decide.periods import Bounds
from controller.kinds.kind import GROUP, VERSION
from controller.kinds.load import kinds
from controller.loop.queue import Depth
from controller.settings import Settings
from scripts.control_plane.plane import ControlPlane
from simulator.server import Simulator
from simulator.server import start as start_simulator
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

Object = dict[str, Any]
PATIENCE = 60.0  # seconds; nothing here takes two, but test machines are shared


class World:
    """Make it, use it, ``close`` it. ``settings`` go to the controller, ``simulation`` to the simulator.

    ``server`` is the way the controller takes to the API server, where it is not the straight one. ``beside`` is a world whose
    SageMaker and namespace's name this one shares: another cluster of the same account, or on the same plane another
    installation in the same cluster. ``resync`` is the drift period in seconds.
    """

    def __init__(
        self,
        plane: ControlPlane,
        *,
        simulation: Mapping[str, Any] | None = None,
        server: str = "",
        timeouts: Timeouts | None = None,
        beside: "World | None" = None,
        resync: float | None = None,
        **settings: Any,
    ) -> None:
        self.plane = plane
        self._server = server or plane.url
        self._timeouts = timeouts
        self.namespace: str = beside.namespace if beside else f"world-{uuid.uuid4().hex[:8]}"
        if beside is None or beside.plane is not plane:
            self._must("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}}, (201,))
        self._shares = beside is not None
        self.simulator: Simulator = (
            beside.simulator if beside else start_simulator(**{"speed": 50, **(simulation or {})})
        )
        self.control = self.simulator.control
        self.raw = Raw(self.simulator.url)  # SageMaker for somebody else
        self.maker = Maker(self.raw)  # NB: one for the whole world: it makes what requests refer to, once
        self._settings = {
            "watch_namespaces": (self.namespace,),
            "leader_election": False,
            "workers": 8,
            "settling": 2.0,
            **({"bounds": Bounds(resync=resync)} if resync is not None else {}),
            **settings,
        }
        self.app: App | None = None
        self.start()

    def start(self) -> None:
        """Start a controller, as after a restart."""
        settings = Settings(
            region="us-east-1",
            endpoint=self.simulator.url,
            identity_endpoint=self.simulator.url,
            metrics_addr="",
            healthz_addr="127.0.0.1:0",
            **self._settings,
        )
        api = Api.at(
            self._server,
            token=self.plane.admin_token,
            ca_file=str(self.plane.ca_file),
            timeouts=self._timeouts,
        )
        app = self.app = App(settings, kinds(), api)
        self._thread = threading.Thread(target=app.run, name="controller", daemon=True)
        self._thread.start()
        wait_until(lambda: app.ready()[0] == 200, lambda: app.ready()[1].decode())  # noqa: PLW0108

    def stop(self) -> None:
        """Stop the controller; cluster and cloud stay."""
        if self.app is not None:
            self.app.stop()
            self._thread.join(PATIENCE)
            self.app = None

    def close(self) -> None:
        """End everything."""
        self.stop()
        if not self._shares:
            self.simulator.stop()

    def path(self, kind: str, name: str = "") -> str:
        """The API server's path of a kind's objects here, or of one."""
        base = f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{kinds()[kind].plural}"
        return f"{base}/{name}" if name else base

    def apply(self, kind: str, name: str, spec: Mapping[str, Any] | None, **metadata: Any) -> Object:
        """Create an object."""
        body = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": kind,
            "metadata": {"name": name, **metadata},
            **({"spec": spec} if spec is not None else {}),
        }
        return self._must("POST", self.path(kind), body, (201,))

    def keep_secret(self, name: str, values: Mapping[str, str]) -> None:
        """Create a Secret."""
        body = {"metadata": {"name": name}, "stringData": dict(values)}
        self._must("POST", f"/api/v1/namespaces/{self.namespace}/secrets", body, (201,))

    def patch(self, kind: str, name: str, body: Mapping[str, Any], subresource: str = "") -> Object:
        """Merge-patch an object."""
        path = self.path(kind, name) + (f"/{subresource}" if subresource else "")
        return self._must("PATCH", path, body, (200,), "application/merge-patch+json")

    def get(self, kind: str, name: str) -> Object | None:
        """An object, or None."""
        status, answer = self.plane.request("GET", self.path(kind, name))
        return answer if status == 200 else None

    def delete(self, kind: str, name: str) -> None:
        """Ask for an object's deletion."""
        self._must("DELETE", self.path(kind, name), None, (200, 202))

    def until(self, kind: str, name: str, holds: Callable[[Object], bool]) -> Object:
        """The object once a condition holds of it."""
        box: list[Object] = []

        def probe() -> bool:
            obj = self.get(kind, name)
            box[:] = [obj] if obj else []
            return obj is not None and holds(obj)

        wait_until(
            probe,
            lambda: f"{kind} {name}: {json.dumps((box[0].get('status') if box else None), indent=1)[:3000]}",
        )
        return box[0]

    def until_gone(self, kind: str, name: str) -> None:
        """Wait until the object is gone."""
        wait_until(
            lambda: self.get(kind, name) is None,
            lambda: f"{kind} {name} stays: {json.dumps(self.get(kind, name))[:2000]}",
        )

    def events(self) -> list[Object]:
        """The Kubernetes Events of the namespace, oldest first."""
        path = f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events"
        found = self._must("GET", path, None, (200,))["items"]
        return sorted(found, key=lambda event: str(event["eventTime"]))

    def rest(self) -> None:
        """Wait until the controller has nothing to do now: nothing is due and nothing is worked on."""
        assert self.app is not None
        # NB: one look under one lock: read one after the other, a key on its way from one to the other is in neither
        depth = self.app._queue.depth
        wait_until(lambda: _is_idle(depth()), lambda: str(depth()))

    def passes(self) -> dict[str, float]:
        """How many passes the controller has made since its start, by kind."""
        assert self.app is not None
        found: dict[str, float] = {}
        for metric in self.app.metrics.registry.collect():
            for sample in metric.samples:
                if sample.name == "sagemaker_passes_total":
                    kind = sample.labels["kind"]
                    found[kind] = found.get(kind, 0) + sample.value
        return found

    def _must(
        self,
        method: str,
        path: str,
        body: Any,
        allowed: tuple[int, ...],
        content_type: str = "application/json",
    ) -> Object:
        status, answer = self.plane.request(method, path, body, content_type)
        assert status in allowed, (status, answer)
        return answer if isinstance(answer, dict) else {}


def _is_idle(depth: Depth) -> bool:
    return depth.ready == depth.working == 0


def wait_until(
    holds: Callable[[], bool], explain: Callable[[], str], patience: float = PATIENCE, *, pause: float = 0.05
) -> None:
    """Wait for a condition.

    Raises:
        AssertionError: it did not hold in time; the message says how things stood.
    """
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, explain()
        time.sleep(pause)


def condition(obj: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """One condition of an object; empty if it is absent."""
    return next((c for c in (obj.get("status") or {}).get("conditions") or () if c["type"] == name), {})


def has_arn(obj: Mapping[str, Any]) -> bool:
    """Whether its resource has been created."""
    return bool((obj.get("status") or {}).get("ackResourceMetadata"))


def is_ready(obj: Mapping[str, Any]) -> bool:
    """Whether it is Ready at its latest generation."""
    seen = (obj.get("status") or {}).get("observedGeneration") == obj["metadata"]["generation"]
    return seen and condition(obj, "Ready").get("status") == "True"


def has_failed(obj: Mapping[str, Any]) -> bool:
    """Whether it is Stalled."""
    return condition(obj, "Stalled").get("status") == "True"
