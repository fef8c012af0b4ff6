"""One watch connection as an iterator of events. It knows lines and JSON, not what the events mean."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from controller.cluster.errors import Silence, Unreachable, unanswered

# One read returns at most this much; an event of 1.5 MB (etcd's limit for an object) takes 24 of them.
READ_BYTES = 64 * 1024


class WatchStream(Iterator[dict[str, Any]]):
    """One watch: its events until the server ends it, it breaks (`Unreachable`) or is silent (`Silence`)."""

    def __init__(self, response: urllib3.BaseHTTPResponse, where: str) -> None:
        self._response = response
        self._where = where
        self._closed = False
        self._lines = self._split()

    def __next__(self) -> dict[str, Any]:
        line = next(self._lines)
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            self.close()
            # 502 and not 0: somebody answered, so asking again for the same may not help.
            raise Unreachable(502, "Garbled", f"{self._where}: this is no event: {line[:100]!r}")
        return event

    def close(self) -> None:
        """End the watch; may be called by another thread while one waits for the next event."""
        self._closed = True
        # NB: closing a file descriptor does not wake a thread that reads it, shutting the socket down does.
        with contextlib.suppress(Exception):
            self._response.shutdown()

    def _split(self) -> Iterator[bytes]:
        rest = bytearray()
        try:
            for chunk in self._response.stream(READ_BYTES):
                seen = len(rest)
                rest += chunk
                while (end := rest.find(b"\n", seen)) >= 0:
                    line = bytes(rest[:end])
                    del rest[: end + 1]
                    seen = 0
                    if line.strip():
                        yield line
            if rest.strip():
                yield bytes(rest)
        except ReadTimeoutError as error:
            if not self._closed:
                raise Silence(0, "Silence", f"{self._where}: nothing was heard: {error}") from None
        except (HTTPError, OSError, ValueError) as error:
            # NB: ValueError is what TLS raises on a socket that another thread shut down.
            if not self._closed:
                raise unanswered(self._where, error) from None
        finally:
            # The connection is spent or in an unknown state: never give it back to the pool.
            with contextlib.suppress(Exception):
                self._response.close()
