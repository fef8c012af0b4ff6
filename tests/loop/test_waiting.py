"""The directory: who is there, who waits for whom, and who is woken."""

from collections.abc import Iterable
from typing import Any

from controller.kinds.load import kinds
from controller.loop.key import Key
from controller.loop.waiting import Directory

REGION = "us-east-1"
LATER = "2026-01-02T00:00:00Z"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:x/y"


class Woken(list[Key]):
    def __call__(self, keys: Iterable[Key]) -> None:
        self.extend(keys)


def obj(
    kind: str,
    name: str,
    spec: dict[str, Any] | None = None,
    *,
    arn: str = "",
    born: str = "2026-01-01T00:00:00Z",
    **more: Any,
) -> dict[str, Any]:
    metadata = {"namespace": "team", "name": name, "uid": f"uid-{name}", "creationTimestamp": born, **more}
    status = {"ackResourceMetadata": {"arn": arn, "region": REGION}} if arn else {}
    return {"kind": kind, "metadata": metadata, "spec": spec or {}, "status": status}


def directory() -> tuple[Directory, Woken]:
    woken = Woken()
    return Directory(kinds(), REGION, woken), woken


def learn(there: Directory, thing: dict[str, Any]) -> Key:
    there.learn(kinds()[thing["kind"]], thing)
    return Key(thing["kind"], "team", thing["metadata"]["name"])


def test_a_waiter_is_woken_by_its_neighbours_arn_and_not_by_anything_else() -> None:
    there, woken = directory()
    endpoint = learn(there, obj("Endpoint", "e", {"endpointConfigName": "c"}))
    learn(there, obj("EndpointConfig", "c"))
    woken.clear()
    learn(there, obj("EndpointConfig", "c", annotations={"somebody": "writes"}))
    learn(there, obj("EndpointConfig", "other", arn=ARN))
    assert woken == []
    learn(there, obj("EndpointConfig", "c", arn=ARN))
    assert woken == [endpoint]


def test_references_wake_as_plain_names_do() -> None:
    there, woken = directory()
    learn(there, obj("EndpointConfig", "c"))
    endpoint = learn(there, obj("Endpoint", "e", {"endpointConfigRef": {"from": {"name": "c"}}}))
    woken.clear()
    learn(there, obj("EndpointConfig", "c", arn=ARN))
    assert woken == [endpoint]


def test_the_older_of_two_owns_the_name_and_the_younger_inherits_it() -> None:
    there, woken = directory()
    older = learn(there, obj("Model", "a", {"modelName": "m"}, born="2026-01-01T00:00:00Z"))
    younger = learn(there, obj("Model", "m", born="2026-01-02T00:00:00Z"))
    assert there.elder(younger) == older
    assert there.elder(older) is None
    woken.clear()
    there.forget(older)
    assert woken == [younger]
    assert there.elder(younger) is None


def test_the_same_name_in_another_domain_is_no_rival() -> None:
    there, _ = directory()
    learn(there, obj("UserProfile", "one", {"domainID": "d-1", "userProfileName": "ann"}))
    other = learn(
        there,
        obj("UserProfile", "two", {"domainID": "d-2", "userProfileName": "ann"}, born="2026-01-02T00:00:00Z"),
    )
    assert there.elder(other) is None


def test_the_same_name_by_reference_to_another_domain_is_no_rival() -> None:
    there, _ = directory()
    spec = {"userProfileName": "ann", "domainRef": {"from": {"name": "d1"}}}
    learn(there, obj("UserProfile", "one", spec))
    other = learn(
        there, obj("UserProfile", "two", spec | {"domainRef": {"from": {"name": "d2"}}}, born=LATER)
    )
    twin = learn(there, obj("UserProfile", "three", spec, born=LATER))
    assert there.elder(other) is None
    assert str(there.elder(twin)) == "UserProfile team/one"


def test_of_several_of_one_name_in_several_places_one_that_is_there_is_found() -> None:
    """Otherwise who needs the one would wait for the other, which may never come."""
    there, _ = directory()
    learn(there, obj("UserProfile", "stuck", {"domainID": "d-1", "userProfileName": "ann"}))
    learn(
        there, obj("UserProfile", "fine", {"domainID": "d-2", "userProfileName": "ann"}, arn=ARN, born=LATER)
    )
    found = there.called("UserProfile", "ann", REGION)
    assert found is not None and found.name == "fine"


def test_only_users_that_are_being_deleted_too_hold_up_a_deletion() -> None:
    there, woken = directory()
    config = learn(there, obj("EndpointConfig", "c", arn=ARN, deletionTimestamp="2026-01-01T00:00:00Z"))
    endpoint = learn(there, obj("Endpoint", "e", {"endpointConfigName": "c"}, arn=ARN))
    assert there.dying_users(config) == ()
    learn(
        there,
        obj("Endpoint", "e", {"endpointConfigName": "c"}, arn=ARN, deletionTimestamp="2026-01-01T00:00:00Z"),
    )
    assert there.dying_users(config) == (endpoint,)
    woken.clear()
    there.forget(endpoint)
    assert woken == [config]


def test_what_another_has_on_record_is_not_taken() -> None:
    there, _ = directory()
    one = learn(there, obj("ModelCardExportJob", "one", arn=ARN))
    two = learn(there, obj("ModelCardExportJob", "two"))
    assert there.holder(two, ARN) == one
    assert there.holder(one, ARN) is None
    assert there.holder(two, f"{ARN}-2") is None


def test_of_two_that_claim_a_resource_the_older_has_it_unless_the_other_has_it_on_record() -> None:
    there, _ = directory()
    claim: dict[str, Any] = {"annotations": {"sagemaker.services.k8s.aws/arn": ARN}}
    one = learn(there, obj("Model", "one", **claim))
    two = learn(there, obj("Model", "two", born=LATER, **claim))
    assert (there.holder(one, ARN), there.holder(two, ARN)) == (None, one)
    assert there.holder(two, ARN.upper()) == one
    three = learn(there, obj("Model", "three", born=LATER, arn=ARN))
    assert there.holder(one, ARN) == there.holder(two, ARN) == three
    there.forget(three)
    there.forget(one)
    assert there.holder(two, ARN) is None


def test_states_are_counted_for_the_metrics() -> None:
    there, _ = directory()
    job = obj("TrainingJob", "j", arn=ARN)
    job["status"]["trainingJobStatus"] = "InProgress"
    learn(there, job)
    learn(there, obj("Model", "m"))
    assert there.states() == {("TrainingJob", "team", "InProgress"): 1, ("Model", "team", "NotReady"): 1}
    there.forget(Key("TrainingJob", "team", "j"))
    assert sum(there.states().values()) == len(there) == 1
