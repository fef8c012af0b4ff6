"""Settled objects of every kind, put where the API server keeps them: to apply fifty thousand would take it half an hour.

NB: nothing checks them. They have what the controller leaves on an object, and none of what it reads only in a pass.
"""

import base64
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import urllib3

from controller.decide.declared import ARN_ANNOTATION, FOR_ANNOTATION, INTENT_ANNOTATION
from controller.kinds.kind import GROUP, VERSION, Kind
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from scripts.control_plane.plane import ControlPlane

NAMESPACE = "default"
BORN = "2026-01-01T00:00:00Z"
ACCOUNT = "111122223333"
# etcd takes 128 operations and 1.5 MB at once: objects of 8 kB are 11 kB on the way.
AT_ONCE = 64
PIECES = 16  # of a filling: no manifest has one text of many kilobytes


def settled(kind: Kind, name: str, size: int) -> dict[str, Any]:
    """An object that has nothing left to be done, of so many bytes as JSON."""
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind.name.lower()}/{name}"
    obj: dict[str, Any] = {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": kind.name,
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": BORN,
            "generation": 1,
            "finalizers": [kind.finalizer],
            "annotations": {
                ARN_ANNOTATION: arn,
                FOR_ANNOTATION: f"{NAMESPACE}/{name}",
                INTENT_ANNOTATION: f"0@{BORN}",
            },
        },
        "spec": {},
        "status": _status(kind, arn),
    }
    rest = max(size - len(json.dumps(obj)), 0)
    filling = {f"example.com/filling-{n}": "x" * (rest // PIECES - 28) for n in range(PIECES)}
    obj["metadata"]["annotations"] |= filling
    return obj


def _status(kind: Kind, arn: str) -> dict[str, Any]:
    ready = [
        {
            "type": condition,
            "status": "True",
            "reason": "Available",
            "message": f"{kind.name} is there as declared.",
            "observedGeneration": 1,
            "lastTransitionTime": BORN,
        }
        for condition in ("ACK.ResourceSynced", "Ready")
    ]
    identity = {"arn": arn, "ownerAccountID": ACCOUNT, "region": "us-east-1", "partition": "aws"}
    status = {"ackResourceMetadata": identity, "conditions": ready, "observedGeneration": 1}
    if kind.states is not None and kind.status is not None:
        states = (*kind.states.where(StateClass.SETTLED), *kind.states.where(StateClass.RESTING))
        over = [state for state in states if kind.lifecycle == "run" and kind.states.ended(state)]
        if shown := (*over, *states):  # a model card is in a state only while it is deleted
            status[key_of(kind.status)] = shown[0]
    return status


def put(plane: ControlPlane, kind: Kind, objects: Sequence[Mapping[str, Any]]) -> None:
    """Store them; whoever watches hears of it.

    Raises:
        RuntimeError: etcd refused.
    """
    pool = urllib3.PoolManager(retries=False)
    for at in range(0, len(objects), AT_ONCE):
        pairs = _pairs(kind, objects[at : at + AT_ONCE])
        asked = {"success": [{"request_put": {"key": key, "value": value}} for key, value in pairs]}
        answer = pool.request("POST", f"{plane.etcd}/v3/kv/txn", body=json.dumps(asked))
        if answer.status != 200:
            raise RuntimeError(f"etcd refused objects of {kind.name}: {answer.data.decode()}")
    pool.clear()


def _pairs(kind: Kind, objects: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for obj in objects:
        key = f"/registry/{GROUP}/{kind.plural}/{NAMESPACE}/{obj['metadata']['name']}"
        yield _encoded(key), _encoded(json.dumps(obj))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
