"""How a process ends: within ten seconds, whatever hangs, and with the lease only where nothing is in hand any more."""

import signal
import time
from collections.abc import Callable

from controller.app import EVENTS_GRACE, LEASE_GRACE, WORKERS_GRACE
from scripts.control_plane.plane import ControlPlane
from simulator.server import Simulator
from tests.app.test_process import JOBS, LEASE, Process, controller, job, simulator
from tests.loop.world import wait_until

__all__ = ["controller", "simulator"]  # fixtures
TEN = 10.0  # seconds, the and the incumbent's grace; what a loaded machine adds is its own


def ended(one: Process) -> float:
    """Seconds from SIGTERM to the end."""
    began = time.monotonic()
    one.process.send_signal(signal.SIGTERM)
    one.process.wait(60)
    return time.monotonic() - began


def test_the_graces_add_up_to_less_than_ten_seconds() -> None:
    assert WORKERS_GRACE + EVENTS_GRACE + LEASE_GRACE < TEN


def test_a_call_that_hangs_delays_nobody_and_keeps_the_lease(
    crds: ControlPlane, simulator: Simulator, controller: Callable[..., Process]
) -> None:
    one = controller()
    one.until_it_says("caring for 2 kinds")
    simulator.control.settings(latency=60.0)
    crds.request("POST", JOBS, job("hangs"))
    wait_until(
        lambda: "finalizers" in crds.request("GET", f"{JOBS}/hangs")[1]["metadata"], lambda: "not begun"
    )
    assert ended(one) < TEN + 2
    assert one.says("find out what became of it")
    assert crds.request("GET", LEASE)[1]["spec"]["holderIdentity"]


def test_an_api_server_that_hangs_delays_nobody(
    crds: ControlPlane, controller: Callable[..., Process]
) -> None:
    one = controller()
    one.until_it_says("caring for 2 kinds")
    crds.pause_api_server()
    try:
        assert ended(one) < TEN + 2
    finally:
        crds.resume_api_server()
