"""What an object refers to: by ``…Ref`` to another object, or by a plain name that another object may be about to create."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from controller.decide.declared import Declared
from controller.kinds.kind import Reference
from controller.kinds.names import key_of, ref_key_of


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another object of the cluster, as far as a reference to it cares."""

    kind: str
    namespace: str
    name: str
    aws_name: str | None
    arn: str | None
    ready: bool
    alive: bool  # neither being deleted nor refused for good

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


class Directory(Protocol):
    """Who is there: the objects of every kind, by their own name and by the name they have in SageMaker."""

    def at(self, kind: str, namespace: str, name: str) -> Neighbour | None:
        """The object of this kind, namespace and metadata.name."""

    def called(self, kind: str, aws_name: str, region: str) -> Neighbour | None:
        """Of the objects that declare a resource of this name in this region, the one that is farthest."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A spec with its references replaced, and a sentence for each that has to be waited for."""

    spec: Mapping[str, Any]
    waits: tuple[str, ...]
    referring: bool  # whether the spec has a …Ref at all
    unresolved: bool = False  # whether one of them does not exist yet, as opposed to one that is not ready


class _Wait(NamedTuple):
    sentence: str
    unresolved: bool


def resolve(declared: Declared, directory: Directory, region: str) -> Resolution:
    """Replace every ``…Ref`` by what it refers to, and find out who has to be waited for.

    A plain name is waited for while another object declares it, has no ARN yet and is alive; a kind that SageMaker wants
    ready (``needs_ready``) is waited for until it is. Otherwise SageMaker is asked.
    """
    spec = _copied(declared.spec or {})
    waits: list[_Wait] = []
    referring = False
    for reference in declared.kind.references:
        member = reference.path.rpartition(".")[2]
        plain, pointer = key_of(member), ref_key_of(member)
        for holder in holders(spec, reference.path):
            if pointer in holder:
                referring = True
                wait = _point(declared, reference, holder, plain, holder.pop(pointer), directory)
            else:
                wait = _name(declared, reference, holder.get(plain), directory, region)
            if wait:
                waits.append(wait)
    sentences = tuple(dict.fromkeys(wait.sentence for wait in waits))
    return Resolution(spec, sentences, referring, any(wait.unresolved for wait in waits))


def _point(
    declared: Declared,
    reference: Reference,
    holder: dict[str, Any],
    plain: str,
    pointer: Any,
    directory: Directory,
) -> _Wait | None:
    target = (pointer or {}).get("from") or {}
    name, namespace = target.get("name", ""), target.get("namespace") or declared.namespace
    if namespace != declared.namespace:
        sentence = f"{reference.kind} {namespace}/{name} is in another namespace, which is not allowed here"
        return _Wait(sentence, unresolved=True)
    neighbour = directory.at(reference.kind, namespace, name)
    if neighbour is None:
        return _Wait(f"{reference.kind} {namespace}/{name} is not there yet", unresolved=True)
    if neighbour.arn is None:
        return _Wait(f"{neighbour} has not been created yet", unresolved=True)
    holder[plain] = _value(reference, neighbour)
    return _unready(declared, reference, neighbour)


def _name(
    declared: Declared, reference: Reference, value: Any, directory: Directory, region: str
) -> _Wait | None:
    if not isinstance(value, str) or reference.by_arn or ":" in value:
        return None
    neighbour = directory.called(reference.kind, value, region)
    if neighbour is None or not neighbour.alive:
        return None
    if neighbour.arn is None:
        return _Wait(f"{neighbour} has not been created yet", unresolved=True)
    return _unready(declared, reference, neighbour)


def _unready(declared: Declared, reference: Reference, neighbour: Neighbour) -> _Wait | None:
    if reference.kind in declared.kind.needs_ready and not neighbour.ready:
        return _Wait(f"{neighbour} is not ready yet", unresolved=False)
    return None


def _value(reference: Reference, neighbour: Neighbour) -> str | None:
    if reference.by_arn:
        return neighbour.arn
    if reference.path.endswith("Id"):
        return re.split(r"[:/]", neighbour.arn or "")[-1]
    return neighbour.aws_name or neighbour.arn


def named(declared: Declared) -> Iterator[tuple[str, str]]:
    """(kind, name in SageMaker) of everything the spec names plainly; (kind, "/" + metadata.name) of every ``…Ref``."""
    spec = declared.spec or {}
    for reference in declared.kind.references:
        member = reference.path.rpartition(".")[2]
        for holder in holders(spec, reference.path):
            pointer = holder.get(ref_key_of(member))
            if isinstance(pointer, Mapping):
                yield reference.kind, f"/{(pointer.get('from') or {}).get('name', '')}"
            elif isinstance(holder.get(key_of(member)), str) and not reference.by_arn:
                yield reference.kind, holder[key_of(member)]


def holders(spec: Any, path: str) -> Iterator[Any]:
    """The mappings of a spec in which the last member of a path stands or could stand."""
    found = [spec]
    for part in path.split(".")[:-1]:
        name = re.sub(r"[\[\]{}]+$", "", part)
        inner = [holder.get(key_of(name)) for holder in found if isinstance(holder, Mapping)]
        for mark in re.findall(r"\[\]|\{\}", part):
            inner = [item for value in inner for item in (_items(value) if mark == "[]" else _values(value))]
        found = inner
    yield from (holder for holder in found if isinstance(holder, Mapping))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else []


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
