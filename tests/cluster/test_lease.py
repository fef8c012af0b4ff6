"""One holder at a time, judged without comparing clocks between machines, and sure of it before it acts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from controller.cluster.api import Api, Timeouts
from controller.cluster.lease import LEASE_NAME, Lease, NoLease, Terms
from tests.cluster.fake_api_server import Answer, FakeApiServer, Request, failure
from tests.cluster.waiting import Eventually

# The real lengths, tried quickly: only the clocks of the test decide when something has run out.
TERMS = Terms(retry=0.02, timeout=(1, 1))
KEY = f"ack-system/{LEASE_NAME}"


class Contender:
    """A controller with a clock of its own."""

    def __init__(self, fake: FakeApiServer, identity: str, now: float = 0.0) -> None:
        self.clock = now
        self.told: list[str] = []
        self.api = Api.at(fake.url, timeouts=Timeouts(connect=1, read=1))
        self.lease = Lease(
            self.api,
            "ack-system",
            identity,
            on_gained=lambda: self.told.append("gained"),
            on_lost=lambda: self.told.append("lost"),
            terms=TERMS,
            clock=lambda: self.clock,
        )


@pytest.fixture
def one(fake: FakeApiServer) -> Iterator[Contender]:
    contender = Contender(fake, "one", now=1_000.0)
    yield contender
    contender.lease.stop()


@pytest.fixture
def two(fake: FakeApiServer) -> Iterator[Contender]:
    contender = Contender(fake, "two", now=9_000_000.0)
    yield contender
    contender.lease.stop()


def spec(fake: FakeApiServer) -> dict[str, Any]:
    found: dict[str, Any] = fake.objects[KEY]["spec"]
    return found


def tries(fake: FakeApiServer, number: int) -> Any:
    """A condition: so many more calls have been made."""
    goal = len(fake.requests) + number
    return lambda: len(fake.requests) >= goal


def put_lease(fake: FakeApiServer, **fields: Any) -> None:
    with fake.changed:
        metadata = {"name": LEASE_NAME, "namespace": "ack-system", "labels": {"theirs": "kept"}}
        fake.replace(KEY, {"metadata": metadata, "spec": {"strategy": "kept", **fields}})


def test_the_first_makes_the_lease_and_renews_it(
    fake: FakeApiServer, one: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    assert one.told == ["gained"]
    first = dict(spec(fake))
    assert (first["holderIdentity"], first["leaseDurationSeconds"], first["leaseTransitions"]) == (
        "one",
        15,
        0,
    )
    eventually(lambda: spec(fake)["renewTime"] > first["renewTime"], "renewed")
    assert spec(fake)["acquireTime"] == first["acquireTime"]
    assert {request.method for request in fake.requests[2:]} == {"PUT"}, "a renewal is one call"


def test_the_second_waits_while_the_first_renews(
    fake: FakeApiServer, one: Contender, two: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    two.lease.start()
    for _ in range(10):
        renewed = spec(fake)["renewTime"]
        eventually(lambda was=renewed: spec(fake)["renewTime"] > was, "renewed")
        eventually(tries(fake, 6), "the second has looked")
        two.clock += 14  # never the whole length without a change
        one.clock += 9
    assert one.lease.held
    assert not two.lease.held
    assert not two.lease.holds_for(0)
    assert two.told == []


@pytest.mark.parametrize("renewed", ["2001-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"])
def test_a_dead_holder_is_outlived_by_our_own_clock_alone(
    fake: FakeApiServer, two: Contender, eventually: Eventually, renewed: str
) -> None:
    put_lease(fake, holderIdentity="dead", renewTime=renewed, leaseDurationSeconds=15, leaseTransitions=4)
    two.lease.start()
    eventually(tries(fake, 3), "seen")
    two.clock += 14.9
    eventually(tries(fake, 3), "looked again")
    assert not two.lease.held
    two.clock += 0.2
    assert two.lease.wait(30)
    assert (spec(fake)["holderIdentity"], spec(fake)["leaseTransitions"]) == ("two", 5)
    assert spec(fake)["acquireTime"] > "2020"
    assert spec(fake)["strategy"] == "kept"
    assert fake.objects[KEY]["metadata"]["labels"] == {"theirs": "kept"}


def test_a_longer_lease_of_another_controller_is_respected(
    fake: FakeApiServer, two: Contender, eventually: Eventually
) -> None:
    put_lease(fake, holderIdentity="ack", renewTime="x", leaseDurationSeconds=60)
    two.lease.start()
    eventually(tries(fake, 3), "seen")
    two.clock += 59
    eventually(tries(fake, 3), "looked again")
    assert not two.lease.held
    two.clock += 2
    assert two.lease.wait(30)


def test_letting_go_hands_over_at_once(
    fake: FakeApiServer, one: Contender, two: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    two.lease.start()
    eventually(tries(fake, 5), "the second has seen that it is taken")
    one.lease.stop()
    assert not one.lease.held
    assert two.lease.wait(30), "although its clock has not moved"
    assert (spec(fake)["holderIdentity"], spec(fake)["leaseTransitions"]) == ("two", 1)
    assert one.told == ["gained"], "who lets go has not lost"


def test_letting_go_writes_what_client_go_writes(fake: FakeApiServer, one: Contender) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    one.lease.stop()
    assert (spec(fake)["holderIdentity"], spec(fake)["leaseDurationSeconds"]) == ("", 1)


def test_who_cannot_renew_until_the_deadline_has_lost(
    fake: FakeApiServer, one: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    fake.stop()
    eventually(lambda: one.lease.fault, "noticed")
    assert one.lease.holds_for(0)
    one.clock += 9.9
    assert one.lease.holds_for(0)
    one.clock += 0.2
    assert not one.lease.holds_for(0)
    eventually(lambda: one.told == ["gained", "lost"], "told")
    fake.start()
    one.lease._thread.join(30)
    assert not one.lease._thread.is_alive(), "who has lost does not strive again"
    assert one.told == ["gained", "lost"]


def test_who_finds_another_holder_has_lost(
    fake: FakeApiServer, one: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    put_lease(fake, holderIdentity="other", renewTime="x", leaseDurationSeconds=15)
    eventually(lambda: one.told == ["gained", "lost"], "told")
    assert not one.lease.held
    one.lease.stop()
    assert spec(fake)["holderIdentity"] == "other", "nobody hands over what is not his"


def test_fencing_says_whether_a_call_ends_before_the_lease(
    fake: FakeApiServer, one: Contender, eventually: Eventually
) -> None:
    assert not one.lease.holds_for(0)
    one.lease.start()
    assert one.lease.wait(30)
    fake.script = lambda _: Answer(500, failure(500, "InternalError"))
    eventually(lambda: one.lease.fault, "no more renewals")
    assert one.lease.holds_for(14.9)
    assert not one.lease.holds_for(15.0)
    one.clock += 6
    assert one.lease.holds_for(8.9)
    assert not one.lease.holds_for(9.1)
    one.clock += 4
    assert not one.lease.holds_for(0), "past the deadline nothing is begun, though the lease lasts 5 s more"


def test_the_lease_counts_from_before_the_renewal_was_sent(
    fake: FakeApiServer, one: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)

    def slow(request: Request) -> None:
        if request.method == "PUT":
            one.clock += 7

    fake.script = slow
    eventually(tries(fake, 1), "a renewal of seven seconds")
    fake.script = lambda _: Answer(500, failure(500, "InternalError"))
    eventually(lambda: one.lease.fault, "and no more")
    assert not one.lease.holds_for(8.1)


def test_a_thread_that_hangs_holds_nothing_past_the_deadline(
    fake: FakeApiServer, one: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    hold, hanging = threading.Event(), threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        hanging.set()
        hold.wait(60)

    fake.script = lambda _: Answer(raw=hang)
    assert hanging.wait(30)
    one.clock += 10.1
    assert not one.lease.held
    assert not one.lease.holds_for(0)
    hold.set()


def test_a_renewal_whose_answer_is_lost_is_no_loss(
    fake: FakeApiServer, one: Contender, eventually: Eventually
) -> None:
    one.lease.start()
    assert one.lease.wait(30)
    lost: list[Request] = []

    def swallow(request: Request) -> Answer | None:
        if request.method != "PUT" or lost:
            return None
        lost.append(request)
        with fake.changed:
            fake.replace(KEY, request.body)
        return Answer(raw=lambda handler: handler.connection.shutdown(2))

    fake.script = swallow
    eventually(lambda: lost, "an answer was lost")
    renewed = spec(fake)["renewTime"]
    eventually(lambda: spec(fake)["renewTime"] > renewed, "renewed again")
    assert one.told == ["gained"]
    assert one.lease.held
    assert spec(fake)["leaseTransitions"] == 0


def test_no_error_ends_the_striving(fake: FakeApiServer, two: Contender, eventually: Eventually) -> None:
    two.lease.start()
    for answer in (
        Answer(403, failure(403, "Forbidden", "no leases for you")),
        Answer(429, failure(429, "TooManyRequests")),
        Answer(200, b"<html>"),
        Answer(200, {"spec": {"holderIdentity": "x", "leaseDurationSeconds": "much"}}),
    ):
        fake.script = lambda _, said=answer: said
        two.lease.fault = ""
        eventually(lambda: two.lease.fault, "met")
    fake.stop()
    two.lease.fault = ""
    eventually(lambda: "did not answer" in two.lease.fault, "refused")
    fake.script = None
    fake.start()
    assert two.lease.wait(30)
    eventually(lambda: two.lease.fault == "", "well")


def test_a_failing_listener_does_not_cost_the_lease(fake: FakeApiServer, eventually: Eventually) -> None:
    def fail() -> None:
        raise RuntimeError("listener")

    lease = Lease(Api.at(fake.url), "ack-system", "x", on_gained=fail, terms=TERMS)
    lease.start()
    assert lease.wait(30)
    eventually(tries(fake, 3), "renewed all the same")
    assert lease.held
    lease.stop()


def test_without_election_we_always_may() -> None:
    told: list[str] = []
    lease = NoLease(lambda: told.append("gained"))
    lease.start()
    assert (lease.held, lease.holds_for(1e9), lease.wait(0), told) == (True, True, True, ["gained"])
    lease.stop()
