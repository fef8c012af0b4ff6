"""The door to AWS: credentials that come late, calls that the lease forbids, whose account it is."""

from collections.abc import Iterator

import pytest

from controller.cloud.calls import Absent, Answer, Calls, FencedOff
from controller.cloud.session import LONGEST_CALL, Place, Session
from controller.cluster.lease import Terms
from controller.decide.faults import Fault, Meaning
from controller.kinds.load import kinds
from simulator.server import Simulator
from simulator.server import start as start_simulator

MODEL = kinds()["Model"]


class Counted:
    def called(self, operation: str, outcome: str, seconds: float) -> None:
        """One call has ended."""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with start_simulator() as started:
        yield started


def door(simulator: Simulator, allowed: bool = True) -> tuple[Session, Calls, Place]:
    session = Session(connections=2, user_agent="test", identity_endpoint=simulator.url)
    return session, Calls(session, Counted(), lambda: allowed), Place("us-east-1", simulator.url)


def test_credentials_that_come_late_are_found_without_a_restart(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    _, calls, place = door(simulator)
    said = calls.create(MODEL, place, {"ModelName": "m"})
    assert isinstance(said, Fault) and said.meaning is Meaning.DENIED
    assert "docs/install.md" in said.message
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "late")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "late")
    assert isinstance(calls.create(MODEL, place, {"ModelName": "m"}), Answer)


def test_without_the_lease_nothing_is_changed_and_everything_may_be_read(simulator: Simulator) -> None:
    _, calls, place = door(simulator, allowed=False)
    for change in (calls.create, calls.update, calls.stop, calls.start, calls.delete):
        with pytest.raises(FencedOff):
            change(kinds()["NotebookInstance"], place, {"NotebookInstanceName": "m"})
    with pytest.raises(FencedOff):
        calls.add_tags(place, "arn:aws:sagemaker:us-east-1:111122223333:model/m", {"a": "b"})
    calls.describe(MODEL, place, {"ModelName": "m"})
    assert simulator.control.counts() == {"DescribeModel": 1}


@pytest.mark.parametrize("moment", ["before-sign.sagemaker", "request-created.sagemaker"])
def test_whoever_loses_the_lease_while_a_request_is_made_does_not_send_it(
    simulator: Simulator, moment: str
) -> None:
    """As one does that is frozen there, and wakes up when its lease is another's."""
    lease = [True]
    session = Session(connections=2, user_agent="test", identity_endpoint=simulator.url)
    calls, place = Calls(session, Counted(), lambda: lease[0]), Place("us-east-1", simulator.url)

    def freeze(**_: object) -> None:
        lease[0] = False

    session.client(place).meta.events.register_last(moment, freeze)
    with pytest.raises(FencedOff):
        calls.create(MODEL, place, {"ModelName": "m"})
    assert isinstance(calls.describe(MODEL, place, {"ModelName": "m"}), Absent)  # reading is nobody's loss
    lease[0] = True
    with pytest.raises(FencedOff):
        calls.delete(MODEL, place, {"ModelName": "m"})
    assert set(simulator.control.counts()) == {"DescribeModel"}


def test_a_call_is_over_before_the_lease_can_be_anothers() -> None:
    """However late within its period a renewal comes, and however long it takes, there is time for one call."""
    terms = Terms()
    assert terms.duration - LONGEST_CALL >= terms.retry * 1.2


def test_whose_account_it_is_comes_from_sts(simulator: Simulator) -> None:
    session, calls, _ = door(simulator)
    assert calls.account is None
    assert session.trouble("us-east-1") is None
    assert calls.account == "111122223333"
