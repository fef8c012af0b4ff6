"""Bad settings get one sentence that says what, where and what to do; the incumbent's flags are taken."""

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from controller.decide.declared import read as read_object
from controller.decide.default_tags import default_tags
from controller.decide.periods import Bounds
from controller.flag_values import TAG_VARIABLES, SettingsError
from controller.kinds.load import kinds
from controller.observe.health import CannotListen, Server
from controller.settings import read

ROOT = Path(__file__).resolve().parents[1]
REGION = {"AWS_REGION": "eu-central-1"}


LONG = "x" * 300

# What is wrong -> the arguments, the environment beside REGION, and words that the sentence must have.
BAD: dict[str, tuple[list[str], dict[str, str], tuple[str, ...]]] = {
    "a region that is none": (["--aws-region=europe"], {}, ("--aws-region", "'europe'", "us-east-1")),
    "a region of the environment that is none": ([], {"AWS_REGION": "Frankfurt am Main"}, ("AWS_REGION", "us-east-1")),
    "an unknown flag": (["--nonsense=1"], {}, ("--nonsense", "--help")),
    "a word too much": (["start"], {}, ("start", "--help")),
    "a flag without its value": (["--workers"], {}, ("--workers", "--help")),
    "an unknown kind": (["--kinds=TrainigJob"], {}, ("TrainigJob", "docs/kinds")),
    "a kind in the wrong case": (["--kinds=trainingjob"], {}, ("did you mean TrainingJob",)),
    "workers that are no number": (["--workers=many"], {}, ("--workers", "whole number")),
    "no workers": (["--workers=0"], {}, ("--workers", "at least 1")),
    "half a worker": (["--workers=1.5"], {}, ("--workers", "whole number")),
    "workers that are not a number": (["--workers=nan"], {}, ("--workers", "whole number")),
    "workers without end": (["--workers=inf"], {}, ("--workers", "whole number")),
    "too many workers": (["--workers=100000"], {}, ("--workers", "at most 256")),
    "a resync that is not a number": (["--reconcile-default-resync-seconds=nan"], {}, ("resync-seconds", "whole number")),
    "a resync without end": (["--reconcile-default-resync-seconds=1e999"], {}, ("resync-seconds", "whole number")),
    "a resync beyond any clock": (["--reconcile-default-resync-seconds=99999999999"], {}, ("at most 31536000",)),
    "a resync before it began": (["--reconcile-default-resync-seconds=-1"], {}, ("at least 0",)),
    "a look that comes too late": (["--longest-look-seconds=31"], {}, ("--longest-look-seconds is 31", "at most 30")),
    "a late look by the environment": ([], {"LONGEST_LOOK_SECONDS": "60"}, ("LONGEST_LOOK_SECONDS is 60", "at most 30")),
    "a look without a pause": (["--shortest-look-seconds=0"], {}, ("--shortest-look-seconds", "at least 1")),
    "looks that are longer than the longest": (
        ["--shortest-look-seconds=20", "--longest-look-seconds=10"], {}, ("is 20", "longest-look-seconds, 10", "lower the one"),
    ),
    "a look that is no number": ([], {"SHORTEST_LOOK_SECONDS": "soon"}, ("SHORTEST_LOOK_SECONDS", "whole number")),
    "a living period that takes all": (["--living-period-seconds=1"], {}, ("--living-period-seconds", "at least 10")),
    "a kind's period without a kind": (["--reconcile-resource-resync-seconds=300"], {}, ("'300'", "Endpoint=300")),
    "a kind's period of no kind": (["--reconcile-resource-resync-seconds=Endpoints=300"], {}, ("resource-resync", "'Endpoints'")),
    "a kind's period twice": (["--reconcile-resource-resync-seconds=Model=3,Model=4"], {}, ("'Model=4'", "once")),
    "a kind's period of nothing": (["--reconcile-resource-resync-seconds==300"], {}, ("'=300'", "names each kind")),
    "a kind's period that is none": (["--reconcile-resource-resync-seconds=Model=5m"], {}, ("for Model", "whole number")),
    "a kind's period of the environment": ([], {"RECONCILE_RESOURCE_RESYNC_SECONDS": "Model"}, ("RECONCILE_RESOURCE", "'Model'")),
    "a settling window that is not a number": (["--settling-window-seconds=NaN"], {}, ("settling-window", "whole number")),
    "a settling window without end": (["--settling-window-seconds=86400"], {}, ("at most 3600",)),
    "an unknown policy": (["--deletion-policy=keep"], {}, ("delete, retain",)),
    "an open endpoint": (["--aws-endpoint-url=http://x"], {}, ("--allow-unsafe",)),
    "no endpoint": (["--aws-endpoint-url=x"], {}, ("https://",)),
    "an endpoint without a host": (["--aws-endpoint-url=https://"], {}, ("--aws-endpoint-url", "URL")),
    "an endpoint with a port that is none": (["--aws-endpoint-url=https://x:99999"], {}, ("URL",)),
    "an open identity endpoint": (["--aws-identity-endpoint-url=http://x"], {}, ("identity", "--allow-unsafe")),
    "an endpoint of the environment": ([], {"AWS_ENDPOINT_URL_SAGEMAKER": "http://x"}, ("SAGEMAKER", "--allow-unsafe")),
    "an endpoint for everything": ([], {"AWS_ENDPOINT_URL": "nowhere"}, ("AWS_ENDPOINT_URL", "https://")),
    "an identity endpoint of the environment": ([], {"AWS_ENDPOINT_URL_STS": "http://x"}, ("STS", "--allow-unsafe")),
    "no namespace": (["--watch-namespace=Team A"], {}, ("'Team A'",)),
    "a lease in no namespace": (["--leader-election-namespace=Kube_System"], {}, ("'Kube_System'",)),
    "an own namespace that is none": ([], {"K8S_NAMESPACE": "ack/system"}, ("K8S_NAMESPACE", "'ack/system'")),
    "a queue that is an ARN": (["--events-queue-urls=arn:aws:sqs:us-east-1:111122223333:q"], {}, ("URL", "https://")),
    "a queue without an account": (["--events-queue-urls=https://sqs.us-east-1.amazonaws.com/q"], {}, ("no standard queue",)),
    "an ordered queue": (["--events-queue-urls=https://sqs.us-east-1.amazonaws.com/111122223333/q.fifo"], {}, ("no standard queue",)),
    "an open queue": (["--events-queue-urls=http://sqs/111122223333/q"], {}, ("--allow-unsafe",)),
    "a selector that is none": (["--watch-selectors=team in dev"], {}, ("--watch-selectors", "label selector")),
    "half a selector": (["--watch-selectors=team=a,"], {}, ("--watch-selectors", "label selector")),
    "neither true nor false": (["--enable-leader-election=maybe"], {}, ("true or false",)),
    "a tag without a value": (["--resource-tags=team"], {}, ("key=value",)),
    "a tag's key that is too long": ([f"--resource-tags={LONG}=a"], {}, ("at most 128",)),
    "a tag's value that is too long": ([f"--resource-tags=team={LONG}"], {}, ("'team'", "at most 256")),
    "AWS' own tag": (["--resource-tags=AWS:team=a"], {}, ("'AWS:team'", "AWS's own")),
    "the owner's tag": (["--resource-tags=services.k8s.aws/owner=me"], {}, ("controller's own",)),
    "a tag with a sign that AWS does not take": (["--resource-tags=team=a;b"], {}, ("'team'", "at most 256")),
    "a variable that nothing stands for": (["--resource-tags=team=%TEAM%"], {}, ("'team'", "%K8S_NAMESPACE%", "stand for")),
    "too many tags": ([f"--resource-tags={','.join(f'k{n}=v' for n in range(50))}"], {}, ("50 tags", "49")),
    "an owner that is none": (["--owner-id=our cluster"], {}, ("--owner-id",)),
    "an address without a colon": (["--healthz-addr=8081"], {}, ("host:port",)),
    "a port that is none": (["--healthz-addr=0.0.0.0:99999"], {}, ("--healthz-addr", "65535")),
    "an address with a path": (["--metrics-addr=http://0.0.0.0:80"], {}, ("--metrics-addr", "host:port")),
    "an unknown level": (["--log-level=verbose"], {}, ("debug, info, warn, error",)),
}  # fmt: skip


# What argparse refuses, a form, what needs the table of kinds, the environment, two flags together.
SORTS = (
    "an unknown flag", "a flag without its value", "workers that are no number", "an unknown kind", "an endpoint of the environment",
    "looks that are longer than the longest",
)  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_sentence(what: str) -> None:
    arguments, environment, words = BAD[what]
    with pytest.raises(SettingsError) as caught:
        read(arguments, {**REGION, **environment}, kinds())
    sentence = str(caught.value)
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence


def test_no_region_is_said() -> None:
    with pytest.raises(SettingsError, match=r"no region: set --aws-region"):
        read([], {}, kinds())


def controller(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A controller process that must not come to run."""
    command = [sys.executable, "-m", "controller", *arguments]
    env = {**os.environ, **REGION, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def refuses(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """It ended with 2 and one sentence that has these words."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("controller: ") and done.stderr.count("\n") == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


@pytest.mark.slow
def test_the_process_ends_with_the_sentence() -> None:
    """One of each sort, four at a time: a start takes most of a second, and nearly all of it is imports."""
    sorts = [BAD[what] for what in SORTS]
    with ThreadPoolExecutor(4) as pool:
        ended = pool.map(lambda case: controller(*case[0], **case[1]), sorts)
        for done, (_, _, words) in zip(ended, sorts, strict=True):
            refuses(done, *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", ("empty",), id="nothing"),
        pytest.param("a: [b\n", ("cannot be used",), id="no YAML"),
        pytest.param("[]\n", ("cannot be used",), id="a list"),
        pytest.param("apiVersion: v1\nkind: Config\n", ("cannot be used",), id="no context"),
    ],
)
def test_a_kubeconfig_that_is_none_is_one_sentence(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(text)
    refuses(controller(f"--kubeconfig={file}"), str(file), *words)
    refuses(controller(KUBECONFIG=str(file)), str(file), *words)


def kubeconfig(folder: Path) -> str:
    """The flag of a kubeconfig that can be read, of an API server that is not there."""
    cluster = {"name": "none", "cluster": {"server": "https://127.0.0.1:9"}}
    context = {"name": "none", "context": {"cluster": "none", "user": "nobody"}}
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "none", "clusters": [cluster], "contexts": [context],
        "users": [{"name": "nobody", "user": {"token": "none"}}],
    }  # fmt: skip
    (folder / "kubeconfig").write_text(json.dumps(config))
    return f"--kubeconfig={folder / 'kubeconfig'}"


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for flag, other in (("--healthz-addr", "--metrics-addr"), ("--metrics-addr", "--healthz-addr")):
            done = controller(kubeconfig(tmp_path), f"{flag}={address}", f"{other}=")
            refuses(done, address, "address already in use", flag)


def test_an_address_of_another_machine_is_one_sentence(tmp_path: Path) -> None:
    # 192.0.2.1 is nobody's (RFC 5737); a host name of two dots is none that could be asked for
    for address in ("192.0.2.1:0", "a..b:0"):
        refuses(controller(kubeconfig(tmp_path), f"--healthz-addr={address}", "--metrics-addr="), address)


def test_a_profile_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = controller(kubeconfig(tmp_path), AWS_PROFILE="nobody")
    refuses(done, "nobody", "AWS_PROFILE")


def test_the_incumbents_flags_are_taken() -> None:
    said = read(
        [
            "--aws-region=us-west-2", "--enable-leader-election", "--watch-namespace=a,b", "--reconcile-resources=Model,Endpoint",
            "--resource-tags=a=1,b=2", "--reconcile-default-resync-seconds=600",
            "--reconcile-resource-resync-seconds=Endpoint=30", "--reconcile-resource-resync-seconds=Model=7200,App=0",
            "--reconcile-default-max-concurrent-syncs=5",
            "--enable-webhook-server=false", "--log-level=debug", "--deletion-policy=retain",
        ],
        {},
        kinds(),
    )  # fmt: skip
    assert said.region == "us-west-2"
    assert said.watch_namespaces == ("a", "b")
    assert said.kinds == ("Model", "Endpoint")
    assert said.resource_tags == {"a": "1", "b": "2"}
    assert said.bounds.resync == 600
    assert said.bounds.resyncs == {"Endpoint": 30.0, "Model": 7200.0}
    assert said.deletion_policy == "retain"
    assert any("max-concurrent-syncs" in notice for notice in said.notices)


def test_the_environment_says_what_flags_do_not() -> None:
    assert read([], REGION).region == "eu-central-1"
    assert read(["--aws-region=us-west-2"], REGION).region == "us-west-2"
    assert read(["--aws-region=us-west-2"], {"AWS_REGION": "nonsense"}).region == "us-west-2"
    assert read([], {"AWS_DEFAULT_REGION": "cn-north-1"}).region == "cn-north-1"
    mirror = read([], {**REGION, "AWS_ENDPOINT_URL": "https://all", "AWS_ENDPOINT_URL_STS": "https://sts"})
    assert (mirror.endpoint, mirror.identity_endpoint) == ("https://all", "https://sts")
    both = read(["--aws-endpoint-url=https://one"], {**REGION, "AWS_ENDPOINT_URL": "https://all"})
    assert (both.endpoint, both.identity_endpoint) == ("https://one", "https://all")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "team=a",
        "team==a,stage!=dev",
        "!legacy",
        "team",
        "team in (a,b), stage notin (dev)",
        "example.com/team=a",
        "team=",
    ],
)
def test_selectors_that_kubectl_takes_are_taken(text: str) -> None:
    assert read([f"--watch-selectors={text}"], REGION).watch_selectors == text


@pytest.mark.parametrize("text", ["", ":8080", "0.0.0.0:8080", "127.0.0.1:0", "[::]:8080", "localhost:65535"])
def test_addresses_that_can_be_are_taken(text: str) -> None:
    assert read([f"--metrics-addr={text}"], REGION).metrics_addr == text


def test_a_namespace_named_twice_is_watched_once() -> None:
    assert read(["--watch-namespace=a,b,a,,b"], REGION).watch_namespaces == ("a", "b")


def test_a_tag_as_long_as_aws_takes_it_is_taken() -> None:
    key, value = "k" * 128, "v" * 256
    assert read([f"--resource-tags={key}={value}"], REGION).resource_tags == {key: value}
    assert read(["--resource-tags=Kostenstelle=Köln 7"], REGION).resource_tags == {"Kostenstelle": "Köln 7"}
    assert read(["--resource-tags="], REGION).resource_tags == {}


def test_every_variable_of_a_tag_stands_for_something() -> None:
    expand = default_tags({variable: f"<{variable}>" for variable in TAG_VARIABLES}, "1.0")
    declared = read_object(kinds()["Model"], {"metadata": {"name": "a", "namespace": "b"}})
    assert not [value for value in expand(declared).values() if "%" in value]


def test_ipv6_is_served_where_there_is_such_a_thing() -> None:
    try:
        server = Server("[::1]:0", {"/healthz": lambda: (200, b"ok\n")})
    except CannotListen:
        pytest.skip("no IPv6 on this machine")
    server.start()
    try:
        assert urllib3.request("GET", f"http://[::1]:{server.port}/healthz", timeout=5.0).status == 200
    finally:
        server.stop()


def test_an_address_without_a_host_is_every_one_of_both_families() -> None:
    """A pod of a cluster with IPv6 alone is asked for its health there."""
    server = Server(":0", {"/healthz": lambda: (200, b"ok\n")})
    server.start()
    try:
        for host in ("127.0.0.1", "[::1]") if _has_ipv6() else ("127.0.0.1",):
            assert urllib3.request("GET", f"http://{host}:{server.port}/healthz", timeout=5.0).status == 200
    finally:
        server.stop()


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_a_config_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default\nregion = us-east-1\n")
    refuses(controller(kubeconfig(tmp_path), AWS_CONFIG_FILE=str(config)), str(config), "AWS_CONFIG_FILE")


def test_installations_are_told_apart_by_where_their_lease_is() -> None:
    assert read([], {**REGION, "K8S_NAMESPACE": "one"}).lease_namespace == "one"
    assert (
        read(["--leader-election-namespace=two"], {**REGION, "K8S_NAMESPACE": "one"}).lease_namespace == "two"
    )


def test_a_second_writer_has_to_be_silent_for_longer_than_the_incumbents_resync() -> None:
    assert read([], REGION).second_writer_quiet > 36000
    assert read(["--second-writer-quiet-seconds=0"], REGION).second_writer_quiet == 0
    with pytest.raises(SettingsError, match="--second-writer-quiet-seconds"):
        read(["--second-writer-quiet-seconds=never"], REGION)


def test_how_often_is_looked_is_bounded_by_flags_else_by_the_environment() -> None:
    assert read([], REGION).bounds == Bounds()
    env = {
        **REGION,
        "SHORTEST_LOOK_SECONDS": "2",
        "LONGEST_LOOK_SECONDS": "20",
        "LIVING_PERIOD_SECONDS": "120",
        "RECONCILE_RESOURCE_RESYNC_SECONDS": "Endpoint=300",
    }
    assert read([], env, kinds()).bounds == Bounds(2.0, 20.0, 120.0, resyncs={"Endpoint": 300.0})
    flags = [
        "--longest-look-seconds=25",
        "--reconcile-resource-resync-seconds=Model=60",
        "--living-period-seconds=30",
    ]
    assert read(flags, env, kinds()).bounds == Bounds(2.0, 25.0, 30.0, resyncs={"Model": 60.0})


def test_how_long_something_may_be_missing_is_half_an_hour_unless_said_otherwise() -> None:
    assert read([], REGION).terminal_after == 1800
    assert read(["--terminal-after-seconds=60"], REGION).terminal_after == 60
    with pytest.raises(SettingsError, match="--terminal-after-seconds"):
        read(["--terminal-after-seconds=soon"], REGION)
