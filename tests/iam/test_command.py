"""`scripts/iam`, as a platform team runs it."""

import json
import subprocess
import sys

import pytest

from scripts.permissions.documents import LARGEST, size
from scripts.rendering import ROOT


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "scripts" / "iam"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


WHERE = ["--partition", "aws-us-gov", "--account", "111122223333", "--region", "us-gov-west-1"]
ROLE = "arn:aws-us-gov:iam::111122223333:role/execution"


def test_the_policy_of_some_kinds_is_ready_to_use() -> None:
    done = run("policy", "--kinds", "TrainingJob,Endpoint", *WHERE, "--execution-role", ROLE)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert size(document) < LARGEST
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert actions == {
        *(f"sagemaker:{verb}TrainingJob" for verb in ("Create", "Describe", "Update", "Stop")),
        *(f"sagemaker:{verb}Endpoint" for verb in ("Create", "Describe", "Update", "Delete")),
        "sagemaker:UpdateEndpointWeightsAndCapacities",
        *(f"sagemaker:List{many}" for many in ("TrainingJobs", "Endpoints")),
        *(f"sagemaker:{what}" for what in ("AddTags", "DeleteTags", "ListTags")),
        "iam:PassRole",
    }


def test_what_is_not_said_is_left_open_and_named() -> None:
    done = run("policy", "--kinds", "Model")
    assert done.returncode == 0
    assert "${AWS_ACCOUNT_ID}" in done.stdout
    assert done.stderr.startswith("iam: left to be filled in: ")


def test_a_policy_that_aws_would_refuse_is_offered_in_parts() -> None:
    whole = run("policy", *WHERE)
    assert whole.returncode == 2
    assert str(LARGEST) in whole.stderr and "--part read" in whole.stderr
    part = run("policy", *WHERE, "--part", "read")
    assert part.returncode == 0 and size(json.loads(part.stdout)) <= LARGEST


def test_a_queue_of_events_may_be_read_and_emptied_and_nothing_else() -> None:
    queue = "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:events"
    done = run("policy", "--part", "events", "--events-queue", queue)
    (statement,) = json.loads(done.stdout)["Statement"]
    assert statement["Action"] == ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
    assert statement["Resource"] == [queue]
    assert "sqs:" not in run("policy", "--kinds", "Model").stdout
    assert "need no part events" in run("policy", "--part", "events").stderr
    assert "--events-queue is" in run("policy", "--events-queue", "https://sqs").stderr


def test_the_trust_is_for_one_service_account_of_one_cluster() -> None:
    issuer = "oidc.eks.us-gov-west-1.amazonaws.com/id/0123456789ABCDEF"
    done = run("trust", *WHERE[:4], "--oidc-provider", f"https://{issuer}")
    (statement,) = json.loads(done.stdout)["Statement"]
    assert statement["Principal"] == {"Federated": f"arn:aws-us-gov:iam::111122223333:oidc-provider/{issuer}"}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    account = "system:serviceaccount:ack-system:ack-sagemaker-controller"
    assert statement["Condition"] == {
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": account}
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["policy", "--kinds", "trainingjob"], "did you mean TrainingJob?"),
        (
            ["policy", "--kinds", "Lambda"],
            "'Lambda', which is no SageMaker kind; docs/kinds/README.md lists them",
        ),
        (["policy", "--account", "1234"], "--account is '1234'"),
        (["policy", "--region", "Ireland"], "--region is 'Ireland'"),
        (["policy", "--kinds", "Model", "--part", "dependents"], "need no part dependents"),
        (["policy", "--kind", "Model"], "--help"),
        ([], "--help"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(arguments: list[str], sentence: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_whoever_reads_only_the_beginning_gets_no_traceback() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "iam"), "policy", "--kinds", "Model"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reading:
        assert reading.stdout is not None and reading.stderr is not None
        reading.stdout.close()
        assert "Traceback" not in reading.stderr.read()
