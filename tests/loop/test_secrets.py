"""A value that a manifest names by a Secret goes to SageMaker and nowhere else: everything that leaves is searched for it."""

import base64
import gc
import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import current_thread, main_thread
from typing import Any

import pytest
import urllib3

from controller.cloud.session import Place
from controller.loop.secrets import Secrets
from controller.observe.log import set_up
from scripts.control_plane.plane import ControlPlane
from tests.loop.world import World, condition, is_ready, wait_until

Make = Callable[..., World]
CANARY = 'tok"en<canary>-4711 & \\more'
FORMS = (CANARY, json.dumps(CANARY)[1:-1], base64.b64encode(CANARY.encode()).decode(), "canary")
OIDC = {
    "clientID": "id",
    "issuer": "https://idp.example",
    "authorizationEndpoint": "https://idp.example/a",
    "tokenEndpoint": "https://idp.example/t",
    "userInfoEndpoint": "https://idp.example/u",
    "logoutEndpoint": "https://idp.example/l",
    "jwksURI": "https://idp.example/j",
}


def spec(name: str = "idp", key: str = "secret", **more: str) -> dict[str, Any]:
    return {"oidcConfig": {**OIDC, "clientSecret": {"name": name, "key": key, **more}}}


@dataclass
class Wire:
    """What left the process: requests as (URL, headers and body), and log lines."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)

    def to(self, url: str) -> list[str]:
        return [sent for where, sent in self.requests if where.startswith(url)]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Everything the controller's threads send by HTTP, whoever they send it to, and everything it logs."""
    tapped, straight = Wire(), urllib3.connectionpool.HTTPConnectionPool.urlopen

    def urlopen(pool: Any, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> Any:
        if current_thread() is not main_thread():
            text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
            where = f"{pool.scheme}://{pool.host}:{pool.port}"
            tapped.requests.append((where, f"{method} {url} {dict(headers or {})} {text}"))
        return straight(pool, method, url, body, headers, **more)

    monkeypatch.setattr(urllib3.connectionpool.HTTPConnectionPool, "urlopen", urlopen)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    set_up("debug", for_people=False)
    root.handlers[0].setStream(tapped.log)  # type: ignore[attr-defined]
    yield tapped
    root.handlers[:], root.level = before


def put_secret(there: World, name: str = "idp", key: str = "secret", value: str = CANARY) -> None:
    body = {"metadata": {"name": name}, "data": {key: base64.b64encode(value.encode()).decode()}}
    status, answer = there.plane.request("POST", f"/api/v1/namespaces/{there.namespace}/secrets", body)
    assert status == 201, answer


def received(there: World, name: str = "crowd") -> str:
    value: str = there.control.resource("Workforce", name)["request"]["OidcConfig"]["ClientSecret"]
    return value


def assert_nothing_tells(there: World, wire: Wire, plane: ControlPlane) -> None:
    assert wire.to(plane.url), "the tap is dry"
    told = [sent for sent in wire.to(plane.url) if any(form in sent for form in FORMS)]
    assert told == []
    carrying = [sent for sent in wire.to(there.simulator.url) if any(form in sent for form in FORMS)]
    assert [s for s in carrying if "CreateWorkforce" not in s and "UpdateWorkforce" not in s] == []
    assert carrying, "the value was never sent"
    log = wire.log.getvalue()
    assert "CreateWorkforce" in log
    assert [form for form in FORMS if form in log] == []
    assert there.app is not None
    assert [form for form in FORMS if form in there.app.metrics.text().decode()] == []
    path = f"/apis/events.k8s.io/v1/namespaces/{there.namespace}/events"
    for stored in (plane.request("GET", path)[1], there.get("Workforce", "crowd")):
        assert [form for form in FORMS if form in json.dumps(stored)] == []


def waits(sentence: str) -> Callable[[dict[str, Any]], bool]:
    return lambda obj: sentence in condition(obj, "ACK.Recoverable").get("message", "")


def test_the_value_is_sent_and_shown_nowhere(world: Make, wire: Wire, crds: ControlPlane) -> None:
    there = world(kinds=("Workforce",))
    put_secret(there)
    there.apply("Workforce", "crowd", spec())
    obj = there.until("Workforce", "crowd", is_ready)
    assert received(there) == CANARY
    assert obj["status"]["applied"]["secrets"] == {"oidcConfig.clientSecret": "idp/secret"}
    there.patch("Workforce", "crowd", {"spec": {"oidcConfig": {"issuer": "https://other.example"}}})
    wait_until(lambda: there.control.counts().get("UpdateWorkforce") == 1, lambda: "not updated")
    there.until("Workforce", "crowd", is_ready)
    there.delete("Workforce", "crowd")
    there.until_gone("Workforce", "crowd")
    assert_nothing_tells(there, wire, crds)


ECHOES = {
    "refused": ("ValidationException", f"Value '{CANARY}' failed to satisfy constraint"),
    "in part": ("ValidationException", f"Value '{CANARY[3:17]}...' failed to satisfy constraint"),
    "as JSON": ("ResourceNotFound", f"no role for {json.dumps(CANARY)}"),
    "in base64": ("ResourceNotFound", f"no role for {base64.b64encode(CANARY.encode()).decode()}"),
    "denied": ("AccessDeniedException", f"User may not send {CANARY}"),
    "throttled": ("ThrottlingException", f"Rate exceeded for {CANARY}"),
    "as a code": (f"Bad-{CANARY}", "no"),
    "taken": ("ResourceInUse", f"{CANARY} already exists"),
    "no answer": ("InternalFailure", f"trouble with {CANARY}"),
}


@pytest.mark.parametrize("echo", list(ECHOES))
@pytest.mark.parametrize("operation", ["CreateWorkforce", "UpdateWorkforce"])
def test_an_answer_that_repeats_it_is_cleared_of_it(
    world: Make, wire: Wire, crds: ControlPlane, operation: str, echo: str
) -> None:
    there = world(
        kinds=("Workforce",), terminal_after=0.0
    )  # and the sentence of a person's turn is looked at too
    put_secret(there)
    code, text = ECHOES[echo]
    there.control.fault("error", operation, code=code, text=text, status=400)
    there.apply("Workforce", "crowd", spec())
    if operation == "UpdateWorkforce":
        there.until("Workforce", "crowd", is_ready)
        there.patch("Workforce", "crowd", {"spec": {"oidcConfig": {"issuer": "https://other.example"}}})
    there.until(
        "Workforce",
        "crowd",
        lambda o: any(
            condition(o, name).get("status") == "True" for name in ("ACK.Recoverable", "ACK.Terminal")
        ),
    )
    assert_nothing_tells(there, wire, crds)


def test_a_failure_reason_that_repeats_it_much_later_is_cleared_of_it(
    world: Make, wire: Wire, crds: ControlPlane
) -> None:
    there = world(kinds=("Workforce",), resync=1.0)
    put_secret(there)
    there.apply("Workforce", "crowd", spec())
    there.until("Workforce", "crowd", is_ready)
    reason = f"the provider did not take {CANARY} at all"
    there.control.set_state("Workforce", "crowd", "Failed", reason)
    obj = there.until("Workforce", "crowd", lambda o: condition(o, "ACK.Terminal") != {})
    assert obj["status"]["failureReason"] == "the provider did not take *** at all"
    there.stop()
    there.start()  # and one that does not know what was sent repeats what was told
    there.patch("Workforce", "crowd", {"metadata": {"annotations": {"asks": "1"}}})
    before = there.control.counts()["DescribeWorkforce"]
    wait_until(lambda: there.control.counts()["DescribeWorkforce"] > before, lambda: "no look")
    there.stop()
    there.control.set_state("Workforce", "crowd", "Active")
    there.start()
    there.until("Workforce", "crowd", is_ready)
    there.control.set_state("Workforce", "crowd", "Failed", reason)
    obj = there.until("Workforce", "crowd", lambda o: condition(o, "ACK.Terminal") != {})
    assert "describe it in AWS" in obj["status"]["failureReason"]
    assert_nothing_tells(there, wire, crds)


def test_a_defect_that_holds_it_is_told_without_it(world: Make, wire: Wire, crds: ControlPlane) -> None:
    there = world(kinds=("Workforce",))
    put_secret(there)
    assert there.app is not None
    client = there.app._session.client(Place("us-east-1", there.simulator.url))

    def breaks(params: Any, **_: Any) -> None:
        raise ValueError(f"cannot deal with {params}")

    client.meta.events.register("before-parameter-build.sagemaker.CreateWorkforce", breaks)
    there.apply("Workforce", "crowd", spec())
    wait_until(lambda: "pass failed" in wire.log.getvalue(), wire.log.getvalue)
    assert "ValueError: cannot deal with" in wire.log.getvalue()
    client.meta.events.unregister("before-parameter-build.sagemaker.CreateWorkforce", breaks)
    there.until("Workforce", "crowd", is_ready)
    assert_nothing_tells(there, wire, crds)


def ask(there: World) -> None:
    """Bring about a pass now; in the end the object is looked at without."""
    mark = str(uuid.uuid4())
    there.patch("Workforce", "crowd", {"metadata": {"annotations": {"somebody.example.com/asks": mark}}})


def test_a_secret_or_a_key_that_is_not_there_is_waited_for(world: Make, crds: ControlPlane) -> None:
    there = world(kinds=("Workforce",))
    where = f"Secret {there.namespace}/idp"
    there.apply("Workforce", "crowd", spec())
    obj = there.until("Workforce", "crowd", waits(f"{where} is not there yet"))
    assert condition(obj, "Ready")["reason"] == "WaitingForReference"
    assert condition(obj, "ACK.ReferencesResolved")["status"] == "Unknown"
    assert "finalizers" not in obj["metadata"], "what only waits was never tried"
    put_secret(there, key="other")
    ask(there)
    there.until("Workforce", "crowd", waits(f"{where} has no key secret yet"))
    path = f"/api/v1/namespaces/{there.namespace}/secrets/idp"
    for value, sentence in {
        CANARY + "\n": f"key secret of {where} does not match [ -~]+, perhaps for the newline at its end",
        "x" * 1025: f"key secret of {where} has 1025 characters and may have 1 to 1024",
        "": f"key secret of {where} has 0 characters",
    }.items():
        crds.request("PATCH", path, {"stringData": {"secret": value}}, "application/merge-patch+json")
        ask(there)
        there.until("Workforce", "crowd", waits(sentence))
    raw = {"data": {"secret": base64.b64encode(b"\xff\xfe").decode()}}
    crds.request("PATCH", path, raw, "application/merge-patch+json")
    ask(there)
    there.until("Workforce", "crowd", waits("holds bytes that are no text"))
    assert there.control.counts().get("CreateWorkforce", 0) == 0
    crds.request("PATCH", path, {"stringData": {"secret": CANARY}}, "application/merge-patch+json")
    there.until("Workforce", "crowd", is_ready)
    assert received(there) == CANARY


def test_a_secret_of_another_namespace_is_not_read(world: Make, wire: Wire, crds: ControlPlane) -> None:
    there = world(kinds=("Workforce",))
    there.apply("Workforce", "crowd", spec(namespace="kube-system"))
    there.until("Workforce", "crowd", waits("Secret kube-system/idp is in another namespace"))
    assert [sent for sent in wire.to(crds.url) if "/secrets/" in sent] == []
    put_secret(there)
    there.patch(
        "Workforce", "crowd", {"spec": {"oidcConfig": {"clientSecret": {"namespace": there.namespace}}}}
    )
    there.until("Workforce", "crowd", is_ready)


def test_another_secret_is_another_value_and_the_same_is_not_sent_again(world: Make) -> None:
    there = world(kinds=("Workforce",))
    put_secret(there)
    put_secret(there, "idp-2", value="another-value")
    there.apply("Workforce", "crowd", spec())
    there.until("Workforce", "crowd", is_ready)
    there.patch("Workforce", "crowd", {"spec": spec("idp-2")})
    wait_until(lambda: there.control.counts().get("UpdateWorkforce") == 1, lambda: "not updated")
    obj = there.until("Workforce", "crowd", is_ready)
    assert obj["status"]["applied"]["secrets"] == {"oidcConfig.clientSecret": "idp-2/secret"}
    there.stop()
    there.start()
    there.patch("Workforce", "crowd", {"metadata": {"annotations": {"asks": "1"}}})
    before = there.control.counts()["DescribeWorkforce"]
    wait_until(lambda: there.control.counts()["DescribeWorkforce"] > before, lambda: "no look")
    assert there.control.counts()["UpdateWorkforce"] == 1


def test_a_value_in_the_manifest_is_refused_by_the_api_server(world: Make, crds: ControlPlane) -> None:
    there = world(kinds=("Workforce",))
    body = {
        "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
        "kind": "Workforce",
        "metadata": {"name": "crowd"},
        "spec": {"oidcConfig": {**OIDC, "clientSecret": CANARY}},
    }
    status, answer = crds.request("POST", there.path("Workforce"), body)
    assert status == 422 and "spec.oidcConfig.clientSecret" in answer["message"]


def test_a_create_whose_answer_was_lost_has_its_secret_on_record(world: Make) -> None:
    there = world(kinds=("Workforce",))
    put_secret(there)
    put_secret(there, "idp-2", value="another-value")
    there.control.fault("drop-after-effect", "CreateWorkforce", times=1)
    there.apply("Workforce", "crowd", spec())
    obj = there.until("Workforce", "crowd", is_ready)
    assert obj["status"]["applied"]["secrets"] == {"oidcConfig.clientSecret": "idp/secret"}
    there.patch("Workforce", "crowd", {"spec": spec("idp-2")})
    wait_until(lambda: there.control.counts().get("UpdateWorkforce") == 1, lambda: "not updated")


def test_what_is_known_of_a_secret_goes_with_its_object(world: Make) -> None:
    there = world(kinds=("Workforce",))
    put_secret(there)
    there.apply("Workforce", "crowd", spec())
    there.until("Workforce", "crowd", is_ready)

    def known() -> list[Any]:
        kept = [one._sent for one in gc.get_objects() if isinstance(one, Secrets)]
        return [key for sent in kept for key in sent if key.namespace == there.namespace]

    assert len(known()) == 1
    there.delete("Workforce", "crowd")
    there.until_gone("Workforce", "crowd")
    wait_until(lambda: not known(), lambda: str(known()))
