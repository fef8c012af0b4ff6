"""A second opinion: every SageMaker operation moto has runs on moto and on the simulator, and each difference has a reason.

`moto_differences.yaml` lists them. A difference that is not listed fails, and so does one that is listed and gone.
"""

from __future__ import annotations

import http.client
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from moto.server import ThreadedMotoServer

from simulator import model
from simulator.model import Kind
from simulator.server import Simulator
from tests.simulator.beside_moto import Both, Mirrored, life, motos_operations, rest
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw
from tests.simulator.requests import make_config, make_model

REASONS: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "moto_differences.yaml").read_text(encoding="utf-8")
)
HAS = set(motos_operations())
KINDS = [k for k in model.kinds().values() if k.create in HAS]


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def both(moto: str, simulator: Simulator) -> Both:
    reset = http.client.HTTPConnection(moto.removeprefix("http://"), timeout=30)
    reset.request("POST", "/moto-api/reset")
    assert reset.getresponse().read()
    reset.close()
    return Both(Raw(simulator.url), Raw(moto))


def check(found: list[str], about: str) -> None:
    listed = REASONS.get(about, {})
    assert sorted(set(found)) == sorted(listed), about
    assert all(len(reason) > 10 for reason in listed.values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_a_life(kind: Kind, both: Both) -> None:
    mirrored = Mirrored(both.ours.url, both.motos)
    make_model(mirrored)
    make_config(mirrored)
    if kind.name in ("Model", "EndpointConfig"):
        for operation, member, name in (
            ("DeleteEndpointConfig", "EndpointConfigName", "config"),
            ("DeleteModel", "ModelName", "model"),
        ):
            if operation != "DeleteModel" or kind.name == "Model":
                both.call(operation, {member: name})
    check(list(life(both, Maker(mirrored), kind, HAS)), kind.name)


def test_the_rest(both: Both) -> None:
    check(list(rest(both)), "rest")


def test_every_operation_of_motos_is_run(both: Both) -> None:
    mirrored = Mirrored(both.ours.url, both.motos)
    make_model(mirrored)
    make_config(mirrored)
    maker = Maker(mirrored)
    for kind in KINDS:
        list(life(both, maker, kind, HAS))
    list(rest(both))
    assert sorted(HAS - both.called) == []


def test_no_reason_is_for_nothing() -> None:
    assert set(REASONS) <= {kind.name for kind in KINDS} | {"rest"}
