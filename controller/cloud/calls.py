"""How things are said to SageMaker: one method per verb, for every kind; every answer is data, no AWS exception leaves."""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Protocol

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from controller.cloud.pacing import Pacing
from controller.cloud.session import Place, Session, asking
from controller.cloud.silence import Silence
from controller.decide.declared import OWNER_TAG
from controller.decide.faults import Fault, Meaning, in_our_words, judge
from controller.decide.situation import class_of, state_of
from controller.kinds.kind import Kind
from controller.kinds.states import StateClass

# What surely never reached AWS, so that it surely had no effect.
_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError)


# What holds a worker until nobody waits any longer.
_TIMED_OUT = frozenset({ConnectTimeoutError.__name__, ReadTimeoutError.__name__})

# NB: botocore takes a body that was cut off for an empty one, and an empty list would mean that nothing is there.
_CUT_OFF = Fault(Meaning.UNKNOWN, "CutOff", "the answer was not whole")


class Observer(Protocol):
    """Who counts the calls."""

    def called(self, operation: str, outcome: str, seconds: float) -> None:
        """One call has ended: ``outcome`` is "ok" or a fault's code."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The output of an operation and the id under which AWS has it on record."""

    output: Mapping[str, Any]
    request_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Summaries, and the token of the page that follows; None after the last."""

    items: tuple[Mapping[str, Any], ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class Absent:
    """Describe says that there is no such resource."""

    message: str = ""


class FencedOff(Exception):
    """The lease may not outlive the call, so it was not made."""


class Calls:
    """SageMaker, for one controller. ``fence`` is asked before every mutating call whether it may still be made."""

    def __init__(
        self,
        session: Session,
        observer: Observer,
        fence: Callable[[], bool],
        pacing: Pacing | None = None,
        silence: Silence | None = None,
    ) -> None:
        self._session = session
        self._observer = observer
        self._fence = fence
        self._pacing = pacing or Pacing()
        self._silence = silence or Silence()

    @property
    def account(self) -> str | None:
        """The account of the controller's credentials; None while STS has not said."""
        return self._session.account

    def describe(self, kind: Kind, place: Place, identity: Mapping[str, Any]) -> Answer | Absent | Fault:
        """What SageMaker says of a resource, unwrapped. What it only remembers to have deleted is not there."""
        said = self._call(place, kind.verbs.describe, identity, about_itself=True)
        if isinstance(said, Fault):
            return Absent(said.message) if said.meaning is Meaning.GONE else said
        if kind.wrapped_in:
            said = replace(said, output=said.output.get(kind.wrapped_in) or {})
        if not said.output:
            return replace(_CUT_OFF, request_id=said.request_id)
        if class_of(kind, said.output) is StateClass.GONE:
            return Absent(f"{kind.name} is {state_of(kind, said.output)}.")
        return said

    def turn(self, kind: Kind, place: Place) -> Fault | None:
        """None if Create may be called now, which then has to follow; else why it may not.

        NB: asked before the intent goes on record; else whoever was sent away would have to look for what was never made.
        """
        return self._sent_away(place, kind.verbs.create)

    def create(self, kind: Kind, place: Place, request: Mapping[str, Any]) -> Answer | Fault:
        """Create, exactly once; it was our ``turn``."""
        said = self._mutate(place, kind.verbs.create, request, admitted=True)
        if isinstance(said, Answer) and kind.arn and not said.output.get(kind.arn):
            return replace(_CUT_OFF, request_id=said.request_id)
        return said

    def update(
        self, kind: Kind, place: Place, request: Mapping[str, Any], operation: str | None = None
    ) -> Answer | Fault:
        """Update, or another operation that changes one thing, exactly once."""
        return self._mutate(place, operation or str(kind.verbs.update), request)

    def start(self, kind: Kind, place: Place, request: Mapping[str, Any]) -> Answer | Fault:
        """Start what was stopped, exactly once."""
        return self._mutate(place, str(kind.verbs.start), request)

    def stop(self, kind: Kind, place: Place, request: Mapping[str, Any]) -> Answer | Fault:
        """Stop, exactly once."""
        return self._mutate(place, str(kind.verbs.stop), request, about_itself=True)

    def delete(self, kind: Kind, place: Place, identity: Mapping[str, Any]) -> Answer | Fault:
        """Delete, exactly once."""
        return self._mutate(place, str(kind.verbs.delete), identity, about_itself=True)

    def add_tags(self, place: Place, arn: str, tags: Mapping[str, str]) -> Answer | Fault:
        """Add or change these tags."""
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        return self._mutate(place, "AddTags", {"ResourceArn": arn, "Tags": listed})

    def delete_tags(self, place: Place, arn: str, keys: Sequence[str]) -> Answer | Fault:
        """Remove the tags of these keys."""
        return self._mutate(place, "DeleteTags", {"ResourceArn": arn, "TagKeys": list(keys)})

    def tags(self, place: Place, arn: str) -> dict[str, str] | Fault:
        """Every tag of a resource."""
        found: dict[str, str] = {}
        token: dict[str, str] = {}
        while True:
            said = self._call(place, "ListTags", {"ResourceArn": arn, **token}, about_itself=True)
            if isinstance(said, Fault):
                return said
            if "Tags" not in said.output:
                return replace(_CUT_OFF, request_id=said.request_id)
            found |= {tag["Key"]: tag["Value"] for tag in said.output["Tags"]}
            if not said.output.get("NextToken"):
                return found
            token = {"NextToken": said.output["NextToken"]}

    def owned(
        self, kind: Kind, place: Place, filters: Mapping[str, Any], name: str | None, owner: str
    ) -> str | Fault | None:
        """The ARN of the resource that carries our ownership tag, found by List; None if there is none.

        For kinds whose identity SageMaker assigns. ``name`` is the declared one, which narrows the search where the summary
        has it; a kind that takes no tags is recognised by its name alone.
        """
        for summary in self._summaries(kind, place, filters):
            if isinstance(summary, Fault):
                return summary
            shown = summary.get(kind.own_name or "") or summary.get("Name") or summary.get("ExtensionName")
            arn = summary.get(kind.arn or "") or summary.get("Arn")
            if arn is None or (name is not None and shown is not None and shown != name):
                continue
            if not kind.taggable:
                return str(arn) if shown == name else None
            tags = self.tags(place, arn)
            if isinstance(tags, Fault):
                return tags
            if tags.get(OWNER_TAG) == owner:
                return str(arn)
        return None

    def _summaries(
        self, kind: Kind, place: Place, filters: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any] | Fault]:
        # 100: the most every List operation of the model allows
        request: dict[str, Any] = {**filters, "MaxResults": 100}
        while kind.verbs.list:
            said = self.page(kind, place, request)
            if isinstance(said, Fault):
                yield said
                return
            yield from said.items
            if said.following is None:
                return
            request["NextToken"] = said.following

    def page(self, kind: Kind, place: Place, request: Mapping[str, Any]) -> Page | Fault:
        """One page of what List says; ``request`` has the token of the page before."""
        said = self._call(place, str(kind.verbs.list), request, about_itself=False)
        if isinstance(said, Fault):
            return said
        found = next((v for v in said.output.values() if isinstance(v, list)), None)
        if found is None:
            return replace(_CUT_OFF, request_id=said.request_id)
        return Page(tuple(found), said.output.get("NextToken") or None)

    def _mutate(
        self,
        place: Place,
        operation: str,
        request: Mapping[str, Any],
        *,
        about_itself: bool = False,
        admitted: bool = False,
    ) -> Answer | Fault:
        return self._call(
            place, operation, request, about_itself=about_itself, fenced=True, admitted=admitted
        )

    def _call(
        self,
        place: Place,
        operation: str,
        request: Mapping[str, Any],
        *,
        about_itself: bool,
        fenced: bool = False,
        admitted: bool = False,
    ) -> Answer | Fault:
        if not admitted and (away := self._sent_away(place, operation)):
            return away
        begun, began, answered = time.perf_counter(), self._silence.begin(place), None
        try:
            said = self._said(place, operation, request, about_itself, fenced)
            answered = not (isinstance(said, Fault) and said.code in _TIMED_OUT)
        finally:
            self._silence.ended(place, began, answered)
        outcome = "ok"
        if isinstance(said, Fault):
            if said.meaning is Meaning.THROTTLED:
                self._pacing.throttled(place, operation)
            # a label of a metric: AWS' codes are words; whatever else came in its place may be endless, or nobody's business
            outcome = said.code if re.fullmatch(r"[A-Za-z.]{1,64}", said.code) else "Other"
        self._observer.called(operation, outcome, time.perf_counter() - begun)
        return said

    def _sent_away(self, place: Place, operation: str) -> Fault | None:
        """Why a call may not be made now, if so; nothing was sent then."""
        if wait := self._silence.wait(place):
            why = f"SageMaker in {place.region} does not answer; it is tried with one call at a time"
            return Fault(Meaning.NETWORK, "Silent", why, wait=0.0 if math.isinf(wait) else wait)
        if wait := self._pacing.admit(place, operation):
            why = f"SageMaker takes fewer calls of {operation}: it is our turn in {wait:.0f} s"
            return Fault(Meaning.THROTTLED, "Paced", why, wait=wait)
        return None

    def _said(
        self, place: Place, operation: str, request: Mapping[str, Any], about_itself: bool, fenced: bool
    ) -> Answer | Fault:
        try:
            client = self._session.client(place)
            # NB: _make_api_call is what every generated method calls; the methods would only translate names
            with asking(self._pass_the_fence) if fenced else nullcontext():
                output = client._make_api_call(operation, dict(request))
        except ClientError as error:
            told = error.response.get("Error", {})
            request_id = error.response.get("ResponseMetadata", {}).get("RequestId", "")
            return judge(
                str(told.get("Code", "")),
                str(told.get("Message", "")),
                about_itself=about_itself,
                request_id=request_id,
            )
        except (NoCredentialsError, PartialCredentialsError) as error:
            return Fault(
                Meaning.DENIED,
                "NoCredentials",
                f"{error}; give the service account an IAM role (docs/install.md)",
            )
        except ParamValidationError as error:
            return Fault(Meaning.MALFORMED, "ParamValidation", in_our_words(str(error)))
        except _NOT_SENT as error:
            return Fault(Meaning.NETWORK, type(error).__name__, str(error))
        except (HTTPClientError, ConnectionError) as error:
            return Fault(Meaning.UNKNOWN, type(error).__name__, str(error))
        except BotoCoreError as error:
            return Fault(Meaning.DENIED, type(error).__name__, str(error))
        metadata = output.pop("ResponseMetadata", {})
        return Answer(output, metadata.get("RequestId", ""))

    def _pass_the_fence(self) -> None:
        if not self._fence():
            raise FencedOff
