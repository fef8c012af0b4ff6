"""The one exception that becomes an HTTP error answer, and the errors whose text is the same for every kind.

Texts that differ per kind are data and live in texts.yaml.
"""

from __future__ import annotations


class ServiceError(Exception):
    """An answer SageMaker would give instead of a result."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def validation(message: str) -> ServiceError:
    """SageMaker's answer to nearly every kind of bad input, also to names it does not know."""
    return ServiceError("ValidationException", message)


def throttled() -> ServiceError:
    """SageMaker throttles with HTTP 400, not 429 (https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html)."""
    return ServiceError("ThrottlingException", "Rate exceeded")


def unknown_operation(name: str) -> ServiceError:
    """For operations outside the simulator's reach, or not SageMaker's at all."""
    return ServiceError(
        "UnknownOperationException",
        f"The simulator does not model the operation {name!r}. See docs/simulator.md for what it does model.",
        404,
    )
