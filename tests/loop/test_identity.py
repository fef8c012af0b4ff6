"""Whose a resource is outlives backups, lost statuses and lost clusters: every kind finds its own again, or says why it cannot.

identities.yaml has what is expected of each kind in each way; what it does not name is found without a Create.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.decide.declared import ARN_ANNOTATION
from scripts.control_plane.plane import ControlPlane
from scripts.generators.kinds_pages import finds
from tests.conftest import CRDS
from tests.loop.identities import (
    CASES,
    KINDS,
    NO_ANNOTATIONS,
    NO_FINALIZER,
    NO_STATUS,
    Outcome,
    Scene,
    arn_of,
    committed,
    exported,
    led,
    unheld,
)

EXPECTED = yaml.safe_load((Path(__file__).parent / "identities.yaml").read_text())


def uid_of(plane: ControlPlane) -> str:
    """What an installation's ownerID is by default."""
    return str(plane.request("GET", "/api/v1/namespaces/kube-system")[1]["metadata"]["uid"])


def restored(scene: Scene) -> None:
    scene.let_go()
    scene.put_back(exported)


def bootstrapped(scene: Scene) -> None:
    scene.let_go()
    scene.put_back(committed)


STRIPPED: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "status stripped": (NO_STATUS,),
    "annotations stripped": (NO_ANNOTATIONS,),
    "both stripped": (NO_STATUS, NO_ANNOTATIONS),
    "all stripped": (NO_STATUS, NO_ANNOTATIONS, NO_FINALIZER),
}
WAYS = ("restored", "bootstrapped", *STRIPPED, "restored elsewhere", "bootstrapped elsewhere", "not its own")


@pytest.fixture(scope="module")
def other(old_plane: ControlPlane) -> ControlPlane:
    """Another cluster."""
    old_plane.kubectl("apply", "--server-side", "--force-conflicts", "-k", str(CRDS))
    old_plane.wait_for_crds()
    return old_plane


def gone(way: str, here: ControlPlane, request: pytest.FixtureRequest) -> Mapping[str, Outcome]:
    """What came of every kind in a way."""
    if way in STRIPPED:
        return led(here, lambda scene: scene.strip(*STRIPPED[way]))
    if way in {"restored", "bootstrapped"}:
        return led(here, restored if way == "restored" else bootstrapped)
    other = request.getfixturevalue("other")
    owner = {"owner_id": uid_of(here)} if way == "bootstrapped elsewhere" else {}

    def moved(scene: Scene) -> None:
        scene.move(other, **owner)
        scene.put_back(unheld if way == "restored elsewhere" else committed)

    return led(here, moved, alone=way == "not its own")


def expected(way: str) -> dict[str, dict[str, Any]]:
    """What is expected of the kinds that are not found without a Create, with the reason."""
    found: dict[str, dict[str, Any]] = {}
    for row in EXPECTED:
        if way in row["ways"]:
            assert not set(found) & set(row["kinds"])
            found |= dict.fromkeys(row["kinds"], row)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_kind_finds_its_resource_or_says_why_not(
    crds: ControlPlane, request: pytest.FixtureRequest, way: str
) -> None:
    found = gone(way, crds, request)
    rows = expected(way)
    words = {label: outcome.word for label, outcome in found.items()}
    assert words == {label: rows.get(label, {}).get("word", "found") for label in CASES}, {
        label: (found[label].message, found[label].made, found[label].created)
        for label in CASES
        if words[label] != rows.get(label, {}).get("word", "found")
    }
    for label, outcome in found.items():
        if words[label] == "refused":
            assert outcome.message.startswith("Resource already exists: arn:"), outcome.message
            assert "annotate this object with" in outcome.message
        elif words[label] != "second":
            assert outcome.made == () and arn_of(outcome.after) == arn_of(outcome.before)
    # nothing was changed or ended on the way; letting go of what is retained is no call either
    assert {label: outcome.ended for label, outcome in found.items() if outcome.ended} == {}
    # and all three places say it again
    kept = {label: o for label, o in found.items() if words[label] != "refused"}
    assert [
        label
        for label, o in kept.items()
        if o.after["metadata"]["annotations"].get(ARN_ANNOTATION) != arn_of(o.after)
        or CASES[label].kind.finalizer not in o.after["metadata"]["finalizers"]
    ] == []


def test_each_expectation_has_its_reason_and_names_what_there_is() -> None:
    for row in EXPECTED:
        assert row["because"] and set(row["ways"]) <= set(WAYS) and set(row["kinds"]) <= set(CASES), row
    assert {case.kind.name for case in CASES.values()} == set(KINDS)


def test_the_page_about_backups_names_the_kinds_that_nothing_else_finds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "backup.md").read_text()
    table = page.partition("## Kinds that need their annotation")[2].partition("\n## ")[0]
    untagged = {name for name, kind in KINDS.items() if finds(kind) in {"record", "name alone"}}
    assert {name for name in KINDS if f"`{name}`" in table} == untagged
    second = {
        CASES[label].kind.name for label, row in expected("bootstrapped").items() if row["word"] == "second"
    }
    assert second == {name for name in untagged if finds(KINDS[name]) == "record"}
    unheld = {label for label, row in expected("not its own").items() if row["word"] == "second"}
    told = page.partition("to do, and deleting the object")[2].partition("are created")[0]
    assert {name for name in KINDS if name in re.findall(r"\w+", told)} == unheld - set(
        expected("bootstrapped")
    )
