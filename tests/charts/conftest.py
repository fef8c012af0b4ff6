"""What the tests of the chart start from: rendering with a few values, by either Helm."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts import rendering
from scripts.rendering import Object

IMAGE = {"image": {"repository": "registry.example.com/controller"}}

Render = Callable[..., list[Object]]
Refuse = Callable[..., str]


@pytest.fixture(scope="session")
def render(tools: Mapping[str, Path]) -> Render:
    """The objects of the chart with an image and these values over it."""

    def rendered(values: Mapping[str, Any] | None = None, *, helm: str = "helm", **more: Any) -> list[Object]:
        text = rendering.helm_template(
            tools[helm], rendering.CHART, values=IMAGE | dict(values or {}), **more
        )
        return rendering.objects(text)

    return rendered


@pytest.fixture(scope="session")
def refusal(render: Render) -> Refuse:
    """What Helm says when it refuses these values."""

    def refused(values: Mapping[str, Any], *, helm: str = "helm") -> str:
        with pytest.raises(rendering.RenderError) as caught:
            render(values, helm=helm)
        return str(caught.value)

    return refused


def only(objects: list[Object], kind: str) -> Object:
    """The one object of a kind."""
    found = [obj for obj in objects if obj["kind"] == kind]
    assert len(found) == 1, f"{len(found)} of {kind}"
    return found[0]


def container(objects: list[Object]) -> dict[str, Any]:
    """The controller's container."""
    found: dict[str, Any] = only(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    return found
