"""Credentials of another account see nothing of what there is: nothing is made anew or let go on that ground."""

from collections.abc import Callable

from tests.loop.test_intent import spec_of
from tests.loop.test_recovery import recoverable
from tests.loop.world import World, condition, is_ready, wait_until


def test_what_another_account_has_is_neither_made_again_nor_let_go(world: Callable[..., World]) -> None:
    there = world(second_writer_quiet=0.0)  # the hand that writes another account into the status is none
    there.apply("Endpoint", "e", spec_of(there, "Endpoint", "e"))
    obj = there.until("Endpoint", "e", is_ready)
    there.stop()
    there.control.forget_calls()
    recorded = obj["status"]["ackResourceMetadata"]["arn"].replace("111122223333", "999999999999")
    identity = {"arn": recorded, "ownerAccountID": "999999999999"}
    there.patch("Endpoint", "e", {"status": {"ackResourceMetadata": identity}}, "status")
    there.start()
    there.patch("Endpoint", "e", {"spec": {"tags": [{"key": "a", "value": "b"}]}})
    obj = there.until("Endpoint", "e", recoverable)
    said = condition(obj, "ACK.Recoverable")["message"]
    assert "999999999999" in said and "111122223333" in said
    there.delete("Endpoint", "e")
    wait_until(
        lambda: "deletionTimestamp" in (there.get("Endpoint", "e") or {"metadata": {}})["metadata"],
        lambda: "not deleting",
    )
    there.patch("Endpoint", "e", {"metadata": {"annotations": {"asks": "1"}}})
    there.until("Endpoint", "e", recoverable)
    assert set(there.control.counts()) <= {"GetCallerIdentity"}
    retain = {"services.k8s.aws/deletion-policy": "retain"}
    there.patch("Endpoint", "e", {"metadata": {"annotations": retain}})
    there.until_gone("Endpoint", "e")
    assert there.control.resource("Endpoint", "e")
