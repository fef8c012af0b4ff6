"""Objects as no API server would let them in, but as one may have them: seeded changes of a good object, anywhere in it."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from controller.decide.declared import (
    ARN_ANNOTATION,
    DELETION_POLICY_ANNOTATION,
    FOR_ANNOTATION,
    INTENT_ANNOTATION,
    REGION_ANNOTATION,
)
from controller.decide.deletion import PROTECTION_ANNOTATION
from controller.kinds.kind import Kind

Object = dict[str, Any]
Holder = tuple[Any, Any]  # an object or a list, and a key or a place in it

ANNOTATIONS = (
    ARN_ANNOTATION,
    FOR_ANNOTATION,
    INTENT_ANNOTATION,
    REGION_ANNOTATION,
    DELETION_POLICY_ANNOTATION,
    PROTECTION_ANNOTATION,
    "sagemaker.services.k8s.aws/last-endpoint-config-for-update",
    "sagemaker.services.k8s.aws/home-efs-file-system",
    "services.k8s.aws/adopted",
)
ARNS = (
    "arn:aws:sagemaker:us-east-1:111122223333:model/other",
    "arn:aws:sagemaker::111122223333:model/x",
    "arn:aws:sagemaker:us-east-1:1:model/x",
    "arn:::::",
    "arn",
    "arn:aws:s3:::bucket",
)
TEXTS = (
    "",
    " ",
    "x",
    "x" * 20_000,
    "9" * 5_000,
    "²",
    "٣",
    "名前 🦊 é́́",
    "a\nb\tc\0d",
    "true",
    "null",
    "{",
    '{"a": [1}',
    "%s {} {0} $(x)",
    "us east 1",
    "1@2026-01-01T00:00:00",
    "²@x",
    "-1@",
    "2026-13-45T99:00:00Z",
    "2026-01-01",
    "0001-01-01T00:00:00+23:59",
    "\ud800",
    *ARNS,
)
FIELDS = ("ackResourceMetadata", "observedGeneration", "conditions", "applied", "failureReason")


def deep(levels: int) -> Any:
    """A value in a value in a value."""
    value: Any = "bottom"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def value(dice: random.Random) -> Any:
    """Anything at all that JSON has, and what Python's has beside it."""
    plain: tuple[Any, ...] = (
        None,
        True,
        False,
        0,
        -1,
        1.5,
        2**70,
        float("nan"),
        float("inf"),
        [],
        {},
        [None],
        [[]],
        {"": None},
    )
    shaped: tuple[Any, ...] = (
        {"from": "x"},
        {"from": {"name": 5}},
        {"from": {"name": "x", "namespace": ["y"]}},
        {"name": {}, "key": 1},
        {"name": "x", "key": "y", "namespace": 7},
        [{"key": 1, "value": {}}],
        [{"key": "k", "value": "v"}, {"key": "k", "value": "w"}, "k"],
        [{"type": 5}, {"type": "Ready", "status": True, "lastTransitionTime": 5}, "Ready"],
        {"arn": 5, "region": {}},
    )
    return copy.deepcopy(dice.choice((dice.choice(plain), dice.choice(TEXTS), dice.choice(shaped), deep(60))))


def places(tree: Any) -> Iterator[Holder]:
    """Everything that can be exchanged in a tree."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, below in inner:
        yield tree, key
        yield from places(below)


def somewhere(tree: Any, dice: random.Random) -> None:
    """Exchange, take away or add something."""
    found = list(places(tree))
    if not found:
        return
    holder, key = dice.choice(found)
    match dice.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice(["unknown", "", "roleRef", "x" * 300, "名"])] = value(dice)
        case 2 if isinstance(holder, list):
            holder.extend([value(dice), copy.deepcopy(holder[key])])
        case _:
            holder[key] = value(dice)


def in_spec(obj: Object, kind: Kind, dice: random.Random) -> None:
    """The spec, a reference or a Secret's name in it."""
    if dice.random() < 0.05 or not isinstance(obj.get("spec"), dict):
        obj["spec"] = value(dice)
    elif dice.random() < 0.1:
        obj["spec"]["tags"] = value(dice)
    else:
        somewhere(obj["spec"], dice)


def in_status(obj: Object, kind: Kind, dice: random.Random) -> None:
    """The status, most of all what of it is ours."""
    if dice.random() < 0.05 or not isinstance(obj.get("status"), dict):
        obj["status"] = value(dice)
    elif dice.random() < 0.5:
        obj["status"][dice.choice(FIELDS)] = value(dice)
    elif dice.random() < 0.5:
        inner = obj["status"].get(dice.choice(FIELDS))
        somewhere(inner if isinstance(inner, (dict, list)) else obj["status"], dice)
    else:
        somewhere(obj["status"], dice)


def in_metadata(obj: Object, kind: Kind, dice: random.Random) -> None:
    """Annotations, finalizers and what the API server counts; the name stays, for the object is found by it."""
    metadata = obj["metadata"]
    match dice.randrange(8):
        case 0 | 1 | 2:
            texts = (*TEXTS, "retain", "delete", "1@2026-01-01T00:00:00Z")
            annotations = metadata.get("annotations")
            metadata["annotations"] = annotations if isinstance(annotations, dict) else {}
            metadata["annotations"][dice.choice(ANNOTATIONS)] = dice.choice(texts)
        case 3:
            metadata["annotations"] = value(dice)
        case 4:
            mine = kind.finalizer
            metadata["finalizers"] = dice.choice(
                [None, "x", 5, [mine, mine], ["", mine], [5, None, mine], ["somebody/else"]]
            )
        case 5:
            metadata["labels"] = value(dice)
        case 6:
            metadata["deletionTimestamp"] = dice.choice(["2026-01-01T00:00:00Z", "garbage", ""])
        case _:
            metadata[dice.choice(["uid", "generation", "creationTimestamp", "managedFields"])] = value(dice)
            # an API server counts it, so it has a number again once it is written
            if not isinstance(metadata.get("generation"), int):
                metadata["generation"] = dice.choice([0, -1, 2**62])


WAYS: tuple[Callable[[Object, Kind, random.Random], None], ...] = (in_spec, in_spec, in_status, in_metadata)


def odd(obj: Object, kind: Kind, dice: random.Random) -> tuple[Object, frozenset[str]]:
    """The object with one to three things changed, and in which of its parts."""
    made = copy.deepcopy(obj)
    touched = [dice.choice(WAYS) for _ in range(dice.choice([1, 1, 1, 2, 3]))]
    for change in touched:
        change(made, kind, dice)
    return made, frozenset(change.__name__ for change in touched)
