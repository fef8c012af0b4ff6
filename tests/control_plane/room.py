"""A home, a cache and a PATH of a test's own, with a stand-in for Go that a test can hold up, fail and count."""

import io
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.control_plane.progress import Progress
from scripts.control_plane.toolchain import Toolchain
from scripts.control_plane.tools import Tool

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
        self.started: list[subprocess.Popen[str]] = []
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


def command(room: Room, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    # NB: a suite that a shell runs in the background ignores Ctrl-C, and so would what it starts.
    wanted = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = subprocess.Popen(
        [sys.executable, str(ROOT / "scripts/toolchain"), *arguments],
        env=room.environment | environment,
        cwd=room.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, wanted)
    room.started.append(started)
    return started


def no_go(room: Room) -> str:
    """A PATH with a shell and no Go on it."""
    for name in ("sh", "env", "sleep", "chmod"):
        (room.bin / name).symlink_to(str(shutil.which(name)))
    return str(room.bin)


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited a minute in vain"
        time.sleep(0.02)
