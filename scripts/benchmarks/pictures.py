"""The figures as pictures. SVG, the same bytes for the same figures; they bring a background of their own, light or dark."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from scripts.benchmarks.results import Results
from scripts.benchmarks.rows import ABOUT, Row, rows
from scripts.benchmarks.sizes import WHOLE

INK, PAPER, OURS, THEIRS = "#1f2328", "#fdfdfe", "#2f81f7", "#c4722f"
# NB: texts stay texts, and ids come from a fixed salt: otherwise each run would draw other bytes.
STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "performance", "font.family": "sans-serif", "font.size": 9.0,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.facecolor": PAPER, "figure.facecolor": PAPER, "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False, "legend.labelcolor": INK,
}  # fmt: skip
DARK = f"""<style>@media (prefers-color-scheme: dark) {{
[style*="fill: {INK}"] {{ fill: #e6edf3 !important }} [style*="stroke: {INK}"] {{ stroke: #e6edf3 !important }}
[style*="fill: {PAPER}"] {{ fill: #0d1117 !important }} }}</style>"""
# ACK v1.9.1: seconds from a job's end until it is shown, (share of the jobs, with 20 workers, with one); and what a fake
# SageMaker counted of 1,000 jobs in progress in a minute.
THEIR_LATENCY = ((0.5, 15.2, 75.6), (0.95, 28.7, 116.6))
THEIR_CALLS = (("20 workers", 3990), ("one worker, saturated", 1003))
THEIR_RULE = 4  # calls a minute and job: two Describes each 30 s


def draw(results: Results) -> Mapping[str, str]:
    """Each picture by its file's name."""
    return {f"{name}.svg": _svg(canvas, results) for name, canvas in PICTURES.items()}


def alternatives(results: Results) -> Mapping[str, str]:
    """What each picture shows, for whoever does not see it."""
    return {
        "ratios.svg": "How many times better than ACK, by row: " + _spoken(_ratios(results)),
        "latency.svg": "Share of jobs shown as ended, by seconds since their end: "
        + _spoken(
            (f"{name}, half of them", f"{value:,.1f} s")
            for name, value in _medians(results)
            if value is not None
        )
        + "; ACK with 20 workers, half of them: 15.2 s",
        "growth.svg": "Calls a minute by number of jobs in progress: "
        + _spoken((f"{count:,} jobs", f"{calls:,.0f}") for count, calls in _growth(results))
        + "; ACK with 1,000 jobs: 1,003 with one worker, 3,990 with 20",
        "resources.svg": "CPU and memory: "
        + _spoken(
            (row.shown(WHOLE), f"{value:,.1f} {row.unit}, ACK {_or_nothing(row.incumbent)}")
            for row, value in _resources(results)
        ),
    }


def _ratios_picture(canvas: Canvas, results: Results) -> None:
    """Ours beside the incumbent's: how many times better, a bar a row, in groups."""
    found = _ratios_by_group(results)
    canvas.set_size_inches(9, 1.2 + 0.23 * (len(found) + len(ABOUT)))
    axes = canvas.add_subplot()
    axes.set_xscale("log")
    place, ticks = 0.0, []
    for group, title in ABOUT.items():
        of_group = [(row, times) for row, times in found if row.about == group]
        if not of_group:
            continue
        axes.text(0.0, place, title, weight="bold", ha="right", va="center", transform=_beside(axes))
        for row, times in of_group:
            place += 1
            # what needs nothing at all where ACK needs something is drawn to the edge
            width, text = (times, f" {times:,.1f}×") if times else (EDGE, " none at all")
            axes.barh(place, width - 1, left=1, height=0.6, color=OURS if width >= 1 else THEIRS)
            axes.text(max(width, 1.0), place, text, va="center", ha="left")
            ticks.append((place, row.shown(WHOLE)))
        place += 1.4
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.invert_yaxis()
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_xlim(0.3, EDGE * 4)
    axes.set_xticks([1, 10, 100], ["1×", "10×", "100×"])
    axes.set_xlabel("times better than ACK (to the left of the line: worse)")


EDGE = 300.0


def _latency_picture(canvas: Canvas, results: Results) -> None:
    """How soon an end is shown."""
    axes = canvas.add_subplot()
    axes.set_xscale("log")
    for name, title, dashes in (("event-latency", "by event", "-"), ("sweep-latency", "by sweep", "--")):
        if name in results.series:
            values = results.series[name]["values"]
            reached = [100 * n / (len(values) - 1) for n in range(len(values))]
            axes.plot([max(v, 0.01) for v in values], reached, dashes, color=OURS, label=title)
    shares = [100 * share for share, _, _ in THEIR_LATENCY]
    axes.plot([one for _, one, _ in THEIR_LATENCY], shares, "o", color=THEIRS, label="ACK, 20 workers")
    axes.plot([one for _, _, one in THEIR_LATENCY], shares, "s", color=THEIRS, label="ACK, one worker")
    axes.set_xlim(0.05, 200)
    axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.set_ylim(0, 102)
    axes.set_xlabel("seconds since the job has ended")
    axes.set_ylabel("% of 1,000 jobs shown as ended")
    axes.legend(loc="upper left")


def _growth_picture(canvas: Canvas, results: Results) -> None:
    """Calls by the number of jobs."""
    axes = canvas.add_subplot()
    axes.set_xscale("log")
    axes.set_yscale("log")
    counts = [WHOLE.few, WHOLE.jobs, WHOLE.many]
    theirs = [THEIR_RULE * n for n in counts]
    axes.plot(counts, theirs, ":", color=THEIRS, label="ACK's rule: two Describes each 30 s")
    for (title, measured), marker in zip(THEIR_CALLS, ("o", "s"), strict=True):
        axes.plot([WHOLE.jobs], [measured], marker, color=THEIRS, label=f"ACK, {title}")
    ours = [(count, calls) for count, calls in _growth(results) if calls > 0]
    xs, ys = [count for count, _ in ours], [calls for _, calls in ours]
    axes.plot(xs, ys, "o-", color=OURS, label="ours: a List for a hundred")
    for count, calls in ours:
        axes.annotate(f"{calls:,.0f}", (count, calls), (6, -10), textcoords="offset points", color=INK)
    axes.set_xticks(counts, [f"{n:,}" for n in counts])
    axes.set_xlabel("jobs in progress")
    axes.set_ylabel("calls to SageMaker a minute")
    axes.legend(loc="upper left")


def _resources_picture(canvas: Canvas, results: Results) -> None:
    """CPU and memory: ours, the incumbent's and the target."""
    found = _resources(results)
    for number, (unit, title) in enumerate({"MiB": "MiB", "s": "seconds of CPU"}.items(), 1):
        axes = canvas.add_subplot(1, 2, number)
        of_unit = [(row, value) for row, value in found if row.unit == unit]
        for place, (row, value) in enumerate(of_unit):
            theirs, target = row.incumbent, row.at_most
            axes.barh(place - 0.2, value, height=0.36, color=OURS, label="ours")
            axes.text(max(value, target or 0), place - 0.2, f" {value:,.1f}", va="center")
            if theirs is not None:
                axes.barh(place + 0.2, theirs, height=0.36, color=THEIRS, label="ACK")
                axes.text(max(theirs, target or 0), place + 0.2, f" {theirs:,g}", va="center")
            if target is not None:
                axes.plot([target] * 2, [place - 0.4, place + 0.4], color=INK, label="target: at most")
        axes.set_yticks(range(len(of_unit)), [row.shown(WHOLE).replace(": ", ":\n") for row, _ in of_unit])
        axes.margins(x=0.18)
        axes.invert_yaxis()
        axes.set_xlabel(title)
        if number == 1:
            handles, labels = axes.get_legend_handles_labels()
            canvas.legend(
                dict(zip(labels, handles, strict=True)).values(),
                dict.fromkeys(labels),
                loc="outside lower center",
                ncols=3,
            )


PICTURES: Mapping[str, Callable[[Canvas, Results], None]] = {
    "ratios": _ratios_picture,
    "latency": _latency_picture,
    "growth": _growth_picture,
    "resources": _resources_picture,
}


def _svg(picture: Callable[[Canvas, Results], None], results: Results) -> str:
    with mpl.rc_context(STYLE):
        canvas = Canvas(figsize=(8, 3.6), layout="constrained")
        picture(canvas, results)
        text = io.StringIO()
        canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    head, mark, rest = text.getvalue().partition(" <defs>")
    lines = f"{head}{DARK}\n{mark}{rest}".splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _beside(axes: Axes) -> object:
    return axes.get_yaxis_transform()


def _ratios_by_group(results: Results) -> list[tuple[Row, float | None]]:
    """Rows that both have a figure of; None where ours is nothing at all."""
    found: list[tuple[Row, float | None]] = []
    for row in rows().values():
        value = results.value(row.key)
        if value is not None and row.incumbent:
            found.append((row, row.times_better(value, WHOLE) if value else None))
    return found


def _ratios(results: Results) -> Iterable[tuple[str, str]]:
    for row, times in _ratios_by_group(results):
        yield row.shown(WHOLE), f"{times:,.1f}" if times else "none at all"


def _medians(results: Results) -> Iterable[tuple[str, float | None]]:
    yield "by event", results.value("event-latency-median")
    yield "by sweep", results.value("sweep-latency-median")


def _growth(results: Results) -> list[tuple[int, float]]:
    of = {WHOLE.few: "progress-few", WHOLE.jobs: "progress", WHOLE.many: "progress-many"}
    values = {count: results.value(key) for count, key in of.items()}
    return [(count, value) for count, value in values.items() if value is not None]


def _resources(results: Results) -> list[tuple[Row, float]]:
    found = [
        (row, results.value(row.key))
        for row in rows().values()
        if row.about == "resources" and row.unit in {"MiB", "s"}
    ]
    return [(row, value) for row, value in found if value is not None]


def _spoken(pairs: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{name} {value}" for name, value in pairs) or "not measured yet"


def _or_nothing(value: float | None) -> str:
    return "not known" if value is None else f"{value:,g}"
