"""An SQS to test with: moto's, over HTTP, and what EventBridge would put into its queues."""

from __future__ import annotations

import http.client
import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

REGION, ACCOUNT = "us-east-1", "111122223333"


class Queues:
    """moto's SQS at ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqs = boto3.client("sqs", region_name=REGION, endpoint_url=url)

    @staticmethod
    @contextmanager
    def running() -> Iterator[Queues]:
        """While it runs."""
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        try:
            yield Queues(f"http://{host}:{port}")
        finally:
            server.stop()

    def make(self, name: str = "") -> str:
        """A queue's URL."""
        made: str = self.sqs.create_queue(QueueName=name or f"events-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        return made

    def put(self, url: str, body: Any) -> None:
        """One message, as JSON unless it is text."""
        self.sqs.send_message(QueueUrl=url, MessageBody=body if isinstance(body, str) else json.dumps(body))

    def left(self, url: str) -> int:
        """How many messages have not been deleted."""
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        said = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
        return sum(int(said[count]) for count in counts)

    def demand_rights(self, demanded: bool) -> None:
        """Whether who calls must be known, which nobody is."""
        way = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        way.request("POST", "/moto-api/reset-auth", body="0" if demanded else "inf")
        assert way.getresponse().status == 200
        way.close()


def event(arn: str, detail_type: str = "SageMaker Training Job State Change", **more: Any) -> dict[str, Any]:
    """As the developer guide shows one."""
    return {
        "version": "0",
        "id": "6f3c5a1e-0000-4000-8000-000000000001",
        "detail-type": detail_type,
        "source": "aws.sagemaker",
        "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z",
        "region": REGION,
        "resources": [arn],
        "detail": {"TrainingJobStatus": "Completed"},
        **more,
    }
