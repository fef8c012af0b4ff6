"""What a worker keeps of passes that were cut short."""

from controller.cluster.errors import ApiError
from controller.loop.key import Key
from controller.loop.queue import Queue
from controller.loop.work import Next, Watch
from controller.loop.worker import Workers

KEY = Key("Model", "team", "m")


class Unanswered:
    """A pass that the API server cuts short."""

    def reconcile(self, key: Key) -> Next:
        raise ApiError(0, "Unreachable", "nobody answers")

    def forget(self, key: Key) -> None:
        """Nothing is remembered."""


class Nobody:
    def watch(self, key: Key, watch: Watch) -> None:
        """Nothing is heard of."""

    def leave(self, key: Key) -> None:
        """Nothing was."""

    def over(self, key: Key) -> None:
        """Nothing was."""

    def forget(self, key: Key) -> None:
        """Nothing is remembered."""


def pause(workers: Workers, queue: Queue[Key]) -> float:
    """Seconds until the next try, the clock standing still."""
    workers._one(KEY)
    return queue._places[KEY].due


def test_each_failure_waits_longer_and_another_object_of_the_name_starts_afresh() -> None:
    queue: Queue[Key] = Queue(lambda: 0.0)
    workers = Workers(queue, Unanswered(), 0, lambda kind, result: None, Nobody(), clock=lambda: 0.0)
    assert pause(workers, queue) == 1.0
    queue.forget(KEY)
    assert pause(workers, queue) == 2.0
    queue.forget(KEY)
    workers.forget(KEY)
    assert pause(workers, queue) == 1.0


def test_what_goes_during_its_pass_is_forgotten_again_before_another_pass_can_begin() -> None:
    queue: Queue[Key] = Queue(lambda: 0.0)
    told: list[tuple[str, bool]] = []

    class Passes:
        """During the first pass the object goes; during the second it goes, and another one of its name comes."""

        def reconcile(self, key: Key) -> Next:
            told.append(("pass", True))
            if len(told) == 1 or told[-2][0] == "forget":
                queue.forget(key)
            if len(told) > 1:
                queue.add(key)
            return Next.never()

        def forget(self, key: Key) -> None:
            told.append(("forget", key in queue._working))

    workers = Workers(queue, Passes(), 0, lambda kind, result: None, Nobody(), clock=lambda: 0.0)
    queue.add(KEY)
    assert queue.get(0) == KEY
    workers.serve(KEY)
    assert told == [("pass", True), ("forget", True)]
    assert queue.get(0) is None
    queue.add(KEY)
    assert queue.get(0) == KEY
    workers.serve(KEY)
    assert told == [("pass", True), ("forget", True), ("pass", True)]
    assert queue.get(0) == KEY, "the new object has a pass of its own"
