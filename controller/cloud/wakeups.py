"""The door to SQS: one queue, its messages in long polls of ten, deleted in tens. Every answer is data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from controller.cloud.session import Session
from controller.decide.faults import Fault, Meaning, judge

# The most that SQS takes: messages in one call, seconds of a long poll. A queue without events costs three calls a minute.
AT_ONCE = 10
POLL = 20.0
# Seconds for which nobody else is given a message that was received. A pass makes five calls of 12 s at the most and deletion
# waits for one poll; the rest is for a backlog. Whoever takes over after a crash looks at what is open without any message.
UNSEEN = 300

# What no try will better by itself; SQS' own words beside those that all of AWS has.
_ABSENT = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class Counter(Protocol):
    """Who counts the calls."""

    def queue_called(self, operation: str, outcome: str) -> None:
        """One call to SQS has ended: ``outcome`` is "ok" or a fault's code."""


@dataclass(frozen=True, slots=True)
class Message:
    """``receipt`` is what it is deleted by; it changes with each delivery, ``id`` does not."""

    id: str
    receipt: str
    body: str


class Mailbox:
    """One queue. ``region`` is where it is; the URL is also the way there, so that private endpoints and tests work alike."""

    def __init__(self, session: Session, url: str, region: str, counter: Counter) -> None:
        self.url = url
        self.region = region
        self._session = session
        self._counter = counter
        self._client: Any = None

    @property
    def name(self) -> str:
        """The queue's own name."""
        return self.url.rstrip("/").rpartition("/")[2]

    def receive(self, wait: float = POLL) -> tuple[Message, ...] | Fault:
        """Up to ten messages, as soon as there is one; none after ``wait`` seconds."""
        said = self._call(
            "ReceiveMessage", MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=int(wait), VisibilityTimeout=UNSEEN
        )
        if isinstance(said, Fault):
            return said
        return tuple(
            Message(str(m["MessageId"]), str(m["ReceiptHandle"]), str(m.get("Body", "")))
            for m in said.get("Messages") or ()
        )

    def delete(self, receipts: Sequence[str]) -> Fault | None:
        """Delete up to ten messages. What is not deleted comes again, which does no harm."""
        entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
        said = self._call("DeleteMessageBatch", Entries=entries)
        return said if isinstance(said, Fault) else None

    def _call(self, operation: str, **request: Any) -> dict[str, Any] | Fault:
        said = self._said(operation, request)
        self._counter.queue_called(operation, said.code if isinstance(said, Fault) else "ok")
        return said

    def _said(self, operation: str, request: dict[str, Any]) -> dict[str, Any] | Fault:
        try:
            if self._client is None:
                self._client = self._session.queue_client(self.url, self.region, POLL)
            output: dict[str, Any] = self._client._make_api_call(operation, {"QueueUrl": self.url, **request})
            return output
        except ClientError as error:
            told = error.response.get("Error", {})
            code, message = str(told.get("Code", "")), str(told.get("Message", ""))
            if code in _ABSENT or code.endswith("QueueDoesNotExist"):
                return Fault(Meaning.GONE, "NonExistentQueue", message or "there is no such queue")
            # NB: what stands on the way (a proxy, an endpoint policy) may refuse in words of its own
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status in {401, 403}:
                why = message if message and not message.startswith("<") else f"SQS answers {status}"
                return Fault(Meaning.DENIED, "AccessDenied", why)
            return judge(code, message, about_itself=False)
        except (NoCredentialsError, PartialCredentialsError) as error:
            return Fault(Meaning.DENIED, "NoCredentials", str(error))
        except BotoCoreError as error:
            return Fault(Meaning.UNKNOWN, type(error).__name__, str(error))
