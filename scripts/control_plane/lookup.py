"""Where a tool already is: in KUBEBUILDER_ASSETS, on PATH at a version that fits, or in our cache. Gets nothing."""

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.control_plane.tools import Tool

_VERSION = re.compile(r"(\d+)\.(\d+)\.\d+")
_ANSWER_WITHIN = 10.0  # seconds for a tool to print its version


@dataclass(frozen=True, slots=True)
class Found:
    """A tool that is here, and who brought it."""

    path: Path
    source: str


def cache_root(environment: Mapping[str, str]) -> Path:
    """The folder everything we get goes to."""
    if named := environment.get("SAGEMAKER_OPERATORS_CACHE"):
        return Path(named).expanduser().absolute()
    home = environment.get("XDG_CACHE_HOME") or str(
        Path(environment.get("HOME") or "~").expanduser() / ".cache"
    )
    return Path(home) / "sagemaker-operators"


def built(root: Path, tool: Tool) -> Path:
    """Where our build of a tool belongs."""
    return root / "tools" / tool.name / tool.version / tool.name


def downloaded(root: Path, tool: Tool) -> Path | None:
    """Where a tool out of its published archive belongs."""
    if tool.archive is None:
        return None
    return root / "tools" / tool.name / f"envtest-{tool.archive.version}" / tool.name


def in_cache(root: Path, tool: Tool) -> Found | None:
    """The tool in our cache. What is there is whole: it got its name only when it was finished."""
    for path in (built(root, tool), downloaded(root, tool)):
        if path is not None and _runnable(path):
            return Found(path, "cache")
    return None


class Lookup:
    """Finds tools, and remembers which version each program on PATH printed: asking costs up to a tenth of a second."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.root = cache_root(environment)
        self._environment = environment
        self._memory = self.root / "versions.json"
        self._versions: dict[str, str] | None = None

    def find(self, tool: Tool) -> Found | None:
        """The first place that has it."""
        for path, source in self._places(tool):
            if self._version(path, tool) in tool.fits:
                return Found(path, source)
        return in_cache(self.root, tool)

    def _places(self, tool: Tool) -> Iterator[tuple[Path, str]]:
        assets = self._environment.get("KUBEBUILDER_ASSETS", "")
        named = [(folder, "PATH") for folder in self._environment.get("PATH", "").split(os.pathsep)]
        for folder, source in [(assets, "KUBEBUILDER_ASSETS"), *named]:
            # a relative entry means something else in every folder
            if folder and Path(folder).is_absolute():
                for binary in dict.fromkeys((tool.name, tool.program)):
                    if _runnable(path := Path(folder) / binary):
                        yield path, source

    def _version(self, path: Path, tool: Tool) -> str:
        """The "major.minor" a program prints; empty when it prints none."""
        state = path.stat()
        key = f"{path} {state.st_size} {state.st_mtime_ns} {' '.join(tool.ask)}"
        if self._versions is None:
            self._versions = self._remembered()
        if key not in self._versions:
            self._versions[key] = self._ask(path, tool)
            self._remember(self._versions)
        return self._versions[key]

    def _ask(self, path: Path, tool: Tool) -> str:
        try:
            done = subprocess.run(
                [str(path), *tool.ask],
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=_ANSWER_WITHIN,
                env=dict(self._environment),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        match = _VERSION.search(done.stdout) or _VERSION.search(done.stderr)
        return f"{match[1]}.{match[2]}" if match and done.returncode == 0 else ""

    def _remembered(self) -> dict[str, str]:
        try:
            kept = json.loads(self._memory.read_text())
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}

    def _remember(self, versions: Mapping[str, str]) -> None:
        with contextlib.suppress(OSError):  # a cache nobody may write to only costs the time to ask again
            self.root.mkdir(parents=True, exist_ok=True)
            temporary = self._memory.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(versions, indent=1))
            temporary.replace(self._memory)


def _runnable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
