"""The commands of docs/uninstall.md do what the page says, on a real API server with a real kubectl."""

from collections.abc import Callable
from pathlib import Path

from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests.loop.recorded import POLICY, spec_of
from tests.loop.world import World, is_ready

PAGE = (Path(__file__).parents[2] / "docs" / "uninstall.md").read_text()
MADE = ("Model", "EndpointConfig", "Experiment")


def run(plane: ControlPlane, namespace: str, command: str) -> None:
    """A command of the page, in one namespace, for other tests have objects in the others."""
    assert f"$ {command}" in PAGE, command
    plane.kubectl("api-resources")  # forgets what kubectl learned of this server before the CRDs were there
    plane.kubectl(*command.replace("-A", f"-n {namespace}").split()[1:])


def full(world: World) -> None:
    for kind in MADE:
        world.apply(kind, "x", spec_of(world, kinds()[kind], "x"))
    for kind in MADE:
        world.until(kind, "x", is_ready)
    world.control.forget_calls()


def test_objects_go_and_resources_stay(world: Callable[..., World], crds: ControlPlane) -> None:
    there = world()
    full(there)
    run(crds, there.namespace, f"kubectl annotate sagemaker --all -A --overwrite {POLICY}=retain")
    run(crds, there.namespace, "kubectl delete sagemaker --all -A")
    for kind in MADE:
        assert there.get(kind, "x") is None, "the command returned before the objects were gone"
        assert there.control.resource(kind, "x")
    assert not [name for name in there.control.counts() if name.startswith("Delete")]


def test_objects_go_and_resources_too(world: Callable[..., World], crds: ControlPlane) -> None:
    there = world()
    full(there)
    run(crds, there.namespace, "kubectl delete sagemaker --all -A")
    for kind in MADE:
        assert there.get(kind, "x") is None
        assert there.control.resources(kind, "x") == []
