"""Names that SageMaker gives: ARNs, ids, version numbers, and who is calling.

Generated ids are derived from a counter, so that a run of the simulator is the same each time; they have the
length and alphabet of the real ones.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from simulator.model import Kind
from simulator.store import Key, Place, Resource, Store

DEFAULT_ACCOUNT = "111122223333"
DEFAULT_REGION = "us-east-1"
PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
    ("eusc-", "aws-eusc"),
)
"""botocore's data/partitions.json; every other region is in `aws`."""
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/,\s]+)/([^/,\s]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request, and where it goes."""

    access_key: str
    account: str
    region: str
    role: str = ""

    @property
    def place(self) -> Place:
        """The part of SageMaker the call sees."""
        return (self.account, self.region)


def partition(region: str) -> str:
    """The ARN's second word."""
    return next((name for prefix, name in PARTITIONS if region.startswith(prefix)), "aws")


def random_looking(seed: str, length: int) -> str:
    """Lower-case letters and digits that depend on the seed only."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    letters = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        letters.append("0123456789abcdefghijklmnopqrstuvwxyz"[digit])
    return "".join(letters)


def arn_of(caller: Caller, resource_part: str) -> str:
    """A SageMaker ARN in the caller's account and region."""
    return f"arn:{partition(caller.region)}:sagemaker:{caller.region}:{caller.account}:{resource_part}"


def last_part(value: str) -> str:
    """The name in an ARN, or the name itself: many members take either."""
    return value.rsplit("/", 1)[-1] if value.startswith("arn:") else value


@dataclass(frozen=True, slots=True)
class Assigned:
    """What SageMaker decides about a new resource: its ARN, its key, and members it shows from then on."""

    arn: str
    key: Key
    members: dict[str, Any]


def assign(store: Store, caller: Caller, kind: Kind, request: dict[str, Any], number: int) -> Assigned:
    """Identify a resource that is about to be created."""
    seed = f"{caller.account}/{caller.region}/{kind.name}/{number}"
    words = {key: last_part(value) for key, value in request.items() if isinstance(value, str)}
    words |= {
        "id12": random_looking(seed, 12),
        "ID12": random_looking(seed, 12).upper(),
        "hash": hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest(),
    }
    members: dict[str, Any] = {m: words["id12"] for m in kind.assigned if m.endswith("Id")}
    if kind.name == "Domain":
        members["DomainId"] = f"d-{words['id12']}"
    elif kind.name == "Project":
        members["ProjectId"] = f"p-{words['id12']}"
    elif kind.name == "ImageVersion":
        members["Version"] = _next_version(store, caller, kind, words["ImageName"])
    elif kind.name == "ModelPackage" and "ModelPackageGroupName" in words:
        members["ModelPackageVersion"] = _next_version(store, caller, kind, words["ModelPackageGroupName"])
        words["ModelPackageName"] = f"{words['ModelPackageGroupName']}/{members['ModelPackageVersion']}"
    words |= {member: str(value) for member, value in members.items()}
    lowered = {m: words[m].lower() for m in kind.lower if m in words}
    arn = arn_of(caller, _fill(kind.arn, words | lowered))
    members |= {m: arn for m in kind.assigned if m.endswith("Arn")}
    if kind.name == "ModelPackage":
        return Assigned(arn, (words.get("ModelPackageName", ""),), members)
    return Assigned(arn, key_of(kind, request | members), members)


def _fill(template: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], ""), template)


def _next_version(store: Store, caller: Caller, kind: Kind, image: str) -> int:
    """Version numbers of an image grow and are never given twice."""
    counter = ("version", kind.name, *caller.place, image)
    store.counters[counter] = store.counters.get(counter, 0) + 1
    return store.counters[counter]


def key_of(kind: Kind, request: dict[str, Any]) -> Key:
    """The key an operation's input means. Members that hold a name may also hold an ARN."""
    return tuple(
        str(request.get(m, "")) if m in kind.assigned else last_part(str(request.get(m, "")))
        for m in kind.identity
    )


def lookup(store: Store, caller: Caller, kind: Kind, request: dict[str, Any]) -> Resource | None:
    """The resource an operation's input names, by ARN or by key; never one of another account or region."""
    for member in (*kind.by, *kind.identity[-1:], *kind.arn_members):
        value = request.get(member)
        if isinstance(value, str) and value.startswith("arn:"):
            found = store.by_arn(value)
            if found and found.kind.collection == kind.collection and found.place == caller.place:
                return found
            if found is None and member in kind.assigned + kind.by:
                return None
    if kind.name == "ImageVersion":
        return _image_version(store, caller, kind, request)
    return store.find(caller.place, kind, key_of(kind, request))


def _image_version(store: Store, caller: Caller, kind: Kind, request: dict[str, Any]) -> Resource | None:
    """By number, by alias, or the latest of the image."""
    image = last_part(str(request.get("ImageName", "")))
    of_image = [r for r in store.of(caller.place, kind).values() if r.key[0] == image]
    if "Version" in request:
        return store.find(caller.place, kind, (image, str(request["Version"])))
    if "Alias" in request:
        return next((r for r in of_image if request["Alias"] in r.declared.get("Aliases", [])), None)
    return of_image[-1] if of_image else None
