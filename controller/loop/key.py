"""The name of one object in the queue."""

from typing import NamedTuple


class Key(NamedTuple):
    """Kind, namespace and metadata.name of an object."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"
