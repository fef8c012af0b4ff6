"""Starts what wiring.py has put together, thread by thread, and stops it in reverse. What each does is said in its own room."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping

from controller import __version__
from controller.cloud.session import LONGEST_CALL, Session
from controller.cluster.api import Api
from controller.cluster.errors import ApiError
from controller.cluster.events import Events
from controller.cluster.lease import Lease, NoLease
from controller.cluster.records import Ours
from controller.cluster.reflector import Reflector
from controller.decide.declared import ARN_ANNOTATION, acknowledgements
from controller.kinds.kind import GROUP, VERSION, Kind
from controller.loop.intake import Intake
from controller.loop.key import Key
from controller.loop.queue import Queue
from controller.loop.waiting import Facts
from controller.loop.work import ref_of
from controller.observe.health import Server
from controller.observe.metrics import Metrics
from controller.settings import Settings
from controller.wiring import Doors, wire

log = logging.getLogger("controller")

# Seconds between tries to reach the API server or AWS at the start.
START_RETRY = 5.0
# Seconds from SIGTERM to the end: workers get 7 to finish what is under way, Events 0.5, the lease's hand-over 2.
WORKERS_GRACE = 7.0
EVENTS_GRACE = 0.5
LEASE_GRACE = 2.0
# Seconds that the first lists may hold back the first pass, so that neighbours are known. A kind that cannot be listed
# (no CRD, no right) must not hold back the others for longer.
MIRRORS_GRACE = 5.0


class App:
    """One controller process. ``run`` returns the exit code once ``stop`` is called or the lease is lost."""

    def __init__(self, settings: Settings, kinds: Mapping[str, Kind], api: Api) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self._kinds = {n: k for n, k in kinds.items() if not settings.kinds or n in settings.kinds}
        self._api = api
        self._stopping = threading.Event()
        self._lost = False
        self._finished = True  # whether every worker has ended what it was at
        self._troubles: dict[str, str] = {"start": "starting"}
        self._queue: Queue[Key] = Queue(lane=lambda key: key.namespace)
        self._reflectors: list[Reflector[Facts]] = []
        self._session = Session(
            connections=settings.workers + 4,  # the workers, and whoever checks the identity
            user_agent=f"sagemaker-operators/{__version__}",
            identity_endpoint=settings.identity_endpoint,
        )
        self._lease = self._make_lease()
        self._events = Events(api, instance=_identity())
        self.servers = self._make_servers()

    def stop(self) -> None:
        """Finish what is under way and end; may be called from a signal handler."""
        self._stopping.set()

    def run(self) -> int:
        """Serve until told to stop. Returns 0 after ``stop``, 1 when the lease was lost."""
        for server in self.servers:
            server.start()
        try:
            owner_id = self._owner_id()
            if owner_id is None:
                return 0
            threading.Thread(target=self._check_identity, name="identity", daemon=True).start()
            self._lease.start()
            if not self._wait_for_lease():
                return 0
            return self._lead(owner_id)
        finally:
            # NB: a call that is still under way is covered by the lease until it runs out by itself
            self._lease.stop(LEASE_GRACE, hand_over=self._finished)
            for server in self.servers:
                server.stop()

    def _lead(self, owner_id: str) -> int:
        parts = wire(
            self.settings,
            self._kinds,
            Doors(self._api, self._session, self._events, self.metrics, self._may_call),
            self._queue,
            owner_id,
        )
        workers, self._sweeps, self._wakeups = parts.workers, parts.sweeps, parts.wakeups
        self.metrics.watch_queue(self._depth)
        self._say_what_is_missing()
        self._events.start()
        for reflector in self._make_reflectors(parts.intake):
            self._reflectors.append(reflector)
            reflector.start()
        self._wait_for_mirrors()
        workers.start()
        self._sweeps.start()
        if self._wakeups:
            self._wakeups.start()
        self._troubles.pop("start", None)
        log.info("caring for %d kinds in %s", len(self._kinds), ", ".join(self._scopes()) or "all namespaces")
        while not self._stopping.wait(0.5):
            pass
        log.info("finishing what is under way")
        for reflector in self._reflectors:
            reflector.stop(timeout=0.0)
        self._queue.close()
        self._sweeps.stop()
        if self._wakeups:
            self._wakeups.stop()
        self._finished = workers.join(WORKERS_GRACE)
        if not self._finished:
            log.warning(
                "a call did not end within %.0f s; the next controller will find out what became of it",
                WORKERS_GRACE,
            )
        self._events.stop(EVENTS_GRACE)
        return 1 if self._lost else 0

    def _wait_for_mirrors(self) -> None:
        end = time.monotonic() + MIRRORS_GRACE
        while time.monotonic() < end and not self._stopping.wait(0.05):
            if all(r.synced.is_set() or r.state == "missing" for r in self._reflectors):
                return

    def _make_reflectors(self, intake: Intake) -> list[Reflector[Facts]]:
        return [
            Reflector(
                self._api,
                ref_of(kind),
                namespace,
                on_change=intake.changed(kind),
                on_gone=intake.gone(kind),
                extract=intake.learn(kind),
                ours=Ours(kind.finalizer, acknowledgements(kind), ARN_ANNOTATION),
                label_selector=self.settings.watch_selectors,
                meter=self.metrics,
            )
            for kind in self._kinds.values()
            for namespace in self._namespaces()
        ]

    def _namespaces(self) -> list[str | None]:
        """The namespaces to watch; None is all of them."""
        return list(self.settings.watch_namespaces) or [None]

    def _scopes(self) -> list[str]:
        return list(self.settings.watch_namespaces)

    def _make_lease(self) -> Lease | NoLease:
        if not self.settings.leader_election:
            return NoLease()
        return Lease(self._api, self.settings.lease_namespace, identity=_identity(), on_lost=self._lose)

    def _make_servers(self) -> list[Server]:
        metrics = ("/metrics", lambda: (200, self.metrics.text()))
        health = {"/healthz": lambda: (200, b"ok\n"), "/readyz": self.ready}
        found = []
        if self.settings.healthz_addr:
            found.append(Server(self.settings.healthz_addr, health))
        if self.settings.metrics_addr:
            found.append(Server(self.settings.metrics_addr, dict([metrics])))
        return found

    def ready(self) -> tuple[int, bytes]:
        """What /readyz answers: 200, or 503 with a sentence for everything that is not well."""
        troubles = dict(self._troubles)
        waiting = [str(r.ref) for r in self._reflectors if not r.synced.is_set() and r.state != "missing"]
        if waiting:
            troubles["mirrors"] = f"{len(waiting)} kinds are not listed yet, {waiting[0]} among them"
        if not troubles:
            return 200, b"ok\n"
        return 503, "".join(f"{what}: {why}\n" for what, why in sorted(troubles.items())).encode()

    def _may_call(self) -> bool:
        return self._lease.holds_for(LONGEST_CALL)

    def _lose(self) -> None:
        log.error("the lease is lost: another controller goes on")
        self._lost = True
        self.metrics.leading(False)
        self._stopping.set()

    def _wait_for_lease(self) -> bool:
        if not self._lease.wait(START_RETRY):
            self._troubles.pop("start", None)  # a controller that stands by is ready to take over
            log.info("waiting for the lease, which another controller holds")
        while not self._lease.wait(0.2):
            if self._stopping.is_set():
                return False
        self._troubles["start"] = "starting"
        self.metrics.leading(True)
        return True

    def _owner_id(self) -> str | None:
        """Who owns what this installation creates; None if it was stopped before the API server answered."""
        if self.settings.owner_id:
            return self.settings.owner_id
        while not self._stopping.is_set():
            try:
                return self._uid("kube-system") or self._uid(self._scopes()[0] if self._scopes() else "")
            except ApiError as error:
                self._troubles["start"] = f"the API server: {error.message}"
                log.warning("the API server: %s; trying again in %.0f s", error.message, START_RETRY)
            self._stopping.wait(START_RETRY)
        return None

    def _uid(self, namespace: str) -> str | None:
        try:
            found = self._api.get_namespace(namespace) if namespace else None
        except ApiError as error:
            if error.status == 403 and namespace == "kube-system" and self._scopes():
                return None  # a namespaced installation may not read it; its own namespace identifies it too
            raise
        return str(found["metadata"]["uid"]) if found else None

    def _check_identity(self) -> None:
        """Say at the start, and until it is well, whether AWS can be reached and as whom."""
        said = ""
        while not self._stopping.is_set():
            why = self._session.trouble(self.settings.region)
            if why is None:
                self._troubles.pop("aws", None)
                return
            self._troubles["aws"] = why
            if why != said:
                log.warning("AWS cannot be used yet: %s", why)
                said = why
            self._stopping.wait(START_RETRY)

    def _say_what_is_missing(self) -> None:
        try:
            served = self._api.served(GROUP, VERSION)
        except ApiError as error:
            log.warning("which CRDs are there is not known: %s", error.message)
            return
        missing = [kind.name for kind in self._kinds.values() if kind.plural not in served]
        if missing:
            log.warning(
                "no CRD of %s: apply charts/sagemaker-operators-crds; they are looked for on",
                ", ".join(missing),
            )

    def _depth(self) -> tuple[int, int, int]:
        depth = self._queue.depth()
        return depth.ready, depth.waiting, depth.working


def _identity() -> str:
    """Who this process is, for the lease and for Events: the pod's name, and what tells a restart apart."""
    return f"{os.environ.get('POD_NAME') or socket.gethostname()}_{uuid.uuid4().hex[:8]}"
