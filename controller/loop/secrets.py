"""Requests whose secret members are filled in for the one call that needs them, and whose answers are cleared of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.cloud.calls import Answer, FencedOff
from controller.cluster.api import Api
from controller.cluster.values import NoValue, secret_value
from controller.decide.confidential import Pointer, filled, pointers, redacted, unfit
from controller.decide.declared import Declared
from controller.decide.faults import Fault
from controller.kinds import shape as shapes

# Seconds between looks for a Secret that is not there: Secrets are not watched, for that would take the right to list them all.
LOOK = 10.0


class Defect(Exception):
    """Something broke while a request with a secret was under way; said without it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A request of which ``values`` must not leave but to SageMaker."""

    request: Mapping[str, Any]
    values: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Sealed(...)"

    def send(self, call: Callable[[Mapping[str, Any]], Answer | Fault]) -> Answer | Fault:
        """Make the call; what it answers holds none of the values.

        Raises:
            FencedOff: the call was not made.
            Defect: in place of any other exception, which might hold them.
        """
        if not self.values:
            return call(self.request)
        try:
            said = call(self.request)
        except FencedOff:
            raise
        except Exception as error:
            raise Defect(f"{type(error).__name__}: {redacted(str(error), self.values)}") from None
        if isinstance(said, Fault):
            return replace(
                said, code=redacted(said.code, self.values), message=redacted(said.message, self.values)
            )
        return said


class Secrets:
    """Reads what requests name of Secrets."""

    def __init__(self, api: Api) -> None:
        self._api = api

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
        return Sealed(filled(request, values), tuple(values.values()))


def _unfit(declared: Declared, pointer: Pointer, value: str) -> str | None:
    why = unfit(dict(shapes.paths(declared.kind.create))[pointer.path], value)
    return f"key {pointer.key} of {pointer} {why}" if why else None
