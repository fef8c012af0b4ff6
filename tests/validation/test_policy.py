"""Checkov really looked: what must fail fails, what was not read is noticed, and all of ours passes."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from scripts.validation import policy
from scripts.validation.policy import ALLOW_ALL, BAD_POD, CHECKOV, NotChecked, check
from scripts.validation.rendered import Rendered, everything, resource

GOOD = yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}})


def bad_pod(**annotations: str) -> str:
    metadata = {"name": "bad", "namespace": "b", "annotations": annotations}
    return yaml.safe_dump({**BAD_POD, "metadata": metadata})


def test_everything_we_render_passes_and_every_skip_has_its_reason(tools: Mapping[str, Path]) -> None:
    roots = list(everything(tools))
    reports = {report.name: report for report in check(roots)}
    assert reports.keys() == {root.name for root in roots}
    for report in reports.values():
        assert report.canary
        assert (report.failed, report.unexplained) == ([], []), report.name
    # checks that apply were made: a Deployment alone has more than 50, a policy 5
    for root in roots:
        least = 50 if "kind: Deployment" in root.text else 5 if root.framework == "cloudformation" else 0
        assert reports[root.name].passed >= least, root.name
    assert sum("kind: Deployment" in root.text for root in roots) >= 5
    assert sum(root.framework == "cloudformation" for root in roots) >= 5


def test_what_is_bad_fails_and_a_skip_needs_a_reason() -> None:
    template = yaml.safe_dump({"Resources": {"Ours": resource("ManagedPolicy", "PolicyDocument", ALLOW_ALL)}})
    roots = [
        Rendered("a bad pod", "kubernetes", bad_pod()),
        Rendered(
            "a skip with a reason", "kubernetes", bad_pod(**{"checkov.io/skip1": "CKV_K8S_16=it is a test"})
        ),
        Rendered("a skip without", "kubernetes", bad_pod(**{"checkov.io/skip1": "CKV_K8S_16"})),
        Rendered("a bad policy", "cloudformation", template),
        Rendered("a bad image", "dockerfile", "FROM scratch\n"),
        Rendered("nothing to say", "kubernetes", GOOD),
    ]
    reports = {report.name: report for report in check(roots)}
    for name in ("a bad pod", "a bad policy", "a bad image"):
        assert reports[name].failed, name
    assert reports["nothing to say"].failed == []
    assert any(
        "CKV_K8S_16" in line and "it is a test" in line for line in reports["a skip with a reason"].skipped
    )
    assert reports["a skip with a reason"].unexplained == []
    without = reports["a skip without"]
    assert [line for line in [*without.unexplained, *without.failed] if "CKV_K8S_16" in line]


def test_a_root_that_checkov_cannot_read_is_not_taken_for_a_good_one() -> None:
    """Checkov itself ends with 0 here."""
    roots = [Rendered("fine", "kubernetes", GOOD), Rendered("broken", "kubernetes", f"{GOOD}a: [\n")]
    with pytest.raises(NotChecked, match="broken"):
        check(roots)


def test_without_checkov_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match=r"make .venv-policy/ready"):
        check([Rendered("fine", "kubernetes", GOOD)], tmp_path / "checkov")


def test_a_checkov_that_says_nothing_is_an_error(tmp_path: Path) -> None:
    silent = tmp_path / "checkov"
    silent.write_text("#!/bin/sh\necho 'no helm on PATH' >&2\nexit 0\n")
    silent.chmod(0o755)
    with pytest.raises(NotChecked, match="no helm on PATH"):
        check([Rendered("fine", "kubernetes", GOOD)], silent)


def test_checkov_is_the_pinned_one_in_its_own_environment() -> None:
    assert policy.CHECKOV == CHECKOV and CHECKOV.parts[-3:] == (".venv-policy", "bin", "checkov")
    pinned = (CHECKOV.parents[2] / "requirements" / "policy.txt").read_text()
    assert "checkov==" in pinned and "--hash=sha256:" in pinned
