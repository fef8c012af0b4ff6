"""Getting tools: built once, side by side, interrupted, and what it says. No test here compiles Kubernetes."""

import io
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from scripts.control_plane import toolchain
from scripts.control_plane.progress import Progress
from scripts.control_plane.toolchain import Toolchain
from scripts.control_plane.tools import ToolchainError
from tests.control_plane.room import Room, command, wait_for


def test_what_is_nowhere_is_built_once_and_kept(room: Room) -> None:
    room.go()
    path = room.chain(room.tool()).ensure(["widget"])["widget"]
    assert path == room.cache / "tools/widget/1.2.3/widget"
    assert subprocess.check_output([path], text=True) == "v9.9.9\n"
    assert room.chain(room.tool()).ensure(["widget"]) == {"widget": path}
    assert room.builds() == 1
    assert room.files() == {"widget/1.2.3/widget"}


def test_nothing_of_the_users_go_settings_changes_what_is_built(room: Room) -> None:
    room.go()
    room.chain(room.tool(), GOFLAGS="-mod=mod", GOOS="plan9", CGO_ENABLED="1", GOWORK="/x").ensure(["widget"])
    seen = dict(
        line.split("=", 1) for line in (room.folder / "environment").read_text().splitlines() if "=" in line
    )
    assert (seen["CGO_ENABLED"], seen["GOWORK"], seen["GOTOOLCHAIN"]) == ("0", "off", "local")
    assert seen["GOFLAGS"] == "-modcacherw"
    assert "GOOS" not in seen


def test_caches_of_go_are_shared_where_they_exist_and_else_lie_in_ours(room: Room) -> None:
    room.go()
    (room.folder / "modules").mkdir()
    room.chain(room.tool()).ensure(["widget"])
    seen = (room.folder / "environment").read_text()
    assert f"GOCACHE={room.cache}/go/build\n" in seen
    assert "GOMODCACHE=" not in seen
    room.chain(room.tool("other"), GOCACHE="/named/by/the/user").ensure(["other"])
    assert "GOCACHE=/named/by/the/user\n" in (room.folder / "environment").read_text()


def test_a_real_go_builds_a_tiny_module_with_its_version_stamped(room: Room) -> None:
    if not shutil.which("go"):
        pytest.skip("no go on PATH: what make toolchain built has shown it")
    wrapper = room.folder / "module"
    wrapper.mkdir()
    (wrapper / "go.mod").write_text("module example.test/tiny\n\ngo 1.21\n")
    (wrapper / "main.go").write_text(
        'package main\n\nvar version = "none"\n\nfunc main() { print(version) }\n'
    )
    tool = room.tool("tiny", wrapper=wrapper, package="example.test/tiny", stamps=("main.version=v1.2.3",))
    chain = Toolchain(
        [tool], {**os.environ, **room.environment, "PATH": os.environ["PATH"]}, Progress(room.said)
    )
    done = subprocess.run([chain.ensure(["tiny"])["tiny"]], capture_output=True, text=True, check=True)
    assert done.stderr == "v1.2.3"


def test_a_go_that_is_too_old_is_passed_over(room: Room) -> None:
    room.go("1.25.9")
    room.go("1.26.0", folder="newer")
    room.chain(room.tool(), PATH=f"{room.bin}:{room.folder / 'newer'}:/usr/bin:/bin").ensure(["widget"])
    assert room.builds() == 1


def test_two_runs_at_once_build_once(room: Room) -> None:
    room.go()
    gate = room.folder / "gate"
    first = command(room, "kustomize", FAKE_GO_GATE=str(gate))
    wait_for(lambda: room.builds() == 1)
    second = command(room, "--print-path", "kustomize", FAKE_GO_GATE=str(gate))
    assert second.stderr is not None
    heard = ""
    while "another run is getting kustomize" not in heard:
        line = second.stderr.readline()
        assert line, heard
        heard += line
    gate.touch()
    assert "ready, 1 of 1 tools" in first.communicate(timeout=60)[0]
    assert second.communicate(timeout=60)[0] == f"{room.cache}/tools/kustomize/5.8.1/kustomize\n"
    assert (first.returncode, second.returncode) == (0, 0)
    assert room.builds() == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing(room: Room, number: signal.Signals) -> None:
    room.go()
    running = command(room, "kustomize", FAKE_GO_GATE=str(room.folder / "never"))
    wait_for(lambda: room.builds() == 1 and bool(room.files()))
    running.send_signal(number)
    output, errors = running.communicate(timeout=60)
    assert (running.returncode, output) == (130, "")
    assert "Traceback" not in errors
    assert "interrupted" in errors
    assert room.files() == set()
    builder = int((room.folder / "builds").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(builder, 0)


def test_what_a_killed_run_left_is_removed_by_the_next(room: Room) -> None:
    room.go()
    left = room.cache / "tools/widget/.unfinished-x"
    left.mkdir(parents=True)
    (left / "widget").write_text("half")
    room.chain(room.tool()).ensure(["widget"])
    assert room.files() == {"widget/1.2.3/widget"}


def test_the_command_gets_nothing_when_asked_where_things_are(room: Room) -> None:
    room.go()
    output, errors = command(room, "--where").communicate(timeout=60)
    assert output.count("not here yet") == len(toolchain.NAMES)
    assert (room.builds(), errors) == (0, "")
    assert command(room, "--list").communicate(timeout=60)[0].split()[::2] == list(toolchain.NAMES)


def test_the_command_says_one_line_when_all_is_there(room: Room) -> None:
    room.go()
    assert (
        command(room, "kustomize", "helm")
        .communicate(timeout=60)[1]
        .startswith("toolchain: not here yet, 2 of the tools go to")
    )
    output, errors = command(room, "kustomize", "helm").communicate(timeout=60)
    assert (output, errors) == (f"toolchain: ready, 2 of 2 tools in {room.cache}/tools\n", "")


def test_an_unknown_name_is_answered_with_the_known_ones(room: Room) -> None:
    running = command(room, "kustomise")
    errors = running.communicate(timeout=60)[1]
    assert running.returncode == 1
    assert errors == f"toolchain: there is no tool 'kustomise'; there are {', '.join(toolchain.NAMES)}.\n"


def test_it_says_what_it_will_take_before_it_starts(room: Room) -> None:
    room.go()
    offered = (room.tool("one", seconds=100, disk_mb=1500), room.tool("two", seconds=210, disk_mb=500))
    with pytest.raises(ToolchainError):
        room.chain(*offered, FAKE_GO_SAYS="it broke").ensure(["one", "two"])
    said = room.said.getvalue()
    assert said.startswith(f"toolchain: not here yet, 2 of the tools go to {room.cache}/tools:\n")
    assert re.search(r"one +1\.2\.3 +built with Go: 100 s, 1\.5 GB", said)
    assert re.search(r"two +1\.2\.3 +built with Go: 4 min, 0\.5 GB", said)
    assert "at most 5 min on 2 cores, 2.3 GB of disk" in said
    assert "2 GB of memory" in said


class Listener(io.StringIO):
    """A stream that opens a gate once something was written to it."""

    def __init__(self, gate: Path, terminal: bool) -> None:
        super().__init__()
        self._gate, self._terminal = gate, terminal

    def write(self, text: str) -> int:
        self._gate.touch()
        return super().write(text)

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(("terminal", "shape"), [(True, r"\r{}\x1b\[K\r\x1b\[K"), (False, "{}\n")])
def test_a_long_command_shows_a_sign_of_life(tmp_path: Path, terminal: bool, shape: str) -> None:
    stream = Listener(tmp_path / "gate", terminal)
    loop = ["sh", "-c", 'while [ ! -e "$0" ]; do sleep 0.05; done; exit 3', str(tmp_path / "gate")]
    watched = Progress(stream, every=0).watch(
        "building it", loop, log=tmp_path / "log", environment=os.environ, seconds=60
    )
    line = r"toolchain: building it: \d+ s of about 60"
    assert watched == 3
    assert re.match(
        shape.format(line),
        stream.getvalue().splitlines(keepends=True)[0] if not terminal else stream.getvalue(),
    )


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ("go: a@v1: Get https://x: dial tcp: lookup x: no such host", "not to be had from the module proxy"),
        ("verifying a@v1: checksum mismatch", "a module is not the one that is pinned"),
        ("compile: writing output: no space left on device", "is full; about 1 MB are needed"),
        ("link: signal: killed", "want of memory; 2 GB are needed"),
        ("x.go:1: undefined: y", "x.go:1: undefined: y (everything Go said is in "),
    ],
)
def test_a_failed_build_is_one_sentence(room: Room, says: str, answer: str) -> None:
    room.go()
    with pytest.raises(ToolchainError) as caught:
        room.chain(room.tool(), FAKE_GO_SAYS=says).ensure(["widget"])
    assert str(caught.value).startswith("toolchain: widget 1.2.3 could not be built: ")
    assert answer in str(caught.value)
    assert "\n" not in str(caught.value)
    assert room.files() == set()


def test_a_disk_that_is_too_small_is_noticed_before_anything_starts(room: Room) -> None:
    room.go()
    with pytest.raises(ToolchainError, match=r"1000000\.\d GB of disk are needed and .* make room"):
        room.chain(room.tool(disk_mb=1_000_000_000)).ensure(["widget"])
    assert room.builds() == 0


def test_a_cache_that_cannot_be_written_is_named(room: Room) -> None:
    (room.folder / "file").touch()
    with pytest.raises(ToolchainError, match="name another folder in SAGEMAKER_OPERATORS_CACHE"):
        room.chain(room.tool(), SAGEMAKER_OPERATORS_CACHE=str(room.folder / "file/cache")).ensure(["widget"])
