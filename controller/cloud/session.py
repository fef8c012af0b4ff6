"""One boto3 Session for the process, and one SageMaker client per place; nothing of what is said over them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from controller.kinds.load import OneModel

# Seconds. A mutating call must be over before another controller can hold the lease (15 s). A connection is there or not
# within a second resend of its first packet (1 s); the lease is renewed every 2 s, which leaves 1 s for a slow renewal.
CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 10.0
LONGEST_CALL = CONNECT_TIMEOUT + READ_TIMEOUT
# Seconds that STS may take to give new credentials; botocore would wait a minute, and try several times.
CREDENTIALS_TIMEOUT = 5.0

# A client takes 0.65 MB, and a region is whatever somebody writes into an annotation; AWS has about 35.
MOST_CLIENTS = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource lives: region, and the endpoint override if there is one ("" for AWS' own)."""

    region: str
    endpoint: str = ""


# What the thread asks before what it says goes out, if anything.
_SAYING = threading.local()


@contextmanager
def asking(check: Callable[[], None]) -> Iterator[None]:
    """What this thread says to SageMaker meanwhile goes out only if ``check`` does not raise.

    It is asked when the request is made and signed, and all that is left is to send it: whoever is frozen before that, and wakes
    up without the lease, sends nothing.
    """
    _SAYING.check = check
    try:
        yield
    finally:
        _SAYING.check = None


def _ask(**_: Any) -> None:
    """Botocore's hook ``before-send``. What it raises is raised by the call; what it returns would be taken for the answer."""
    check = getattr(_SAYING, "check", None)
    if check is not None:
        check()


class NoSession(Exception):
    """AWS' own configuration cannot be used; the sentence says why."""


class Session:
    """Clients by place, made once each under a lock: a boto3 Session is not thread-safe, its clients are.

    ``connections`` is the number of threads that call at once. ``identity_endpoint`` overrides STS.

    Raises:
        NoSession: a profile or a file that the environment names is not there or cannot be read.
    """

    def __init__(self, *, connections: int, user_agent: str, identity_endpoint: str = "") -> None:
        try:
            found = botocore.session.get_session()
            found.get_scoped_config()  # reads the files and the profile; botocore would do it at the first call
            found.register_component("data_loader", OneModel())
            self._session = boto3.Session(botocore_session=found)
        except BotoCoreError as error:
            raise NoSession(f"{error}; look at AWS_PROFILE, AWS_CONFIG_FILE and their like") from None
        # NB: for the clients that botocore makes itself, such as STS' for a web identity
        found.set_default_client_config(
            Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=CREDENTIALS_TIMEOUT,
                retries={"total_max_attempts": 2, "mode": "standard"},
            )
        )
        self.account: str | None = None  # whose credentials these are, once STS has said so
        self._lock = threading.Lock()
        self._clients: dict[Place, Any] = {}
        self._identity_endpoint = identity_endpoint
        # total_max_attempts 1: mutating calls go out exactly once a pass, and reads come back through the queue, so that no
        # worker ever sleeps. parameter_validation off: plan has rejected what the model forbids before.
        self._config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=connections,
            parameter_validation=False,
            user_agent_extra=user_agent,
            tcp_keepalive=True,
        )

    def client(self, place: Place) -> Any:
        """The SageMaker client of a place. It renews its credentials while it signs, before anything is asked (``asking``).

        Raises:
            NoCredentialsError: there are none. NB: a client that is made then would have none for ever, so none is kept.
        """
        with self._lock:
            if self._session.get_credentials() is None:
                raise NoCredentialsError
            if place not in self._clients:
                if len(self._clients) >= MOST_CLIENTS:
                    self._clients.pop(
                        next(iter(self._clients))
                    )  # the oldest; whoever needs it again makes it again
                self._clients[place] = self._session.client(
                    "sagemaker",
                    region_name=place.region,
                    endpoint_url=place.endpoint or None,
                    config=self._config,
                )
                self._clients[place].meta.events.register("before-send.sagemaker", _ask)
            return self._clients[place]

    def queue_client(self, url: str, region: str, poll: float) -> Any:
        """An SQS client for one queue, whose answers may take ``poll`` seconds.

        Raises:
            NoCredentialsError: there are none, and a client that is made now would have none for ever.
        """
        way = urlsplit(url)
        with self._lock:
            if self._session.get_credentials() is None:
                raise NoCredentialsError
            return self._session.client(
                "sqs",
                region_name=region,
                endpoint_url=f"{way.scheme}://{way.netloc}",
                config=self._config.merge(Config(read_timeout=poll + READ_TIMEOUT)),
            )

    def trouble(self, region: str) -> str | None:
        """Why AWS cannot be used with the controller's own credentials, in one sentence; None if STS knows them."""
        try:
            with self._lock:
                client = self._session.client(
                    "sts",
                    region_name=region,
                    endpoint_url=self._identity_endpoint or None,
                    config=self._config,
                )
            self.account = str(client.get_caller_identity()["Account"])
        except (NoCredentialsError, PartialCredentialsError) as error:
            return f"{error}; give the service account an IAM role (docs/install.md)"
        except (BotoCoreError, ClientError) as error:
            return str(error)
        return None
