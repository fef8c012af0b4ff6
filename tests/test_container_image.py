"""The image as its Containerfile says it: built here without a container, with nothing but the lock of what runs."""

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from scripts.container_image import NotBuiltError, build

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "run.txt"


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's instructions in order, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Containerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    parts = [line.split(None, 1) for line in lines if line.strip()]
    return [(word.upper(), rest.strip()) for word, rest in parts]


def of(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def copied() -> list[tuple[str, str]]:
    """What is copied from the tree, and whereto."""
    pairs = [(line.split()[0], line.split()[1]) for line in of("COPY") if not line.startswith("--from")]
    assert len(pairs) == 2
    return pairs


def test_what_is_copied_is_there_and_is_not_ignored() -> None:
    ignored = (ROOT / ".containerignore").read_text()
    assert ignored == (ROOT / ".dockerignore").read_text(), "podman and docker are to see the same"
    patterns = [line for line in ignored.splitlines() if line and not line.startswith("#")]
    for source, _ in copied():
        assert (ROOT / source).exists(), source
        kept = False
        for pattern in patterns:  # the last that matches counts; ! takes back
            plain = pattern.removeprefix("!").strip("/")
            if fnmatch(source.strip("/"), plain) or source.strip("/").startswith(f"{plain}/"):
                kept = pattern.startswith("!")
            elif pattern.startswith("!") and plain.startswith(source):
                kept = True
        assert kept or not any(fnmatch(source.strip("/"), p.strip("/")) for p in patterns), source


def test_every_package_is_pinned_by_hash_and_nothing_else_is_installed() -> None:
    (install,) = (line for line in of("RUN") if "pip install" in line)
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(install.split())
    assert f"-r /{LOCK.name}" in install and ("requirements/run.txt", f"/{LOCK.name}") in copied()
    blocks = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", LOCK.read_text(), flags=re.MULTILINE).strip())
    assert len(blocks) > 5
    for block in blocks:
        assert re.match(r"[a-z0-9.-]+==[0-9]", block) and "--hash=sha256:" in block, block.splitlines()[0]


def test_it_runs_as_a_number_that_is_not_root() -> None:
    (user,) = of("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    words = [name for name, _ in instructions()]
    assert words.index("USER") > max(n for n, word in enumerate(words) if word == "FROM"), (
        "in the image itself"
    )
    assert not {"RUN", "ADD"} & set(words[words.index("USER") :])


def test_it_listens_where_the_chart_looks() -> None:
    (ports,) = of("EXPOSE")
    chart = (ROOT / "kustomize" / "base" / "deployment.yaml").read_text()
    assert set(ports.split()) == set(re.findall(r"containerPort: (\d+)", chart))


@pytest.mark.slow
def test_what_the_lock_installs_is_all_the_controller_needs(tmp_path: Path) -> None:
    """Each step of the Containerfile, below a folder instead of /; then its entry point, with an empty environment."""
    for source, target in copied():
        place = tmp_path / target.strip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", str(ROOT / source), str(place)], check=True)
    network = ("PIP_", "HTTP", "http", "NO_PROXY", "no_proxy", "SSL_", "REQUESTS_", "HOME")
    env = {name: value for name, value in os.environ.items() if name.startswith(network)}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).resolve().parent), os.defpath])
    for line in of("RUN"):
        if "compileall" in line:
            continue  # half a minute for what only makes a start quicker
        below = re.sub(r"(?<=\s)/(?=(?:opt|srv|run\.txt))", f"{tmp_path}/", f" {line}")
        step = subprocess.run(below, shell=True, env=env, capture_output=True, text=True, check=False)
        assert step.returncode == 0, f"{below}\n{step.stdout[-2000:]}{step.stderr[-2000:]}"
    command = json.loads(of("ENTRYPOINT")[0])
    assert command == ["python", "-m", "controller"]
    (workdir,) = of("WORKDIR")
    python = tmp_path / "opt" / "venv" / "bin" / command[0]

    def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(python), *command[1:], *arguments], cwd=tmp_path / workdir.strip("/"), env={"HOME": "/nonexistent"},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    shown = start("--help")
    assert shown.returncode == 0 and "--aws-region" in shown.stdout, shown.stderr
    # every module is imported and the table read before the API server is missed
    refused = start("--aws-region=us-east-1", "--kubeconfig=/nonexistent")
    assert refused.returncode == 2 and refused.stderr.startswith("controller: kubeconfig"), refused.stderr


def test_an_image_without_a_registry_or_a_builder_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotBuiltError, match="REGISTRY="):
        build("", "1")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NotBuiltError, match="docker or podman is needed"):
        build("registry.example.com/team", "1")
