"""What SageMaker's errors mean: real codes and texts, and the class each belongs to."""

from pathlib import Path

import pytest

from controller.decide.faults import Fault, Meaning, in_our_words, judge

# (code, text, about itself, meaning); texts as the incumbent's tests, AWS' documentation and users' reports have them
ANSWERS = [
    ("ValidationException", 'Could not find endpoint "arn:aws:sagemaker:us-east-1:1:endpoint/e".', True, Meaning.GONE),
    ("ValidationException", "Requested resource not found.", True, Meaning.GONE),
    ("ValidationException", "RecordNotFound", True, Meaning.GONE),
    ("ValidationException", "Unable to describe Notebook Instance Lifecycle Config 'x'. (Details: ...)", True, Meaning.GONE),
    ("ResourceNotFound", "Domain [d-1] does not exist.", True, Meaning.GONE),
    ("ValidationException", 'Could not find model "arn:aws:sagemaker:us-east-1:1:model/m".', False, Meaning.ELSEWHERE),
    ("ResourceNotFound", "Pipeline 'p' does not exist.", False, Meaning.ELSEWHERE),
    ("ValidationException", "Could not assume role arn:aws:iam::1:role/r. Please ensure", False, Meaning.ELSEWHERE),
    ("ValidationException", "1 validation error detected: Value 'x' at 'a' failed to satisfy constraint", False, Meaning.MALFORMED),
    ("ValidationException", 'Cannot create already existing model "arn:aws:sagemaker:us-east-1:1:model/m".', False, Meaning.EXISTS),
    ("ResourceInUse", "Training job names must be unique within an AWS account and region", False, Meaning.EXISTS),
    ("ValidationException", 'Cannot update in-progress endpoint "arn".', True, Meaning.BUSY),
    ("ConflictException", "Model Package Group cannot be deleted because it still contains packages", True, Meaning.BUSY),
    ("ResourceLimitExceeded", "The account-level service limit 'ml.p3.2xlarge' is 0 Instances", False, Meaning.LIMIT),
    ("ThrottlingException", "Rate exceeded", True, Meaning.THROTTLED),
    ("AccessDeniedException", "User: x is not authorized to perform: sagemaker:CreateModel", False, Meaning.DENIED),
    ("ExpiredTokenException", "The security token included in the request is expired", True, Meaning.DENIED),
    ("InternalFailure", "", True, Meaning.UNKNOWN),
    ("502", "Bad Gateway", False, Meaning.UNKNOWN),
    ("SomethingNew", "nobody has ever read this", False, Meaning.ELSEWHERE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "text", "about_itself", "meaning"), ANSWERS, ids=lambda value: str(value)[:40]
)
def test_meaning(code: str, text: str, about_itself: bool, meaning: Meaning) -> None:
    assert judge(code, text, about_itself=about_itself).meaning is meaning


@pytest.mark.parametrize(
    ("code", "text", "about_itself", "meaning"), ANSWERS, ids=lambda value: str(value)[:40]
)
def test_no_pipeline_client_gives_up_on_our_words(
    code: str, text: str, about_itself: bool, meaning: Meaning
) -> None:
    """Kubeflow Pipelines' components fail on these two words in ACK.Recoverable."""
    said = judge(
        code,
        f"An error occurred ({code}) when calling the X operation: {code}: {text}",
        about_itself=about_itself,
    )
    assert "ValidationException" not in said.message
    assert "InvalidParameter" not in said.message
    assert said.reason.isalpha()


def test_an_empty_text_still_says_something() -> None:
    assert in_our_words("") == "SageMaker gave no reason"


def test_the_page_names_every_reason_that_is_shown() -> None:
    page = (Path(__file__).parents[2] / "docs" / "status.md").read_text().partition("## Errors of AWS")[2]
    shown = {Fault(meaning, "", "").reason for meaning in Meaning if meaning is not Meaning.GONE}
    assert {reason for reason in shown if f"`{reason}`" not in page} == set()
