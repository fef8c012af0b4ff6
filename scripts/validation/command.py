"""`scripts/validate`: say of manifests, file by file, what an API server would refuse; or judge everything of ours.

Exit codes: 0 all is well, 1 something was refused or failed a check, 2 it could not be found out (bad arguments, no cluster,
a tool that is missing).
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from controller.kinds.kind import GROUP, VERSION
from scripts import rendering
from scripts.arguments import Parser, Refused
from scripts.control_plane import toolchain
from scripts.control_plane.plane import ControlPlane, PlaneError, running
from scripts.control_plane.tools import ToolchainError
from scripts.validation import policy, rendered
from scripts.validation.dry_run import DryRun, Verdict
from scripts.validation.manifests import Manifest, Problem, read
from scripts.validation.server import Unreachable, behind

CRDS = rendering.KUSTOMIZE / "crds"
SERVED_WITHIN = 60.0  # seconds; less than one on a quiet machine


def main(arguments: Sequence[str]) -> int:
    """Judge, say what is wrong, one line each, and answer with the exit code."""
    try:
        said = _parser().parse_args(list(arguments))
        if said.ours:
            return _ours()
        kubeconfig = Path(said.kubeconfig) if said.kubeconfig else None
        return _theirs([Path(folder) for folder in said.folders], kubeconfig, said.context)
    except (
        Refused,
        Unreachable,
        PlaneError,
        ToolchainError,
        rendering.RenderError,
        policy.NotChecked,
    ) as error:
        print(f"validate: {error}", file=sys.stderr)
        return 2


def _parser() -> Parser:
    parser = Parser(
        "validate",
        description="Ask an API server whether it would take the manifests in folders; nothing is stored. A folder with a "
        "kustomization is built, all other YAML and JSON is read as it is.",
        epilog="Exit codes: 0 all accepted, 1 something is refused, 2 it could not be found out.",
    )
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="folders or files of manifests")
    parser.add_cluster("a local API server is started that has our CRDs")
    parser.add_argument(
        "--ours", action="store_true", help="everything this repository renders: API server and checkov"
    )
    return parser


def _theirs(folders: list[Path], kubeconfig: Path | None, context: str | None) -> int:
    if not folders:
        raise Refused("name a folder of manifests, or --ours")
    for folder in folders:
        if not folder.exists():
            raise Refused(f"{folder} is not there")
    names = ("kubectl", "kustomize")
    tools = toolchain.ensure(names if kubeconfig or context else (*names, "etcd", "kube-apiserver"))
    found = [item for folder in folders for item in read(folder, tools["kustomize"])]
    problems = [item for item in found if isinstance(item, Problem)]
    manifests = [item for item in found if isinstance(item, Manifest)]
    if not found:
        raise Refused(f"there is no manifest in {', '.join(map(str, folders))}")
    if kubeconfig or context:
        with behind(tools["kubectl"], kubeconfig, context) as server:
            verdict = DryRun(server, ours=False).judge(manifests)
    else:
        with scratch(tools) as dry_run:
            verdict = dry_run.judge(manifests)
    return _tell(verdict, problems)


@contextmanager
def scratch(tools: dict[str, Path], crds: Path = CRDS) -> Iterator[DryRun]:
    """A dry run against a local API server of our own that has our CRDs and nothing else, for the length of a block."""
    print("validate: starting a local API server with our CRDs", file=sys.stderr)
    with running(tools) as plane:
        install_crds(plane, crds)
        with behind(tools["kubectl"], plane.kubeconfig) as server:
            yield DryRun(server, ours=True)


def install_crds(plane: ControlPlane, crds: Path = CRDS) -> None:
    """Put the CRDs on a local API server and wait until it serves them."""
    applied = plane.kubectl("apply", "--server-side", f"--kustomize={crds}").splitlines()
    plane.wait_for_crds()
    # NB: what is established is listed by discovery a moment later, and we ask discovery which kinds there are
    end = time.monotonic() + SERVED_WITHIN
    while len(_served(plane)) < len(applied):
        if time.monotonic() > end:
            raise PlaneError(
                f"of {len(applied)} CRDs {len(_served(plane))} are served after {SERVED_WITHIN:.0f} s"
            )
        time.sleep(0.1)


def _served(plane: ControlPlane) -> set[str]:
    _, answer = plane.request("GET", f"/apis/{GROUP}/{VERSION}")
    return {resource["kind"] for resource in answer.get("resources", ()) if "/" not in resource["name"]}


def _tell(verdict: Verdict, problems: list[Problem]) -> int:
    wrong = [*problems, *verdict.refused]
    for problem in wrong:
        print(f"{problem.where}: {problem.sentence}")
    for unknown in verdict.unknown:
        print(f"{unknown.where}: not checked: {unknown.sentence}", file=sys.stderr)
    unchecked = f", {len(verdict.unknown)} not checked" if verdict.unknown else ""
    print(f"validate: {verdict.accepted} accepted, {len(wrong)} wrong{unchecked}", file=sys.stderr)
    return 1 if wrong else 0


def _ours() -> int:
    tools = toolchain.ensure(("helm", "kustomize", "kubectl", "etcd", "kube-apiserver"))
    roots = list(rendered.everything(tools))
    with scratch(tools) as dry_run:
        refused = judge_rendered(dry_run, roots, print)
    reports = policy.check(roots)
    for report in reports:
        print(report)
        for line in [*report.failed, *report.unexplained]:
            print(f"  failed: {line}")
        for line in report.skipped:
            print(f"  skipped: {line}")
    wrong = sum(len(report.failed) + len(report.unexplained) for report in reports)
    print(f"validate: {len(roots)} roots, {refused} objects refused, {wrong} checks failed", file=sys.stderr)
    return 1 if refused or wrong else 0


# Groups whose CRDs are another project's, the Prometheus operator's, and no part of the scratch API server.
FOREIGN = ("monitoring.coreos.com/",)


def judge_rendered(dry_run: DryRun, roots: Sequence[rendered.Rendered], say: Callable[[str], None]) -> int:
    """Ask the API server about every object we render; how many it refuses or does not know."""
    manifests = [
        Manifest(root.name, body)
        for root in roots
        if root.framework == "kubernetes"
        for body in rendering.objects(root.text)
        if not str(body["apiVersion"]).startswith(FOREIGN)
    ]
    verdict = dry_run.judge(manifests)
    wrong = [*verdict.refused, *verdict.unknown]
    for problem in wrong:
        say(f"{problem.where}: {problem.sentence}")
    return len(wrong)
