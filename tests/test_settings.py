"""Bad settings get one sentence that says what, where and what to do; the incumbent's flags are taken."""

import pytest

from controller.kinds.load import kinds
from controller.settings import SettingsError, read

REGION = {"AWS_REGION": "eu-central-1"}


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        pytest.param([], {}, ("no region", "--aws-region"), id="no region"),
        pytest.param(["--aws-region=europe"], {}, ("'europe'", "us-east-1"), id="a region that is none"),
        pytest.param(["--nonsense=1"], REGION, ("--nonsense", "--help"), id="an unknown flag"),
        pytest.param(["--kinds=TrainigJob"], REGION, ("TrainigJob", "docs/kinds"), id="an unknown kind"),
        pytest.param(
            ["--kinds=trainingjob"], REGION, ("did you mean TrainingJob",), id="a kind in the wrong case"
        ),
        pytest.param(["--workers=many"], REGION, ("--workers", "number"), id="no number"),
        pytest.param(["--workers=0"], REGION, ("--workers", "at least 1"), id="too small"),
        pytest.param(["--deletion-policy=keep"], REGION, ("delete, retain",), id="an unknown policy"),
        pytest.param(["--aws-endpoint-url=http://x"], REGION, ("--allow-unsafe",), id="an open endpoint"),
        pytest.param(["--aws-endpoint-url=x"], REGION, ("https://",), id="no endpoint"),
        pytest.param(["--watch-namespace=Team A"], REGION, ("'Team A'",), id="no namespace"),
        pytest.param(
            ["--enable-leader-election=maybe"], REGION, ("true or false",), id="neither true nor false"
        ),
        pytest.param(["--resource-tags=team"], REGION, ("key=value",), id="a tag without a value"),
        pytest.param(["--healthz-addr=8081"], REGION, ("host:port",), id="an address without a colon"),
        pytest.param(
            [],
            {**REGION, "AWS_ENDPOINT_URL_SAGEMAKER": "http://x"},
            ("--allow-unsafe",),
            id="an environment value",
        ),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], environment: dict[str, str], words: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(arguments, environment, kinds())
    sentence = str(caught.value)
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence


def test_the_incumbents_flags_are_taken() -> None:
    said = read(
        [
            "--aws-region=us-west-2", "--enable-leader-election", "--watch-namespace=a,b", "--reconcile-resources=Model,Endpoint",
            "--resource-tags=a=1,b=2", "--reconcile-default-resync-seconds=600", "--reconcile-default-max-concurrent-syncs=5",
            "--enable-webhook-server=false", "--log-level=debug", "--deletion-policy=retain",
        ],
        {},
        kinds(),
    )  # fmt: skip
    assert said.region == "us-west-2"
    assert said.watch_namespaces == ("a", "b")
    assert said.kinds == ("Model", "Endpoint")
    assert said.resource_tags == {"a": "1", "b": "2"}
    assert said.resync == 600
    assert said.deletion_policy == "retain"
    assert any("max-concurrent-syncs" in notice for notice in said.notices)


def test_the_environment_says_what_flags_do_not() -> None:
    assert read([], REGION).region == "eu-central-1"
    assert read(["--aws-region=us-west-2"], REGION).region == "us-west-2"


def test_how_long_something_may_be_missing_is_half_an_hour_unless_said_otherwise() -> None:
    assert read([], REGION).terminal_after == 1800
    assert read(["--terminal-after-seconds=60"], REGION).terminal_after == 60
    with pytest.raises(SettingsError, match="--terminal-after-seconds is 'soon'; it is a number"):
        read(["--terminal-after-seconds=soon"], REGION)
