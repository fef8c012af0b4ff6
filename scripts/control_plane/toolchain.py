"""The tools at pinned versions: found, downloaded or built, once, whoever asks first.

Standard library only, here and in what it imports: it runs before there is an environment.
"""

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from scripts.control_plane import golang, lookup, tools
from scripts.control_plane.lookup import Found, Lookup
from scripts.control_plane.progress import Progress
from scripts.control_plane.tools import MEMORY_GB, TOOLS, Tool, ToolchainError

NAMES: tuple[str, ...] = tuple(tool.name for tool in TOOLS)


def ensure(names: Iterable[str]) -> dict[str, Path]:
    """The path of each tool, after getting those that are not here.

    Raises:
        ToolchainError: one cannot be had.
    """
    return Toolchain(TOOLS, os.environ, Progress(sys.stderr)).ensure(names)


class Toolchain:
    """A set of tools in the places an environment names."""

    def __init__(self, offered: Sequence[Tool], environment: Mapping[str, str], progress: Progress) -> None:
        self._tools = {tool.name: tool for tool in offered}
        self._environment = environment
        self._progress = progress
        self._lookup = Lookup(environment)
        self._root = self._lookup.root
        self._no_downloads = ""  # why, once one has failed: the others come from the same place

    def find(self, name: str) -> Found | None:
        """Where a tool is, if it is anywhere."""
        return self._lookup.find(self._named(name))

    def ensure(self, names: Iterable[str]) -> dict[str, Path]:
        """The path of each tool, after getting those that are not here."""
        wanted = [self._named(name) for name in names]
        found = {tool.name: self._lookup.find(tool) for tool in wanted}
        missing = [tool for tool in wanted if found[tool.name] is None]
        if missing:
            self._progress.say(self.plan(missing))
            self._check_disk(missing)
        return {tool.name: (found[tool.name] or self._get(tool)).path for tool in wanted}

    def plan(self, missing: Sequence[Tool]) -> str:
        """What getting tools will take, in words."""
        lines = [f"toolchain: not here yet, {len(missing)} of the tools go to {self._root / 'tools'}:"]
        for tool in missing:
            how = (
                "downloaded if the published archive can be reached, else built"
                if self._archive(tool)
                else "built"
            )
            lines.append(
                f"  {tool.name:<20} {tool.version:<7} {how} with Go: {_duration(tool.seconds)}, {tool.disk_mb / 1000:.1f} GB"
            )
        lines.append(
            f"  together at most {_duration(sum(tool.seconds for tool in missing))} on 2 cores, "
            f"{_needed_mb(missing) / 1000:.1f} GB of disk ({_free_mb(self._disk()) / 1000:.0f} GB are free; most of it is "
            f"Go's caches) and {MEMORY_GB} GB of memory; less where Go's caches are warm"
        )
        return "\n".join(lines)

    def _get(self, tool: Tool) -> Found:
        with self._locked(self._root / "tools" / tool.name, f"{tool.name} {tool.version}"):
            if found := self._lookup.find(tool):  # somebody else got it while we waited
                return found
            if self._archive(tool) and (found := self._download(tool)):
                return found
            return self._build(tool)

    def _download(self, tool: Tool) -> Found | None:
        from scripts.control_plane import (
            download,
        )  # here: it costs a third of the time a run takes when all is there

        archive = tool.archive
        assert archive is not None  # the caller asked
        if self._no_downloads:
            return None
        with self._locked(self._root / "tools" / f"envtest-{archive.version}", "its archive") as folder:
            if found := lookup.in_cache(self._root, tool):  # it came with another tool of the same archive
                return found
            base = download.base_address(self._environment)
            self._progress.say(f"toolchain: trying {base} for {tool.name}")
            try:
                with _temporary(folder) as temporary:
                    path = download.fetch(archive, tools.host(), base, temporary)
                    together = [other for other in self._tools.values() if other.archive == archive]
                    unpacked = download.unpack(path, {other.program for other in together}, temporary)
                    for other in together:
                        if other.program in unpacked:
                            _publish(unpacked[other.program], lookup.downloaded(self._root, other))
            except download.NotDownloadedError as error:
                self._no_downloads = str(error)
                self._progress.say(f"toolchain: {error}; building instead")
                return None
        return lookup.in_cache(self._root, tool)

    def _build(self, tool: Tool) -> Found:
        go = self._go(golang.wanted(tool))
        target = lookup.built(self._root, tool)
        with _temporary(target.parent.parent) as temporary:
            golang.build(tool, go, temporary / tool.name, self._root, self._environment, self._progress)
            _publish(temporary / tool.name, target)
        self._progress.say(f"toolchain: built {tool.name} {tool.version}")
        return Found(target, "cache")

    def _go(self, minimum: golang.Version) -> Path:
        if go := golang.on_path(self._environment, minimum) or golang.in_cache(self._root):
            return go
        with self._locked(self._root / "tools" / "go", f"Go {tools.GO_VERSION}") as folder:
            if go := golang.in_cache(self._root):
                return go
            with _temporary(folder) as temporary:
                return golang.from_pypi(self._root, temporary, self._environment, self._progress, minimum)

    @contextlib.contextmanager
    def _locked(self, folder: Path, what: str) -> Iterator[Path]:
        """Hold a folder of the cache alone. What an earlier holder left half done (killed, so not tidied) is removed."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / ".lock").open("wb")
        except OSError as error:
            raise ToolchainError(
                f"toolchain: cannot write to {folder} ({error.strerror}): name another folder in SAGEMAKER_OPERATORS_CACHE."
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._progress.say(f"toolchain: another run is getting {what}; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            for stale in folder.glob(f"{_TEMPORARY}*"):
                shutil.rmtree(stale, ignore_errors=True)
            yield folder

    def _check_disk(self, missing: Sequence[Tool]) -> None:
        needed, free = _needed_mb(missing), _free_mb(self._disk())
        if free < needed:
            raise ToolchainError(
                f"toolchain: {needed / 1000:.1f} GB of disk are needed and {self._disk()} has {free / 1000:.1f}: make room, or "
                "point SAGEMAKER_OPERATORS_CACHE, GOMODCACHE and GOCACHE to a larger disk."
            )

    def _disk(self) -> Path:
        """The folder, or its nearest parent that exists, that takes most of a build: Go's build cache."""
        folder = Path(self._environment.get("GOCACHE") or self._root)
        return next(path for path in (folder, *folder.absolute().parents) if path.exists())

    def _archive(self, tool: Tool) -> bool:
        # an address that is set to nothing switches downloads off
        named = self._environment.get("SAGEMAKER_OPERATORS_ENVTEST_URL", "default")
        return bool(named) and tool.archive is not None and tools.host() in tool.archive.sha512

    def _named(self, name: str) -> Tool:
        if name not in self._tools:
            raise ToolchainError(f"toolchain: there is no tool {name!r}; there are {', '.join(self._tools)}.")
        return self._tools[name]


_TEMPORARY = ".unfinished-"


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A folder beside the final place, so that finishing is one rename; gone afterwards however it ends."""
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=folder, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _publish(finished: Path, place: Path | None) -> None:
    assert place is not None
    place.parent.mkdir(parents=True, exist_ok=True)
    finished.replace(place)


def _needed_mb(missing: Sequence[Tool]) -> int:
    return sum(tool.disk_mb for tool in missing) + tools.GO_DISK_MB


def _free_mb(folder: Path) -> int:
    return shutil.disk_usage(folder).free // 1_000_000


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/toolchain", description="Find, download or build the pinned tools."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="tools to get (default: all)")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--list", action="store_true", help="names and versions, nothing else")
    choice.add_argument("--where", action="store_true", help="where each tool is; gets nothing")
    choice.add_argument("--print-path", metavar="NAME", help="get one tool and print its path alone")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options)
    except ToolchainError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "toolchain: interrupted; nothing half finished stays, and Go's caches shorten the next run",
            file=sys.stderr,
        )
        return 130


def _run(options: argparse.Namespace) -> int:
    names = options.names or NAMES
    chain = Toolchain(TOOLS, os.environ, Progress(sys.stderr))
    if options.list:
        for tool in TOOLS:
            print(f"{tool.name:<20} {tool.version}")
    elif options.where:
        for name in names:
            found = chain.find(name)
            print(f"{name:<20} " + (f"{found.path} ({found.source})" if found else "not here yet"))
    elif options.print_path:
        print(chain.ensure([options.print_path])[options.print_path])
    else:
        paths = chain.ensure(names)
        cache = lookup.cache_root(os.environ)
        ours = sum(path.is_relative_to(cache) for path in paths.values())
        elsewhere = f", {len(paths) - ours} on PATH or in KUBEBUILDER_ASSETS" if ours < len(paths) else ""
        print(f"toolchain: ready, {ours} of {len(paths)} tools in {cache / 'tools'}{elsewhere}")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
