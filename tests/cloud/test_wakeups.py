"""The door to SQS: what comes through it, and that every refusal is data."""

from collections import Counter

import pytest

from controller.cloud.session import Session
from controller.cloud.wakeups import Mailbox, Message
from controller.decide.faults import Fault, Meaning
from controller.flag_values import region_of_queue
from tests.queues import REGION, Queues


class Counts(Counter[str]):
    def queue_called(self, operation: str, outcome: str) -> None:
        self[f"{operation} {outcome}"] += 1


def mailbox(url: str, counts: Counts) -> Mailbox:
    return Mailbox(Session(connections=1, user_agent="test"), url, REGION, counts)


def received(box: Mailbox) -> tuple[Message, ...]:
    found = box.receive(0)
    assert not isinstance(found, Fault), found
    return found


def test_ten_at_a_time_and_what_is_deleted_is_gone(queues: Queues) -> None:
    url, counts = queues.make(), Counts()
    box = mailbox(url, counts)
    for n in range(13):
        queues.put(url, f"message {n}")
    first, second = received(box), received(box)
    assert (len(first), len(second)) == (10, 3)
    assert {m.body for m in (*first, *second)} == {f"message {n}" for n in range(13)}
    assert received(box) == ()  # NB: what is being worked on is given to nobody else meanwhile
    assert box.delete([m.receipt for m in first]) is None
    assert queues.left(url) == 3
    assert counts == {"ReceiveMessage ok": 3, "DeleteMessageBatch ok": 1}


def test_a_queue_that_is_not_there_is_told_from_one_that_is_empty_and_found_when_it_is_made(
    queues: Queues,
) -> None:
    url, counts = queues.make(), Counts()
    queues.sqs.delete_queue(QueueUrl=url)
    box = mailbox(url, counts)
    gone = box.receive(0)
    assert isinstance(gone, Fault) and gone.meaning is Meaning.GONE
    queues.make(box.name)
    assert received(box) == ()
    assert counts == {"ReceiveMessage NonExistentQueue": 1, "ReceiveMessage ok": 1}


def test_who_may_not_read_is_told_so(queues: Queues) -> None:
    box = mailbox(queues.make(), Counts())
    queues.demand_rights(True)
    try:
        denied = box.receive(0)
    finally:
        queues.demand_rights(False)
    assert isinstance(denied, Fault) and denied.meaning is Meaning.DENIED
    assert received(box) == ()


def test_nobody_at_home() -> None:
    said = mailbox("http://127.0.0.1:9/111122223333/events", Counts()).receive(0)
    assert isinstance(said, Fault) and said.meaning is Meaning.UNKNOWN


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/events", "eu-west-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/events", "cn-north-1"),
        ("https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/events", "us-gov-west-1"),
        ("https://vpce-0a.sqs.eu-central-1.vpce.amazonaws.com/111122223333/events", "eu-central-1"),
        ("http://127.0.0.1:4566/111122223333/events", "us-east-1"),
    ],
)
def test_a_queues_url_says_its_region(url: str, region: str) -> None:
    assert region_of_queue(url, "us-east-1") == region
