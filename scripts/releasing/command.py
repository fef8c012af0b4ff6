"""`scripts/release-finalizers`: let go of the objects of a cluster whose controller is gone; AWS is not touched.

Exit codes: 0 nothing holds anything any more, or nothing was to be changed; 1 something could not be let go; 2 it could not be
found out (bad arguments, no cluster), or a controller is still at work.
"""

import argparse
import sys
from collections.abc import Sequence

from controller.cluster.api import Api
from controller.cluster.connection import NotConfigured
from controller.cluster.errors import ApiError
from controller.kinds.kind import GROUP, VERSION
from controller.kinds.load import kinds
from scripts.arguments import Parser, Refused
from scripts.releasing.held import Held, controller_at_work, held, release


def main(arguments: Sequence[str]) -> int:
    """List what is held, with --yes let it go, and answer with the exit code."""
    try:
        said = _parser().parse_args(list(arguments))
        api = Api.found(said.kubeconfig, said.context)
        try:
            return _run(api, said)
        finally:
            api.close()
    except (Refused, NotConfigured) as error:
        print(f"release-finalizers: {error}", file=sys.stderr)
    except ApiError as error:
        print(f"release-finalizers: the API server: {error.message}", file=sys.stderr)
    return 2


def _parser() -> Parser:
    parser = Parser(
        "release-finalizers",
        description="List the objects that have our finalizers, and what each leaves behind in AWS. With --yes take the "
        "finalizers off. Nothing in AWS is stopped or deleted.",
        epilog="Exit codes: 0 done, or only listed; 1 something could not be let go; 2 it could not be found out, or a "
        "controller is still at work.",
    )
    parser.add_cluster("KUBECONFIG, else ~/.kube/config")
    parser.add_argument(
        "--namespace", action="append", default=[], help="only this one; repeatable; else all namespaces"
    )
    parser.add_argument("--kinds", default="", help="comma list such as TrainingJob,Endpoint; empty is all")
    parser.add_argument("--deleting", action="store_true", help="only objects that are being deleted")
    parser.add_argument("--yes", action="store_true", help="take the finalizers off, rather than only list")
    return parser


def _run(api: Api, said: argparse.Namespace) -> int:
    plurals = _plurals(said.kinds, api.served(GROUP, VERSION))
    found = sorted(held(api, tuple(said.namespace), plurals), key=str)
    found = [one for one in found if one.deleting or not said.deleting]
    if not found:
        print("no object has a finalizer of ours")
        return 0
    _table(found)
    if not said.yes:
        print(f"{len(found)} objects have our finalizers; nothing was changed: --yes takes them off")
        return 0
    if (holder := controller_at_work(api)) is not None:
        raise Refused(
            f"a controller is at work, {holder}, and would put the finalizers back: uninstall it first, or let it do this"
        )
    return _release(api, found)


def _plurals(wanted: str, served: frozenset[str]) -> tuple[str, ...]:
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    for name in names:
        if name not in kinds():
            raise Refused(
                f"--kinds has {name!r}, which is no SageMaker kind; docs/kinds/README.md lists them"
            )
    chosen = {kinds()[name].plural for name in names} if names else served
    return tuple(sorted(chosen & served))


def _table(found: Sequence[Held]) -> None:
    rows = [("NAMESPACE", "KIND", "NAME", "DELETING", "STAYS IN AWS")]
    rows += [
        (one.namespace, one.kind, one.name, "yes" if one.deleting else "no", one.leaves)
        for one in sorted(found, key=lambda one: (one.namespace, one.kind, one.name))
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)]
        print("  ".join((*cells, row[4])))


def _release(api: Api, found: Sequence[Held]) -> int:
    failed = 0
    for one in found:
        try:
            release(api, one)
        except ApiError as error:
            failed += 1
            print(f"release-finalizers: {one}: {error.message}", file=sys.stderr)
    print(f"{len(found) - failed} objects let go; what they stood for stays in AWS as listed")
    return 1 if failed else 0
