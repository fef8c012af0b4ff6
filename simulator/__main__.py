"""`python -m simulator`: start a simulated SageMaker, say where it is, and run until told to stop."""

from __future__ import annotations

import argparse
import difflib
import math
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from simulator import model
from simulator.identity import DEFAULT_ACCOUNT, DEFAULT_REGION
from simulator.server import start

LONGEST = 1e9
"""Seconds, 30 years: what never ends in a test. nan, inf and 1e999 would stop the clock for good."""
LARGEST_SPEED = 1e6
ACTIONS = ("create", "update", "delete", "stop", "start", "rules")
"""What takes time: the actions of states.yaml, and the rules of a training job that has ended."""


class _Sentences(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def number(least: float, most: float) -> Callable[[str], float]:
    """What reads a number in a range."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to {most:g}")
        return value

    return read


def port(text: str) -> int:
    """A TCP port."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r}: a port is 0 to 65535")
    return int(text)


def matching(pattern: str, what: str) -> Callable[[str], str]:
    """What reads a text of a certain form."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise argparse.ArgumentTypeError(f"{text!r} is {what}")
        return text

    return read


def durations(text: str) -> dict[str, float]:
    """`TrainingJob=10,Endpoint.update=3` as numbers."""
    table = {}
    for part in filter(None, text.split(",")):
        named, equals, seconds = part.partition("=")
        if not equals:
            raise argparse.ArgumentTypeError(f"{part!r}: write Kind=seconds or Kind.action=seconds")
        kind, dot, action = named.strip().partition(".")
        if kind != "*" and kind not in model.kinds():
            near = difflib.get_close_matches(kind, model.kinds(), 1)
            hint = f"did you mean {near[0]}?" if near else "docs/kinds/README.md lists them"
            raise argparse.ArgumentTypeError(f"{part!r}: {kind!r} is no SageMaker kind; {hint}")
        if dot and action not in ACTIONS:
            raise argparse.ArgumentTypeError(f"{part!r}: an action is one of {', '.join(ACTIONS)}")
        try:
            table[named.strip()] = number(0, LONGEST)(seconds)
        except argparse.ArgumentTypeError as wrong:
            raise argparse.ArgumentTypeError(
                f"{part!r}: write Kind=seconds or Kind.action=seconds; {wrong}"
            ) from None
    return table


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = _Sentences(prog="python -m simulator", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--port", type=port, default=4566, help="port on loopback; 0 takes a free one (default 4566)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default loopback only)")
    parser.add_argument(
        "--region",
        type=matching(r"[a-z]{2,}(-[a-z0-9]+)+-\d+", "no region: one looks like us-east-1"),
        default=DEFAULT_REGION,
        help="region of unsigned requests",
    )
    parser.add_argument(
        "--account",
        type=matching(r"\d{12}", "no account: one is twelve digits"),
        default=DEFAULT_ACCOUNT,
        help="account of access keys STS did not issue",
    )
    parser.add_argument(
        "--speed",
        type=number(0.001, LARGEST_SPEED),
        default=1.0,
        help="how much faster than its own durations SageMaker works",
    )
    parser.add_argument(
        "--manual-clock", action="store_true", help="time stands still until POST /_simulator/advance"
    )
    parser.add_argument(
        "--durations", type=durations, default={}, help="TrainingJob=10,Endpoint.update=3,*=1 (seconds)"
    )
    parser.add_argument(
        "--latency", type=number(0, 3600), default=0.0, help="seconds every SageMaker call takes"
    )
    parser.add_argument(
        "--fill-defaults", action="store_true", help="add a server default to every unset member"
    )
    parser.add_argument(
        "--events-queue",
        type=matching(
            r"https?://[^/\s]+/\d{12}/[A-Za-z0-9_-]{1,80}",
            "no queue: one looks like http://host/111122223333/name",
        ),
        default=None,
        help="SQS queue that gets an event for each change of state, as from EventBridge",
    )
    parser.add_argument("--port-file", type=Path, help="write the port there once it is open")
    return parser.parse_args(given)


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    options = arguments()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        simulator = start(
            port=options.port,
            host=options.host,
            region=options.region,
            account=options.account,
            speed=options.speed,
            manual_clock=options.manual_clock,
            durations=options.durations,
            latency=options.latency,
            fill_defaults=options.fill_defaults,
            events_queue=options.events_queue or "",
        )
    except OSError as wrong:
        print(
            f"Cannot listen on {options.host}:{options.port}: {_why(wrong)}. Choose another --port or --host.",
            file=sys.stderr,
        )
        return 1
    if options.port_file:
        options.port_file.write_text(f"{simulator.port}\n", encoding="utf-8")
    print(
        f"SageMaker simulator at {simulator.url} (STS too; levers under {simulator.url}/_simulator/)",
        flush=True,
    )
    ended.wait()
    simulator.stop()
    return 0


def _why(wrong: OSError) -> str:
    """The system's own words. NB: a name that nobody knows has a negative number, which no system has words for."""
    known = wrong.errno is not None and wrong.errno > 0
    return os.strerror(wrong.errno or 0) if known else "there is no such host here"


if __name__ == "__main__":
    sys.exit(main())
