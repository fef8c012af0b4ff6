"""Whether what a request names is there: other resources (references.yaml), roles, and what keeps a resource alive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator import model
from simulator.clock import Clock
from simulator.errors import validation
from simulator.identity import Caller, arn_of, key_of, last_part
from simulator.model import Kind, kebab
from simulator.settings import Settings
from simulator.store import Resource, Store
from simulator.texts import refusal, saying


def values(request: Any, path: str) -> Iterator[str]:
    """All values at a path; `[]` goes into every element of a list."""
    head, _, rest = path.partition(".")
    if head.endswith("[]"):
        for item in request.get(head[:-2]) or ():
            yield from values(item, rest) if rest else (item,)
    elif isinstance(request, dict) and request.get(head) is not None:
        if rest:
            yield from values(request[head], rest)
        else:
            yield request[head]


def check(store: Store, caller: Caller, kind: Kind, request: dict[str, Any]) -> None:
    """Refuse a request that names something that is not there, or is not ready."""
    for rule in model.data("references").get(kind.name, ()):
        target = _target(rule, request)
        if target is None:
            continue
        for value in values(request, rule["path"]):
            _check_one(store, caller, (rule, target), request, value)


def _check_one(
    store: Store, caller: Caller, rule: tuple[dict[str, Any], Kind], request: dict[str, Any], value: str
) -> None:
    wanted, target = rule
    by_arn = value.startswith("arn:")
    found = store.by_arn(value) if by_arn else _by_key(store, caller, target, request, value)
    if found is None or found.kind.collection != target.collection or found.place != caller.place:
        name = last_part(value)
        arn = arn_of(caller, f"{kebab(target.name)}/{name}")
        raise saying(wanted["text"], kind=target.name, name=name, value=value, arn=arn)
    if "in" in wanted and found.status not in wanted["in"]:
        raise refusal(wanted["busy"], found)


def _target(rule: dict[str, Any], request: dict[str, Any]) -> Kind | None:
    """The kind a rule speaks of; a monitoring schedule's type chooses among the job definitions."""
    if "kind" in rule:
        return model.kinds()[rule["kind"]]
    chosen = next(values(request, rule["kinds_by"]), "")
    return model.kinds().get(f"{chosen}JobDefinition")


def _by_key(
    store: Store, caller: Caller, target: Kind, request: dict[str, Any], value: str
) -> Resource | None:
    if len(target.identity) == 1:
        return store.find(caller.place, target, (value,))
    return store.find(caller.place, target, key_of(target, request))


def check_dependents(store: Store, resource: Resource) -> None:
    """Refuse to delete what others still live in."""
    for rule in model.data("dependents").get(resource.kind.name, ()):
        holder = model.kinds()[rule["kind"]]
        parents = dict(zip(resource.kind.identity[:-1], resource.key[:-1], strict=True))
        for other in store.of(resource.place, holder).values():
            named = str(other.request.get(rule["by"], ""))
            held = named == resource.arn or last_part(named) == resource.key[-1]
            same_place = all(other.request.get(m) == v for m, v in parents.items())
            if held and same_place and other.status not in rule.get("not_in", ()):
                raise refusal(rule.get("text", "has_dependents"), resource, other=holder.name)


def roles(request: dict[str, Any]) -> Iterator[str]:
    """The role ARNs a request gives SageMaker to assume, those in settings structures too."""
    for member, value in request.items():
        if isinstance(value, str) and ":role/" in value and "role" in member.lower():
            yield value
        elif isinstance(value, dict):
            yield from roles(value)


class Roles:
    """Which roles can be assumed: IAM is slow to tell SageMaker of new ones."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings
        self._first_seen: dict[str, float] = {}
        self.missing: set[str] = set()

    def check(self, request: dict[str, Any]) -> None:
        """Refuse a role that does not exist, or not yet."""
        for role in roles(request):
            pattern = self._settings.missing_role
            gone = role in self.missing or bool(pattern and pattern in last_part(role))
            now = self._clock.now()
            ready = self._first_seen.setdefault(role, now) + self._clock.span(self._settings.iam_delay)
            if gone or now < ready:
                # https://github.com/hashicorp/terraform-provider-aws waits for this very text.
                raise validation(
                    f"Could not assume role {role}. Please ensure that the role exists and allows "
                    "principal 'sagemaker.amazonaws.com' to assume the role."
                )

    def forget(self) -> None:
        """As if no role had ever been named."""
        self._first_seen.clear()
        self.missing.clear()
