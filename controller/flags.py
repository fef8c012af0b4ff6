"""Every flag of the command line, its default and what it says of itself. Flags are the incumbent's where it has them."""

import argparse
from collections.abc import Mapping
from typing import Any

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


# A switch may stand alone, and then says true.
_SWITCH: Mapping[str, Any] = {"nargs": "?", "const": "true"}
_REPEATED: Mapping[str, Any] = {"action": "append"}

# Flag -> what argparse is told of it. One without a default that may also come from the environment, or is repeated, has None.
FLAGS: Mapping[str, Mapping[str, Any]] = {
    "--aws-region": {"help": "region of objects that name none (or AWS_REGION)"},
    "--aws-endpoint-url": {"help": "another SageMaker endpoint, such as the simulator's"},
    "--aws-identity-endpoint-url": {"help": "another STS endpoint"},
    "--allow-unsafe-aws-endpoint-urls": {**_SWITCH, "default": "false", "help": "allow http:// endpoints"},
    "--kinds": {"default": "", "help": "comma list of kinds; empty is all"},
    "--watch-namespace": {"default": "", "help": "comma list of namespaces; empty is all"},
    "--watch-selectors": {"default": "", "help": "label selector of objects to care for"},
    "--enable-leader-election": {
        **_SWITCH,
        "default": "true",
        "help": "take the lease before doing anything",
    },
    "--leader-election-namespace": {
        "default": "",
        "help": "namespace of the lease; empty is the controller's own",
    },
    "--deletion-policy": {"default": "delete", "help": "delete or retain"},
    "--resource-tags": {**_REPEATED, "help": "key=value, repeatable: tags set at Create"},
    "--owner-id": {"default": "", "help": "who owns resources; empty is the cluster's own id"},
    "--reconcile-default-resync-seconds": {
        "default": "0",
        "help": "how often settled objects are looked at; 0 is 10 h",
    },
    "--reconcile-resource-resync-seconds": {
        **_REPEATED,
        "help": "Kind=seconds, repeatable or a comma list: how often settled objects of one kind are looked at; 0 is the default "
        "(or RECONCILE_RESOURCE_RESYNC_SECONDS)",
    },
    "--shortest-look-seconds": {
        "help": "the least time between two looks at what is at work; 1 (or SHORTEST_LOOK_SECONDS)",
    },
    "--longest-look-seconds": {
        "help": "the most time between two looks at what is at work or is deleted; 30 at the most (or LONGEST_LOOK_SECONDS)",
    },
    "--living-period-seconds": {
        "help": "how often what is settled and can change by itself is looked at, an endpoint; 60 (or LIVING_PERIOD_SECONDS)",
    },
    "--terminal-after-seconds": {
        "default": f"{TERMINAL_AFTER:.0f}",
        "help": "how long something else (a role, an image) may be missing before a person is told to act",
    },
    "--settling-window-seconds": {
        "default": "30",
        "help": "how long a Create without an answer may stay invisible",
    },
    "--second-writer-quiet-seconds": {
        "default": str(QUIET),
        "help": "how long another controller that wrote an object has to be silent before it is acted upon; 0 looks for none",
    },
    "--aws-calls-per-second": {
        "default": "0",
        "help": "the most calls of one operation in one region; 0 is as many as SageMaker takes",
    },
    "--events-queue-urls": {
        "default": "",
        "help": "comma list of SQS queues that EventBridge puts SageMaker's events into, one a region or one for all",
    },
    "--workers": {"default": "16", "help": "objects worked on at once"},
    "--metrics-addr": {"default": ":8080", "help": "where /metrics is served; empty is nowhere"},
    "--healthz-addr": {"default": ":8081", "help": "where /healthz and /readyz are served"},
    "--log-level": {"default": "info", "help": "debug, info, warn or error"},
    "--enable-development-logging": {**_SWITCH, "default": "false", "help": "lines for people, not JSON"},
    "--kubeconfig": {
        "default": "",
        "help": "a kubeconfig; empty is the pod's own identity, or KUBECONFIG",
    },
}
# The incumbent's other names.
ALSO = {"--kinds": ("--reconcile-resources",)}


class _Sentences(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise SettingsError(f"{message}; `python -m controller --help` lists the flags")


def parser() -> argparse.ArgumentParser:
    """Takes a command line apart; what it cannot be is a SettingsError."""
    made = _Sentences(
        prog="controller", description="Makes SageMaker match the manifests of a cluster.", allow_abbrev=False
    )
    for flag, told in FLAGS.items():
        made.add_argument(flag, *ALSO.get(flag, ()), **told)
    for flag, why in WITHOUT_MEANING.items():
        made.add_argument(flag, **_SWITCH, **_REPEATED, help=f"accepted without effect: {why}")
    return made
