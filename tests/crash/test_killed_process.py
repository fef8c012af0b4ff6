"""A real controller process, killed over and over at requests that dice choose, while people create, edit, tag and delete.

CRASH_SEED=<number> rolls the dice of an earlier run again; what the threads of a process do between two requests is not up
to the dice. The boundaries of each kind one by one are in test_boundaries.py.
"""

import os
import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from simulator import model
from tests.crash.lives import LINGERING
from tests.crash.passage import Answered, Asked, CutOff, Passage
from tests.crash.processes import Processes
from tests.loop.test_intent import spec_of
from tests.loop.world import is_ready, wait_until

KINDS = kinds()
KILLS = 30
# Requests that change something between a start and the kill: at most as many as a whole stage of one object makes.
FURTHEST = 7
PATIENCE = 200.0  # seconds a stage may take: all kills may fall into one, at two seconds a start
HELLO = "GET /api/v1/namespaces/kube-system"  # what a controller asks first
TEAM = [{"key": "team", "value": "a"}]
RETAGGED = [{"key": "team", "value": "b"}, {"key": "more", "value": ""}]
# One of each shape, and what is edited of it: found by name, by List and tag, by token; with states and without; runs.
EDITS: dict[str, dict[str, Any]] = {
    "Model": {},
    "Experiment": {"description": "other"},
    "Endpoint": {"endpointConfigName": "other"},
    "NotebookInstance": {"instanceType": "ml.t3.large"},
    "Domain": {"appSecurityGroupManagement": "Service"},
    "Artifact": {"properties": {"x": "x"}},
    "ComputeQuota": {"activationState": "Enabled"},
    "PartnerApp": {"tier": "a2"},
    "ImageVersion": {"jobType": "TRAINING"},
    "TrainingJob": {},
    "PipelineExecution": {},
    "ModelCardExportJob": {},
}


class Perilous(Processes):
    """Every so many changing requests the controller is killed, and another one started."""

    def __init__(self, plane: ControlPlane, folder: Path, seed: int) -> None:
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._left = 0
        self.kills: list[str] = []
        self.name = ""  # of all objects of the life that is led
        super().__init__(plane, folder)
        self._api = Passage(plane.url, self._meet, plane.ca_file)
        self._sagemaker = Passage(self.simulator.url, self._meet)
        self.ways += [self._api, self._sagemaker]
        self._another()

    def stop(self) -> None:
        """End the last one."""
        with self._lock:
            self._left = self._next = 0
        super().stop()

    def _another(self) -> None:
        self._left, self._next = 0, self._dice.randint(1, FURTHEST) if len(self.kills) < KILLS else 0
        self._after = self._dice.random() < 0.5
        self.begin(
            f"--kinds={','.join(EDITS)}",
            "--enable-leader-election=false",
            api=self._api.url,
            sagemaker=self._sagemaker.url,
        )

    def _meet(self, asked: Asked) -> Answered | None:
        with self._lock:
            if asked.what == HELLO:  # NB: until then what comes in may still be of the one before
                self._left = self._next
            if not asked.changes or self._left == 0:
                return None
            self._left -= 1
            if self._left:
                return None
            if not self._after:
                self._kill(f"before {asked.what}")
        return lambda: self._kill_locked(f"after {asked.what}")

    def _kill_locked(self, where: str) -> None:
        with self._lock:
            self._kill(where)

    def _kill(self, where: str) -> None:
        self.kills.append(where)
        self.processes[-1].process.kill()
        self.processes[-1].process.wait()
        for way in (self._api, self._sagemaker):
            way.break_off()
        self._another()
        raise CutOff

    def story(self) -> str:
        """What happened, for a failing test."""
        return "\n".join([*self.kills, *self.processes[-1].lines[-20:]])

    def all_objects(self) -> Mapping[str, dict[str, Any] | None]:
        """The objects, by kind."""
        return {kind: self.get(kind, self.name) for kind in EDITS}

    def until_settled(self, what: str) -> None:
        """Wait until everybody who reads the objects takes them for done."""
        waiting = set(EDITS)

        def settled() -> bool:
            for kind in tuple(waiting):
                if is_ready(self.get(kind, self.name) or {"metadata": {"generation": 0}}):
                    waiting.discard(kind)
            return not waiting

        wait_until(
            settled,
            lambda: f"{what}: {[self.get(k, self.name) for k in waiting]}\n{self.story()}"[:8000],
            PATIENCE,
            pause=0.3,
        )


@pytest.fixture
def perilous(crds: ControlPlane, tmp_path: Path) -> Iterator[Perilous]:
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CRASH_SEED={seed}")
    there = Perilous(crds, tmp_path, seed)
    yield there
    there.close()


def lead(there: Perilous, specs: Mapping[str, Any], name: str) -> None:
    """One whole life of an object of each kind."""
    there.name = name
    known = {r["arn"] for r in there.control.resources()}
    there.control.forget_calls()
    for kind, spec in specs.items():
        tags = {"tags": TEAM} if KINDS[kind].tags and KINDS[kind].taggable else {}
        there.apply(kind, name, {**spec, **tags})
    there.until_settled("created")
    one_each(there, known)
    for kind, edit in EDITS.items():
        there.patch(kind, name, {"spec": edit})
    there.until_settled("edited")
    for kind in EDITS:
        if KINDS[kind].tags and KINDS[kind].taggable:
            there.patch(kind, name, {"spec": {"tags": RETAGGED}})
    there.until_settled("tagged")
    one_each(there, known)
    as_declared(there, known)
    for kind in EDITS:
        there.delete(kind, name)
    wait_until(
        lambda: not any(there.all_objects().values()),
        lambda: f"{there.all_objects()}\n{there.story()}"[:8000],
        PATIENCE,
        pause=0.3,
    )
    for resource in there.control.resources():
        if resource["arn"] not in known and KINDS[resource["kind"]].end_with in {"delete", "stop-delete"}:
            assert resource["status"] in LINGERING, f"{resource}\n{there.story()}"


def one_each(there: Perilous, known: set[str]) -> None:
    """Each object has one resource, and Create never made another."""
    made = [r["kind"] for r in there.control.resources() if r["arn"] not in known]
    assert sorted(made) == sorted(EDITS), there.story()
    calls = there.control.calls()
    for kind in EDITS:
        had_effect = [c for c in calls if c["operation"] == KINDS[kind].verbs.create and c["status"] == 200]
        tokens = {c["token"] or str(number) for number, c in enumerate(had_effect)}
        assert len(tokens) == 1, f"{kind}: {had_effect}\n{there.story()}"


def as_declared(there: Perilous, known: set[str]) -> None:
    """Nothing of what was asked for is missing."""
    wished = {tag["key"]: tag["value"] for tag in RETAGGED}
    for resource in there.control.resources():
        kind = KINDS[resource["kind"]]
        if resource["arn"] not in known and kind.tags and kind.taggable:
            theirs = {k: v for k, v in resource["tags"].items() if not k.startswith("services.k8s.aws/")}
            assert theirs == wished, f"{resource}\n{there.story()}"
    assert there.control.resource("Endpoint", there.name)["described"]["EndpointConfigName"] == "other"
    notebook = there.control.resource("NotebookInstance", there.name)
    assert notebook["described"]["InstanceType"] == "ml.t3.large" and notebook["status"] == "InService"
    obj = there.get("NotebookInstance", there.name) or {}
    assert "stoppedByControllerMetadata" not in obj["status"], there.story()


@pytest.mark.slow
@pytest.mark.timeout(600)  # 45 s on two quiet cores; a start takes five times as long where others work too
def test_thirty_kills_leave_nothing_behind_and_make_nothing_twice(perilous: Perilous) -> None:
    there = perilous
    specs = {kind: spec_of(there, kind, "placeholder") for kind in EDITS}
    there.maker.create(model.kinds()["EndpointConfig"], "other")
    there.control.advance(1000)
    lives = 0
    while len(there.kills) < KILLS:
        lives += 1
        lead(there, specs, f"life{lives}")
    assert len(there.kills) == KILLS
    assert there.processes[-1].process.poll() is None, there.story()
