"""What an error of AWS means for the one who asked: data, each line with its reason.

Fault
  gone        the resource itself is not there
  malformed   the request will never do: a person must edit it
  exists      the name is taken; one Describe decides by whom
  elsewhere   about something else that is not there or not ready yet; also whatever we do not know
  busy        the resource is at work and refuses changes now
  throttled   too many calls
  denied      credentials or permissions
  limit       a quota
  network     no answer was had; the call surely had no effect
  unknown     no answer was had; the call may have had its effect
"""

import re
from dataclasses import dataclass
from enum import Enum


class Meaning(Enum):
    """What a fault asks for; see the module's list."""

    GONE = "gone"
    MALFORMED = "malformed"
    EXISTS = "exists"
    ELSEWHERE = "elsewhere"
    BUSY = "busy"
    THROTTLED = "throttled"
    DENIED = "denied"
    LIMIT = "limit"
    NETWORK = "network"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of AWS, understood. ``message`` is in words that may be shown.

    ``wait``: nothing was called, and it is our turn after so many seconds (cloud/pacing.py).
    """

    meaning: Meaning
    code: str
    message: str
    request_id: str = ""
    wait: float = 0.0

    @property
    def reason(self) -> str:
        """The condition's reason."""
        return _REASONS[self.meaning]


_REASONS = {
    Meaning.GONE: "NotFound",
    Meaning.MALFORMED: "Invalid",
    Meaning.EXISTS: "AlreadyExists",
    Meaning.ELSEWHERE: "WaitingForAWS",
    Meaning.BUSY: "Busy",
    Meaning.THROTTLED: "Throttled",
    Meaning.DENIED: "AccessDenied",
    Meaning.LIMIT: "QuotaExceeded",
    Meaning.NETWORK: "Unreachable",
    Meaning.UNKNOWN: "NoAnswer",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """An error whose code and message match means this."""

    meaning: Meaning
    code: str
    message: str
    because: str


# First match wins. Codes and texts: botocore's model and the incumbent's waiters and 404 tests (v1.9.1), and AWS' list of
# common errors (docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html).
RULES: tuple[Rule, ...] = (
    Rule(
        Meaning.THROTTLED,
        r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown",
        "",
        "the control plane's rate limits",
    ),
    Rule(Meaning.THROTTLED, "", r"^Rate exceeded", "SageMaker answers HTTP 400 with this text"),
    Rule(
        Meaning.DENIED,
        r"AccessDenied|NotAuthorized|Unauthorized|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch"
        r"|MissingAuthenticationToken|InvalidIdentityToken|OptInRequired|IncompleteSignature|InvalidSignature|RequestExpired"
        r"|RequestTimeTooSkewed",
        "",
        "the controller's own credentials, role or clock",
    ),
    Rule(
        Meaning.LIMIT,
        r"ResourceLimitExceeded|LimitExceeded|ServiceQuotaExceeded|CapacityError",
        "",
        "a quota, which is raised or becomes free",
    ),
    Rule(
        Meaning.UNKNOWN,
        r"ServiceUnavailable|InternalFailure|InternalServerError|InternalServiceException|^5\d\d$",
        "",
        "AWS' own trouble, or a bare HTTP status of something on the way (502): the call may have had its effect before it",
    ),
    Rule(
        Meaning.EXISTS,
        "",
        r"already exist|must be unique|[Cc]annot create already existing|[Cc]annot create a duplicate"
        r"|(ID or )?Name specified is already in use",
        "the name is taken; each kind has words of its own for it",
    ),
    Rule(
        Meaning.EXISTS,
        "",
        r"[Ii]dempotency token .*other parameters",
        "what this token had made before is there, and is not what is asked for now: another try would be told the same",
    ),
    Rule(
        Meaning.BUSY,
        r"ResourceInUse|ConflictException|ValidationException",
        r"in-progress|in progress|[Cc]urrently (being )?(creat|updat|delet|stopp)|is (currently )?in .*(state|status)"
        r"|not in .*(state|status)"
        r"|[Ss]tatus .* (is not|must be)|[Uu]nable to transition|being (created|updated|deleted)|state cannot be modified"
        r"|must be (stopped|in)|Monitoring schedule in status|has inference components",
        "it is at work; SageMaker refuses changes until it is done",
    ),
    Rule(Meaning.BUSY, r"ResourceInUse|ConflictException", "", "something still uses it, or it is at work"),
    Rule(
        Meaning.MALFORMED,
        "",
        r"failed to satisfy constraint|validation errors? detected|Parameter validation failed|Unknown parameter"
        r"|Invalid type for parameter",
        "the service refuses the form of the request, whatever else is there",
    ),
    Rule(
        Meaning.MALFORMED,
        "ValidationException",
        r"^Missing ARN|(are|should be) provided( |$)|tag keys? (found|names are not allowed)",
        "members that exclude or need each other, and tags that nobody may set: the model does not tell, and only an edit helps",
    ),
    Rule(
        Meaning.MALFORMED,
        r"SerializationException|UnknownOperationException|MissingParameter|InvalidParameterCombination",
        "",
        "the form of the request",
    ),
)

# How SageMaker says that the resource asked for is not there; codes and texts per kind in the incumbent's 404 tests.
_NOT_FOUND_CODE = re.compile(
    r"^(ResourceNotFound|ResourceNotFoundException|ResourceNotFoundFault|NotFoundException)$"
)
_NOT_FOUND_TEXT = re.compile(
    r"could not find|does not exist|doesn't exist|not found|RecordNotFound|unable to describe|no such|cannot find"
    r"|no \w+ (with name \S+ )?found|no \w+ with the name \S+ exists",
    re.IGNORECASE,
)


def judge(code: str, message: str, *, about_itself: bool, request_id: str = "") -> Fault:
    """What an answer of AWS means.

    ``about_itself``: whether the call named nothing but the resource (Describe, Stop, Delete), so that "not found" can only
    mean the resource; in Create and Update it may be a model, a role, an image.
    """
    said = in_our_words(message)
    if about_itself and (
        _NOT_FOUND_CODE.search(code) or (code == "ValidationException" and _NOT_FOUND_TEXT.search(message))
    ):
        return Fault(Meaning.GONE, code, said, request_id)
    for rule in RULES:
        if re.search(rule.code, code) and re.search(rule.message, message):
            return Fault(rule.meaning, code, said, request_id)
    return Fault(Meaning.ELSEWHERE, code, said, request_id)


def in_our_words(message: str) -> str:
    """A message without the words on which pipeline clients give up, and without a trailing request id."""
    text = re.sub(r"An error occurred \(\w+\) when calling the \w+ operation:\s*", "", message)
    text = re.sub(r"\b(ValidationException|InvalidParameter\w*)\b:?\s*", "", text)
    return (
        re.sub(r"\s*\((Service|Request ID|RequestId)[^)]*\)\s*$", "", text).strip()
        or "SageMaker gave no reason"
    )
