"""Which resource of the API server is meant, and its path there. No call is made here.

A custom kind, a Lease and an Event are grouped resources, a Secret or a Namespace is a core one; the rest of
this room does not care which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """One resource as the API server names it: group ("" for the core ones), version and plural."""

    group: str
    version: str
    plural: str

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """What a manifest says in `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
        """The path of the collection, of one object in it, or of a part of that object."""
        parts = [group_version_path(self.group, self.version)]
        if namespace is not None:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name is not None:
            # NB: an empty name would turn "delete this object" into "delete the collection".
            if not name:
                raise ValueError(f"an object of {self} was addressed without a name")
            parts.append(quote(name, safe=""))
        if subresource is not None:
            parts.append(subresource)
        return "/".join(parts)


def group_version_path(group: str, version: str) -> str:
    """Where the API server serves a group and version, and lists what is in it."""
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


NAMESPACES: Final = ResourceRef("", "v1", "namespaces")
SECRETS: Final = ResourceRef("", "v1", "secrets")
CONFIG_MAPS: Final = ResourceRef("", "v1", "configmaps")
LEASES: Final = ResourceRef("coordination.k8s.io", "v1", "leases")
EVENTS: Final = ResourceRef("events.k8s.io", "v1", "events")
