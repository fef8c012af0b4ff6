"""Every knob: its default, unit and why that number. Its flag is in flags.py, what the flag's text may be in flag_values.py."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from controller import flag_values, flags
from controller.decide.pauses import TERMINAL_AFTER
from controller.decide.periods import LONGEST_BUSY, Bounds
from controller.decide.writers import QUIET
from controller.flag_values import SettingsError
from controller.kinds.kind import Kind

# 256 threads of one Python process are far beyond what one API server connection pool and one lock let through; more is a typo.
MOST_WORKERS = 256
# Calls a second: more than one process makes, so that it would limit nothing.
MOST_CALLS = 1000
# Seconds. A year, and the hour in which even the slowest List has shown a resource; both are far from what a thread can wait for.
LONGEST_RESYNC = 31_536_000
LONGEST_SETTLING = 3600
# Seconds. Between two Lists of one kind at rest: more often takes from those that are at work, more rarely is what a resync is.
SHORTEST_LIVING, LONGEST_LIVING = 10, 86_400
LOG_LEVELS = ("debug", "info", "warn", "error")

Value = TypeVar("Value")


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
    bounds: Bounds = field(default_factory=Bounds)  # how often is looked (decide/periods.py)
    settling: float = 30.0  # how long a Create that got no answer may stay invisible (design §4)
    terminal_after: float = TERMINAL_AFTER  # how long something else may be missing before a person is told
    calls_per_second: int = (
        0  # of one operation in one region; 0: as fast as SageMaker takes them (cloud/pacing.py)
    )
    workers: int = 16  # 16 threads reach 125 creates/s against 50 ms; more only add memory (design §5)
    metrics_addr: str = ":8080"  # every address: 0.0.0.0 is none on a cluster that has IPv6 alone
    healthz_addr: str = ":8081"
    log_level: str = "info"
    development_logging: bool = False
    kubeconfig: str = ""
    namespace: str = "ack-system"  # where the controller runs
    second_writer_quiet: float = (
        QUIET  # how long another controller has to be silent (decide/writers.py); 0: never looked for
    )
    events_queue_urls: tuple[str, ...] = ()  # SQS queues that EventBridge puts SageMaker's events into
    notices: tuple[str, ...] = ()

    @property
    def lease_namespace(self) -> str:
        """Where the lease is. Its replicas share it and no other installation does, so it tells whose write a field is."""
        return self.leader_election_namespace or self.namespace


DEFAULT_TAGS = {
    "services.k8s.aws/controller-version": "%CONTROLLER_SERVICE%-%CONTROLLER_VERSION%",
    "services.k8s.aws/namespace": "%K8S_NAMESPACE%",
}


def read(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> Settings:
    """The settings that a command line and the environment say.

    Raises:
        SettingsError: one sentence: what is wrong, and what would do.
    """
    said = _Said(
        flags.parser().parse_args(list(arguments)), os.environ if environment is None else environment
    )
    unsafe = said.boolean("--allow-unsafe-aws-endpoint-urls")
    return Settings(
        region=_region(said),
        endpoint=_endpoint(said, "--aws-endpoint-url", "AWS_ENDPOINT_URL_SAGEMAKER", unsafe=unsafe),
        identity_endpoint=_endpoint(
            said, "--aws-identity-endpoint-url", "AWS_ENDPOINT_URL_STS", unsafe=unsafe
        ),
        kinds=flag_values.kinds(said("--kinds"), kinds or {}),
        watch_namespaces=said.checked(flag_values.namespaces, "--watch-namespace"),
        watch_selectors=said.checked(flag_values.selector, "--watch-selectors"),
        leader_election=said.boolean("--enable-leader-election"),
        leader_election_namespace=said("--leader-election-namespace")
        and said.checked(flag_values.namespace, "--leader-election-namespace"),
        deletion_policy=flag_values.one_of(
            "--deletion-policy", said("--deletion-policy"), ("delete", "retain")
        ),
        resource_tags=dict(DEFAULT_TAGS)
        if said("--resource-tags") is None
        else flag_values.tags(said("--resource-tags")),
        owner_id=flag_values.owner_id(said("--owner-id")),
        bounds=_bounds(said, kinds or {}),
        settling=said.number("--settling-window-seconds", 0, LONGEST_SETTLING),
        terminal_after=said.number("--terminal-after-seconds", 0, LONGEST_RESYNC),
        second_writer_quiet=said.number("--second-writer-quiet-seconds", 0, LONGEST_RESYNC),
        calls_per_second=said.number("--aws-calls-per-second", 0, MOST_CALLS),
        events_queue_urls=flag_values.queues(
            "--events-queue-urls", said("--events-queue-urls"), unsafe=unsafe
        ),
        workers=said.number("--workers", 1, MOST_WORKERS),
        metrics_addr=said.checked(flag_values.address, "--metrics-addr"),
        healthz_addr=said.checked(flag_values.address, "--healthz-addr"),
        log_level=flag_values.one_of("--log-level", said("--log-level"), LOG_LEVELS),
        development_logging=said.boolean("--enable-development-logging"),
        kubeconfig=said("--kubeconfig"),
        namespace=_namespace(said.environment),
        notices=tuple(
            f"{flag} has no effect: {why}" for flag, why in flags.WITHOUT_MEANING.items() if said(flag)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """A command line and an environment, asked by the name of a flag."""

    line: argparse.Namespace
    environment: Mapping[str, str]

    def __call__(self, flag: str) -> Any:
        """The flag's text; None if there is none and it has no default."""
        return getattr(self.line, flag.removeprefix("--").replace("-", "_"))

    def checked(self, form: Callable[[str, str], Value], flag: str) -> Value:
        """The flag's text as a form of flag_values.py takes it."""
        return form(flag, self(flag))

    def boolean(self, flag: str) -> bool:
        return flag_values.boolean(flag, self(flag))

    def number(self, flag: str, least: int, most: int, *, usual: float = 0.0) -> int:
        """A whole number; ``usual`` if neither the flag nor the environment variable of its name says one."""
        name = flag.removeprefix("--").replace("-", "_").upper()
        if (text := self(flag)) is not None:
            return flag_values.whole_number(flag, text, least, most)
        return flag_values.whole_number(name, self.environment.get(name) or f"{usual:.0f}", least, most)


def _bounds(said: _Said, kinds: Mapping[str, Kind]) -> Bounds:
    """How often is looked. NB: over half a minute while busy breaks what clients are promised, so no setting allows it."""
    usual, most = Bounds(), int(LONGEST_BUSY)
    longest = said.number("--longest-look-seconds", 1, most, usual=usual.longest)
    shortest = said.number("--shortest-look-seconds", 1, most, usual=min(usual.shortest, longest))
    if shortest > longest:
        raise SettingsError(
            f"--shortest-look-seconds is {shortest}, which is more than --longest-look-seconds, {longest}: "
            "lower the one or raise the other"
        )
    source = "--reconcile-resource-resync-seconds"
    by_kind = said(source)
    if by_kind is None:
        source = "RECONCILE_RESOURCE_RESYNC_SECONDS"
        by_kind = [said.environment.get(source, "")]
    return Bounds(
        shortest,
        longest,
        said.number("--living-period-seconds", SHORTEST_LIVING, LONGEST_LIVING, usual=usual.living),
        said.number("--reconcile-default-resync-seconds", 0, LONGEST_RESYNC) or usual.resync,
        flag_values.seconds_by_kind(source, by_kind, kinds, LONGEST_RESYNC),
    )


def _region(said: _Said) -> str:
    if said("--aws-region"):
        return said.checked(flag_values.region, "--aws-region")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if said.environment.get(name):
            return flag_values.region(name, said.environment[name])
    raise SettingsError("no region: set --aws-region, AWS_REGION or the chart's aws.region")


def _endpoint(said: _Said, flag: str, own: str, *, unsafe: bool) -> str:
    """What the flag says, else the environment: the service's own name first.

    NB: botocore reads these names too. Whatever is left to it is neither checked nor held to https.
    """
    if said(flag):
        return flag_values.endpoint(flag, said(flag), unsafe=unsafe)
    name = next((name for name in (own, "AWS_ENDPOINT_URL") if said.environment.get(name)), "")
    return flag_values.endpoint(name, said.environment[name], unsafe=unsafe) if name else ""


def _namespace(env: Mapping[str, str]) -> str:
    """The namespace the controller runs in, as the pod is told."""
    for name in ("K8S_NAMESPACE", "ACK_SYSTEM_NAMESPACE"):
        if env.get(name):
            return flag_values.namespace(name, env[name])
    return "ack-system"
