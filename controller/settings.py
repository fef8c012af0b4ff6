"""Every knob: its default, unit and why that number. Its flag is in flags.py, what the flag's text may be in flag_values.py."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
    env = os.environ if environment is None else environment
    said = flags.parser().parse_args(list(arguments))
    unsafe = flag_values.boolean("--allow-unsafe-aws-endpoint-urls", said.allow_unsafe_aws_endpoint_urls)
    return Settings(
        region=_region(said.aws_region, env),
        endpoint=_endpoint(
            "--aws-endpoint-url",
            said.aws_endpoint_url,
            ("AWS_ENDPOINT_URL_SAGEMAKER", "AWS_ENDPOINT_URL"),
            env,
            unsafe,
        ),
        identity_endpoint=_endpoint(
            "--aws-identity-endpoint-url",
            said.aws_identity_endpoint_url,
            ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"),
            env,
            unsafe,
        ),
        kinds=flag_values.kinds(said.kinds, kinds or {}),
        watch_namespaces=flag_values.namespaces("--watch-namespace", said.watch_namespace),
        watch_selectors=flag_values.selector("--watch-selectors", said.watch_selectors),
        leader_election=flag_values.boolean("--enable-leader-election", said.enable_leader_election),
        leader_election_namespace=said.leader_election_namespace
        and flag_values.namespace("--leader-election-namespace", said.leader_election_namespace),
        deletion_policy=flag_values.one_of("--deletion-policy", said.deletion_policy, ("delete", "retain")),
        resource_tags=dict(DEFAULT_TAGS)
        if said.resource_tags is None
        else flag_values.tags(said.resource_tags),
        owner_id=flag_values.owner_id(said.owner_id),
        bounds=_bounds(said, env, kinds or {}),
        settling=float(
            flag_values.whole_number(
                "--settling-window-seconds", said.settling_window_seconds, 0, LONGEST_SETTLING
            )
        ),
        terminal_after=float(
            flag_values.whole_number(
                "--terminal-after-seconds", said.terminal_after_seconds, 0, LONGEST_RESYNC
            )
        ),
        second_writer_quiet=float(
            flag_values.whole_number(
                "--second-writer-quiet-seconds", said.second_writer_quiet_seconds, 0, LONGEST_RESYNC
            )
        ),
        calls_per_second=flag_values.whole_number(
            "--aws-calls-per-second", said.aws_calls_per_second, 0, MOST_CALLS
        ),
        events_queue_urls=flag_values.queues("--events-queue-urls", said.events_queue_urls, unsafe=unsafe),
        workers=flag_values.whole_number("--workers", said.workers, 1, MOST_WORKERS),
        metrics_addr=flag_values.address("--metrics-addr", said.metrics_addr),
        healthz_addr=flag_values.address("--healthz-addr", said.healthz_addr),
        log_level=flag_values.one_of("--log-level", said.log_level, ("debug", "info", "warn", "error")),
        development_logging=flag_values.boolean(
            "--enable-development-logging", said.enable_development_logging
        ),
        kubeconfig=said.kubeconfig,
        namespace=_namespace(env),
        notices=tuple(
            f"{flag} has no effect: {why}"
            for flag, why in flags.WITHOUT_MEANING.items()
            if getattr(said, _dest(flag))
        ),
    )


def _bounds(said: argparse.Namespace, env: Mapping[str, str], kinds: Mapping[str, Kind]) -> Bounds:
    """How often is looked. NB: over half a minute while busy breaks what clients are promised, so no setting allows it."""
    usual, most = Bounds(), int(LONGEST_BUSY)

    def seconds(flag: str, default: float, least: int, most: int) -> float:
        name = _dest(flag).upper()
        text = getattr(said, _dest(flag))
        source, text = (flag, text) if text is not None else (name, env.get(name) or f"{default:.0f}")
        return float(flag_values.whole_number(source, text, least, most))

    longest = seconds("--longest-look-seconds", usual.longest, 1, most)
    shortest = seconds("--shortest-look-seconds", min(usual.shortest, longest), 1, most)
    if shortest > longest:
        raise SettingsError(
            f"--shortest-look-seconds is {shortest:.0f}, which is more than --longest-look-seconds, {longest:.0f}: "
            "lower the one or raise the other"
        )
    by_kind = said.reconcile_resource_resync_seconds
    source = "--reconcile-resource-resync-seconds"
    if by_kind is None:
        source, by_kind = (
            "RECONCILE_RESOURCE_RESYNC_SECONDS",
            [env.get("RECONCILE_RESOURCE_RESYNC_SECONDS", "")],
        )
    return Bounds(
        shortest,
        longest,
        seconds("--living-period-seconds", usual.living, SHORTEST_LIVING, LONGEST_LIVING),
        seconds("--reconcile-default-resync-seconds", usual.resync, 0, LONGEST_RESYNC) or usual.resync,
        flag_values.seconds_by_kind(source, by_kind, kinds, LONGEST_RESYNC),
    )


def _dest(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")


def _region(said: str | None, env: Mapping[str, str]) -> str:
    if said:
        return flag_values.region("--aws-region", said)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if env.get(name):
            return flag_values.region(name, env[name])
    raise SettingsError("no region: set --aws-region, AWS_REGION or the chart's aws.region")


def _endpoint(flag: str, said: str | None, names: Sequence[str], env: Mapping[str, str], unsafe: bool) -> str:
    """What the flag says, else the first of the environment's names.

    NB: botocore reads these names too. Whatever is left to it is neither checked nor held to https.
    """
    if said:
        return flag_values.endpoint(flag, said, unsafe=unsafe)
    name = next((name for name in names if env.get(name)), "")
    return flag_values.endpoint(name, env[name], unsafe=unsafe) if name else ""


def _namespace(env: Mapping[str, str]) -> str:
    """The namespace the controller runs in, as the pod is told."""
    for name in ("K8S_NAMESPACE", "ACK_SYSTEM_NAMESPACE"):
        if env.get(name):
            return flag_values.namespace(name, env[name])
    return "ack-system"
