"""Values of any shape, drawn by hypothesis: what a manifest may declare, and what a server adds to it."""

from typing import Any

from hypothesis import strategies as st

from controller.kinds.shape import Shape

TEXT = st.text(alphabet="abcXYZ019-_/.: ", min_size=1, max_size=12)


def values(shape: Shape, depth: int = 3) -> st.SearchStrategy[Any]:
    """A strategy of values of a shape; structures have some of their members, nothing deeper than ``depth``."""
    if shape.type == "structure":
        members = {name: values(member, depth - 1) for name, member in shape.members.items() if depth > 0}
        return st.fixed_dictionaries({}, optional=members)
    if shape.element is not None:
        return st.lists(values(shape.element, depth - 1), max_size=2) if depth > 0 else st.just([])
    if shape.value is not None:
        return st.dictionaries(TEXT, values(shape.value, depth - 1), max_size=2) if depth > 0 else st.just({})
    if shape.type in {"integer", "long"}:
        return st.integers(-(2**31), 2**31)
    if shape.type in {"float", "double"}:
        return st.floats(-1e6, 1e6, allow_nan=False, width=32)
    if shape.type == "boolean":
        return st.booleans()
    if shape.type == "timestamp":
        return st.just("2026-01-01T00:00:00Z")
    return st.sampled_from(shape.enum) if shape.enum else TEXT


def with_defaults(shape: Shape, value: Any, depth: int = 3) -> Any:
    """The value as a server gives it back: every structure's unset members filled in."""
    if shape.type == "structure" and isinstance(value, dict):
        return {
            name: with_defaults(member, value[name], depth - 1)
            if name in value
            else default(member, depth - 1)
            for name, member in shape.members.items()
        }
    if shape.element is not None and isinstance(value, list):
        return [with_defaults(shape.element, item, depth) for item in value]
    if shape.value is not None and isinstance(value, dict):
        return {key: with_defaults(shape.value, item, depth) for key, item in value.items()}
    return value


def default(shape: Shape, depth: int) -> Any:
    """Something a server may have chosen."""
    if shape.type == "structure":
        return (
            {name: default(member, depth - 1) for name, member in shape.members.items()} if depth > 0 else {}
        )
    if shape.element is not None:
        return []
    if shape.value is not None:
        return {}
    if shape.type in {"integer", "long", "float", "double"}:
        return 7
    return {"boolean": False}.get(shape.type, shape.enum[0] if shape.enum else "default")
