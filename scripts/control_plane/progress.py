"""Long commands with a sign of life: a running second counter on a terminal, else a line now and then.

A command watched here never outlives the wait for it: whatever ends the wait ends the command's whole process group.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

_LOOK_EVERY = 0.2  # seconds
_GRACE = 5.0  # seconds between asking a command to end and ending it


class Progress:
    """Where progress is told. ``every`` is the pause between two lines when it is not a terminal."""

    def __init__(self, stream: TextIO, every: float = 30.0) -> None:
        self._stream = stream
        self._every = every

    def say(self, text: str) -> None:
        """One line, at once."""
        print(text, file=self._stream, flush=True)

    def watch(
        self,
        what: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path | None = None,
        seconds: int = 0,
    ) -> int:
        """Run a command with both outputs in ``log`` until it ends; its exit code. ``seconds`` is what it is expected to take."""
        started = last = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a group of its own, so that compilers started by it can be ended as well
            )
        try:
            while True:
                try:
                    return process.wait(_LOOK_EVERY)
                except subprocess.TimeoutExpired:
                    last = self._tick(what, started, last, seconds)
        finally:
            _end(process)
            if self._stream.isatty():
                self._stream.write("\r\033[K")  # wipe the counter
                self._stream.flush()

    def _tick(self, what: str, started: float, last: float, seconds: int) -> float:
        now = time.monotonic()
        text = f"toolchain: {what}: {now - started:.0f} s" + (f" of about {seconds}" if seconds else "")
        if self._stream.isatty():
            self._stream.write(f"\r{text}\033[K")
            self._stream.flush()
        elif now - last >= self._every:
            self.say(text)
        else:
            return last
        return now


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    for name, grace in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, name)
            process.wait(grace)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
