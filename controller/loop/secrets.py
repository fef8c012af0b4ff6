"""Requests whose secret members are filled in for the one call that needs them, and whose answers are cleared of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.cloud.calls import Answer, FencedOff
from controller.cluster.api import Api
from controller.cluster.values import NoValue, secret_value
from controller.decide.applied import Applied
from controller.decide.confidential import (
    Marks,
    Pointer,
    all_cleared,
    cleared,
    filled,
    marks,
    pointers,
    unfit,
    withheld,
)
from controller.decide.declared import Declared
from controller.decide.faults import Fault
from controller.kinds import shape as shapes
from controller.loop.key import Key

# Seconds between looks for a Secret that is not there: Secrets are not watched, for that would take the right to list them all.
LOOK = 10.0


class Defect(Exception):
    """Something broke while a request with a secret was under way; said without it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A request with values that must not leave but to SageMaker; ``marks`` tell them in an answer, None if there is none."""

    request: Mapping[str, Any]
    marks: Marks | None = None

    def __repr__(self) -> str:
        return "Sealed(...)"

    def send(self, call: Callable[[Mapping[str, Any]], Answer | Fault]) -> Answer | Fault:
        """Make the call; what it answers holds none of the values.

        Raises:
            FencedOff: the call was not made.
            Defect: in place of any other exception, which might hold them.
        """
        known = self.marks
        if known is None:
            return call(self.request)
        try:
            said = call(self.request)
        except FencedOff:
            raise
        except Exception as error:
            raise Defect(f"{type(error).__name__}: {cleared(str(error), known)}") from None
        if isinstance(said, Fault):
            return replace(said, code=cleared(said.code, known), message=cleared(said.message, known))
        return said


class Secrets:
    """Reads what requests name of Secrets, and knows what was sent when it comes back. ``key`` is random, of this process."""

    def __init__(self, api: Api, key: bytes) -> None:
        self._api = api
        self._key = key
        # NB: digests, never values; of the object with this uid, whose name another one may have after it
        self._sent: dict[Key, tuple[str, Marks]] = {}

    def seal(self, declared: Declared, request: Mapping[str, Any]) -> Sealed | str:
        """The request with its values, or a sentence on what it has to wait for.

        Raises:
            ApiError: the API server did not answer.
        """
        values: dict[str, str] = {}
        for pointer in pointers(declared.kind, declared.namespace, request):
            if pointer.namespace != declared.namespace:
                return f"{pointer} is in another namespace, which is not allowed here"
            try:
                value = secret_value(self._api, pointer.namespace, pointer.name, pointer.key)
            except NoValue as missing:
                return str(missing)
            if why := _unfit(declared, pointer, value):
                return why
            values[pointer.path] = value
        if not values:
            return Sealed(request)
        known = marks(values.values(), self._key)
        self._sent[_key_of(declared)] = declared.uid, known
        return Sealed(filled(request, values), known)

    def forget(self, key: Key) -> None:
        """The object is gone."""
        self._sent.pop(key, None)

    def cleared(self, declared: Declared, description: Mapping[str, Any]) -> Mapping[str, Any]:
        """What SageMaker says of the resource, without what was sent to it; a FailureReason may repeat that much later."""
        uid, known = self._sent.get(_key_of(declared), (None, None))
        if known is not None and uid == declared.uid:
            found: Mapping[str, Any] = all_cleared(description, known)
            return found
        if Applied.of(declared.status).secrets:
            return withheld(declared.kind, description, declared.status)
        return description


def _key_of(declared: Declared) -> Key:
    return Key(declared.kind.name, declared.namespace, declared.name)


def _unfit(declared: Declared, pointer: Pointer, value: str) -> str | None:
    why = unfit(dict(shapes.paths(declared.kind.create))[pointer.path], value)
    return f"key {pointer.key} of {pointer} {why}" if why else None
