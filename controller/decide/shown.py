"""Where Describe shows what Create was told: most under the same name, some under another one, some not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.kinds.kind import Kind


@dataclass(frozen=True, slots=True)
class Shown:
    """What the table says of the members below one place.

    ``hidden`` are the paths from there that Describe does not show; ``elsewhere`` the paths that it shows as another one.
    Marks of lists and maps ([] and {}) are part of a path.
    """

    hidden: frozenset[str] = frozenset()
    elsewhere: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(kind: Kind, member: str) -> "Shown":
        """What it says of a member of Create."""
        return Shown(kind.unread, tuple(kind.same_as.items())).below(member)

    def hides(self, name: str) -> bool:
        """Whether this very member is not shown."""
        return name in self.hidden

    def below(self, name: str) -> "Shown":
        """The same for what is inside a member, or inside each element of it."""
        if not self.hidden and not self.elsewhere:
            return self
        return Shown(
            frozenset(rest for path in self.hidden if (rest := _after(name, path))),
            tuple(
                (rest, _after(name, other) or other)
                for path, other in self.elsewhere
                if (rest := _after(name, path))
            ),
        )

    def value(self, name: str, shown: Mapping[str, Any]) -> Any:
        """What Describe shows of a member."""
        found: Any = shown
        for part in dict(self.elsewhere).get(name, name).split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found


def _after(name: str, path: str) -> str:
    """What follows a member in a path, empty where the path does not lead through it."""
    first, _, rest = path.partition(".")
    return rest if first.rstrip("[]{}") == name else ""
