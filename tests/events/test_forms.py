"""The rule and the queue say the same in every form: the table's events, from the rule and from nowhere else."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from controller.cloud.wakeups import POLL
from controller.kinds.load import kinds
from scripts.generators.events import FOLDER, LONGEST_PATTERN, events, pattern
from scripts.generators.iam import QUEUE
from scripts.rendering import ROOT

WANTED = sorted({detail_type for kind in kinds().values() for detail_type in kind.events})
FORMS = ("main.tf", "cloudformation.yaml", "ack.yaml")


def text(name: str) -> str:
    return (FOLDER / name).read_text()


class CloudFormation(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: what a tag's node says, under the tag."""


def tagged(loader: yaml.SafeLoader, tag: str, node: Any) -> dict[str, Any]:
    return {tag: loader.construct_scalar(node)}


CloudFormation.add_multi_constructor("!", tagged)


def test_what_is_committed_is_what_the_table_says() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {path.name for path in events()} == set(FORMS)
    for path, said in events().items():
        assert path.read_text() == said, f"{path.name} is stale: make generate"


def rules() -> Iterator[tuple[str, dict[str, list[str]]]]:
    formation = yaml.load(text("cloudformation.yaml"), CloudFormation)
    yield "cloudformation", formation["Resources"]["Rule"]["Properties"]["EventPattern"]
    _, rule = yaml.safe_load_all(text("ack.yaml"))
    yield "ack", json.loads(rule["spec"]["eventPattern"])
    terraform = re.search(r"jsonencode\((.*?)\n  \}\)", text("main.tf"), re.DOTALL)
    assert terraform
    listed = re.findall(r'"([^"]+)"', terraform.group(1))
    yield "terraform", {"source": listed[:1], "detail-type": listed[1:]}


@pytest.mark.parametrize(
    ("form", "rule"), list(rules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_rule_lets_through_what_the_controller_knows(form: str, rule: dict[str, list[str]]) -> None:
    assert rule == {"source": ["aws.sagemaker"], "detail-type": WANTED}


def test_the_pattern_is_not_longer_than_eventbridge_takes() -> None:
    assert len(pattern()) <= LONGEST_PATTERN


def test_only_the_rule_may_send() -> None:
    formation = yaml.load(text("cloudformation.yaml"), CloudFormation)["Resources"]
    (statement,) = formation["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"GetAtt": "Rule.Arn"}}}
    queue, rule = yaml.safe_load_all(text("ack.yaml"))
    (other,) = json.loads(queue["spec"]["policy"])["Statement"]
    assert other["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(f":rule/{rule['spec']['name']}")
    assert {s["Principal"]["Service"] for s in (statement, other)} == {"events.amazonaws.com"}
    assert {s["Action"] for s in (statement, other)} == {"sqs:SendMessage"}
    assert other["Resource"] == rule["spec"]["targets"][0]["arn"]
    assert text("main.tf").count("aws_cloudwatch_event_rule.events.arn") == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_the_name_that_the_iam_document_has(form: str) -> None:
    assert QUEUE in text(form)
    assert f":{QUEUE}" in (ROOT / "iam" / "controller-policy-events.json").read_text()
    assert "3600" in text(form) and str(int(POLL)) in text(form)


def test_the_page_names_every_kind_that_sends_events() -> None:
    page = (ROOT / "docs" / "events.md").read_text().partition("Kinds with events: ")[2]
    assert re.findall(r"\w+", page) == [kind.name for kind in kinds().values() if kind.events]
