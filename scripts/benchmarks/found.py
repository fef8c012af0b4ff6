"""What a measurement finds, piece by piece, so that what is known is not lost when the rest fails."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

QUANTILES = 100  # parts into which a distribution is cut: enough for a picture, and for a p95


@dataclass(frozen=True, slots=True)
class Figure:
    """The number of a row of rows.yaml."""

    row: str
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers behind a row, for a picture."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that came to nothing: its rows stay empty."""

    step: str
    says: str


Found = Figure | Series | Failure
Step = Callable[[], Iterable[Found]]


def each(**steps: Step) -> Iterator[Found]:
    """What the steps find, one after another; of one that fails it is said, and the next is taken all the same."""
    for name, step in steps.items():
        try:
            yield from step()
        except Exception as wrong:
            yield failed(name.replace("_", " "), wrong)


def failed(step: str, wrong: Exception) -> Failure:
    """What is said of a step that has failed."""
    return Failure(step, f"{type(wrong).__name__}: {wrong}".splitlines()[0])


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so large a share is not above."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def distribution(name: str, values: Sequence[float]) -> Series:
    """The values at each hundredth."""
    return Series(name, tuple(round(quantile(values, n / QUANTILES), 3) for n in range(QUANTILES + 1)))
