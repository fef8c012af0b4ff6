"""How manifests are read: strictly, as Kubernetes reads them, with the line that a person has to look at."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.validation.manifests import Manifest, Problem, read

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def sentences(found: list[Manifest | Problem]) -> list[str]:
    return [f"{Path(item.where).name}: {item.sentence}" for item in found if isinstance(item, Problem)]


@pytest.fixture
def kustomize(tools: Mapping[str, Path]) -> Path:
    return tools["kustomize"]


def test_each_document_is_known_by_its_line(tmp_path: Path, kustomize: Path) -> None:
    (tmp_path / "two.yaml").write_text(f"# a comment\n{GOOD}---\n{GOOD}")
    found = list(read(tmp_path, kustomize))
    assert [Path(item.where).name for item in found] == ["two.yaml:2", "two.yaml:6"]
    assert all(isinstance(item, Manifest) and item.called == "ConfigMap a" for item in found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + "kind: Secret\n", "bad.yaml:4: is not readable: key 'kind' is said twice"),
        ("a: [1, 2\nb: 3\n", "bad.yaml:2: is not readable:"),
        ("image:\n  tag: x\n", "bad.yaml:1: is no Kubernetes manifest: it has no apiVersion and kind"),
        ("- a\n- b\n", "bad.yaml:1: is no Kubernetes manifest"),
    ],
)
def test_what_is_no_manifest_is_said_with_its_line(
    tmp_path: Path, kustomize: Path, text: str, sentence: str
) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    (said,) = sentences(list(read(tmp_path, kustomize)))
    assert said.startswith(sentence)


def test_a_date_stays_the_string_that_kubernetes_makes_of_it(tmp_path: Path, kustomize: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + "data:\n  day: 2026-01-31\n")
    (found,) = read(tmp_path, kustomize)
    assert isinstance(found, Manifest) and found.body["data"] == {"day": "2026-01-31"}


def test_lists_hidden_folders_and_other_files(tmp_path: Path, kustomize: Path) -> None:
    (tmp_path / "list.json").write_text(
        '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}]}'
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.yaml").write_text("not: ours")
    (tmp_path / "README.md").write_text("# no manifest")
    (found,) = read(tmp_path, kustomize)
    assert isinstance(found, Manifest) and found.called == "Pod p"


def test_a_kustomize_root_stands_for_what_is_below_it(tmp_path: Path, kustomize: Path) -> None:
    root = tmp_path / "app"
    root.mkdir()
    (root / "kustomization.yaml").write_text("resources: [a.yaml]\nnamePrefix: my-\n")
    (root / "a.yaml").write_text(GOOD)
    (root / "values.yaml").write_text("no: manifest")
    component = tmp_path / "component"
    component.mkdir()
    (component / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    )
    (found,) = read(tmp_path, kustomize)
    assert isinstance(found, Manifest) and found.called == "ConfigMap my-a"


def test_a_root_that_does_not_build_is_a_problem_not_a_crash(tmp_path: Path, kustomize: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [nowhere.yaml]\n")
    (said,) = sentences(list(read(tmp_path, kustomize)))
    assert "kustomize cannot build it" in said and "nowhere.yaml" in said
