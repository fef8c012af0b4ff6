"""Every flag of the command line, its default and what it says of itself. Flags are the incumbent's where it has them."""

import argparse

from controller.decide.pauses import TERMINAL_AFTER
from controller.decide.writers import QUIET
from controller.flag_values import SettingsError

# NB: the flags as the incumbent has them (ACK runtime v0.62); what has no meaning here is accepted with a notice.
WITHOUT_MEANING = {
    "--enable-webhook-server": "there is no webhook",
    "--webhook-server-addr": "there is no webhook",
    "--reconcile-default-max-concurrent-syncs": "all kinds share one pool of workers; see --workers",
    "--reconcile-resource-max-concurrent-syncs": "all kinds share one pool of workers; see --workers",
    "--aws-endpoint-use-path-style": "SageMaker has no path style",
}


class _Sentences(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise SettingsError(f"{message}; `python -m controller --help` lists the flags")


def parser() -> argparse.ArgumentParser:
    """Takes a command line apart; what it cannot be is a SettingsError."""
    made = _Sentences(
        prog="controller", description="Makes SageMaker match the manifests of a cluster.", allow_abbrev=False
    )
    add = made.add_argument
    add("--aws-region", default=None, help="region of objects that name none (or AWS_REGION)")
    add("--aws-endpoint-url", default=None, help="another SageMaker endpoint, such as the simulator's")
    add("--aws-identity-endpoint-url", default=None, help="another STS endpoint")
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
        "--reconcile-resource-resync-seconds",
        action="append",
        default=None,
        help="Kind=seconds, repeatable or a comma list: how often settled objects of one kind are looked at; 0 is the default "
        "(or RECONCILE_RESOURCE_RESYNC_SECONDS)",
    )
    add(
        "--shortest-look-seconds",
        default=None,
        help="the least time between two looks at what is at work; 1 (or SHORTEST_LOOK_SECONDS)",
    )
    add(
        "--longest-look-seconds",
        default=None,
        help="the most time between two looks at what is at work or is deleted; 30 at the most (or LONGEST_LOOK_SECONDS)",
    )
    add(
        "--living-period-seconds",
        default=None,
        help="how often what is settled and can change by itself is looked at, an endpoint; 60 (or LIVING_PERIOD_SECONDS)",
    )
    add(
        "--terminal-after-seconds",
        default=f"{TERMINAL_AFTER:.0f}",
        help="how long something else (a role, an image) may be missing before a person is told to act",
    )
    add(
        "--settling-window-seconds",
        default="30",
        help="how long a Create without an answer may stay invisible",
    )
    add(
        "--second-writer-quiet-seconds",
        default=str(QUIET),
        help="how long another controller that wrote an object has to be silent before it is acted upon; 0 looks for none",
    )
    add(
        "--aws-calls-per-second",
        default="0",
        help="the most calls of one operation in one region; 0 is as many as SageMaker takes",
    )
    add(
        "--events-queue-urls",
        default="",
        help="comma list of SQS queues that EventBridge puts SageMaker's events into, one a region or one for all",
    )
    add("--workers", default="16", help="objects worked on at once")
    add("--metrics-addr", default=":8080", help="where /metrics is served; empty is nowhere")
    add("--healthz-addr", default=":8081", help="where /healthz and /readyz are served")
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
    return made
