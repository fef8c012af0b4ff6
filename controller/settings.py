"""Every knob: its flag, default, unit and why that number. Flags are the incumbent's where it has them."""

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.decide.pauses import TERMINAL_AFTER
from controller.kinds.kind import Kind

# NB: the flags as the incumbent has them (ACK runtime v0.62); what has no meaning here is accepted with a notice.
WITHOUT_MEANING = {
    "--enable-webhook-server": "there is no webhook",
    "--webhook-server-addr": "there is no webhook",
    "--reconcile-default-max-concurrent-syncs": "all kinds share one pool of workers; see --workers",
    "--reconcile-resource-max-concurrent-syncs": "all kinds share one pool of workers; see --workers",
    "--aws-endpoint-use-path-style": "SageMaker has no path style",
}


class SettingsError(Exception):
    """A flag or environment variable that cannot be; the message says which, and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one controller process. Times in seconds."""

    region: str
    endpoint: str = ""
    identity_endpoint: str = ""
    kinds: tuple[str, ...] = ()  # empty: all
    watch_namespaces: tuple[str, ...] = ()  # empty: all
    watch_selectors: str = ""
    leader_election: bool = (
        True  # the incumbent's default is off; two controllers on one account are never meant
    )
    leader_election_namespace: str = ""
    deletion_policy: str = "delete"
    resource_tags: Mapping[str, str] = field(default_factory=dict)
    owner_id: str = ""  # empty: the uid of namespace kube-system
    resync: float = 36000.0  # 10 h, the incumbent's
    settling: float = 30.0  # how long a Create that got no answer may stay invisible (design §4)
    terminal_after: float = TERMINAL_AFTER  # how long something else may be missing before a person is told
    workers: int = 16  # 16 threads reach 125 creates/s against 50 ms; more only add memory (design §5)
    metrics_addr: str = "0.0.0.0:8080"
    healthz_addr: str = "0.0.0.0:8081"
    log_level: str = "info"
    development_logging: bool = False
    kubeconfig: str = ""
    namespace: str = "ack-system"  # where the controller runs
    notices: tuple[str, ...] = ()


DEFAULT_TAGS = {
    "services.k8s.aws/controller-version": "%CONTROLLER_SERVICE%-%CONTROLLER_VERSION%",
    "services.k8s.aws/namespace": "%K8S_NAMESPACE%",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="controller", description="Makes SageMaker match the manifests of a cluster.", allow_abbrev=False
    )
    add = parser.add_argument
    add("--aws-region", default=None, help="region of objects that name none (or AWS_REGION)")
    add("--aws-endpoint-url", default=None, help="another SageMaker endpoint, such as the simulator's")
    add("--aws-identity-endpoint-url", default="", help="another STS endpoint")
    add(
        "--allow-unsafe-aws-endpoint-urls",
        nargs="?",
        const="true",
        default="false",
        help="allow http:// endpoints",
    )
    add(
        "--kinds", "--reconcile-resources", dest="kinds", default="", help="comma list of kinds; empty is all"
    )
    add("--watch-namespace", default="", help="comma list of namespaces; empty is all")
    add("--watch-selectors", default="", help="label selector of objects to care for")
    add(
        "--enable-leader-election",
        nargs="?",
        const="true",
        default="true",
        help="take the lease before doing anything",
    )
    add(
        "--leader-election-namespace",
        default="",
        help="namespace of the lease; empty is the controller's own",
    )
    add("--deletion-policy", default="delete", help="delete or retain")
    add("--resource-tags", action="append", default=None, help="key=value, repeatable: tags set at Create")
    add("--owner-id", default="", help="who owns resources; empty is the cluster's own id")
    add(
        "--reconcile-default-resync-seconds",
        default="0",
        help="how often settled objects are looked at; 0 is 10 h",
    )
    add(
        "--settling-window-seconds",
        default="30",
        help="how long a Create without an answer may stay invisible",
    )
    add(
        "--terminal-after-seconds",
        default=f"{TERMINAL_AFTER:g}",
        help="how long something else may be missing before a person is told to act",
    )
    add("--workers", default="16", help="objects worked on at once")
    add("--metrics-addr", default="0.0.0.0:8080", help="where /metrics is served; empty is nowhere")
    add("--healthz-addr", default="0.0.0.0:8081", help="where /healthz and /readyz are served")
    add("--log-level", default="info", help="debug, info, warn or error")
    add(
        "--enable-development-logging",
        nargs="?",
        const="true",
        default="false",
        help="lines for people, not JSON",
    )
    add("--kubeconfig", default="", help="a kubeconfig; empty is the pod's own identity, or KUBECONFIG")
    for flag, why in WITHOUT_MEANING.items():
        add(
            flag,
            nargs="?",
            const="true",
            default=None,
            action="append",
            help=f"accepted without effect: {why}",
        )
    return parser


class _Sentences(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise SettingsError(f"{message}; `python -m controller --help` lists the flags")


def read(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> Settings:
    """The settings that a command line and the environment say.

    Raises:
        SettingsError: one sentence: what is wrong, and what would do.
    """
    env = os.environ if environment is None else environment
    parser = _parser()
    parser.__class__ = _Sentences
    said = parser.parse_args(list(arguments))
    region = said.aws_region or env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or ""
    if not region:
        raise SettingsError("no region: set --aws-region, AWS_REGION or the chart's aws.region")
    if not re.fullmatch(r"[a-z]{2}(-[a-z0-9]+)+-\d+", region):
        raise SettingsError(f"region {region!r} is none: it looks like us-east-1")
    unsafe = _boolean("--allow-unsafe-aws-endpoint-urls", said.allow_unsafe_aws_endpoint_urls)
    endpoint = (
        said.aws_endpoint_url
        if said.aws_endpoint_url is not None
        else env.get("AWS_ENDPOINT_URL_SAGEMAKER", "")
    )
    notices = [
        f"{flag} has no effect: {why}" for flag, why in WITHOUT_MEANING.items() if getattr(said, _dest(flag))
    ]
    return Settings(
        region=region,
        endpoint=_endpoint("--aws-endpoint-url", endpoint, unsafe),
        identity_endpoint=_endpoint("--aws-identity-endpoint-url", said.aws_identity_endpoint_url, unsafe),
        kinds=_kinds(said.kinds, kinds or {}),
        watch_namespaces=_namespaces(said.watch_namespace),
        watch_selectors=said.watch_selectors,
        leader_election=_boolean("--enable-leader-election", said.enable_leader_election),
        leader_election_namespace=said.leader_election_namespace,
        deletion_policy=_one_of("--deletion-policy", said.deletion_policy, ("delete", "retain")),
        resource_tags=_tags(said.resource_tags),
        owner_id=said.owner_id,
        resync=_number("--reconcile-default-resync-seconds", said.reconcile_default_resync_seconds, 0)
        or 36000.0,
        settling=_number("--settling-window-seconds", said.settling_window_seconds, 0),
        terminal_after=_number("--terminal-after-seconds", said.terminal_after_seconds, 0),
        workers=int(_number("--workers", said.workers, 1)),
        metrics_addr=_address("--metrics-addr", said.metrics_addr),
        healthz_addr=_address("--healthz-addr", said.healthz_addr),
        log_level=_one_of("--log-level", said.log_level, ("debug", "info", "warn", "error")),
        development_logging=_boolean("--enable-development-logging", said.enable_development_logging),
        kubeconfig=said.kubeconfig,
        namespace=env.get("K8S_NAMESPACE") or env.get("ACK_SYSTEM_NAMESPACE") or "ack-system",
        notices=tuple(notices),
    )


def _dest(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")


def _boolean(flag: str, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise SettingsError(f"{flag} is {text!r}; it is true or false")
    return text.lower() == "true"


def _one_of(flag: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise SettingsError(f"{flag} is {text!r}; it is one of {', '.join(allowed)}")
    return text


def _number(flag: str, text: str, least: float) -> float:
    try:
        number = float(text)
    except ValueError:
        raise SettingsError(f"{flag} is {text!r}; it is a number") from None
    if number < least:
        raise SettingsError(f"{flag} is {text}; it is at least {least:g}")
    return number


def _address(flag: str, text: str) -> str:
    if text and not re.fullmatch(r".*:\d{1,5}", text):
        raise SettingsError(f"{flag} is {text!r}; it is host:port")
    return text


def _endpoint(flag: str, text: str, unsafe: bool) -> str:
    if text and not re.match(r"https?://", text):
        raise SettingsError(f"{flag} is {text!r}; it begins with https://")
    if text.startswith("http://") and not unsafe:
        raise SettingsError(f"{flag} is not encrypted; to mean it, set --allow-unsafe-aws-endpoint-urls")
    return text


def _namespaces(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name):
            raise SettingsError(f"--watch-namespace has {name!r}, which no namespace can be called")
    return tuple(dict.fromkeys(names))


def _kinds(text: str, known: Mapping[str, Kind]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    by_lower = {name.lower(): name for name in known}
    for name in names:
        if known and name not in known:
            near = by_lower.get(name.lower())
            hint = f"did you mean {near}?" if near else "docs/kinds/README.md lists them"
            raise SettingsError(f"--kinds has {name!r}, which is no SageMaker kind; {hint}")
    return names


def _tags(said: Sequence[str] | None) -> dict[str, str]:
    if said is None:
        return dict(DEFAULT_TAGS)
    tags = {}
    for item in (part for text in said for part in text.split(",") if part):
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise SettingsError(f"--resource-tags has {item!r}; it is key=value")
        tags[key] = value
    return tags
