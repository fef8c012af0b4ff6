"""Ends of jobs that events tell of: the simulator fills a queue as EventBridge would, and the controller reads it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import urllib3
from botocore.config import Config

from scripts.benchmarks import fleet
from scripts.benchmarks.bed import ROOT, bed, free_port, until
from scripts.benchmarks.ending import latency
from scripts.benchmarks.found import Found, each
from scripts.benchmarks.in_progress import first_of
from scripts.benchmarks.sizes import Sizes


def measure(sizes: Sizes) -> Iterator[Found]:
    """Jobs that have run for a while end at random."""
    with queue() as url, bed(kinds=sizes.kinds, queue=url, durations={"TrainingJob": 36000}) as made:
        like = first_of(made)
        names = [f"job-{n}" for n in range(sizes.jobs)]
        fleet.add(made, like, names, sizes.old)
        with made.controller():
            time.sleep(min(sizes.quiet, 5))  # the start's own looks
            yield from each(ends_by_event=lambda: latency(made, names, sizes.ending, "event"))


@contextmanager
def queue() -> Iterator[str]:
    """The URL of a queue of moto's SQS, in a process of its own."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(address))
        sqs = boto3.client(
            "sqs",
            region_name="us-east-1",
            endpoint_url=address,
            aws_access_key_id="simulated",
            aws_secret_access_key="simulated",
            config=Config(retries={"total_max_attempts": 1}),
        )
        yield str(sqs.create_queue(QueueName="events")["QueueUrl"])
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        return urllib3.request("GET", f"{address}/moto-api/", retries=False, timeout=2.0).status < 500
    except urllib3.exceptions.HTTPError:
        return False
