"""argocd/: what goes into argocd-cm, from the scripts as Argo CD's own tree would have them, and the objects these are tested with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from controller.kinds.kind import GROUP
from controller.kinds.load import kinds
from scripts.readers.lua import CUSTOMIZATION, OURS
from scripts.readers.written import Written, besides, in_state

FOLDER = Path(__file__).resolve().parents[2] / "argocd"
SNIPPETS = FOLDER / "customizations"
TESTDATA = CUSTOMIZATION / "testdata"
ACTIONS = CUSTOMIZATION / "actions"
APPLICATION = CUSTOMIZATION.parents[1] / "argoproj.io" / "Application" / "health.lua"
APPLICATION_KEY = "resource.customizations.health.argoproj.io_Application"

HEADER = "# Written by scripts/generate from argocd/resource_customizations. Change the scripts there, not this file.\n"
OBJECT_HEADER = "# Written by scripts/generate: an object as the controller writes it.\n"

# The objects that health_test.yaml expects something of, by what is the case.
BESIDES = {
    "nobody has looked at it yet": "new",
    "it waits for another object": "waiting",
    "the request can never do": "refused",
    "throttled, denied, over quota before it is there": "throttled",
    "the same, of what is as declared": "throttled-later",
    "edited, and not looked at since": "edited",
    "edited, and SageMaker has taken it": "updating",
}
STATES = {
    ("TrainingJob", "InProgress"): "training-job-in-progress",
    ("TrainingJob", "Completed"): "training-job-completed",
    ("TrainingJob", "Failed"): "training-job-failed",
    ("TrainingJob", "Stopped"): "training-job-stopped",
    ("NotebookInstance", "Stopped"): "notebook-stopped",
    ("Endpoint", "InService"): "endpoint-in-service",
    ("Model", None): "model",
}


class _Text(str):
    """A script: written as a block, so that it can be read."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Text, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)


def argocd() -> dict[Path, str]:
    """The snippets and the objects."""
    return {**_snippets(), **dict(_testdata())}


def _snippets() -> dict[Path, str]:
    health, actions = {"resource.customizations": _Text(_dumped(_health()))}, dict(_actions())
    return {
        SNIPPETS / "values.yaml": HEADER + _dumped({"configs": {"cm": health}}),
        **_component("health", health),
        **_component("actions", actions),
        **_component("application-health", {APPLICATION_KEY: _Text(APPLICATION.read_text())}),
    }


def _component(name: str, data: dict[str, Any]) -> dict[Path, str]:
    """A kustomize component that adds to argocd-cm."""
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": data}
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "patches": [{"path": "argocd-cm.yaml", "target": {"kind": "ConfigMap", "name": "argocd-cm"}}],
    }
    return {
        SNIPPETS / name / "argocd-cm.yaml": HEADER + _dumped(config_map),
        SNIPPETS / name / "kustomization.yaml": HEADER + _dumped(component),
    }


def _health() -> dict[str, Any]:
    # NB: wildcards are known to the one key resource.customizations alone: the name of a key of a ConfigMap cannot have a star
    return {f"{GROUP}/*": {"health.lua": _Text(OURS.read_text())}}


def _actions() -> Iterator[tuple[str, str]]:
    """The same for each kind: Argo CD looks for actions by the kind's own name only."""
    names = sorted(path.parent.name for path in ACTIONS.glob("*/action.lua"))
    definitions = [
        {"name": name, "action.lua": _Text((ACTIONS / name / "action.lua").read_text())} for name in names
    ]
    said = {"discovery.lua": _Text((ACTIONS / "discovery.lua").read_text()), "definitions": definitions}
    for kind in kinds():
        yield f"resource.customizations.actions.{GROUP}_{kind}", _Text(_dumped(said))


def _testdata() -> Iterator[tuple[Path, str]]:
    for (kind, state), name in STATES.items():
        yield _object(name, in_state(kinds()[kind], state))
    for one in besides():
        if one.case in BESIDES:
            yield _object(BESIDES[one.case], one)


def _object(name: str, one: Written) -> tuple[Path, str]:
    return TESTDATA / f"{name}.yaml", OBJECT_HEADER + _dumped(one.obj)


def _dumped(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=10_000)
