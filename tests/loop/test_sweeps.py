"""One List tells of many: what it costs, whom it sends for, and that nobody is lost, whatever becomes of the pages."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from controller.cloud.calls import Calls
from controller.cloud.pacing import Pacing
from controller.cloud.session import Place
from controller.decide import sweeping
from controller.decide.periods import Course, Periods
from controller.decide.sweeping import Watched
from controller.kinds.load import kinds
from controller.loop.heard import WHILE as HEARD
from controller.loop.key import Key
from controller.loop.queue import Queue
from controller.loop.sweeps import WHILE, Sweeps
from controller.loop.work import Watch
from simulator import model
from tests.crash.cloud import Direct, Raw, sagemaker
from tests.simulator.inputs import Maker

JOB, ENDPOINT = kinds()["TrainingJob"], kinds()["Endpoint"]
FULL = 36000.0
PLACE = Place("us-east-1", "")
OWN = Periods()


class Silent:
    def called(self, operation: str, outcome: str, seconds: float) -> None:
        """Not counted: the simulator does."""


class Bed:
    """Jobs in a simulated SageMaker, watched; time stands still until it is moved."""

    def __init__(self, **settings: Any) -> None:
        self.sagemaker = sagemaker(check_references=False, durations={"*": 1e9}, **settings)
        self.clock = self.sagemaker.clock
        self.raw = Raw(self.sagemaker)
        self.maker = Maker(self.raw)  # type: ignore[arg-type]
        self.crossed: Callable[[str], str] = lambda _: ""
        pacing = Pacing(clock=self.clock.now)
        calls = Calls(Direct(self.sagemaker, self._cross), Silent(), lambda: True, pacing)
        self.queue: Queue[Key] = Queue(self.clock.now)
        self.sweeps = Sweeps(calls, self.queue, lambda: 0.5, self.clock.now, self.clock.now)
        self.arns: dict[Key, str] = {}

    def _cross(self, boundary: str) -> str:
        return self.crossed(boundary)

    def make(
        self, count: int, kind: str = "TrainingJob", *, watched: bool = True, state: str = ""
    ) -> list[Key]:
        """So many more, all alike."""
        request, known = self.maker.request(model.kinds()[kind], "x"), kinds()[kind]
        made = []
        for _ in range(count):
            name = f"n{len(self.arns)}"
            answer = self.raw.ok(known.verbs.create, {**request, str(known.own_name): name})
            key = Key(kind, "ns", name)
            self.arns[key] = answer[str(known.arn)]
            made.append(key)
            if watched:
                self.watch(key, state=state or str(known.first_state))
        return made

    def watch(
        self, key: Key, *, state: str, age: float = 0.0, full: float = FULL, periods: Periods = OWN
    ) -> None:
        """As a pass does that has nothing more to do."""
        kind = kinds()[key.kind]
        at = self.clock.now() - age
        assert kind.states is not None
        course = Course(at) if kind.states.of(state).value == "busy" else None
        one = Watched((self.arns[key].lower(),), (), state, at, periods, course)
        self.sweeps.watch(key, Watch(kind, PLACE, one, full))

    def run(self, seconds: float) -> list[Key]:
        """Let time pass; who is sent for. They are not watched any more."""
        end, sent = self.clock.now() + seconds, []
        while True:
            wait = self.sweeps.turn()
            while (key := self.queue.get(timeout=0.0)) is not None:
                self.queue.done(key)
                sent.append(key)
            if wait == 0.0:
                continue
            left = end - self.clock.now()
            if wait is None or left <= 0:
                return sent
            self.raw.advance(min(wait, left) + 0.001)

    def end(self, key: Key, state: str = "Completed") -> None:
        """SageMaker brings it to an end."""
        self.sagemaker.lifecycle.force(self.resource(key), state, None)

    def resource(self, key: Key) -> Any:
        return next(r for r in self.sagemaker.store.every() if r.arn == self.arns[key])

    @property
    def lists(self) -> int:
        return self.sagemaker.counts["ListTrainingJobs"] + self.sagemaker.counts["ListEndpoints"]


def test_what_is_at_work_costs_pages_and_not_looks() -> None:
    bed = Bed()
    bed.make(250)
    assert bed.run(600) == []
    # 3 pages each 15 s, a few more at the start, when jobs are young
    assert 600 / 15 * 3 <= bed.lists <= 600 / 15 * 3 * 1.5
    assert bed.sagemaker.counts["DescribeTrainingJob"] == 0


def test_who_moved_is_sent_for_and_nobody_else() -> None:
    bed = Bed()
    made = bed.make(150)
    bed.run(60)
    bed.end(made[7])
    assert bed.run(16) == [made[7]]


def test_a_lone_one_is_looked_at_and_not_listed() -> None:
    bed = Bed()
    (key,) = bed.make(1)
    assert bed.run(2) == [key]
    assert bed.lists == 0


def test_what_is_not_shown_yet_is_looked_at_and_not_taken_for_gone() -> None:
    bed = Bed(list_delay=10.0)
    made = bed.make(5)
    assert sorted(bed.run(3)) == sorted(made)


def test_what_has_vanished_is_looked_at() -> None:
    bed = Bed()
    made = bed.make(5)
    bed.run(20)
    bed.sagemaker.store.remove(bed.resource(made[2]))
    assert bed.run(16) == [made[2]]


def test_what_comes_and_goes_between_two_pages_loses_nobody() -> None:
    bed = Bed()
    made = bed.make(250)
    bed.run(20)
    pages = 0

    def between(boundary: str) -> str:
        nonlocal pages
        if boundary == "before ListTrainingJobs":
            pages += 1
            if pages % 3 == 2:  # the list has moved on below the hand that turns its pages
                bed.make(30, watched=False)
                bed.sagemaker.store.remove(bed.resource(made.pop()))
        return ""

    gone = set(made)
    bed.crossed = between
    sent = bed.run(60)
    bed.crossed = lambda _: ""
    gone -= set(made)
    assert gone <= set(sent)
    assert bed.run(40) == [] or set(bed.arns) >= set(sent)
    watched_or_sent = len(bed.sweeps) + len(set(sent))
    assert watched_or_sent >= 250


def test_another_word_in_the_summary_is_news_once() -> None:
    bed = Bed()
    made = bed.make(3)
    bed.run(20)
    bed.resource(made[0]).observed["SecondaryStatus"] = "Training"
    bed.resource(made[0]).shown = None
    assert bed.run(16) == [made[0]]
    bed.watch(made[0], state="InProgress")  # the pass changed nothing that List shows
    assert bed.run(40) == []


def test_the_list_begins_with_the_oldest_that_is_watched() -> None:
    bed = Bed()
    bed.make(500, watched=False)
    bed.raw.advance(3600)
    bed.make(150)
    bed.run(120)  # they are young: looked at more often
    before = bed.lists
    bed.run(150)
    assert bed.lists - before <= (150 / 15 + 1) * 2  # of 7 pages 2


def test_a_sweep_that_costs_more_than_it_saves_is_given_up() -> None:
    """An account full of others' endpoints: as many pages as looks, then each is looked at, for a while."""
    bed = Bed()
    made = bed.make(3, "Endpoint", state="Creating")
    bed.make(900, "Endpoint", watched=False)  # List begins with the newest
    sent = bed.run(5)
    assert sorted(set(sent)) == sorted(made)
    assert bed.lists <= 3
    for key in made:
        bed.watch(key, state="Creating")
    before = bed.lists
    bed.run(20)
    assert bed.lists == before


def test_a_list_that_is_refused_is_not_asked_again_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    bed = Bed()
    made = bed.make(4)
    denied = {
        "effect": "error",
        "operation": "ListTrainingJobs",
        "code": "AccessDeniedException",
        "text": "no",
    }
    bed.sagemaker.faults.replace([denied])
    with caplog.at_level(logging.WARNING):
        assert sorted(bed.run(3)) == sorted(made)
        for _ in range(5):
            for key in made:
                bed.watch(key, state="InProgress")
            assert sorted(bed.run(3)) == sorted(made)
    assert bed.lists == 1
    assert len([r for r in caplog.records if "ListTrainingJobs is refused" in r.getMessage()]) == 1
    bed.sagemaker.faults.clear()
    bed.raw.advance(WHILE)
    for key in made:
        bed.watch(key, state="InProgress", age=WHILE + 60)
    assert bed.run(30) == []
    assert bed.lists > 1


def test_a_list_that_is_throttled_comes_later_and_nobody_is_looked_at_instead() -> None:
    bed = Bed()
    bed.make(50)
    bed.run(20)
    bed.sagemaker.faults.replace([{"effect": "throttle", "operation": "List*", "times": 3}])
    before = bed.lists
    assert bed.run(60) == []
    assert bed.lists - before >= 4


def test_a_sweep_goes_on_where_it_was_throttled() -> None:
    """Two calls a second, and ten pages: a sweep that began anew each time would never end."""
    bed = Bed(rates={"ListTrainingJobs": 2.0})
    made = bed.make(1000)
    bed.run(60)
    bed.end(made[-1])
    bed.end(made[0])
    assert sorted(bed.run(30)) == sorted([made[0], made[-1]])


def test_a_whole_pass_is_made_in_its_time() -> None:
    bed = Bed()
    made = bed.make(3, "Endpoint", watched=False)
    for key in made:
        bed.end(key, "InService")
        bed.watch(key, state="InService", full=100.0 if key == made[0] else FULL)
    assert bed.run(200) == [made[0]]


def test_what_lives_is_heard_of_once_a_minute() -> None:
    bed = Bed()
    for key in bed.make(250, "Endpoint", watched=False):
        bed.end(key, "InService")
        bed.watch(key, state="InService")
    assert bed.run(600) == []
    assert 3 * 9 <= bed.lists <= 3 * 11


def test_what_is_left_is_not_heard_of() -> None:
    bed = Bed()
    made = bed.make(5)
    for key in made[:3]:
        bed.sweeps.forget(key)
    bed.run(10)
    for key in made:
        bed.end(key)
    assert sorted(bed.run(20)) == sorted(made[3:])
    assert len(bed.sweeps) == 0


def test_what_was_heard_is_not_remembered_for_as_long_as_an_object_lives() -> None:
    """One that failed gets passes of its own until it is gone."""
    bed = Bed()
    made = bed.make(3)
    bed.run(20)
    assert len(bed.sweeps._heard) == 3
    bed.sweeps.leave(made[0])
    bed.raw.advance(HEARD + 1)
    bed.sweeps.leave(made[1])
    assert len(bed.sweeps._heard) == 2


@pytest.mark.parametrize("pages", [1, 3, 10, 20, 100])
def test_never_over_half_a_minute_while_busy(pages: int) -> None:
    assert sweeping.SHORTEST <= sweeping.period(pages) <= 30.0


def test_the_time_that_pages_take_is_not_added_to_the_period() -> None:
    """SageMaker takes two pages a second."""
    bed = Bed()
    bed.make(1000)
    bed.run(60)

    def half_a_second(boundary: str) -> str:
        if boundary == "before ListTrainingJobs":
            bed.clock.advance(0.5)
        return ""

    bed.crossed = half_a_second
    before = bed.lists
    bed.run(600)
    assert 600 / 15 * 10 * 0.9 <= bed.lists - before <= 600 / 15 * 10 * 1.1
