"""Events as EventBridge puts them into an SQS queue: one for each change of state of the kinds in events.yaml.

There is no EventBridge: what a rule over SageMaker's events would deliver is sent straight to the queue's address.
"""

from __future__ import annotations

import collections
import datetime
import json
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from simulator import model
from simulator.store import Resource

TURN = 0.02
"""Seconds between two looks for what has become due: nobody calls SageMaker while everybody waits for events."""
BATCH = 10


class Outbox:
    """What is to be sent. Filled under the service's lock, emptied by a courier."""

    def __init__(self) -> None:
        self.open = False
        self._bodies: collections.deque[str] = collections.deque()

    def add(self, resource: Resource) -> None:
        """A resource is in a new state."""
        if self.open and resource.kind.name in model.data("events"):
            self._bodies.append(json.dumps(event(resource)))

    def take(self) -> list[str]:
        """What is sent next."""
        return [self._bodies.popleft() for _ in range(min(BATCH, len(self._bodies)))]


def event(resource: Resource) -> dict[str, Any]:
    """The event of a resource's present state."""
    said = model.data("events")[resource.kind.name]
    account, region = resource.place
    at = datetime.datetime.fromtimestamp(resource.modified, datetime.UTC)
    resources = [resource.arn]
    if parent := said.get("parent"):
        resources.insert(0, resource.arn.partition(parent)[0])
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": said["type"],
        "source": "aws.sagemaker",
        "account": account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": resources,
        "detail": _small(resource) if said.get("small") else _detail(resource, said),
    }


def _detail(resource: Resource, said: dict[str, Any]) -> dict[str, Any]:
    kind = resource.kind
    status = str(resource.status)
    if said.get("style") == "shout":
        status = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
    member = model.data("states").get(kind.name, {}).get("status", "Status")
    arn = next(iter(sorted(m for m in kind.arn_members if m in kind.output)), f"{kind.name}Arn")
    return {
        kind.name_member: resource.name,
        arn: resource.arn,
        member: status,
        "LastModifiedTime": str(round(resource.modified * 1000)),
        "Tags": dict(resource.tags),
    }


def _small(resource: Resource) -> dict[str, Any]:
    return {
        "currentPipelineExecutionStatus": resource.status,
        "pipelineArn": resource.arn.partition("/execution/")[0],
        "pipelineExecutionArn": resource.arn,
    }


class Courier:
    """A thread that lets time pass for SageMaker and carries what happens to the queue. ``pass_time`` takes the service's lock."""

    def __init__(self, outbox: Outbox, url: str, pass_time: Callable[[], None]) -> None:
        way = urlsplit(url)
        self._outbox = outbox
        self._url = url
        self._pass_time = pass_time
        self._client = botocore.session.get_session().create_client(
            "sqs",
            region_name="us-east-1",
            endpoint_url=f"{way.scheme}://{way.netloc}",
            aws_access_key_id="simulator",
            aws_secret_access_key="simulator",
        )
        self._ended = threading.Event()
        outbox.open = True
        self._thread = threading.Thread(target=self._carry, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what was not carried yet is lost."""
        self._ended.set()
        self._thread.join(timeout=5)
        self._client.close()

    def _carry(self) -> None:
        while not self._ended.wait(TURN):
            self._pass_time()
            while bodies := self._outbox.take():
                entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
                try:
                    self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
                except (BotoCoreError, ClientError):
                    continue  # a queue that is not there gets nothing, and SageMaker goes on
