"""What a pass costs that finds nothing to do, in CPU, against what it costs to write the object down as JSON and read it again.

A pass over HTTP is a millisecond or two more, of TLS and of botocore; ``scripts/bench --only pass-cpu`` measures the whole.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from controller.loop.key import Key
from tests.crash.cloud import sagemaker
from tests.crash.rig import KINDS, NAMESPACE, Rig
from tests.crash.test_churn import spec_of

PASSES = 50
TRIES = 12


def cpu(work: Callable[[], object], times: int) -> float:
    """CPU seconds of this thread for one piece of work, the least of some tries: others' work can only add to it."""

    def once() -> float:
        begun = time.thread_time()
        for _ in range(times):
            work()
        return (time.thread_time() - begun) / times

    return min(once() for _ in range(TRIES))


# Twice what it takes, so that a machine that is busy is not taken for a slow pass. A finished run is not asked about; what lives
# and what has no states is asked about, and compared.
@pytest.mark.parametrize(("name", "most"), [("TrainingJob", 25), ("Model", 80), ("Endpoint", 100)])
def test_a_pass_over_what_is_settled(name: str, most: float) -> None:
    kind, rig = KINDS[name], Rig(sagemaker(check_references=False, durations={"*": 0}))
    rig.apply(kind, "settled", spec_of(kind))
    rig.rest(120)
    obj = rig.get(kind, "settled")
    assert obj is not None
    before = obj["metadata"]["resourceVersion"]
    key = Key(kind.name, NAMESPACE, "settled")
    reconciler = rig._worker._reconciler
    a_pass = cpu(lambda: reconciler.reconcile(key), PASSES)
    as_json = cpu(lambda: json.loads(json.dumps(obj)), PASSES)
    assert a_pass < most * as_json, f"{a_pass * 1e6:.0f} µs, {a_pass / as_json:.0f} times the JSON"
    assert (rig.get(kind, "settled") or {})["metadata"]["resourceVersion"] == before
