"""A controller at work speaks to the API server over the connections that its threads have opened once."""

from collections.abc import Callable

from scripts.control_plane.plane import ControlPlane
from tests.cluster.wire import Wire
from tests.loop.test_little_talk import JOB, until_it_is
from tests.loop.world import World

KINDS = ("TrainingJob", "Model")
WORKERS = 4
JOBS = 24
# A watch and a list of each kind, the workers, whoever writes Events, and the thread that starts it all.
CALLERS = 2 * len(KINDS) + WORKERS + 2


def test_no_call_opens_a_connection_of_its_own(world: Callable[..., World], crds: ControlPlane) -> None:
    """NB: one whose answer is not read to its end would, and writes are told most easily not to be read: TLS for each takes
    twelve times the CPU."""
    wire = Wire(crds.url)
    try:
        made = world(server=wire.url, kinds=KINDS, workers=WORKERS)
        for number in range(JOBS):
            made.apply("TrainingJob", f"j{number}", JOB)
        for number in range(JOBS):
            until_it_is(made, f"j{number}", "Completed")
        made.rest()
        # of each job: read, held, two times its status, its ARN noted, an Event
        assert sum(made.passes().values()) >= JOBS
        assert 1 < wire.accepted <= CALLERS, f"{wire.accepted} connections for more than {5 * JOBS} calls"
        made.stop()
    finally:
        wire.close()
