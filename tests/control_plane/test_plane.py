"""The control plane the other tests stand on: it is real, it is alone, it keeps what it is told and it goes away."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import urllib3

from scripts.control_plane.plane import ControlPlane, KubectlError, PlaneError, running

ROOT = Path(__file__).resolve().parents[2]
MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture(scope="module")
def own(tools: Mapping[str, Path]) -> Iterator[ControlPlane]:
    """A control plane these tests may stop, beside the one everybody shares."""
    with running(tools) as started:
        yield started


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": name}}


def processes_in(folder: Path) -> list[str]:
    """Programs of a control plane by its folder: both name it in their arguments, and so may a test's own process."""
    listed = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    lines = [line for line in listed.splitlines() if str(folder) in line]
    return [line for line in lines if Path(line.split()[0]).name in ("etcd", "kube-apiserver")]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited a minute in vain"
        time.sleep(0.05)


def test_both_ends_of_what_we_support_are_what_they_say(plane: ControlPlane, old_plane: ControlPlane) -> None:
    for started, version in ((plane, "v1.36."), (old_plane, "v1.31.")):
        status, answer = started.request("GET", "/version")
        assert status == 200
        assert answer["gitVersion"].startswith(version)
        assert started.kubectl("get", "namespace", "default", "--output=name").split() == [
            "namespace/default"
        ]


def test_kubectl_fails_loudly_unless_told_not_to(plane: ControlPlane) -> None:
    with pytest.raises(KubectlError):
        plane.kubectl("get", "configmap", "absent")
    assert "NotFound" in plane.kubectl("get", "configmap", "absent", check=False)


@pytest.mark.parametrize("which", ["plane", "old_plane"])
def test_a_service_accounts_token_makes_its_bearer_that_account_and_no_more(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    started: ControlPlane = request.getfixturevalue(which)
    started.kubectl("create", "serviceaccount", "bearer")
    token = started.token_for("default", "bearer")
    config = started.write_kubeconfig(tmp_path / "kubeconfig", token)
    who = json.loads(started.kubectl(f"--kubeconfig={config}", "auth", "whoami", "--output=json"))
    assert who["status"]["userInfo"]["username"] == "system:serviceaccount:default:bearer"
    refused = started.kubectl(f"--kubeconfig={config}", "get", "configmaps", check=False)
    assert "Forbidden" in refused
    assert config.stat().st_mode & 0o077 == 0


def test_no_token_for_an_account_that_does_not_exist(plane: ControlPlane) -> None:
    with pytest.raises(PlaneError, match=r"no token for default/nobody: .*not found"):
        plane.token_for("default", "nobody")


def test_a_restart_of_the_api_server_keeps_address_tokens_and_data(own: ControlPlane) -> None:
    assert own.request("POST", MAPS, config_map("kept"))[0] == 201
    url = own.url
    own.stop_api_server()
    with pytest.raises(urllib3.exceptions.HTTPError):
        own.request("GET", MAPS)
    own.start_api_server()
    assert own.url == url
    assert own.request("GET", f"{MAPS}/kept")[1]["data"] == {"key": "kept"}


def test_two_side_by_side_share_nothing(own: ControlPlane, plane: ControlPlane) -> None:
    assert own.url != plane.url
    assert own.request("POST", MAPS, config_map("here-only"))[0] == 201
    assert plane.request("GET", f"{MAPS}/here-only")[0] == 404
    stranger = urllib3.PoolManager(ca_certs=str(plane.ca_file), retries=False)
    with pytest.raises(urllib3.exceptions.SSLError):  # each has an authority of its own
        stranger.request("GET", own.url)
    headers = {"Authorization": f"Bearer {own.admin_token}"}
    assert stranger.request("GET", f"{plane.url}{MAPS}", headers=headers).status == 401
    stranger.clear()


def test_a_paused_api_server_is_silent_and_then_answers(own: ControlPlane) -> None:
    pool = urllib3.PoolManager(ca_certs=str(own.ca_file), retries=False)
    headers = {"Authorization": f"Bearer {own.admin_token}"}
    own.pause_api_server()
    try:
        with pytest.raises(urllib3.exceptions.TimeoutError):
            pool.request("GET", f"{own.url}/readyz", headers=headers, timeout=1.0)
    finally:
        own.resume_api_server()
    assert pool.request("GET", f"{own.url}/readyz", headers=headers, timeout=60.0).status == 200
    pool.clear()


def test_keys_are_for_their_owner_alone(own: ControlPlane) -> None:
    for name in ("sa.key", "server.key", "tokens.csv", "admin.kubeconfig"):
        assert (own.folder / name).stat().st_mode & 0o077 == 0, name


def test_stopping_leaves_no_process_and_no_folder(tools: Mapping[str, Path]) -> None:
    with running(tools) as started:
        folder = started.folder
        assert len(processes_in(folder)) == 2
    assert processes_in(folder) == []
    assert not folder.exists()
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", started.url, retries=False)


def test_it_ends_with_a_parent_that_was_killed(tools: Mapping[str, Path], tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that its parent was killed")
    script = (
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "from scripts.control_plane.plane import ControlPlane\n"
        "tools = {name: Path(path) for name, path in json.loads(sys.argv[1]).items()}\n"
        "ControlPlane(Path(sys.argv[2]), tools).start()\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    arguments = json.dumps({name: str(path) for name, path in tools.items()}), str(tmp_path / "plane")
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline() == "ready\n"
        assert len(processes_in(tmp_path / "plane")) == 2
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
    wait_for(lambda: not processes_in(tmp_path / "plane"))


def test_a_part_that_does_not_start_is_named_with_the_end_of_its_log(
    tools: Mapping[str, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho cannot find my socks >&2\nexit 7\n")
    broken.chmod(0o755)
    with (
        pytest.raises(PlaneError, match=r"^kube-apiserver ended with 7: .*cannot find my socks"),
        running({**tools, "kube-apiserver": broken}, folder=tmp_path / "plane"),
    ):
        pass
    assert processes_in(tmp_path / "plane") == []
