"""Which room is given what of another, for one controller. Nothing runs yet."""

import math
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from controller import __version__
from controller.cloud.calls import Calls
from controller.cloud.pacing import Pacing
from controller.cloud.session import Session
from controller.cloud.wakeups import Mailbox
from controller.cluster.api import Api
from controller.cluster.events import Events
from controller.decide.default_tags import default_tags
from controller.flag_values import region_of_queue
from controller.kinds.kind import Kind
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
from controller.loop.wakeups import Wakeups
from controller.loop.worker import Workers
from controller.observe.metrics import Metrics
from controller.settings import Settings


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways out of the process. ``may_call``: whether a call that changes something may still be made."""

    api: Api
    session: Session
    events: Events
    metrics: Metrics
    may_call: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is fed, started and stopped."""

    intake: Intake
    workers: Workers
    sweeps: Sweeps
    wakeups: Wakeups | None


def wire(
    settings: Settings, kinds: Mapping[str, Kind], doors: Doors, queue: Queue[Key], owner_id: str
) -> Parts:
    """Every room of one controller."""
    box: list[Intake] = []
    directory = Directory(
        kinds,
        settings.region,
        lambda keys: box[0].wake(keys),  # noqa: PLW0108
        events=bool(settings.events_queue_urls),
        bounds=settings.bounds,
    )
    pacing = Pacing(settings.calls_per_second or math.inf)
    doors.metrics.watch_rates(pacing.rates)
    calls = Calls(doors.session, doors.metrics, doors.may_call, pacing)
    sweeps = Sweeps(calls, queue, random.random)
    reconciler = _reconciler(settings, kinds, doors, calls, directory, sweeps, owner_id)
    wakeups = _wakeups(settings, kinds, doors, directory, queue, sweeps)
    workers = Workers(queue, reconciler, settings.workers, doors.metrics.passed, sweeps, wakeups=wakeups)

    def forget(key: Key) -> None:
        reconciler.forget(key)
        workers.forget(key)
        if wakeups:
            wakeups.forget(key)

    intake = Intake(queue, directory, forget, sweeps, endpoint=settings.endpoint)
    box.append(intake)
    doors.metrics.watch_resources(directory.states)
    return Parts(intake, workers, sweeps, wakeups)


def _reconciler(
    settings: Settings,
    kinds: Mapping[str, Kind],
    doors: Doors,
    calls: Calls,
    directory: Directory,
    sweeps: Sweeps,
    owner_id: str,
) -> Reconciler:
    secrets, history = Secrets(doors.api, os.urandom(32)), History()
    reporter = Reporter(
        api=doors.api,
        events=doors.events,
        learn=directory.learn,
        secrets=secrets,
        bounds=settings.bounds,
        terminal_after=settings.terminal_after,
        now=_now,
    )
    performer = Performer(
        api=doors.api,
        calls=calls,
        reporter=reporter,
        history=history,
        secrets=secrets,
        owner_id=owner_id,
        tags=default_tags(settings.resource_tags, __version__),
        now=_now,
    )
    return Reconciler(
        kinds=kinds,
        api=doors.api,
        calls=calls,
        directory=directory,
        performer=performer,
        reporter=reporter,
        history=history,
        secrets=secrets,
        habits=_habits(settings, owner_id),
        now=_now,
        jitter=random.random,
        told=sweeps.told,
    )


def _habits(settings: Settings, owner_id: str) -> Habits:
    return Habits(
        region=settings.region,
        owner_id=owner_id,
        endpoint=settings.endpoint,
        deletion_policy=settings.deletion_policy,
        bounds=settings.bounds,
        settling=settings.settling,
        terminal_after=settings.terminal_after,
        quiet=settings.second_writer_quiet,
    )


def _wakeups(
    settings: Settings,
    kinds: Mapping[str, Kind],
    doors: Doors,
    directory: Directory,
    queue: Queue[Key],
    sweeps: Sweeps,
) -> Wakeups | None:
    if not settings.events_queue_urls:
        return None
    session = doors.session
    made = Wakeups(
        [
            Mailbox(session, url, region_of_queue(url, settings.region), doors.metrics)
            for url in settings.events_queue_urls
        ],
        kinds,
        directory,
        queue,
        sweeps,
        doors.metrics,
        account=lambda: session.account,
        jitter=random.random,
    )
    sweeps.announced = made
    return made


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
