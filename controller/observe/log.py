"""The log: one JSON object a line, with the kind, namespace and name of the object it is about."""

import json
import logging
import sys
from datetime import UTC, datetime

# What a caller may say beside the message; everything else of a record is the logging library's own.
_FIELDS = ("kind", "namespace", "object", "reason", "requestID", "operation", "seconds")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}


class JsonLine(logging.Formatter):
    """A record as one line of JSON; ``name`` is the object's, as the incumbent's log has it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        for field in _FIELDS:
            value = getattr(record, field, None)
            if value is not None:
                line["name" if field == "object" else field] = value
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up(level: str, *, for_people: bool) -> None:
    """Log to standard error from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)-7s %(message)s") if for_people else JsonLine()
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS[level])
    # Their debug lines hold requests and headers, which are nobody's business.
    for noisy in ("botocore", "boto3", "urllib3", "kubernetes"):
        logging.getLogger(noisy).setLevel(max(_LEVELS[level], logging.WARNING))
