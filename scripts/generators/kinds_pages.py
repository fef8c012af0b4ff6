"""docs/kinds: one page a kind with the model's whole texts, and the list of them all."""

from pathlib import Path

from controller.kinds.kind import Kind
from controller.kinds.load import kinds, model_version
from controller.kinds.names import key_of, ref_key_of
from controller.kinds.shape import Shape, paths
from controller.kinds.states import StateClass
from scripts.generators import documentation

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "kinds"
ENDS = {
    "delete": "the resource is deleted",
    "stop": "a running one is stopped; its record stays",
    "stop-delete": "stopped, then deleted",
    "leave": "SageMaker can do neither: it stays",
}
LIVES = {"keep": "kept as declared", "run": "runs once", "version": "one immutable version"}


def kinds_pages() -> dict[Path, str]:
    """Every page."""
    return {
        FOLDER / "README.md": index(),
        **{FOLDER / f"{kind.name}.md": page(kind) for kind in kinds().values()},
    }


def index() -> str:
    """The table of all kinds."""
    lines = [
        "# Kinds",
        "",
        f"{len(kinds())} kinds of `sagemaker.services.k8s.aws/v1alpha1`, from botocore's SageMaker model {model_version()}.",
        "",
        "| Kind | kubectl | Life | When the object is deleted |",
        "|---|---|---|---|",
    ]
    for kind in kinds().values():
        names = ", ".join(f"`{name}`" for name in (kind.plural, *kind.short_names))
        lines.append(
            f"| [{kind.name}]({kind.name}.md) | {names} | {LIVES[kind.lifecycle]} | {ENDS[kind.end_with]} |"
        )
    return "\n".join(lines) + "\n"


def page(kind: Kind) -> str:
    """One kind's page."""
    lines = [
        f"# {kind.name}",
        "",
        f"`kubectl get {kind.plural}` · {LIVES[kind.lifecycle]} · deleting: {ENDS[kind.end_with]}",
        "",
    ]
    if kind.states:
        lines += ["## States", "", "| What it means | States |", "|---|---|"]
        lines += [
            f"| {c.value} | {', '.join(kind.states.where(c))} |" for c in StateClass if kind.states.where(c)
        ]
        lines.append("")
    if kind.references:
        lines += ["## References", "", "| Instead of | write | to name an object of kind |", "|---|---|---|"]
        lines += [f"| `{manifest_path(r.path)}` | `{ref_path(r.path)}` | {r.kind} |" for r in kind.references]
        lines.append("")
    lines += ["## Fields of spec", "", "| Field | Type | |", "|---|---|---|"]
    texts = documentation.texts(kind.verbs.create)
    for path, shape in paths(kind.create):
        needed = (
            " **required**."
            if "." not in path and path in kind.create.required and path != kind.own_name
            else ""
        )
        fixed = " Fixed once the resource exists." if path in kind.frozen else ""
        lines.append(
            f"| `{manifest_path(path)}` | {type_of(shape)} | {_cell(texts.get(path, ''))}{needed}{fixed} |"
        )
    lines += [
        "",
        "## Operations",
        "",
        ", ".join(f"`sagemaker:{operation}`" for operation in kind.verbs.all()),
        "",
    ]
    return "\n".join(lines)


def manifest_path(path: str) -> str:
    """A member path as a manifest writes it: ``ProductionVariants[].ModelName`` is ``productionVariants[].modelName``."""
    return ".".join(
        key_of(part.rstrip("[]{}")) + part[len(part.rstrip("[]{}")) :] for part in path.split(".")
    )


def ref_path(path: str) -> str:
    """The manifest path of the reference beside a member."""
    head, dot, last = path.rpartition(".")
    return f"{manifest_path(head)}{dot}{ref_key_of(last)}" if head else ref_key_of(last)


def type_of(shape: Shape) -> str:
    """A type as people say it."""
    if shape.element is not None:
        return f"list of {type_of(shape.element)}"
    if shape.value is not None:
        return f"map of {type_of(shape.value)}"
    if shape.enum and len(shape.enum) <= 12:
        return "one of " + ", ".join(f"`{value}`" for value in shape.enum)
    return {"structure": "object", "long": "integer", "double": "number", "float": "number"}.get(
        shape.type, shape.type
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("{{", "{ {").replace("<", "&lt;")
