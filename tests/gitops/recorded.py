"""The schemas of Argo CD's and Flux' own kinds: ``python -m tests.gitops.recorded`` takes them from their Go modules.

It needs Go on PATH and a module proxy; the tests read what it wrote, and nothing else.
"""

import hashlib
import json
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SCHEMAS, SOURCES, RECORD = HERE / "schemas", HERE / "sources.yaml", HERE / "schemas" / "sources.json"

Schema = dict[str, Any]


def sources() -> list[dict[str, Any]]:
    """Where each schema comes from."""
    read: list[dict[str, Any]] = yaml.safe_load(SOURCES.read_text())
    return read


def schema(kind: str) -> Schema:
    """The schema of a kind, as recorded."""
    read: Schema = json.loads((SCHEMAS / f"{kind}.json").read_text())
    return read


def fetched(module: str, folder: Path) -> tuple[str, Path]:
    """The sum and the zip of a module, which Go has checked against the checksum database."""
    environment = os.environ | {"GOMODCACHE": str(folder), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    # NB: it ends with 1 where the module asks for a newer Go, and has fetched and checked it all the same
    done = subprocess.run(
        ["go", "mod", "download", "-json", module],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(done.stdout)
    return said["Sum"], Path(said["Zip"])


def taken(text: str, source: dict[str, Any]) -> Schema:
    """What is kept of a CRD."""
    spec = yaml.load(text, Loader=yaml.CSafeLoader)["spec"]
    version = next(v for v in spec["versions"] if v["name"] == source["version"])
    kept: Schema = _bare(version["schema"]["openAPIV3Schema"])
    kept["properties"].pop("status", None)
    if wanted := source.get("generators"):
        generators = kept["properties"]["spec"]["properties"]["generators"]["items"]["properties"]
        for name in [name for name in generators if name not in (*wanted, "selector")]:
            del generators[name]
    return kept


def _bare(value: Any) -> Any:
    """Without descriptions; a property that is called so stays."""
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if not (k == "description" and isinstance(v, str))}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def main() -> None:
    """Write everything anew."""
    record = {}
    with tempfile.TemporaryDirectory() as folder:
        for source in sources():
            sum_, archive = fetched(source["module"], Path(folder))
            with zipfile.ZipFile(archive) as file:
                content = file.read(f"{source['module']}/{source['path']}")
            record[source["kind"]] = {"sum": sum_, "sha256": hashlib.sha256(content).hexdigest()}
            text = json.dumps(taken(content.decode(), source), separators=(",", ":"), sort_keys=True)
            (SCHEMAS / f"{source['kind']}.json").write_text(text + "\n")
    RECORD.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
