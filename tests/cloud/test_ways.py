"""The ways to AWS that an environment sets: FIPS, dual stack, regional STS, other endpoints, proxies, a CA of one's own."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from controller.cloud import session
from controller.cloud.calls import Absent, Answer
from controller.cloud.session import Place, Session
from controller.decide.faults import Fault, Meaning
from scripts.control_plane import identity
from simulator.server import Simulator
from simulator.server import start as start_simulator
from tests.cloud.test_doors import MODEL, door

REGION = "us-east-1"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with start_simulator() as started:
        yield started


@pytest.mark.parametrize(
    ("variable", "value", "host"),
    [
        ("", "", "api.sagemaker.us-east-1.amazonaws.com"),
        ("AWS_USE_FIPS_ENDPOINT", "true", "api-fips.sagemaker.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true", "api.sagemaker.us-east-1.api.aws"),
        ("AWS_ENDPOINT_URL_SAGEMAKER", "https://vpce-1.sagemaker.example", "vpce-1.sagemaker.example"),
        ("AWS_ENDPOINT_URL_STS", "https://vpce-1.sts.example", "api.sagemaker.us-east-1.amazonaws.com"),
    ],
)
def test_sagemakers_endpoint(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, host: str) -> None:
    if variable:
        monkeypatch.setenv(variable, value)
    client = Session(connections=1, user_agent="test").client(Place(REGION))
    assert urlsplit(client.meta.endpoint_url).hostname == host


def test_of_the_regions_that_somebody_writes_into_annotations_few_clients_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert session.MOST_CLIENTS >= 35  # AWS' own regions
    monkeypatch.setattr(session, "MOST_CLIENTS", 2)
    one = Session(connections=1, user_agent="test")
    first = one.client(Place("us-east-1"))
    assert one.client(Place("us-east-1")) is first
    for region in ("us-east-2", "eu-west-1"):
        one.client(Place(region))
    assert [place.region for place in one._clients] == ["us-east-2", "eu-west-1"]
    assert one.client(Place("us-east-1")) is not first


def test_other_partitions_have_endpoints_of_their_own() -> None:
    session = Session(connections=1, user_agent="test")
    for region, host in (
        ("cn-north-1", "api.sagemaker.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "api.sagemaker.us-gov-west-1.amazonaws.com"),
    ):
        assert urlsplit(session.client(Place(region)).meta.endpoint_url).hostname == host


@pytest.mark.parametrize(
    ("variable", "value", "host"),
    [
        ("AWS_STS_REGIONAL_ENDPOINTS", "regional", "sts.us-east-1.amazonaws.com"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "legacy", "sts.amazonaws.com"),
        ("AWS_ENDPOINT_URL_STS", "https://vpce-1.sts.example", "vpce-1.sts.example"),
    ],
)
def test_stss_endpoint(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, host: str) -> None:
    """What STS cannot be reached at is in the sentence that says so."""
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nothing of this may leave the machine
    said = Session(connections=1, user_agent="test").trouble(REGION)
    assert said is not None and ("127.0.0.1:9" in said or host in said)


class Proxy(BaseHTTPRequestHandler):
    """A proxy that remembers what it was asked for."""

    asked: list[str]

    def do_POST(self) -> None:
        """Pass a call on."""
        self.asked.append(self.path)
        parts = urlsplit(self.path)
        onward = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        onward.request("POST", parts.path or "/", body, dict(self.headers))
        answer = onward.getresponse()
        said = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)
        onward.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Remembering", (Proxy,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def test_calls_go_through_the_proxy_and_past_it_where_no_proxy_says_so(
    simulator: Simulator, proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = proxy
    monkeypatch.setenv("HTTP_PROXY", url)
    _, calls, place = door(simulator)
    assert isinstance(calls.describe(MODEL, place, {"ModelName": "m"}), Absent)
    assert len(asked) == 1 and asked[0].startswith(simulator.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    _, calls, place = door(simulator)
    assert isinstance(calls.describe(MODEL, place, {"ModelName": "m"}), Absent)
    assert len(asked) == 1


def test_a_proxy_that_is_not_there_had_no_effect(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    _, calls, place = door(simulator)
    said = calls.create(MODEL, place, {"ModelName": "m"})
    assert isinstance(said, Fault) and said.meaning is Meaning.NETWORK
    assert "127.0.0.1:9" in said.message


@pytest.fixture
def encrypted(simulator: Simulator, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The simulator behind TLS with a certificate of a CA that nobody knows, and that CA."""
    identity.write(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    listener = socket.create_server(("127.0.0.1", 0))
    target = urlsplit(simulator.url)

    def serve(near: Any) -> None:
        with suppress(OSError):
            wire = context.wrap_socket(near, server_side=True)
            far = socket.create_connection((target.hostname or "", target.port or 0), timeout=10)
            threading.Thread(target=pump, args=(far, wire), daemon=True).start()
            pump(wire, far)

    def pump(source: Any, sink: Any) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=serve, args=(near,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}", tmp_path / "ca.crt"
    listener.close()


def test_a_ca_of_ones_own_is_trusted_when_it_is_named_and_not_before(
    simulator: Simulator, encrypted: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ca = encrypted
    place = Place(REGION, url)
    _, calls, _ = door(simulator)
    said = calls.create(MODEL, place, {"ModelName": "m"})
    assert (
        isinstance(said, Fault) and said.meaning is Meaning.NETWORK and "certificate" in said.message.lower()
    )
    assert simulator.control.counts() == {}
    monkeypatch.setenv("AWS_CA_BUNDLE", str(ca))
    _, calls, _ = door(simulator)
    assert isinstance(calls.create(MODEL, place, {"ModelName": "m"}), Answer)
