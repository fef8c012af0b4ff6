"""The controller's own rooms, wired as controller/app.py wires them, but for threads, sockets and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from controller.cloud.calls import Calls
from controller.cloud.pacing import Pacing
from controller.cloud.session import Session
from controller.cloud.silence import Silence
from controller.cluster.api import Api
from controller.decide.default_tags import default_tags
from controller.decide.periods import Bounds
from controller.kinds.load import kinds
from controller.loop.habits import Habits
from controller.loop.history import History
from controller.loop.intake import Intake
from controller.loop.key import Key
from controller.loop.perform import Performer
from controller.loop.queue import Queue
from controller.loop.reconcile import Reconciler
from controller.loop.report import Reporter
from controller.loop.secrets import Secrets
from controller.loop.sweeps import Sweeps
from controller.loop.waiting import Directory
from controller.loop.worker import Workers
from simulator.clock import Clock

KINDS = kinds()
OWNER = "cluster"
RESYNC = 36000.0


@dataclass(frozen=True)
class Controller:
    """What of a controller is driven from outside."""

    queue: Queue[Key]
    intake: Intake
    workers: Workers
    sweeps: Sweeps


def assemble(
    *,
    door: Api,
    session: Session,
    clock: Clock,
    settling: float,
    jitter: Callable[[], float],
    passed: Callable[[str, str], None],
    bounds: Bounds,
    silence: Silence | None = None,
) -> Controller:
    """A new controller, which knows nothing yet and has no thread."""

    def now() -> datetime:
        return datetime.fromtimestamp(clock.now(), UTC)

    box: list[Intake] = []
    queue: Queue[Key] = Queue(clock.now)
    directory = Directory(KINDS, "us-east-1", lambda keys: box[0].wake(keys), bounds=bounds)  # noqa: PLW0108
    secrets, history = Secrets(door, b"of this process"), History()
    calls = Calls(session, _Silent(), lambda: True, Pacing(clock=clock.now), silence or Silence(clock.now))
    sweeps = Sweeps(calls, queue, jitter, clock=clock.now, wall=clock.now)
    reporter = Reporter(
        api=door,
        events=_Silent(),
        secrets=secrets,
        learn=directory.learn,
        bounds=bounds,
        terminal_after=1800.0,
        now=now,
    )
    performer = Performer(
        api=door,
        calls=calls,
        reporter=reporter,
        history=history,
        secrets=secrets,
        owner_id=OWNER,
        tags=default_tags({}, "1.0"),
        now=now,
    )
    reconciler = Reconciler(
        kinds=KINDS,
        api=door,
        calls=calls,
        directory=directory,
        performer=performer,
        reporter=reporter,
        history=history,
        secrets=secrets,
        habits=Habits(region="us-east-1", owner_id=OWNER, bounds=bounds, settling=settling),
        now=now,
        jitter=jitter,
        told=sweeps.told,
    )
    intake = Intake(queue, directory, reconciler.forget, sweeps, clock=clock.now, wall=clock.now)
    box.append(intake)
    return Controller(queue, intake, Workers(queue, reconciler, 0, passed, sweeps, clock=clock.now), sweeps)


class _Silent:
    """Nobody listens to Events and counts."""

    def tell(self, obj: Mapping[str, Any], **_: Any) -> None:
        pass

    def called(self, operation: str, outcome: str, seconds: float) -> None:
        pass
