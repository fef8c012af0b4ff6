"""A scripted API server over real HTTP: a store, a history of events, and the faults a real one has at times.

Only what the reflector, the lease and the writes ask for: list in pages, get, watch with bookmarks, merge
patch, create, update, delete. It shares nothing with the controller.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """One call as it came in."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    connection: tuple[str, int]

    @property
    def is_watch(self) -> bool:
        return self.query.get("watch") == "true"

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "limit" in self.query


@dataclass
class Answer:
    """What a script says instead of the server: a status with a body, or a hook that writes by itself."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[BaseHTTPRequestHandler], None] | None = None


def failure(code: int, reason: str, message: str = "", **details: Any) -> dict[str, Any]:
    """A `Status` object as the API server sends it."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message or reason,
        "details": details,
    }


Script = Callable[[Request], Answer | None]


class FakeApiServer:
    """Start it with `serving()`; put a function into `script` to answer (or not) in the server's place."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.requests: list[Request] = []
        self.script: Script | None = None
        self.version = 1000
        self.oldest = 0  # watches from before this version are answered 410
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.bookmarks_each: float | None = None
        self.changed = threading.Condition()
        self.generation_of_watches = 0
        self.muted = 0  # watches that began before this many requests never speak again
        self.missing = False
        self.port = 0
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, on the same port as before when there was one."""
        handler = type("Handler", (_Handler,), {"fake": self})
        server = _Server(("127.0.0.1", self.port), handler)
        self.port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections and end every watch."""
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self._server.drop_all()
        self.end_watches()
        self._server = None

    def end_watches(self) -> None:
        """Close every watch as a server does whose time for it is over."""
        with self.changed:
            self.generation_of_watches += 1
            self.changed.notify_all()

    def mute(self) -> None:
        """The peer of every watch vanishes without a word, as behind a firewall that forgets connections."""
        with self.changed:
            self.muted = sys.maxsize

    def unmute(self) -> None:
        """New watches are served again; the old ones stay dead."""
        with self.changed:
            self.muted = len(self.requests)

    def compact(self) -> None:
        """Forget the history: a watch from any version so far is answered 410."""
        with self.changed:
            self.version += 1
            self.oldest = self.version

    def put(self, namespace: str, name: str, change: Callable[[dict[str, Any]], None] | None = None) -> None:
        """Make an object, or change it; `generation` moves when spec does."""
        with self.changed:
            key = f"{namespace}/{name}"
            old = self.objects.get(key)
            obj = json.loads(json.dumps(old)) if old else _fresh(namespace, name)
            if change:
                change(obj)
            if old and old.get("spec") != obj.get("spec"):
                obj["metadata"]["generation"] += 1
            self._store(key, obj, "MODIFIED" if old else "ADDED")

    def edit(self, namespace: str, name: str, value: object) -> None:
        """An edit of spec, as a user makes it."""
        self.put(namespace, name, lambda obj: obj["spec"].update(value=value))

    def remove(self, namespace: str, name: str) -> None:
        with self.changed:
            self._store(f"{namespace}/{name}", self.objects[f"{namespace}/{name}"], "DELETED")

    def emit(self, event: dict[str, Any]) -> None:
        """Send an event of our own making to every watch."""
        with self.changed:
            self.version += 1
            self.events.append((self.version, event))
            self.changed.notify_all()

    def count(self, which: Callable[[Request], bool]) -> int:
        return sum(1 for request in list(self.requests) if which(request))

    @property
    def lists(self) -> int:
        # one that wants a single object only asks where the server is
        return self.count(lambda r: r.is_list and r.query["limit"] != "1" and "continue" not in r.query)

    @property
    def watches(self) -> list[Request]:
        return [request for request in list(self.requests) if request.is_watch]

    def _store(self, key: str, obj: dict[str, Any], kind: str) -> None:
        self.version += 1
        obj = json.loads(json.dumps(obj))
        obj["metadata"]["resourceVersion"] = str(self.version)
        if kind == "DELETED":
            del self.objects[key]
        else:
            self.objects[key] = obj
        self.events.append((self.version, {"type": kind, "object": obj}))
        self.changed.notify_all()

    def replace(self, key: str, obj: dict[str, Any]) -> dict[str, Any]:
        """What a PUT or PATCH does; answers with the stored object."""
        self._store(key, obj, "MODIFIED" if key in self.objects else "ADDED")
        return self.objects[key]


def _fresh(namespace: str, name: str) -> dict[str, Any]:
    metadata = {"namespace": namespace, "name": name, "uid": str(uuid.uuid4()), "generation": 1}
    return {"apiVersion": "test.example/v1", "kind": "Widget", "metadata": metadata, "spec": {"value": 0}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def __init__(self, *args: Any) -> None:
        self.open: set[Any] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def drop_all(self) -> None:
        """A process that dies takes its connections with it."""
        for connection in list(self.open):
            try:
                connection.shutdown(2)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for a delayed acknowledgement
    fake: FakeApiServer

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._write)

    do_PUT = do_PATCH = do_DELETE = do_POST

    def _answer(self, act: Callable[[Request], None]) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        request = Request(self.command, parts.path, query, body, self.client_address)
        self.fake.requests.append(request)
        scripted = self.fake.script(request) if self.fake.script else None
        if scripted is None:
            act(request)
        elif scripted.raw is not None:
            scripted.raw(self)
        else:
            self.reply(scripted.status, scripted.body, scripted.headers)

    def reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _get(self, request: Request) -> None:
        fake = self.fake
        if fake.missing:
            self.reply(404, b"404 page not found\n")
        elif request.is_watch:
            self._watch(request)
        elif request.is_list:
            self._list(request)
        else:
            with fake.changed:
                obj = fake.objects.get(_key(request.path))
            self.reply(200, obj) if obj else self.reply(404, failure(404, "NotFound", "no such object"))

    def _list(self, request: Request) -> None:
        fake = self.fake
        with fake.changed:
            start, limit = int(request.query.get("continue", 0)), int(request.query["limit"])
            items = [fake.objects[key] for key in sorted(fake.objects)]
            metadata: dict[str, Any] = {"resourceVersion": str(fake.version)}
            if start + limit < len(items):
                metadata["continue"] = str(start + limit)
            page = json.dumps({"metadata": metadata, "items": items[start : start + limit]}).encode()
        self.reply(200, page)

    def _watch(self, request: Request) -> None:
        fake = self.fake
        since = int(request.query["resourceVersion"])
        place = len(fake.requests)
        with fake.changed:
            if since < fake.oldest:
                self.reply(410, failure(410, "Expired", "too old resource version"))
                return
            birth = fake.generation_of_watches
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in self._since(since, birth, place):
            self.chunk(json.dumps(event).encode() + b"\n")
        self.wfile.write(b"0\r\n\r\n")

    def _since(self, since: int, birth: int, place: int) -> Iterator[dict[str, Any]]:
        fake = self.fake
        marked = time.monotonic()
        while True:
            with fake.changed:
                if fake.generation_of_watches != birth:
                    return
                if place <= fake.muted:
                    fake.changed.wait(0.05)
                    continue
                news = [(version, event) for version, event in fake.events if version > since]
                if not news:
                    fake.changed.wait(0.05)
                now = fake.version
            for version, event in news:
                since = version
                yield event
            each = fake.bookmarks_each
            if each is not None and not news and time.monotonic() - marked >= each:
                marked = time.monotonic()
                since = max(since, now)
                yield {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(now)}}}

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _write(self, request: Request) -> None:
        fake = self.fake
        with fake.changed:
            if request.method == "POST":
                status, body = _create(fake, request)
            else:
                status, body = _change(fake, request)
        self.reply(status, body)


def _key(path: str) -> str:
    parts = path.split("/")
    at = parts.index("namespaces")
    return f"{parts[at + 1]}/{parts[at + 3]}"


def _create(fake: FakeApiServer, request: Request) -> tuple[int, Any]:
    namespace = request.path.split("/")[request.path.split("/").index("namespaces") + 1]
    obj = request.body
    key = f"{namespace}/{obj['metadata']['name']}"
    if key in fake.objects:
        return 409, failure(409, "AlreadyExists", f"{key} already exists")
    obj["metadata"].setdefault("uid", str(uuid.uuid4()))
    return 201, fake.replace(key, obj)


def _change(fake: FakeApiServer, request: Request) -> tuple[int, Any]:
    key = _key(request.path)
    old = fake.objects.get(key)
    if old is None:
        return 404, failure(404, "NotFound", f"{key} not found")
    if request.method == "DELETE":
        fake._store(key, old, "DELETED")
        return 200, {"kind": "Status", "status": "Success"}
    wanted = (request.body.get("metadata") or {}).get("resourceVersion")
    if wanted not in (None, old["metadata"]["resourceVersion"]):
        return 409, failure(409, "Conflict", "the object has been modified")
    new = request.body if request.method == "PUT" else merge(old, request.body)
    if request.path.endswith("/status"):
        new = {**old, "status": new.get("status")}
    return 200, fake.replace(key, new)


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386, as the API server does it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


@contextmanager
def serving() -> Iterator[FakeApiServer]:
    """A fake API server for the length of a test."""
    fake = FakeApiServer()
    fake.start()
    try:
        yield fake
    finally:
        if fake._server is not None:
            fake.stop()
