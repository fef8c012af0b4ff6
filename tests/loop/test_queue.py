"""The queue hands every key out once at a time, in the right order, and forgets nothing."""

from __future__ import annotations

import random
import threading
import time
import tracemalloc
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from controller.loop.queue import Depth, Priority, Queue


class Clock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Queue[str]:
    return Queue(clock)


def drain(queue: Queue[str]) -> list[str]:
    """Every key that is due, in order, each of them finished."""
    keys = []
    while (key := queue.get(0)) is not None:
        keys.append(key)
        queue.done(key)
    return keys


def test_a_key_asked_for_thrice_is_handed_out_once(queue: Queue[str]) -> None:
    for _ in range(3):
        queue.add("a")
    assert len(queue) == 1
    assert drain(queue) == ["a"]


def test_one_teams_thousands_do_not_hold_up_anothers_one(clock: Clock) -> None:
    """Each namespace has its turn; within one it goes by the order of arrival."""
    queue: Queue[str] = Queue(clock, lane=lambda key: key[0])
    for number in range(1000):
        queue.add(f"a{number:04}")
    queue.add("b0000")
    queue.add("c0000")
    queue.add("c0001")
    order = drain(queue)
    assert order[:6] == ["a0000", "b0000", "c0000", "a0001", "c0001", "a0002"]
    assert [key for key in order if key[0] == "a"] == [f"a{number:04}" for number in range(1000)]


def test_whose_turn_it_is_does_not_outweigh_priority(clock: Clock) -> None:
    queue: Queue[str] = Queue(clock, lane=lambda key: key[0])
    queue.add("a1", Priority.LOOK)
    queue.add("b1", Priority.EDIT)
    queue.add("b2", Priority.EDIT)
    assert drain(queue) == ["b1", "b2", "a1"]


def test_edits_overtake_looks_starts_and_resyncs(queue: Queue[str]) -> None:
    queue.add("resync", Priority.RESYNC)
    queue.add("start", Priority.START)
    queue.add("look", Priority.LOOK)
    queue.add("edit", Priority.EDIT)
    assert drain(queue) == ["edit", "look", "start", "resync"]


def test_within_a_priority_the_longest_due_goes_first(queue: Queue[str], clock: Clock) -> None:
    queue.add("late", due=3.0)
    queue.add("early", due=1.0)
    queue.add("middle", due=2.0)
    clock.now = 5
    assert drain(queue) == ["early", "middle", "late"]


def test_an_edit_lifts_a_key_that_waits_as_a_resync(queue: Queue[str]) -> None:
    queue.add("start", Priority.START)
    queue.add("a", Priority.RESYNC, due=600.0)
    queue.add("a", Priority.EDIT)
    assert drain(queue) == ["a", "start"]
    assert queue.depth() == Depth(0, 0, 0)


def test_nothing_comes_before_its_time(queue: Queue[str], clock: Clock) -> None:
    queue.add("a", due=10.0)
    clock.now = 9.9
    assert queue.get(0) is None
    assert queue.depth() == Depth(ready=0, waiting=1, working=0)
    clock.now = 10
    assert queue.depth() == Depth(ready=1, waiting=0, working=0)
    assert queue.get(0) == "a"
    assert queue.depth() == Depth(ready=0, waiting=0, working=1)


def test_the_earlier_due_time_wins(queue: Queue[str], clock: Clock) -> None:
    queue.add("a", due=10.0)
    queue.add("a", due=5.0)
    queue.add("a", due=7.0)
    clock.now = 5
    assert drain(queue) == ["a"]
    clock.now = 100
    assert drain(queue) == [], "the later requests were the same request"


def test_a_key_added_during_its_pass_comes_back_after_it(queue: Queue[str], clock: Clock) -> None:
    queue.add("a")
    assert queue.get(0) == "a"
    queue.add("a", Priority.RESYNC, due=30.0)
    queue.add("a", Priority.EDIT)
    assert queue.get(0) is None, "it is being worked on"
    queue.done("a")
    assert queue.get(0) == "a"
    queue.done("a")
    clock.now = 60
    assert queue.get(0) is None, "the look at 30 s was answered by the pass before"


def test_a_key_forgotten_during_its_pass_does_not_come_back(queue: Queue[str]) -> None:
    queue.add("a")
    queue.get(0)
    queue.add("a")
    queue.forget("a")
    queue.done("a")
    queue.add("b")
    queue.forget("b")
    assert queue.get(0) is None
    assert queue.depth() == Depth(0, 0, 0)


def test_closing_wakes_every_getter() -> None:
    queue: Queue[str] = Queue()
    queue.add("far", due=time.monotonic() + 3600)
    answers: list[str | None] = []
    getters = [threading.Thread(target=lambda: answers.append(queue.get()), daemon=True) for _ in range(8)]
    for getter in getters:
        getter.start()
    queue.close()
    for getter in getters:
        getter.join(30)
    assert answers == [None] * 8
    queue.add("a")
    assert queue.get(0) is None


def test_a_getter_wakes_for_an_earlier_key_than_the_one_it_waits_for() -> None:
    queue: Queue[str] = Queue()
    queue.add("far", due=time.monotonic() + 3600)
    got: list[str | None] = []
    getter = threading.Thread(target=lambda: got.append(queue.get(60)), daemon=True)
    getter.start()
    queue.add("soon", due=time.monotonic() + 0.05)
    getter.join(30)
    assert got == ["soon"]


def test_sixteen_workers_lose_no_request_and_never_share_a_key() -> None:
    queue: Queue[int] = Queue()
    keys, requests = 50, 4000
    asked, seen = [0] * keys, [0] * keys
    at_work: Counter[int] = Counter()
    shared: list[int] = []
    guard = threading.Lock()

    def work() -> None:
        while (key := queue.get()) is not None:
            with guard:
                at_work[key] += 1
                if at_work[key] > 1:
                    shared.append(key)
                seen[key] = asked[key]
            time.sleep(0)
            with guard:
                at_work[key] -= 1
            queue.done(key)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(16)]
    for worker in workers:
        worker.start()
    rng = random.Random(7)
    for _ in range(requests):
        key = rng.randrange(keys)
        with guard:
            asked[key] += 1
        queue.add(key, rng.choice(list(Priority)), due=time.monotonic() + rng.choice((0, 0, 0.002)))
    end = time.monotonic() + 60
    while (seen != asked or queue.depth() != Depth(0, 0, 0)) and time.monotonic() < end:
        time.sleep(0.01)
    assert seen == asked
    assert shared == []
    queue.close()


def test_ten_thousand_keys_take_less_than_five_megabytes() -> None:
    keys = [("namespace", f"object-{n}") for n in range(10_000)]
    tracemalloc.start()
    queue: Queue[tuple[str, str]] = Queue(lambda: 0.0)
    for turn in range(4):
        for n, key in enumerate(keys):
            queue.add(key, Priority.RESYNC, due=1000.0 + n - turn)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(queue) == 10_000
    assert used < 5_000_000


class Model(RuleBasedStateMachine):
    """The queue against the slow obvious one: a dictionary that is searched every time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.queue: Queue[int] = Queue(self.clock)
        self.places: dict[int, tuple[float, int]] = {}
        self.working: dict[int, tuple[float, int] | None] = {}

    @rule(key=st.integers(0, 4), priority=st.sampled_from(Priority), delay=st.sampled_from([0, 1, 2, 5]))
    def add(self, key: int, priority: Priority, delay: int) -> None:
        due = self.clock.now + delay
        self.queue.add(key, priority, due=due)
        home = self.working if key in self.working else self.places
        old = home.get(key)
        home[key] = (due, priority) if old is None else (min(old[0], due), min(old[1], priority))

    @rule(seconds=st.integers(1, 3))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule()
    def get(self) -> None:
        due = [
            (priority, when, key) for key, (when, priority) in self.places.items() if when <= self.clock.now
        ]
        key = self.queue.get(0)
        if not due:
            assert key is None
            return
        assert key is not None
        assert (self.places[key][1], self.places[key][0]) == min(due)[:2]
        del self.places[key]
        self.working[key] = None

    @precondition(lambda self: self.working)
    @rule(data=st.data())
    def done(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.working)))
        self.queue.done(key)
        again = self.working.pop(key)
        if again is not None:
            self.places[key] = again

    @invariant()
    def counts_agree(self) -> None:
        ready = sum(1 for when, _ in self.places.values() if when <= self.clock.now)
        assert self.queue.depth() == Depth(ready, len(self.places) - ready, len(self.working))


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
