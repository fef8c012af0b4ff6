"""Charts and kustomize roots rendered to objects, by the real tools; nothing here judges what comes out."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts" / "sagemaker-operators"
CRD_CHART = ROOT / "charts" / "sagemaker-operators-crds"
KUSTOMIZE = ROOT / "kustomize"

# The names that the manifests in kustomize/ carry; the namespace is the one ACK's installation guide uses.
RELEASE = "sagemaker-operators"
NAMESPACE = "ack-system"

# What the manifests are rendered for, whatever Helm says of itself: the newest Kubernetes we test.
KUBE_VERSION = "1.36.0"

# libyaml where there is one: it reads the CRDs in a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RenderError(Exception):
    """A tool refused to render; the message is what it said."""


def helm_template(
    helm: Path,
    chart: Path,
    *,
    values: Mapping[str, Any] | None = None,
    release: str = RELEASE,
    namespace: str = NAMESPACE,
    tests: bool = False,
) -> str:
    """The manifests of a release as Helm prints them; with ``tests`` also what `helm test` starts.

    Raises:
        RenderError: Helm refused; its sentence.
    """
    command = [
        str(helm),
        "template",
        release,
        str(chart),
        f"--namespace={namespace}",
        f"--kube-version={KUBE_VERSION}",
    ]
    if not tests:
        command += ["--skip-tests"]
    if values is not None:
        command += ["--values=-"]
    return run_tool(command, yaml.safe_dump(dict(values)) if values is not None else None)


def kustomize_build(kustomize: Path, folder: Path) -> str:
    """The manifests of a kustomize root.

    Raises:
        RenderError: kustomize refused; its sentence.
    """
    return run_tool([str(kustomize), "build", str(folder)])


def objects(text: str) -> list[Object]:
    """The objects of a stream of YAML documents."""
    return [document for document in yaml.load_all(text, Loader=_LOADER) if document]


def without_crds(text: str) -> str:
    """A stream of YAML documents less its CRDs, which are most of it and take most of the time to read."""
    documents = re.split(r"^---\n", text, flags=re.MULTILINE)
    return "---\n".join(one for one in documents if "\nkind: CustomResourceDefinition\n" not in f"\n{one}")


def name_of(obj: Object) -> tuple[str, str, str, str]:
    """What tells an object from all others: apiVersion, kind, namespace and name."""
    metadata = obj["metadata"]
    return str(obj["apiVersion"]), str(obj["kind"]), str(metadata.get("namespace", "")), str(metadata["name"])


def run_tool(command: Sequence[str], given: str | None = None) -> str:
    """What a tool prints.

    Raises:
        RenderError: it failed; its sentence.
    """
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RenderError(done.stderr.strip())
    return done.stdout
