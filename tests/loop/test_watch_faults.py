"""A hundred edits are acted on, each once, whatever becomes of the way to the API server while they are made."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from controller.cluster.api import Timeouts
from scripts.control_plane.plane import ControlPlane
from tests.cluster.wire import Wire
from tests.loop.world import World, is_ready, wait_until

HUNDRED = [f"m{n:03}" for n in range(100)]
# Seconds. A silence of 70 s, as in production, would only make the test longer: bookmarks come once a minute.
TIMEOUTS = Timeouts(connect=2.0, read=5.0, silence=3.0)


@pytest.fixture
def wire(crds: ControlPlane) -> Iterator[Wire]:
    made = Wire(crds.url)
    yield made
    made.close()


def edit(there: World, names: list[str]) -> None:
    for name in names:
        there.patch("Model", name, {"spec": {"tags": [{"key": "team", "value": "a"}]}})


def lists(there: World) -> float:
    assert there.app is not None
    value = there.app.metrics.registry.get_sample_value("sagemaker_lists_total", {"resource": "models"})
    return value or 0.0


def broken(there: World, wire: Wire, fault: str) -> Callable[[], None]:
    """Break the way; answers how to mend it."""
    if fault == "mute":
        wire.mute()
        return wire.mend
    if fault == "refused":
        wire.refuse()
        return wire.mend
    if fault == "gone":
        wire.refuse()

        def mend() -> None:
            # what a watch stood at is long compacted: the API server answers 410
            for reflector in there.app._reflectors if there.app else ():
                reflector._version = "1"
            wire.mend()

        return mend
    there.plane.stop_api_server()
    there.plane.start_api_server()
    return lambda: None


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["mute", "refused", "gone", "restart"])
def test_a_hundred_edits_are_acted_on(
    crds: ControlPlane, wire: Wire, world: Callable[..., World], fault: str
) -> None:
    there = world(server=wire.url, timeouts=TIMEOUTS, kinds=("Model", "ModelPackageGroup"))
    for name in HUNDRED:
        there.apply("Model", name, {})
    for name in HUNDRED:
        there.until("Model", name, is_ready)
    listed = lists(there)
    there.control.forget_calls()
    edit(there, HUNDRED[:30])
    mend = broken(there, wire, fault)
    edit(there, HUNDRED[30:70])
    mend()
    edit(there, HUNDRED[70:])
    wait_until(
        lambda: there.control.counts().get("AddTags", 0) >= 100, lambda: f"{fault}: {there.control.counts()}"
    )
    for name in HUNDRED:
        there.until("Model", name, is_ready)
    tagged = Counter(call["name"] for call in there.control.calls("AddTags"))
    assert len(tagged) == 100 and set(tagged.values()) == {1}
    assert lists(there) - listed <= 2
    # and the other kind is cared for as before
    there.apply("ModelPackageGroup", "other", {})
    there.until("ModelPackageGroup", "other", is_ready)
