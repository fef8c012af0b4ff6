"""Names, claims and tokens of one object."""

from hypothesis import given
from hypothesis import strategies as st

from controller.decide.declared import ARN_ANNOTATION, FOR_ANNOTATION
from tests.decide.objects import ARN, declared, status

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1, max_size=253)


@given(namespace=NAMES.map(lambda name: name[:63]), one=NAMES, other=NAMES)
def test_an_ownership_tag_fits_and_names_one_object(namespace: str, one: str, other: str) -> None:
    mine = declared("ModelExplainabilityJobDefinition", namespace=namespace, name=one)
    owner = mine.owner("x" * 64)
    assert len(owner) <= 256
    assert mine.is_owned_by(owner) and mine.is_owned_by(mine.owner("another-cluster"))
    theirs = declared("ModelExplainabilityJobDefinition", namespace=namespace, name=other)
    assert theirs.is_owned_by(owner) is (one == other)


def test_an_arn_in_an_annotation_is_a_claim_and_one_in_the_status_is_a_record() -> None:
    claimed = declared(annotations={ARN_ANNOTATION: ARN, FOR_ANNOTATION: "team/job"})
    recorded = declared(annotations={ARN_ANNOTATION: ARN}, status=status("trainingJobStatus", "InProgress"))
    assert (claimed.arn, claimed.is_claimed) == (ARN, True)
    assert (recorded.arn, recorded.is_claimed) == (ARN, False)


def test_a_copied_manifest_claims_nothing() -> None:
    assert declared(annotations={ARN_ANNOTATION: ARN, FOR_ANNOTATION: "team/original"}).arn is None
