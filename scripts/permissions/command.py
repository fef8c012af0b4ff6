"""`scripts/iam`: print the policy or the trust document of a controller that cares for some kinds, in one account and region."""

import argparse
import json
import re
import sys
from collections.abc import Sequence

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from scripts.arguments import Parser, Refused
from scripts.permissions.documents import (
    LARGEST,
    Document,
    Place,
    policies,
    queue_policy,
    size,
    trust,
    whole,
)

PARTS = ("read", "write", "end", "dependents", "events")

# What is not said stays a placeholder.
ANYWHERE = Place()


def main(arguments: Sequence[str]) -> int:
    """Print a document; 0, or 2 when what was asked for cannot be."""
    try:
        said = _parser().parse_args(list(arguments))
        document = _policy(said) if said.document == "policy" else _trust(said)
    except Refused as refusal:
        print(f"iam: {refusal}", file=sys.stderr)
        return 2
    text = json.dumps(document, indent=2)
    print(text)
    if left := sorted(set(re.findall(r"\$\{(?!aws:)\w+\}", text))):
        print(f"iam: left to be filled in: {', '.join(left)}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser("iam", description=__doc__ or "")
    documents = parser.add_subparsers(dest="document", required=True)
    policy = documents.add_parser("policy", help="the controller's permissions")
    policy.add_argument("--kinds", default="", help="comma list such as TrainingJob,Endpoint; empty is all")
    policy.add_argument(
        "--part",
        choices=PARTS,
        help="read, write, end (stop and delete), dependents or events; else one policy of all",
    )
    policy.add_argument(
        "--events-queue",
        action="append",
        metavar="ARN",
        help="a queue of events that the controller reads (docs/events.md); repeatable",
    )
    policy.add_argument("--region", default=ANYWHERE.region, help="such as eu-west-1")
    policy.add_argument(
        "--execution-role",
        action="append",
        metavar="ARN",
        help="a role that SageMaker may be handed; repeatable",
    )
    role = documents.add_parser("trust", help="who may take the role: one service account (IRSA)")
    role.add_argument(
        "--oidc-provider", default="${OIDC_PROVIDER}", help="the cluster's issuer, with or without https://"
    )
    role.add_argument("--namespace", default="ack-system")
    role.add_argument("--service-account", default="ack-sagemaker-controller")
    for each in (policy, role):
        each.add_argument("--partition", default=ANYWHERE.partition, help="aws, aws-cn, aws-us-gov, ...")
        each.add_argument("--account", default=ANYWHERE.account, help="twelve digits")
    return parser


def _policy(said: argparse.Namespace) -> Document:
    _check("--partition", said.partition, r"aws[a-z-]*")
    _check("--account", said.account, r"[0-9]{12}")
    _check("--region", said.region, r"[a-z]{2}(-[a-z0-9]+)+-[0-9]+")
    roles = tuple(said.execution_role or ANYWHERE.execution_roles)
    for role in roles:
        _check("--execution-role", role, r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
    place = Place(said.partition, said.account, said.region, roles)
    chosen = _kinds(said.kinds)
    parts = policies(chosen, place)
    for queue in said.events_queue or ():
        _check("--events-queue", queue, r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}")
    if said.events_queue:
        parts["events"] = queue_policy(said.events_queue)
    if said.part:
        if said.part not in parts:
            raise Refused(f"these kinds need no part {said.part}; there are {', '.join(parts)}")
        return parts[said.part]
    document = whole(parts)
    if size(document) > LARGEST:
        raise Refused(
            f"the policy of {len(chosen)} kinds has {size(document)} characters and AWS takes {LARGEST}: "
            f"print it in parts ({', '.join('--part ' + part for part in parts)}) or name fewer kinds"
        )
    return document


def _trust(said: argparse.Namespace) -> Document:
    _check("--partition", said.partition, r"aws[a-z-]*")
    _check("--account", said.account, r"[0-9]{12}")
    provider = said.oidc_provider.removeprefix("https://").rstrip("/")
    return trust(said.partition, said.account, provider, said.namespace, said.service_account)


def _check(flag: str, value: str, pattern: str) -> None:
    if not value.startswith("${") and not re.fullmatch(pattern, value):
        raise Refused(f"{flag} is {value!r}, which does not look like one")


def _kinds(text: str) -> list[Kind]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    by_lower = {name.lower(): name for name in kinds()}
    for name in names:
        if name not in kinds():
            near = by_lower.get(name.lower())
            raise Refused(
                f"--kinds has {name!r}, which is no SageMaker kind; "
                + (f"did you mean {near}?" if near else "docs/kinds/README.md lists them")
            )
    return [kinds()[name] for name in dict.fromkeys(names or kinds())]
