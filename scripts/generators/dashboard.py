"""The chart's Grafana dashboard, from rows of title, unit and queries; Grafana's JSON says each of them in forty lines."""

import json
from dataclasses import dataclass
from typing import Any

# Grafana's grid is 24 wide.
WIDTH, HEIGHT = 8, 8


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph. ``queries`` are PromQL by legend."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]


PANELS = (
    Panel("Resources by state", "short", (("sum by (state) (sagemaker_resources)", "{{state}}"),)),
    Panel(
        "Failed, by kind and namespace",
        "short",
        (
            (
                'sum by (kind, namespace) (sagemaker_resources{state=~"(?i).*fail.*|outofservice|degraded"})',
                "{{namespace}} {{kind}}",
            ),
        ),
    ),
    Panel("Leads", "short", (("sagemaker_leading", "{{pod}}"),)),
    Panel(
        "Calls to AWS",
        "reqps",
        (("sum by (operation) (rate(sagemaker_aws_calls_total[5m]))", "{{operation}}"),),
    ),
    Panel(
        "Calls to AWS that were refused",
        "reqps",
        (
            (
                'sum by (operation, outcome) (rate(sagemaker_aws_calls_total{outcome!="ok"}[5m]))',
                "{{operation}} {{outcome}}",
            ),
        ),
    ),
    Panel(
        "A call to AWS takes",
        "s",
        tuple(
            (
                f"histogram_quantile({share}, sum by (le) (rate(sagemaker_aws_call_seconds_bucket[5m])))",
                f"{share:.0%} less than",
            )
            for share in (0.5, 0.95)
        ),
    ),
    Panel("Queue", "short", (("sum by (state) (sagemaker_queue)", "{{state}}"),)),
    Panel(
        "Passes",
        "ops",
        (("sum by (result) (rate(sagemaker_passes_total[5m]))", "{{result}}"),),
    ),
    Panel(
        "Events from SageMaker",
        "ops",
        (("sum by (outcome) (rate(sagemaker_event_messages_total[5m]))", "{{outcome}}"),),
    ),
)


def dashboard() -> str:
    """The dashboard as Grafana imports it."""
    return json.dumps(_dashboard(), indent=1) + "\n"


def _dashboard() -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${datasource}"}
    panels = [
        {
            "id": number + 1,
            "type": "timeseries",
            "title": panel.title,
            "datasource": source,
            "gridPos": {
                "x": number % 3 * WIDTH,
                "y": number // 3 * HEIGHT,
                "w": WIDTH,
                "h": HEIGHT,
            },
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + n), "expr": query, "legendFormat": legend, "datasource": source}
                for n, (query, legend) in enumerate(panel.queries)
            ],
        }
        for number, panel in enumerate(PANELS)
    ]
    return {
        "uid": "sagemaker-operators",
        "title": "SageMaker operators",
        "tags": ["sagemaker"],
        "schemaVersion": 39,  # Grafana 10.4's; newer ones migrate it as they read it
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "panels": panels,
    }
