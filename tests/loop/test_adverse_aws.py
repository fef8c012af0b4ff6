"""AWS on bad days: throttled, failing, silent, with credentials that have expired; everything comes about, nothing is final."""

from collections.abc import Callable

from tests.loop.test_intent import spec_of
from tests.loop.test_recovery import is_terminal, recoverable
from tests.loop.world import World, condition, is_ready, wait_until

Make = Callable[..., World]


def test_twenty_objects_come_through_five_calls_a_second(world: Make) -> None:
    there = world()
    there.control.settings(rates={"Create*": 5.0})
    names = [f"m{n:02}" for n in range(20)]
    for name in names:
        there.apply("ModelPackageGroup", name, {})
    for name in names:
        assert not is_terminal(there.until("ModelPackageGroup", name, is_ready))
    assert len(there.control.resources("ModelPackageGroup")) == 20
    # a Create and a look each; what was refused meanwhile is a fraction of what a controller without pauses would send
    assert there.control.counts()["CreateModelPackageGroup"] <= 20 * 5


PASSING = {
    # name: code, text, HTTP status, the reason that is shown
    "broken": ("InternalFailure", "The request processing has failed", 500, "NoAnswer"),
    "unavailable": ("ServiceUnavailable", "The server is temporarily unable to handle", 503, "NoAnswer"),
    "expired": ("ExpiredTokenException", "The security token included in the request", 400, "AccessDenied"),
    "skewed": (
        "InvalidSignatureException",
        "Signature expired: 20260101T000000Z is now",
        400,
        "AccessDenied",
    ),
    "late": ("RequestExpired", "Request has expired", 400, "AccessDenied"),
    "throttled": ("ThrottlingException", "Rate exceeded", 400, "Throttled"),
    "quota": ("ResourceLimitExceeded", "The account-level service limit is 0", 400, "QuotaExceeded"),
    "unheard": ("NobodyKnowsThis", "A sentence that nobody has seen", 400, "WaitingForAWS"),
}


def test_what_passes_is_shown_and_waited_out(world: Make) -> None:
    there = world()
    for name, (code, text, status, _) in PASSING.items():
        fault = {"code": code, "text": text, "status": status}
        there.control.fault("error", "CreateModelPackageGroup", name, **fault)
        there.apply("ModelPackageGroup", name, {})
    for name, (_, text, _, reason) in PASSING.items():
        obj = there.until("ModelPackageGroup", name, recoverable)
        assert condition(obj, "Ready")["reason"] == reason
        assert text in condition(obj, "ACK.Recoverable")["message"]
    there.control.clear_faults()
    for name in PASSING:
        there.until("ModelPackageGroup", name, is_ready)
        assert len(there.control.resources("ModelPackageGroup", name)) == 1


def test_nobody_is_warned_of_what_is_part_of_a_bootstrap_until_it_lasts(world: Make) -> None:
    there = world()
    there.control.fault(
        "error", "CreateModel", code="ValidationException", text="Could not assume role", status=400
    )
    there.apply("Model", "early", spec_of(there, "Model", "early"))
    there.apply("Endpoint", "waiting", {"endpointConfigName": "config"})
    there.apply(
        "EndpointConfig", "config", {"productionVariants": [{"variantName": "a", "modelName": "early"}]}
    )
    there.until("Endpoint", "waiting", recoverable)
    for tries in range(1, 4):
        wait_until(
            lambda tries=tries: there.control.counts().get("CreateModel", 0) == tries,  # type: ignore[misc]
            lambda: str(there.control.counts()),
        )
        if tries < 3:
            there.rest()
            assert {e["type"] for e in there.events()} == {"Normal"}
            there.patch("Model", "early", {"metadata": {"annotations": {"asks": str(tries)}}})
    wait_until(
        lambda: [e["reason"] for e in there.events() if e["type"] == "Warning"] == ["WaitingForAWS"],
        lambda: str(there.events()),
    )


def test_one_that_is_denied_everything_does_not_slow_down_the_others(world: Make) -> None:
    there = world(workers=2)
    there.control.fault("error", "*", "denied*", code="AccessDeniedException", text="not allowed", status=400)
    for n in range(20):
        there.apply("ModelPackageGroup", f"denied{n:02}", {})
    for n in range(20):
        there.until("ModelPackageGroup", f"denied{n:02}", recoverable)
    before = there.control.counts()["CreateModelPackageGroup"]
    for n in range(20):
        there.apply("ModelPackageGroup", f"fine{n:02}", {})
    for n in range(20):
        there.until("ModelPackageGroup", f"fine{n:02}", is_ready)
    # while 20 others were made, each of the denied ones was tried a few times at the most: pauses grow from 5 s
    assert there.control.counts()["CreateModelPackageGroup"] - before <= 20 + 20 * 3


def test_an_answer_that_takes_too_long_makes_nothing_twice(world: Make) -> None:
    there = world()
    spec = spec_of(there, "TrainingJob", "slow")
    there.control.fault(
        "delay", "CreateTrainingJob", seconds=30.0, times=1
    )  # the controller gives up after 10 s
    there.apply("TrainingJob", "slow", spec)
    wait_until(lambda: there.control.counts().get("CreateTrainingJob", 0) >= 1, lambda: "not tried")
    there.until("TrainingJob", "slow", is_ready)
    assert len(there.control.resources("TrainingJob")) == 1


def test_what_only_an_edit_helps_is_said_at_once_and_tried_once(world: Make) -> None:
    """SageMaker's own word on the form of a request, which the model does not tell."""
    there = world()
    spec = spec_of(there, "Pipeline", "p")
    definition = spec.pop("pipelineDefinition")
    there.apply("Pipeline", "p", spec)
    obj = there.until("Pipeline", "p", is_terminal)
    assert condition(obj, "Stalled")["reason"] == "Invalid"
    assert condition(obj, "ACK.Terminal")["message"].startswith("Either Pipeline Definition or")
    there.rest()
    assert there.control.counts()["CreatePipeline"] == 1
    there.patch("Pipeline", "p", {"spec": {"pipelineDefinition": definition}})
    there.until("Pipeline", "p", is_ready)
    assert there.control.counts()["CreatePipeline"] == 2
