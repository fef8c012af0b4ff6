"""Why something failed, for the kinds whose description has no member of its own that says so."""

from typing import Any

import pytest

from controller.decide.conditions import Row
from controller.decide.status import verdict_of
from controller.kinds.load import kinds
from controller.kinds.states import StateClass

KINDS = kinds()


def parts(member: str) -> dict[str, Any]:
    """Two parts that failed, one that did not, and one that failed for the same reason as the first."""
    checks = [
        {"Name": "a", "Status": "Failed", "FailureReason": "no image"},
        {"Name": "b", "Status": "Completed"},
        {"Name": "c", "Status": "Failed", "FailureReason": "no model"},
    ]
    scans = [{"Status": "Failed", "FailureReason": "no image"}]
    return {member: {"ValidationStatuses": checks, "ImageScanStatuses": scans}}


STACK = {"CfnTemplateProviderDetail": {"TemplateName": "t", "StackDetail": {"StatusMessage": "no stack"}}}
NESTED: dict[str, tuple[dict[str, Any], str]] = {
    "Algorithm": (parts("AlgorithmStatusDetails"), "no image; no model"),
    "ModelPackage": (parts("ModelPackageStatusDetails"), "no image; no model"),
    "PartnerApp": ({"Error": {"Code": "X", "Reason": "no licence"}}, "no licence"),
    "Project": (
        {
            "ServiceCatalogProvisionedProductDetails": {"ProvisionedProductStatusMessage": "no product"},
            "TemplateProviderDetails": [STACK],
        },
        "no product; no stack",
    ),
}


def test_no_kind_that_has_one_is_left_out() -> None:
    assert set(NESTED) == {name for name, kind in KINDS.items() if kind.failure_within}


@pytest.mark.parametrize("name", list(NESTED))
def test_a_reason_that_stands_within_is_terminals_message(name: str) -> None:
    kind, (description, why) = KINDS[name], NESTED[name]
    assert kind.states is not None
    for state in kind.states.where(StateClass.FAILED):
        verdict = verdict_of(kind, {str(kind.status): state, **description}, advisory=None, resolved=None)
        assert (verdict.row, verdict.message) == (Row.FAILED, why)
        silent = verdict_of(kind, {str(kind.status): state}, advisory=None, resolved=None)
        assert silent.message == f"{name} is in {state} status."
