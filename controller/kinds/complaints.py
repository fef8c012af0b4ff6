"""What the model forbids in a request, one sentence a member, as botocore's own validator says it."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel
from botocore.validate import ParamValidator


def _standing_in(request: Mapping[str, Any], parts: list[str]) -> tuple[dict[str, Any], bool]:
    """The request with a text in place of a reference to a Secret, and whether there was something else in its place."""
    head, *rest = parts
    inner, whole = request.get(head), dict(request)
    if rest:
        if not isinstance(inner, Mapping):
            return whole, False
        whole[head], other = _standing_in(inner, rest)
        return whole, other
    if isinstance(inner, Mapping) and inner.get("name") and inner.get("key"):
        return {**whole, head: "x"}, False
    # NB: what is there instead may be the secret itself, so the validator must not see it
    return ({**whole, head: "x"}, True) if inner is not None else (whole, False)


def validator(
    operation: OperationModel, skipped: str | None, secrets: tuple[str, ...]
) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """A function from a request to what is wrong with it.

    ``skipped`` is the token's member; ``secrets`` are paths whose values stand in Secrets, so that a request has pointers there.
    """

    def validate(request: Mapping[str, Any]) -> tuple[str, ...]:
        whole = dict(request) if skipped is None else {skipped: "0" * 36, **request}
        spoken = []
        for path in secrets:
            whole, plain = _standing_in(whole, path.split("."))
            if plain:
                spoken.append(
                    f"{path} is not a reference to a Secret: give its name and key, never the value"
                )
        report = ParamValidator().validate(whole, operation.input_shape)
        return (*spoken, *(line for line in report.generate_report().splitlines() if line))

    return validate
