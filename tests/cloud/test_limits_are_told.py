"""The limits of calls that were found out are read by Prometheus."""

from controller.cloud.pacing import Pacing
from controller.cloud.session import Place
from controller.observe.metrics import Metrics


def test_only_what_is_limited_is_named() -> None:
    now = 0.0
    pacing, metrics = Pacing(clock=lambda: now), Metrics()
    metrics.watch_rates(pacing.rates)
    place = Place("us-east-1", "")
    for operation in ("CreateModel", "ListModels"):
        pacing.admit(place, operation)
    name = "sagemaker_aws_calls_per_second_limit"
    assert f"{name}{{" not in metrics.text().decode()
    for _ in range(9):
        pacing.admit(place, "ListModels")
    pacing.throttled(place, "ListModels")
    limit = metrics.registry.get_sample_value(name, {"region": "us-east-1", "operation": "ListModels"})
    assert limit == 7.0  # of ten calls in a second
    assert metrics.text().decode().count(f"{name}{{") == 1
    now = 4 * 93 + 1.0  # it gets faster by a call a second each four, up to 100
    assert f"{name}{{" not in metrics.text().decode()
