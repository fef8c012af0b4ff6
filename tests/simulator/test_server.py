"""The server as a server: keep-alive, many callers at once, nonsense, start and end as a program, speed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from simulator.__main__ import arguments
from simulator.server import Simulator, start
from tests.simulator.raw import Raw
from tests.simulator.requests import make_model, training_job

ROOT = Path(__file__).parents[2]


def exchange(simulator: Simulator, sent: bytes) -> bytes:
    """What comes back on a fresh connection until the server closes it or says nothing for a while."""
    with socket.create_connection(("127.0.0.1", simulator.port)) as connection:
        connection.settimeout(5)
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_nonsense_ends_the_connection_and_nothing_else(raw: Raw, simulator: Simulator) -> None:
    for sent in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n"):
        assert exchange(simulator, sent) == b""
    assert b" 413 " in exchange(simulator, b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
    make_model(raw)


def test_a_person_with_a_browser_is_told_what_this_is(simulator: Simulator) -> None:
    answer = exchange(simulator, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"This is a simulated Amazon SageMaker." in answer


def test_pipelined_requests_are_answered_in_order(simulator: Simulator) -> None:
    one = b"GET /_simulator/health HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: SageMaker.ListModels\r\nContent-Length: 2\r\n\r\n{}"
    answers = exchange(simulator, one + two)
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.index(b'{"ok": true}') < answers.index(b'{"Models": []}')


def test_a_client_that_waits_for_permission_to_send(simulator: Simulator) -> None:
    head = b"POST / HTTP/1.1\r\nX-Amz-Target: SageMaker.ListModels\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    assert exchange(simulator, head + b"{}").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_many_callers_at_once_get_one_resource_each(simulator: Simulator) -> None:
    """20 threads race for 10 names: each name is made once, all others are refused."""
    outcomes: list[int] = []

    def race(start_at: threading.Barrier) -> None:
        client = Raw(simulator.url)
        start_at.wait()
        for i in range(10):
            outcomes.append(
                client.send("CreateTrainingJob", json.dumps(training_job(f"job-{i}")).encode())[0]
            )
        client.close()

    barrier = threading.Barrier(20)
    threads = [threading.Thread(target=race, args=(barrier,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (outcomes.count(200), outcomes.count(400)) == (10, 190)
    assert len(simulator.control.resources("TrainingJob")) == 10


def test_the_program(tmp_path: Path) -> None:
    """It says where it is, writes the port file, serves, and ends cleanly on SIGTERM."""
    port_file = tmp_path / "port"
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--durations",
        "*=0",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as program:
        assert program.stdout
        assert program.stderr
        line = program.stdout.readline()
        url = f"http://127.0.0.1:{port_file.read_text(encoding='utf-8').strip()}"
        assert line.startswith(f"SageMaker simulator at {url} ")
        client = Raw(url)
        make_model(client)
        client.ok("CreateTrainingJob", training_job("job"))
        assert (
            client.ok("DescribeTrainingJob", {"TrainingJobName": "job"})["TrainingJobStatus"] == "Completed"
        )
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=30) == 0
        assert program.stderr.read() == ""


def test_a_port_that_is_taken_is_one_sentence(simulator: Simulator) -> None:
    command = [sys.executable, "-m", "simulator", "--port", str(simulator.port)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert ended.returncode == 1
    assert (
        ended.stderr
        == f"Cannot listen on 127.0.0.1:{simulator.port}: Address already in use. Choose another --port or --host.\n"
    )


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        ("--durations", "TrainingJob=long", "'TrainingJob=long': write Kind=seconds or Kind.action=seconds"),
        ("--durations", "TrainingJob", "write Kind=seconds"),
        ("--durations", "Foo=1", "'Foo' is no SageMaker kind"),
        ("--durations", "Trainingjob=1", "did you mean TrainingJob?"),
        ("--durations", "Endpoint.upgrade=1", "an action is one of create, update"),
        ("--durations", "Endpoint=nan", "'nan' is no number"),
        ("--region", "Moon", "no region: one looks like us-east-1"),
        ("--account", "12", "one is twelve digits"),
        ("--speed", "0", "'0' is no number from 0.001"),
        ("--speed", "inf", "'inf' is no number"),
        ("--latency", "-1", "'-1' is no number from 0"),
        ("--port", "65536", "a port is 0 to 65535"),
        ("--spede", "2", "unrecognized arguments"),
    ],
)
def test_what_a_flag_cannot_be_is_one_sentence(
    flag: str, value: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments([f"{flag}={value}"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("python -m simulator: ") and words in said.err and "Traceback" not in said.err


def test_durations_may_be_said_of_a_kind_an_action_or_everything() -> None:
    said = arguments(["--durations", "TrainingJob=10,Endpoint.update=3,*.delete=0,*=1"])
    assert said.durations == {"TrainingJob": 10, "Endpoint.update": 3, "*.delete": 0, "*": 1}


def test_the_root_of_the_levers_says_which_there_are(simulator: Simulator) -> None:
    answer = exchange(simulator, b"GET /_simulator/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    for lever in (b"POST /_simulator/advance", b"GET /_simulator/calls", b"docs/simulator.md"):
        assert lever in answer


def test_it_is_fast_enough_to_measure_others_with() -> None:
    """A call costs the server little beside what it costs this client: bound by CPU time, not by the clock on the wall.

    500 calls a second on one core are 2 ms of CPU each, client and server together in this process; on the machine this
    was written on it is 0.4 ms.
    """
    with start(manual_clock=True) as simulator:
        client = Raw(simulator.url)
        body = json.dumps({"TrainingJobName": "job-0"}).encode()
        began = time.process_time()
        for i in range(500):
            assert client.send("CreateTrainingJob", json.dumps(training_job(f"job-{i}")).encode())[0] == 200
            assert client.send("DescribeTrainingJob", body)[0] == 200
        assert (time.process_time() - began) / 1000 < 0.002
        client.close()
