"""The door: every answer of the API server becomes data or one of a few errors, on few connections."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from controller.cluster import connection
from controller.cluster.api import APPLY_PATCH, PAGES_AT_ONCE, Api, Page, Timeouts
from controller.cluster.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Silence,
    TooManyRequests,
    Unreachable,
)
from controller.cluster.resources import EVENTS, NAMESPACES, SECRETS, ResourceRef
from tests.cluster.fake_api_server import Answer, FakeApiServer, failure
from tests.cluster.waiting import Eventually

WIDGETS = ResourceRef("test.example", "v1", "widgets")


def test_paths_of_core_and_grouped_resources() -> None:
    assert SECRETS.path("ns", "a") == "/api/v1/namespaces/ns/secrets/a"
    assert NAMESPACES.path(None, "ns") == "/api/v1/namespaces/ns"
    assert WIDGETS.path(None) == "/apis/test.example/v1/widgets"
    assert WIDGETS.path("ns", "a b", "status") == "/apis/test.example/v1/namespaces/ns/widgets/a%20b/status"
    assert (EVENTS.api_version, SECRETS.api_version) == ("events.k8s.io/v1", "v1")
    with pytest.raises(ValueError, match="without a name"):
        WIDGETS.path("ns", "")


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (400, "BadRequest", ApiError),
        (401, "Unauthorized", ApiError),
        (403, "Forbidden", Forbidden),
        (404, "NotFound", NotFound),
        (409, "Conflict", Conflict),
        (409, "AlreadyExists", AlreadyExists),
        (410, "Expired", Gone),
        (422, "Invalid", Invalid),
        (429, "TooManyRequests", TooManyRequests),
        (500, "InternalError", Unreachable),
        (503, "ServiceUnavailable", Unreachable),
    ],
)
def test_each_status_is_one_error(
    fake: FakeApiServer, api: Api, status: int, reason: str, expected: type[ApiError]
) -> None:
    fake.script = lambda _: Answer(status, failure(status, reason, "because"))
    with pytest.raises(ApiError) as caught:
        api.create(WIDGETS, "ns", {"metadata": {"name": "a"}})
    assert type(caught.value) is expected
    assert (caught.value.status, caught.value.reason, caught.value.message) == (status, reason, "because")
    assert len(fake.requests) == 1, "a call is made exactly once"


def test_a_refused_object_names_its_fields(fake: FakeApiServer, api: Api) -> None:
    causes = [{"field": "spec.value", "reason": "FieldValueInvalid", "message": "must be positive"}]
    fake.script = lambda _: Answer(422, failure(422, "Invalid", causes=causes))
    with pytest.raises(Invalid) as caught:
        api.patch(WIDGETS, "ns", "a", {"spec": {"value": -1}})
    assert [(c.field, c.message) for c in caught.value.causes] == [("spec.value", "must be positive")]


@pytest.mark.parametrize(
    ("headers", "details", "expected"),
    [({"Retry-After": "7"}, {}, 7), ({}, {"retryAfterSeconds": 3}, 3), ({"Retry-After": "soon"}, {}, 1)],
)
def test_too_many_requests_says_when_to_come_back(
    fake: FakeApiServer, api: Api, headers: dict[str, str], details: dict[str, Any], expected: float
) -> None:
    fake.script = lambda _: Answer(429, failure(429, "TooManyRequests", **details), headers)
    with pytest.raises(TooManyRequests) as caught:
        api.get(WIDGETS, "ns", "a")
    assert caught.value.retry_after == expected
    assert len(fake.requests) == 1, "nobody sleeps inside the caller"


def test_an_answer_that_is_no_json_is_an_error_with_its_text(fake: FakeApiServer, api: Api) -> None:
    fake.script = lambda _: Answer(502, b"<html>Bad Gateway</html>")
    with pytest.raises(Unreachable, match="502 <html>Bad Gateway"):
        api.get(WIDGETS, "ns", "a")
    fake.script = lambda _: Answer(200, b"hello")
    with pytest.raises(Unreachable):
        api.get(WIDGETS, "ns", "a")


def test_nobody_there_is_unreachable(fake: FakeApiServer, api: Api) -> None:
    fake.stop()
    with pytest.raises(Unreachable, match="did not answer") as caught:
        api.get(WIDGETS, "ns", "a")
    assert caught.value.status == 0


def wait_for(event: threading.Event) -> None:
    event.wait(60)


def test_a_server_that_never_answers_is_unreachable(fake: FakeApiServer) -> None:
    hold = threading.Event()
    fake.script = lambda _: Answer(raw=lambda _: wait_for(hold))
    door = Api.at(fake.url, timeouts=Timeouts(read=0.3))
    with pytest.raises(Unreachable, match="ReadTimeout"):
        door.get(WIDGETS, "ns", "a")
    hold.set()


def test_what_is_missing_is_none(fake: FakeApiServer, api: Api) -> None:
    assert api.get(WIDGETS, "ns", "a") is None
    assert api.delete(WIDGETS, "ns", "a") is False
    fake.put("ns", "a")
    assert api.delete(WIDGETS, "ns", "a", uid="u") is True
    assert fake.requests[-1].body["preconditions"] == {"uid": "u"}


def test_a_hundred_calls_share_one_connection(fake: FakeApiServer, api: Api) -> None:
    fake.put("ns", "a")
    for n in range(25):
        api.get(WIDGETS, "ns", "a")
        api.get(WIDGETS, "ns", "missing")
        api.patch(WIDGETS, "ns", "a", {"spec": {"value": n}})
        list(api.list_pages(WIDGETS, None))
    assert len({request.connection for request in fake.requests}) == 1


def test_lists_come_in_pages_of_one_state(fake: FakeApiServer, api: Api) -> None:
    for n in range(7):
        fake.put("ns", f"w{n}")
    pages = list(api.list_pages(WIDGETS, "ns", limit=3, label_selector="a=b"))
    assert [len(page.items) for page in pages] == [3, 3, 1]
    assert [item["metadata"]["name"] for page in pages for item in page.items] == [f"w{n}" for n in range(7)]
    assert {page.resource_version for page in pages} == {"1007"}
    assert {request.query["labelSelector"] for request in fake.requests} == {"a=b"}


def test_a_watch_asks_for_bookmarks_and_an_end(fake: FakeApiServer, api: Api) -> None:
    fake.put("ns", "a")
    fake.edit("ns", "a", 1)
    with_events = api.watch(WIDGETS, "ns", "1000")
    assert [next(with_events)["type"] for _ in range(2)] == ["ADDED", "MODIFIED"]
    fake.end_watches()
    assert list(with_events) == []
    query = fake.watches[0].query
    assert (query["allowWatchBookmarks"], query["resourceVersion"]) == ("true", "1000")
    assert 240 <= int(query["timeoutSeconds"]) <= 300


def _stream(*pieces: bytes, then_wait: threading.Event | None = None) -> Answer:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            handler.wfile.flush()
        if then_wait is not None:
            then_wait.wait(60)
        handler.wfile.write(b"0\r\n\r\n")

    return Answer(raw=write)


def test_events_may_be_split_anywhere_and_be_large(fake: FakeApiServer, api: Api) -> None:
    events = [{"type": "ADDED", "object": {"n": n, "text": "é" * n}} for n in (0, 5, 200_000, 7)]
    data = b"\n".join(json.dumps(event, ensure_ascii=False).encode() for event in events) + b"\n\n"
    for step in (7, 65_536, len(data)):
        pieces = [data[at : at + step] for at in range(0, len(data), step)] if step > 7 else None
        pieces = pieces or [*(data[at : at + 1] for at in range(120)), data[120:]]
        fake.script = lambda _, pieces=pieces: _stream(*pieces)
        assert list(api.watch(WIDGETS, None, "1")) == events


def test_a_silent_watch_is_noticed(fake: FakeApiServer) -> None:
    hold = threading.Event()
    fake.script = lambda _: _stream(b'{"type":"ADDED","object":{}}\n', then_wait=hold)
    door = Api.at(fake.url, timeouts=Timeouts(silence=0.3))
    stream = door.watch(WIDGETS, None, "1")
    assert next(stream)["type"] == "ADDED"
    with pytest.raises(Silence):
        next(stream)
    hold.set()


def test_a_watch_that_breaks_off_or_talks_nonsense_is_unreachable(fake: FakeApiServer, api: Api) -> None:
    fake.script = lambda _: _stream(b"{]\n")
    with pytest.raises(Unreachable, match="no event"):
        next(api.watch(WIDGETS, None, "1"))
    fake.script = None
    fake.put("ns", "a")
    stream = api.watch(WIDGETS, None, "1000")
    next(stream)
    fake._server.drop_all()  # type: ignore[union-attr]
    with pytest.raises(Unreachable):
        next(stream)


def test_closing_a_watch_wakes_the_thread_that_reads_it(fake: FakeApiServer) -> None:
    door = Api.at(fake.url, timeouts=Timeouts(silence=120))
    stream = door.watch(WIDGETS, None, "1000")
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.extend(stream), daemon=True)
    reader.start()
    time.sleep(0.1)  # so that it really waits inside the read; too short only makes the test easier
    stream.close()
    reader.join(30)
    assert not reader.is_alive()
    assert seen == []


def test_discovery(fake: FakeApiServer, api: Api) -> None:
    resources = [{"name": "widgets"}, {"name": "widgets/status"}]
    fake.script = lambda r: (
        Answer(200, {"resources": resources}) if r.path == "/apis/test.example/v1" else None
    )
    assert api.served("test.example", "v1") == {"widgets"}
    assert api.exists(WIDGETS)
    assert not api.exists(ResourceRef("test.example", "v1", "gadgets"))
    fake.script = lambda _: Answer(404, b"404 page not found")
    assert api.served("test.example", "v1") == frozenset()
    fake.script = lambda r: Answer(200, {"gitVersion": "v1.36.3"}) if r.path == "/version" else None
    assert api.server_version() == "v1.36.3"


def test_writes_carry_our_name_and_the_type_of_patch(fake: FakeApiServer, api: Api) -> None:
    fake.put("ns", "a")
    api.patch(WIDGETS, "ns", "a", {"status": {"x": 1}}, subresource="status", content_type=APPLY_PATCH)
    assert fake.requests[-1].query["fieldManager"] == "sagemaker-operators"
    assert fake.objects["ns/a"]["status"] == {"x": 1}


def test_a_rotated_token_is_used(fake: FakeApiServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    now = [0.0]
    seen: list[str | None] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("Authorization"))
        handler.reply(200, {"metadata": {}})  # type: ignore[attr-defined]

    fake.script = lambda _: Answer(raw=look)
    door = Api(connection.at(fake.url, token_file=str(file), clock=lambda: now[0]))
    door.get(WIDGETS, "ns", "a")
    file.write_text("second")
    door.get(WIDGETS, "ns", "a")
    now[0] = 61
    door.get(WIDGETS, "ns", "a")
    file.write_text("")
    now[0] = 130
    door.get(WIDGETS, "ns", "a")
    file.unlink()
    now[0] = 200
    door.get(WIDGETS, "ns", "a")
    assert seen == ["Bearer first", "Bearer first", "Bearer second", "Bearer second", "Bearer second"]


def test_no_more_than_four_pages_are_in_memory_at_once(api: Api, eventually: Eventually) -> None:
    """At a start all kinds are listed at once; a page for each would take more memory than all that is kept of the objects."""
    reading, most = 0, 0
    guard, go_on = threading.Lock(), threading.Event()

    def read() -> None:
        nonlocal reading, most
        for _ in api.list_pages(WIDGETS, "ns"):
            with guard:
                reading += 1
                most = max(most, reading)
            go_on.wait(20)
            with guard:
                reading -= 1

    readers = [threading.Thread(target=read) for _ in range(12)]
    for reader in readers:
        reader.start()
    eventually(lambda: reading == PAGES_AT_ONCE, "as many read as may")
    go_on.set()
    for reader in readers:
        reader.join(20)
    assert (reading, most) == (0, PAGES_AT_ONCE) and PAGES_AT_ONCE == 4


def test_whoever_stops_reading_lets_others_read(api: Api) -> None:
    read: list[Page] = []

    def begin() -> None:
        read.extend(next(iter(api.list_pages(WIDGETS, "ns"))) for _ in range(PAGES_AT_ONCE + 1))

    reader = threading.Thread(target=begin, daemon=True)
    reader.start()
    reader.join(20)
    assert len(read) == PAGES_AT_ONCE + 1


def test_a_kubeconfigs_credentials_are_looked_after_once_a_minute(tmp_path: Path) -> None:
    """For the client it is before each call, which took a tenth of the CPU of a job."""
    file = tmp_path / "config"
    user = {"name": "u", "user": {"token": "first"}}
    context = {"name": "c", "context": {"cluster": "k", "user": "u"}}
    cluster = {"name": "k", "cluster": {"server": "https://127.0.0.1:1"}}
    whole = {"current-context": "c", "contexts": [context], "clusters": [cluster], "users": [user]}
    file.write_text(json.dumps(whole))
    now = [0.0]
    configuration = connection.from_kubeconfig(str(file), clock=lambda: now[0])
    looked_after = []
    for moment in (1, 59, 61, 62, 120, 122):
        now[0] = moment
        configuration.api_key["BearerToken"] = "Bearer old"  # what the client sets anew when it looks
        token = configuration.get_api_key_with_prefix("BearerToken")
        looked_after.append(token == "Bearer first")
    assert looked_after == [False, False, True, False, False, True]


def test_a_missing_kubeconfig_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(connection.NotConfigured, match=r"kubeconfig .*absent cannot be used"):
        connection.found(str(tmp_path / "absent"))
    with pytest.raises(connection.NotConfigured, match=r"with context nobody cannot be used"):
        connection.found(str(tmp_path / "absent"), "nobody")
    with pytest.raises(connection.NotConfigured, match="not running in a pod"):
        connection.in_cluster(environ={})
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    with pytest.raises(connection.NotConfigured, match="no service account token mounted"):
        connection.found()
    with pytest.raises(connection.NotConfigured, match="token file"):
        connection.at("https://x", token_file=str(tmp_path / "absent"))
