"""What is inferred of a model that is otherwise than today's, which no recorded kind shows."""

from typing import Any

import pytest

from controller.kinds import infer
from controller.kinds.kind import Identifier, Listing
from controller.kinds.load import OneModel, service_model
from controller.kinds.shape import Shape

TEXT = Shape("Text", "string")
STATE = Shape("State", "string", enum=("Creating", "Created"))


def structure(**members: Shape) -> Shape:
    return Shape("S", "structure", members)


def items(**members: Shape) -> Shape:
    return structure(NextToken=TEXT, Things=Shape("L", "list", element=structure(**members)))


def listing(answered: Shape, **parts: Any) -> Listing | None:
    asked = Shape("A", "structure", parts.pop("asked", {}), parts.pop("required", frozenset()))
    given: dict[str, Any] = {
        "arn": "ThingArn",
        "identity": [Identifier("ThingName", "name")],
        "status": "ThingStatus",
        "create": structure(ThingName=TEXT, Parent=TEXT),
        "constants": {},
    }
    return infer.listing("ListThings", asked, answered, **{**given, **parts})


TOLD = items(ThingArn=TEXT, ThingName=TEXT, ThingStatus=STATE)


def test_a_list_that_tells_which_and_how() -> None:
    asked: dict[str, Any] = {"asked": {"CreatedAfter": TEXT}, "required": frozenset({"Parent"})}
    assert listing(TOLD, **asked) == Listing(
        "ListThings", "Things", ("ThingArn",), "ThingStatus", ("Parent",), {}, "CreatedAfter"
    )
    found = listing(items(ThingName=TEXT, ThingStatus=STATE))
    assert found is not None and found.matched_by == ("ThingName",) and found.created_after is None


@pytest.mark.parametrize(
    ("answered", "parts"),
    [
        pytest.param(structure(NextToken=TEXT), {}, id="no items"),
        pytest.param(TOLD, {"status": None}, id="a kind without states"),
        pytest.param(items(ThingArn=TEXT), {}, id="no state in an item"),
        pytest.param(items(ThingArn=TEXT, ThingStatus=TEXT), {}, id="a text in the place of a state"),
        pytest.param(TOLD, {"required": frozenset({"Unknown"})}, id="it wants what Create does not know"),
        pytest.param(items(ThingStatus=STATE), {}, id="nothing says which one"),
    ],
)
def test_a_list_that_does_not(answered: Shape, parts: dict[str, Any]) -> None:
    assert listing(answered, **parts) is None


def test_only_sagemakers_own_model_is_taken_from_memory() -> None:
    loader = OneModel()
    assert loader.load_service_model("sagemaker", "service-2") is service_model()._service_description
    assert loader.load_service_model("sts", "service-2")["metadata"]["serviceId"] == "STS"
    assert "pagination" in loader.load_service_model("sagemaker", "paginators-1")
