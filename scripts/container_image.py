"""Builds the controller's image from the Containerfile, pushes it, and says what to put into values and overlays."""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from controller import __version__
from scripts.generators.kustomize_base import IMAGE
from scripts.rendering import ROOT

BUILDERS = ("docker", "podman")


class NotBuiltError(Exception):
    """There is no image; one sentence says why and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Build and push; 0, or 2 with a sentence."""
    parser = argparse.ArgumentParser(prog="scripts/image", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--registry", default="", help="such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com/platform"
    )
    parser.add_argument("--tag", default=__version__)
    said = parser.parse_args(list(arguments))
    try:
        repository, digest = build(said.registry, said.tag)
    except NotBuiltError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    print(
        f"\nHelm:      --set image.repository={repository} --set image.tag={said.tag} --set image.digest={digest}"
    )
    print(f"kustomize: images: [{{name: {IMAGE}, newName: {repository}, digest: {digest}}}]")
    return 0


def build(registry: str, tag: str) -> tuple[str, str]:
    """Build and push; the repository and the digest that the registry knows the image by.

    Raises:
        NotBuiltError: there is no registry or no builder, or a step failed.
    """
    if not registry:
        raise NotBuiltError("name the registry to push to: make image REGISTRY=registry.example.com/team")
    builder = next((path for name in BUILDERS if (path := shutil.which(name))), None)
    if builder is None:
        raise NotBuiltError("docker or podman is needed to build an image, and neither is on PATH")
    repository = f"{registry.rstrip('/')}/{IMAGE}"
    image = f"{repository}:{tag}"
    _run(builder, "build", "--file", str(ROOT / "Containerfile"), "--tag", image, str(ROOT))
    _run(builder, "push", image)
    known = _run(
        builder,
        "image",
        "inspect",
        "--format",
        "{{range .RepoDigests}}{{println .}}{{end}}",
        image,
        show=False,
    )
    digest = next((line for line in known.split() if line.startswith(f"{repository}@")), "")
    if not re.fullmatch(r".+@sha256:[0-9a-f]{64}", digest):
        raise NotBuiltError(f"{image} was pushed, but {builder} does not know its digest: ask the registry")
    return repository, digest.partition("@")[2]


def _run(*command: str, show: bool = True) -> str:
    done = subprocess.run(command, stdout=None if show else subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise NotBuiltError(f"`{' '.join(command[:2])}` failed with exit code {done.returncode}")
    return done.stdout or ""
