"""What makes one object out of another, as a patch that kustomize takes: a merge where that can say it, else RFC 6902."""

from collections.abc import Iterator
from typing import Any

Operation = dict[str, Any]


def merge(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any] | None:
    """The members that are new or other, which leaves alone what other patches put beside them.

    None where something was taken away or a list is another, for which merges have rules of their own.
    """
    found = {}
    if before.keys() - after.keys():
        return None
    for key, value in after.items():
        if key not in before or not isinstance(value, list | dict):
            if key not in before or value != before[key]:
                found[key] = value
        elif value != before[key]:
            inner = merge(before[key], value) if isinstance(value, dict) else None
            if inner is None:
                return None
            found[key] = inner
    return found


def operations(before: Any, after: Any, path: str = "") -> Iterator[Operation]:
    """The operations, in an order in which they can be done."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list) and _only_inserts(before, after):
        left = list(before)
        for place, item in enumerate(after):
            if place < len(left) and left[place] == item:
                continue
            left.insert(place, item)
            yield {"op": "add", "path": f"{path}/{place}", "value": item}
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from operations(one, other, f"{path}/{place}")
    else:
        yield {"op": "replace", "path": path, "value": after}


def _of_objects(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[Operation]:
    for key in sorted(before.keys() | after.keys()):
        inner = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if key not in after:
            yield {"op": "remove", "path": inner}
        elif key not in before:
            yield {"op": "add", "path": inner, "value": after[key]}
        else:
            yield from operations(before[key], after[key], inner)


def _only_inserts(before: list[Any], after: list[Any]) -> bool:
    """Whether the one comes of the other by putting items in."""
    left = iter(after)
    return len(before) < len(after) and all(any(item == other for other in left) for item in before)
