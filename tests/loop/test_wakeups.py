"""Events wake up whom they are about, and nothing that a queue may do to us loses a move or costs more than its share."""

import logging
from collections.abc import Callable

import pytest

from controller.cluster.errors import ApiError
from controller.kinds.load import kinds
from controller.loop.key import Key
from controller.loop.wakeups import DISTRUST, LATE, MOST, UNHEARD
from controller.loop.work import Next
from controller.loop.worker import Workers
from tests.loop.test_little_talk import JOB, about_sagemaker, until_it_is
from tests.loop.wakeup_scene import LEASED, Scene
from tests.loop.world import World, wait_until
from tests.queues import ACCOUNT, REGION, Queues, event


def test_an_event_sends_for_its_object_and_is_deleted_after_the_pass(queues: Queues) -> None:
    scene = Scene(queues)
    first, second = scene.make_known(2)
    scene.tell(second)
    assert scene.hear() == [second]
    assert scene.hear() == []
    assert queues.left(scene.url) == 1  # the pass is not over
    scene.pass_over(second, "Completed")
    assert scene.hear() == []
    assert queues.left(scene.url) == 0
    assert scene.meter["woken"] == 1
    assert scene.meter["DeleteMessageBatch ok"] == 1
    assert first


def test_what_a_pass_failed_at_is_not_deleted(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.tell(key)
    assert scene.hear() == [key]
    scene.pass_over(key, well=False)
    scene.hear()
    assert queues.left(scene.url) == 1


def test_duplicates_and_any_order_cost_one_look_and_two_calls_for_ten(queues: Queues) -> None:
    """Nothing is taken from what an event says, so that it does not matter which one comes last."""
    scene = Scene(queues)
    (key,) = scene.make_known()
    for state in ("Completed", "InProgress", "Completed", "Starting", "Completed") * 2:
        scene.tell(key, detail={"TrainingJobStatus": state})
    assert scene.hear() == [key]
    scene.pass_over(key, "Completed")
    scene.tell(key)  # one that is late: the run is over
    assert scene.hear() == []
    scene.hear()
    assert queues.left(scene.url) == 0
    assert (scene.meter["woken"], scene.meter["ended"]) == (10, 1)
    assert (scene.meter["ReceiveMessage ok"], scene.meter["DeleteMessageBatch ok"]) == (3, 2)
    assert scene.looks == 0


def test_an_event_that_comes_while_a_pass_is_made_is_worth_another(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.tell(key)
    assert scene.hear() == [key]
    messages = scene.wakeups.taken(key)
    scene.tell(key)
    assert scene.hear() == []  # a worker has it
    scene.wakeups.answered(messages)
    scene.queue.done(key)
    assert scene.due() == [key]
    scene.hear()
    assert queues.left(scene.url) == 1  # the second one, whose pass has begun only now


def test_a_new_resource_is_known_by_its_name_before_its_arn_is_on_record(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make(1, watched=False)
    scene.directory.learn(
        kinds()["TrainingJob"], {"metadata": {"name": key.name, "namespace": "ns"}, "spec": {}}
    )
    scene.tell(key, detail={"TrainingJobName": key.name})
    assert scene.hear() == [key]
    scene.tell(key, detail={"TrainingJobName": key.name}, region="eu-west-1", resources=[])
    assert scene.hear() == []
    assert scene.meter["foreign"] == 1


def test_poison_and_foreign_messages_are_deleted_and_counted(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make_known()
    for body in ("not json", "[" * 9999, {"detail": None}, event(scene.arns[key], source="somebody")):
        queues.put(scene.url, body)
    scene.tell(key, account="999999999999")
    scene.tell(key, **{"detail-type": "SageMaker Endpoint State Change"})  # of another kind than its ARN is
    queues.put(scene.url, event(f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/somebody-elses"))
    assert scene.hear() == []
    assert scene.hear() == []
    assert queues.left(scene.url) == 0
    assert (scene.meter["poison"], scene.meter["foreign"], scene.meter["woken"]) == (3, 4, 0)
    assert scene.meter["relied on"] == 0


def test_once_events_have_come_a_move_costs_nothing_for_ten_minutes(queues: Queues) -> None:
    scene = Scene(queues)
    made = scene.make_known(150)
    scene.rely_on_events(made[0])
    before = scene.looks
    assert scene.run(500) == []
    assert scene.looks == before
    scene.run(150)
    assert scene.looks == before + 2  # one sweep of two pages


def test_without_an_event_yet_sweeps_are_as_ever(queues: Queues) -> None:
    """A queue that is read well and silent says nothing of whether a rule feeds it."""
    scene = Scene(queues)
    scene.make_known(150)
    assert scene.hear() == []
    assert scene.run(60) == []
    assert scene.lists >= 4


def test_kinds_that_send_no_events_are_swept_as_ever(queues: Queues) -> None:
    scene = Scene(queues)
    scene.rely_on_events(scene.make_known()[0])
    assert not scene.wakeups.relied_on("InferenceComponent", REGION)
    assert not scene.wakeups.relied_on("TrainingJob", "eu-west-1")
    assert scene.wakeups.relied_on("TrainingJob", REGION)


def test_a_move_that_no_event_told_of_brings_the_sweeps_back_for_an_hour(
    queues: Queues, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scene = Scene(queues)
    (key, other) = scene.make_known(2)
    scene.rely_on_events(key)
    scene.end(key)
    sent = scene.run(700)
    assert key in sent
    scene.pass_over(key, "Completed")
    scene.hear()
    assert scene.meter["relied on"] == 1  # it may only be late
    scene.raw.advance(LATE + 1)
    scene.hear()
    assert scene.meter["relied on"] == 0
    assert "no event told of it: TrainingJob is swept as if there were none" in caplog.text
    scene.tell(other)
    assert scene.hear() == [other]  # wakes up all the same
    assert scene.meter["relied on"] == 0
    scene.raw.advance(DISTRUST)
    scene.tell(other)
    scene.hear()
    assert scene.meter["relied on"] == 1
    assert caplog.text.count("it is swept once in ten minutes") == 2


def test_an_event_that_is_only_late_is_forgiven(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.rely_on_events(key)
    scene.end(key)
    assert key in scene.run(700)
    scene.pass_over(key, "Completed")
    scene.tell(key)
    scene.hear()
    scene.raw.advance(LATE + 1)
    scene.hear()
    assert scene.meter["relied on"] == 1


def test_a_look_that_was_too_early_is_made_again_soon(queues: Queues) -> None:
    """SageMaker is eventually consistent: what it says right after an event may be what was before."""
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.rely_on_events(key)
    scene.tell(key)
    assert scene.hear() == [key]
    scene.pass_over(key)
    assert scene.run(LEASED) == [key]


def break_off(scene: Scene) -> Callable[[], None]:
    scene.queues.sqs.delete_queue(QueueUrl=scene.url)

    def make_again() -> None:
        scene.queues.make(scene.box.mailbox.name)

    return make_again


def deny(scene: Scene) -> Callable[[], None]:
    scene.queues.demand_rights(True)
    return lambda: scene.queues.demand_rights(False)


@pytest.mark.parametrize("breaks", [break_off, deny])
def test_a_queue_that_cannot_be_read_brings_the_sweeps_back_at_once_and_its_return_is_seen(
    queues: Queues, breaks: Callable[[Scene], Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.rely_on_events(key)
    scene.end(key)
    mend = breaks(scene)
    try:
        for _ in range(3):
            assert 0 < scene.wakeups.turn(scene.box) <= 60
    finally:
        mend()
    assert (scene.meter["heard"], scene.meter["relied on"]) == (0, 0)
    assert key in scene.run(LEASED)  # in the usual time
    assert scene.hear() == []
    assert (scene.meter["heard"], scene.meter["relied on"]) == (1, 1)
    assert caplog.text.count("cannot be read, so that sweeps do its work") == 1
    assert (
        sum(n for call, n in scene.meter.items() if call.startswith("ReceiveMessage ") and "ok" not in call)
        == 3
    )


def test_one_lost_answer_changes_nothing_and_a_minute_of_them_does(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.rely_on_events(key)
    scene.box.mailbox.url = "http://127.0.0.1:9/111122223333/events"
    scene.box.mailbox._client = None
    scene.wakeups.turn(scene.box)
    assert scene.meter["relied on"] == 1
    scene.raw.advance(UNHEARD + 1)
    scene.wakeups.turn(scene.box)
    assert (scene.meter["heard"], scene.meter["relied on"]) == (0, 0)


def test_what_was_to_be_told_of_an_object_that_is_gone_is_over(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.tell(key)
    assert scene.hear() == [key]
    scene.directory.forget(key)
    scene.wakeups.forget(key)
    scene.tell(key)
    assert scene.hear() == []
    scene.hear()
    assert queues.left(scene.url) == 0
    assert (scene.meter["woken"], scene.meter["foreign"]) == (1, 1)


def test_a_poll_that_is_answered_too_early_is_not_made_again_at_once(queues: Queues) -> None:
    scene = Scene(queues)
    scene.wakeups._poll = 1.0
    assert scene.wakeups.turn(scene.box) > 0  # its clock stands still


def test_no_more_is_taken_out_of_the_queue_than_is_worked_on(queues: Queues) -> None:
    scene = Scene(queues)
    (key,) = scene.make_known()
    scene.wakeups._waiting[key] = {str(n): (scene.box, "") for n in range(MOST)}
    scene.tell(key)
    assert scene.wakeups.turn(scene.box) > 0
    assert scene.meter["ReceiveMessage ok"] == 0


def test_the_end_of_a_job_is_shown_for_its_event_and_nobody_had_asked(
    world: Callable[..., World], queues: Queues
) -> None:
    url = queues.make()
    durations = {"TrainingJob.create": 100_000}
    made = world(
        simulation={"events_queue": url, "speed": 1, "durations": durations}, events_queue_urls=(url,)
    )
    made.apply("TrainingJob", "job", JOB)
    until_it_is(made, "job", "InProgress")
    app, key = made.app, Key("TrainingJob", made.namespace, "job")
    assert app is not None

    def is_left_alone() -> bool:
        group = app._sweeps._where.get(key)
        member = group.members.get(key) if group else None
        relied = app.metrics.registry.get_sample_value("sagemaker_kinds_swept_rarely") == 1
        # NB: it is relied on events before the first one has led to its pass
        woken = app.metrics.registry.get_sample_value("sagemaker_event_messages_total", {"outcome": "woken"})
        passed = member is not None and not member.woken and member.told > app._sweeps._clock() + 500
        # NB: an event that comes while a pass is made has its own pass afterwards, for which the key waits in the queue
        depth = app._queue.depth()
        return relied and woken == 1.0 and passed and depth.ready == depth.working == 0

    wait_until(is_left_alone, lambda: app.metrics.text().decode())
    made.control.forget_calls()
    made.control.advance(100_000)
    until_it_is(made, "job", "Completed")
    assert about_sagemaker(made) == {"DescribeTrainingJob": 1}
    count = app.metrics.registry.get_sample_value
    assert count("sagemaker_event_messages_total", {"outcome": "woken"}) == 2.0
    assert count("sagemaker_event_queue_heard", {"queue": url}) == 1.0


class Reconciler:
    """Passes that end as they are told to."""

    def __init__(self, *ends: Next | Exception) -> None:
        self.ends = list(ends)

    def reconcile(self, key: Key) -> Next:
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    def forget(self, key: Key) -> None:
        """Nothing is remembered."""


def test_workers_say_which_passes_have_ended_well_and_which_runs_are_over(queues: Queues) -> None:
    scene = Scene(queues)
    first, second = scene.make_known(2)
    scene.rely_on_events(first)
    passes = Reconciler(ApiError(503, "ServiceUnavailable", "overloaded"), Next.after(1), Next.never())
    workers = Workers(
        scene.queue,
        passes,
        0,
        lambda kind, result: None,
        scene.sweeps,
        scene.clock.now,
        wakeups=scene.wakeups,
    )

    def work(key: Key) -> int:
        workers._one(key)
        scene.queue.done(key)
        scene.wakeups._delete(scene.box)
        return queues.left(scene.url)

    scene.tell(first)
    scene.tell(second)
    assert set(scene.hear()) == {first, second}
    scene.wakeups._delete(scene.box)
    before = queues.left(scene.url)
    assert work(first) == before  # the API server was not there
    assert work(second) == before - 1
    scene.queue.forget(second)
    scene.watch(second, state="InProgress")
    scene.end(second)
    assert second in scene.run(700)
    work(second)  # its run is over, and nothing had told of it
    assert second in scene.wakeups._suspects
