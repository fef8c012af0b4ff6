"""`python -m simulator`: start a simulated SageMaker, say where it is, and run until told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from simulator.identity import DEFAULT_ACCOUNT, DEFAULT_REGION
from simulator.server import start


def durations(text: str) -> dict[str, float]:
    """`TrainingJob=10,Endpoint.update=3` as numbers."""
    table = {}
    for part in filter(None, text.split(",")):
        kind, _, seconds = part.partition("=")
        try:
            table[kind.strip()] = float(seconds)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{part!r}: write Kind=seconds or Kind.action=seconds") from None
    return table


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=4566, help="port on loopback; 0 takes a free one (default 4566)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default loopback only)")
    parser.add_argument("--region", default=DEFAULT_REGION, help="region of unsigned requests")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, help="account of access keys STS did not issue")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how much faster than its own durations SageMaker works"
    )
    parser.add_argument(
        "--manual-clock", action="store_true", help="time stands still until POST /_simulator/advance"
    )
    parser.add_argument(
        "--durations", type=durations, default={}, help="TrainingJob=10,Endpoint.update=3,*=1 (seconds)"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds every SageMaker call takes")
    parser.add_argument(
        "--fill-defaults", action="store_true", help="add a server default to every unset member"
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
        )
    except (OSError, OverflowError) as wrong:
        why = os.strerror(wrong.errno or 0) if isinstance(wrong, OSError) else "a port is 0 to 65535"
        print(
            f"Cannot listen on {options.host}:{options.port}: {why}. Choose another --port.",
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


if __name__ == "__main__":
    sys.exit(main())
