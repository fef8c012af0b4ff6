"""Two real controllers and one lease: whoever has lost it changes nothing any more, whatever it had in hand when it did.

A lease lasts 15 s, so that each story takes 20; they are told side by side.
"""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from controller.cloud.session import LONGEST_CALL
from controller.cluster.lease import Terms
from scripts.control_plane.plane import ControlPlane
from tests.app.test_process import Process
from tests.cluster.wire import Wire
from tests.crash.passage import Passage
from tests.crash.processes import Gate, Processes
from tests.loop.test_intent import spec_of
from tests.loop.world import is_ready, wait_until

FIRST, SECOND = "FIRST", "SECOND"
CARED_FOR = "--kinds=Domain,Experiment,Model"
PATIENCE = 120.0  # seconds
# Seconds after the last renewal there can have been: no call may begin any more, because it might outlive the lease. The
# look that is held until then has 10 s.
TOO_LATE = Terms().duration - LONGEST_CALL + 0.5


class Pair(Processes):
    """Two controllers, of which the first leads. ``gate`` is on the first one's way to SageMaker."""

    first: Process
    second: Process

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        super().__init__(plane, folder)
        self.gate = Gate()
        self._sagemaker = Passage(self.simulator.url, self.gate.meet)
        self.ways.append(self._sagemaker)
        self.domain = spec_of(self, "Domain", "placeholder")
        self.model = spec_of(self, "Model", "placeholder")

    def meet_each_other(self, api: str) -> None:
        """Start both; the first has settled an experiment and a model."""
        self.first = self.begin(CARED_FOR, api=api, sagemaker=self._sagemaker.url, key=FIRST)
        self.first.until_it_says("caring for")
        self.second = self.begin(CARED_FOR, key=SECOND)
        self.apply("Experiment", "edited", {"description": "before"})
        self.apply("Model", "doomed", self.model)
        self.until("Experiment", "edited", is_ready)
        self.until("Model", "doomed", is_ready)
        self.second.until_it_says("waiting for the lease")

    def until_held(self, *what: str) -> None:
        """Wait until the first one's requests stand before the gate."""
        wait_until(lambda: set(self.gate.held) == set(what), lambda: f"held are {self.gate.held}")

    def until_the_second_has_done_it(self) -> None:
        """Wait until the other has taken over and what the first had in hand is done."""
        wait_until(lambda: self.second.says("caring for"), lambda: "".join(self.second.lines), PATIENCE)
        self.until("Experiment", "edited", lambda o: is_ready(o) and o["spec"]["description"] == "after")
        assert self.control.resource("Experiment", "edited")["described"]["Description"] == "after"
        self.until("Domain", "late", is_ready)

    def until_the_first_ends(self) -> None:
        """Wait until whoever lost ends by itself, and says so by its code."""
        wait_until(lambda: self.first.process.poll() is not None, lambda: "".join(self.first.lines))
        assert self.first.process.returncode == 1, "".join(self.first.lines)

    def nothing_was_made_twice(self, *names: str) -> None:
        """One resource each, and the other goes on."""
        for name in names:
            assert len(self.control.resources("Domain", name)) == 1
        created = [name for who in (FIRST, SECOND) for op, name in self.changing(who) if op == "CreateDomain"]
        assert sorted(created) == sorted(names)
        self.apply("Model", "next", self.model)
        self.until("Model", "next", is_ready)
        assert ("CreateModel", "next") in self.changing(SECOND)


def frozen(there: Pair) -> None:
    """It is frozen with all in hand at once: about to create, having created, about to update, about to delete."""
    way = Passage(there.plane.url, there.gate.meet, there.plane.ca_file)
    there.ways.append(way)
    there.meet_each_other(way.url)
    intent = f"PATCH {there.path('Domain', 'late')}"
    there.gate.hold("CreateDomain", answer=True)
    there.apply("Domain", "sent", there.domain)
    there.until_held("CreateDomain")
    for what in (intent, "DescribeExperiment", "DescribeModel"):
        there.gate.hold(what)
    there.apply("Domain", "late", there.domain)
    there.patch("Experiment", "edited", {"spec": {"description": "after"}})
    there.delete("Model", "doomed")
    there.until_held("CreateDomain", intent, "DescribeExperiment", "DescribeModel")
    there.first.process.send_signal(signal.SIGSTOP)
    os.waitpid(there.first.process.pid, os.WUNTRACED)  # frozen it is
    made = there.changing(FIRST)
    there.gate.open()
    there.until_the_second_has_done_it()
    there.until("Domain", "sent", is_ready)
    there.until_gone("Model", "doomed")
    there.first.process.send_signal(signal.SIGCONT)
    there.until_the_first_ends()
    assert there.changing(FIRST) == made, "".join(there.first.lines)
    there.nothing_was_made_twice("sent", "late")


def cut_off(fault: Callable[[Wire], None]) -> Callable[[Pair], None]:
    """It can reach SageMaker, and the API server no more; it is about to update and to delete."""

    def story(there: Pair) -> None:
        wire = Wire(there.plane.url)
        there.ways.append(wire)
        there.meet_each_other(wire.url)
        for what in ("DescribeExperiment", "DescribeModel"):
            there.gate.hold(what)
        there.patch("Experiment", "edited", {"spec": {"description": "after"}})
        there.delete("Model", "doomed")
        there.until_held("DescribeExperiment", "DescribeModel")
        fault(wire)
        made = there.changing(FIRST)
        there.apply("Domain", "late", there.domain)
        time.sleep(TOO_LATE)
        there.gate.open()
        there.until_the_second_has_done_it()
        there.until_gone("Model", "doomed")
        there.until_the_first_ends()
        assert there.changing(FIRST) == made, "".join(there.first.lines)
        there.nothing_was_made_twice("late")

    return story


STORIES = {"frozen": frozen, "refused": cut_off(Wire.refuse), "silent": cut_off(Wire.mute)}


@pytest.mark.slow
def test_whoever_has_lost_the_lease_changes_nothing_any_more(crds: ControlPlane, tmp_path: Path) -> None:
    def told(name: str) -> Exception | None:
        there = Pair(crds, tmp_path / name)
        try:
            STORIES[name](there)
        except Exception as error:
            error.add_note(name)
            return error
        finally:
            there.gate.open()
            there.close()
        return None

    with ThreadPoolExecutor(len(STORIES)) as side_by_side:
        errors = [error for error in side_by_side.map(told, STORIES) if error is not None]
    if errors:
        raise ExceptionGroup("not every story ended well", errors)
