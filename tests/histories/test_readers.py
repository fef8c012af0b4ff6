"""The readers that the histories ask are the real ones: the script is Argo CD's, and what was recorded of the real parts holds.

recorded.jsonl was made by a Go program that handed 240 seeded objects (generation 2) to kstatus of sigs.k8s.io/cli-utils
v0.37.2 and of github.com/fluxcd/cli-utils v1.2.2, which Helm 4 and Flux use (both said the same of all), and to health.lua in
github.com/yuin/gopher-lua v1.1.2, which Argo CD uses.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.histories.readers import SCRIPT, argocd, kstatus, script

HERE = Path(__file__).parent
RECORDED = [json.loads(line) for line in (HERE / "recorded.jsonl").read_text().splitlines()]


def object_of(case: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "m", "namespace": "n", "generation": 2}
    if case["deleting"]:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    status: dict[str, Any] = {}
    if case["observed"] is not None:
        status["observedGeneration"] = case["observed"]
    if case["conditions"] is not None:
        status["conditions"] = [
            {"type": name, "status": value, "reason": "R", "message": f"{name} is {value}"}
            for name, value in case["conditions"]
        ]
    return {"metadata": metadata, **({"status": status} if status else {})}


def test_the_script_is_argo_cds() -> None:
    source = yaml.safe_load(SCRIPT.with_name("source.yaml").read_text())
    assert hashlib.sha256(SCRIPT.read_bytes()).hexdigest() == source["sha256"]


@pytest.mark.parametrize("reader", ["kstatus", "script"])
def test_what_the_real_ones_said_is_said_here(reader: str) -> None:
    for case in RECORDED:
        obj = object_of(case)
        said = kstatus(obj) if reader == "kstatus" else list(script(obj))
        assert said == case[reader], case


def test_every_answer_was_recorded() -> None:
    assert {case["kstatus"] for case in RECORDED} == {"InProgress", "Current", "Failed", "Terminating"}
    assert {case["script"][0] for case in RECORDED} == {"Progressing", "Healthy", "Degraded"}


def test_what_is_being_deleted_is_progressing_to_argo_cd() -> None:
    for case in RECORDED:
        assert argocd(object_of(case)) == ("Progressing" if case["deleting"] else case["script"][0])
