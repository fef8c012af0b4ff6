"""Each row is measured on a bed of its own and put beside its target (design of the project, section 8)."""

import statistics
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from scripts.benchmarks.bed import ROOT, bed, cpu, dumped, job, memory, state, until

Row = tuple[str, float, str]


def one_job() -> list[Row]:
    """A single job from apply to Completed."""
    with bed() as made, made.controller():
        made.create([job("one")])
        until(lambda: state(made.jobs()[0]) == "Completed")
        time.sleep(3)  # a controller that goes on asking would be caught in this time
        calls = [
            call["operation"] for call in made.control.calls() if call["operation"].endswith("TrainingJob")
        ]
    before, after = calls.index("CreateTrainingJob"), len(calls)
    return [
        ("calls per job, apply to Completed", float(after), ""),
        ("Describes of a job before its Create", float(before), "0"),
    ]


def many_jobs(count: int) -> list[Row]:
    """Many jobs at once against 50 ms, and what the API server and the process had of it."""
    with bed() as made, made.controller() as process:
        made.control.settings(durations={"TrainingJob": 3600})
        until(lambda: cpu(process) > 0.5)
        time.sleep(3)
        idle, spent = memory(process, "VmRSS"), cpu(process)
        made.create([job(f"job-{n}") for n in range(count)])
        until(lambda: all(state(obj) for obj in made.jobs()))
        spent = cpu(process) - spent
        calls = made.control.calls()
        applied = {o["metadata"]["name"]: _seconds(o["metadata"]["creationTimestamp"]) for o in made.jobs()}
        peak = memory(process)
    created = sorted(call["time"] for call in calls if call["operation"] == "CreateTrainingJob")
    waits = sorted(max(at - min(applied.values()), 0) for at in created)
    return [
        (f"{count} jobs at once: creates/s", len(created) / max(created[-1] - created[0], 0.001), ">= 100"),
        (f"{count} jobs at once: calls until all are shown", float(len(calls)), f"<= {count * 1.1:.0f}"),
        ("  first apply to Create, median s", statistics.median(waits), "<= 5"),
        ("  first apply to Create, p95 s", waits[int(len(waits) * 0.95)], "<= 10"),
        ("  CPU seconds", spent, f"<= {count * 0.007:.1f}"),
        ("  RSS idle, MiB", idle, "<= 85"),
        ("  RSS peak, MiB", peak, "<= 95"),
    ]


def many_settled(count: int) -> list[Row]:
    """A start with many finished jobs of 8 kB."""
    with bed(latency=0.0) as made:
        made.control.settings(durations={"*": 0})
        with made.controller():
            made.create([job(f"job-{n}", "x" * 480) for n in range(count)])
            until(lambda: all(state(obj) == "Completed" for obj in made.jobs()))
        before = {o["metadata"]["name"]: o["metadata"]["resourceVersion"] for o in made.jobs()}
        made.control.forget_calls()
        with made.controller() as process:
            until(lambda: cpu(process) > 0.5)
            time.sleep(15)  # the lists, and what a controller that looks at everything would do
            used = cpu(process)
            time.sleep(20)
            idle = (cpu(process) - used) / 20 * 100
            rss = memory(process, "VmRSS")
        calls = sum(made.control.counts().values())
        written = sum(before[o["metadata"]["name"]] != o["metadata"]["resourceVersion"] for o in made.jobs())
    return [
        (f"restart with {count} Completed: calls", float(calls), "<= 20"),
        (f"restart with {count} Completed: objects written", float(written), "0"),
        (f"RSS with {count} settled objects, MiB", rss, "<= 120 for 10,000"),
        ("idle CPU, %", idle, "<= 1"),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, write build/bench.json. ``--quick`` takes a tenth of the objects."""
    jobs, settled = (100, 1000) if "--quick" in arguments else (1000, 10000)
    rows = [*one_job(), *many_jobs(jobs), *many_settled(settled)]
    print(f"{'':52} {'ours':>10}  target")
    for name, value, target in rows:
        print(f"{name:52} {value:>10.1f}  {target}")
    out = Path(ROOT / "build" / "bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(dumped({name.strip(): value for name, value, _ in rows}))
    return 0


def _seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()
