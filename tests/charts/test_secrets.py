"""On a real API server the rendered rights let exactly the named Secrets be read, and a refusal is one sentence."""

import base64
import json
import uuid
from collections.abc import Iterator

import pytest

from controller.cluster.api import Api
from controller.cluster.values import NoValue, secret_value
from scripts.control_plane.plane import ControlPlane
from tests.charts.access import allowed, user_of
from tests.charts.conftest import Render

ACCOUNT = ("ack-system", "ack-sagemaker-controller")


@pytest.fixture
def team(plane: ControlPlane, render: Render) -> Iterator[str]:
    """A namespace whose installation may read Secret named; Secret other is beside it."""
    name = f"team-{uuid.uuid4().hex[:8]}"
    for namespace in (name, ACCOUNT[0]):
        plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    accounts = f"/api/v1/namespaces/{ACCOUNT[0]}/serviceaccounts"
    plane.request("POST", accounts, {"metadata": {"name": ACCOUNT[1]}})
    for secret in ("named", "other"):
        body = {"metadata": {"name": secret}, "data": {"key": base64.b64encode(b"value").decode()}}
        assert plane.request("POST", f"/api/v1/namespaces/{name}/secrets", body)[0] == 201
    values = {"installScope": "namespace", "watchNamespace": name, "kinds": ["Workforce"]}
    objects = render(values | {"secrets": {"names": ["named"]}})
    rights = [obj for obj in objects if obj["metadata"].get("namespace") == name]
    assert {obj["kind"] for obj in rights} == {"Role", "RoleBinding"}
    plane.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": rights}))
    yield name
    plane.kubectl("delete", "role,rolebinding,secret", "--all", "-n", name)


def test_the_named_one_is_read_and_no_other(plane: ControlPlane, team: str) -> None:
    api = Api.at(plane.url, token=plane.token_for(*ACCOUNT), ca_file=str(plane.ca_file))
    assert secret_value(api, team, "named", "key") == "value"
    with pytest.raises(NoValue) as refused:
        secret_value(api, team, "other", "key")
    assert (
        str(refused.value)
        == f"Secret {team}/other may not be read: name it in the chart's value secrets.names"
    )
    with pytest.raises(NoValue, match="may not be read"):
        secret_value(api, "kube-system", "named", "key")
    api.close()


def test_nothing_but_get_is_granted(plane: ControlPlane, team: str) -> None:
    user = user_of(*ACCOUNT)
    assert allowed(plane, user, team, "", "secrets", name="named") == {"get"}
    assert allowed(plane, user, team, "", "secrets", name="other") == set()
    assert allowed(plane, user, team, "", "secrets") == set()
