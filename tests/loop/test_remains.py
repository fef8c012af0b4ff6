"""A controller that has led every kind's whole life, and of whose objects none is left, remembers none of them."""

from controller.cluster.events import REMEMBERED
from controller.kinds.load import kinds
from tests.loop.lives import Lives

# What was set, not what was met: the namespace that this controller is for.
SET = {
    "App.settings.watch_namespaces[]",
    "App._reflectors[].namespace",
    "App._reflectors[]._stream._where",
}
# Events of one object and text are counted for ten minutes, as client-go counts them, and never for more than so many.
TOLD = {
    "App._events._series[][]": REMEMBERED,
    "App._events._series[].namespace": REMEMBERED,
}


def test_nothing_of_an_object_outlives_it(lives: Lives) -> None:
    remaining = {way: count for way, count in lives.remaining.items() if way not in SET}
    assert {way for way in remaining if remaining[way] > TOLD.get(way, 0)} == set(), remaining


def test_what_is_looked_into_is_all_that_there_is(lives: Lives) -> None:
    """Each object is found while it is there; else the test above would prove nothing."""
    assert lives.held["App._reflectors[]._records[][]"] == len(kinds())
    assert sum(count for way, count in lives.held.items() if way.endswith("._having[][][]")) > 50
    assert sum(count for way, count in lives.held.items() if way.endswith(".members[][]")) > 20
