"""Writes the module that builds a tool at a version: `python3 -m scripts.control_plane.pin helm v4.3.2`.

For the maintainer who moves a pin; nothing that runs needs it. The module requires upstream's and repeats its `replace`
lines, which Go heeds in the main module alone. Changing the version in tools.py stays a change by hand.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.control_plane.tools import TOOLS, Tool

_GO = re.compile(r"^go (\S+)", re.MULTILINE)
_REPLACE = re.compile(
    r"^\s*(?:replace\s+)?(?P<old>\S+)(?:\s+(?P<of>v\S+))?\s+=>\s+(?P<new>\S+)(?:\s+(?P<at>v\S+))?",
    re.MULTILINE,
)


def module(tool: Tool, path: str, version: str, upstream: str) -> str:
    """The go.mod of a tool's wrapper, before `go mod tidy`, from upstream's."""
    go = _GO.search(upstream)
    lines = [f"module sagemaker-operators/builds/{tool.name}", "", f"go {go[1] if go else '1.21'}", ""]
    lines += [f"require {path} {version}", ""]
    for match in _REPLACE.finditer(upstream):
        old, of, new, at = match.group("old", "of", "new", "at")
        if new.startswith("."):
            if path != "k8s.io/kubernetes":
                continue  # a sibling in upstream's repository: the published one is what is required anyway
            # NB: Kubernetes publishes each staging folder as a module of its own, v1.36.3 as v0.36.3
            new, at = old, "v0." + version.split(".", 1)[1]
        lines.append(f"replace {old}{' ' + of if of else ''} => {new}{' ' + at if at else ''}")
    return "\n".join(lines) + "\n"


def main(name: str, version: str) -> None:
    """Write go.mod and go.sum of a tool's wrapper for a version."""
    tool = next(tool for tool in TOOLS if tool.name == name)
    required = re.search(r"^require (\S+) v", (tool.wrapper / "go.mod").read_text(), re.MULTILINE)
    if required is None:
        raise SystemExit(f"pin: {tool.wrapper / 'go.mod'} has no line that requires one module.")
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=mod"}
    asked = ["go", "mod", "download", "-json", f"{required[1]}@{version}"]
    done = subprocess.run(asked, env=environment, cwd="/", capture_output=True, text=True, check=False)
    answer: dict[str, Any] = json.loads(done.stdout or "{}")
    if "GoMod" not in answer:
        raise SystemExit(f"pin: no {required[1]}@{version}: {answer.get('Error') or done.stderr.strip()}")
    upstream = Path(answer["GoMod"]).read_text()
    (tool.wrapper / "go.mod").write_text(module(tool, required[1], answer["Version"], upstream))
    (tool.wrapper / "go.sum").unlink(missing_ok=True)
    subprocess.run(["go", "mod", "tidy"], env=environment, cwd=tool.wrapper, check=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python3 -m scripts.control_plane.pin NAME vVERSION")
    main(sys.argv[1], sys.argv[2])
