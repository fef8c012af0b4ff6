"""What Prometheus reads: calls to AWS, passes, the queue, mirrors, and how many resources are in which state."""

from collections import Counter as Count
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# Seconds. From a local answer to a call's time-out (10 s).
_CALL_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Resources(Collector):
    """Counted when somebody asks, from the facts that are kept anyway."""

    def __init__(self, states: Callable[[], Count[tuple[str, str, str]]]) -> None:
        self._states = states

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(
            "sagemaker_resources",
            "Objects by kind, namespace and state.",
            labels=("kind", "namespace", "state"),
        )
        for labels, number in sorted(self._states().items()):
            family.add_metric(labels, number)
        yield family


class _Rates(Collector):
    """What is not limited is not named: a limit is news."""

    def __init__(self, rates: Callable[[], Mapping[tuple[str, str], float]]) -> None:
        self._rates = rates

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(
            "sagemaker_aws_calls_per_second_limit",
            "Calls a second that are made at the most, of operations that SageMaker throttled or a setting limits.",
            labels=("region", "operation"),
        )
        for labels, rate in sorted(self._rates().items()):
            family.add_metric(labels, rate)
        yield family


class Metrics:
    """The process's metrics; also the meter of calls and of mirrors."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "sagemaker_aws_calls",
            "Calls to AWS by operation and outcome.",
            ("operation", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "sagemaker_aws_call_seconds",
            "Duration of calls to AWS.",
            ("operation",),
            buckets=_CALL_BUCKETS,
            registry=self.registry,
        )
        self._passes = Counter(
            "sagemaker_passes", "Passes by kind and result.", ("kind", "result"), registry=self.registry
        )
        self._lists = Counter(
            "sagemaker_lists", "Lists of a kind from the API server.", ("resource",), registry=self.registry
        )
        self._watches = Counter(
            "sagemaker_watches", "Watches that ended.", ("resource",), registry=self.registry
        )
        self._faults = Counter(
            "sagemaker_watch_faults",
            "Trouble with lists and watches.",
            ("resource", "reason"),
            registry=self.registry,
        )
        self._leading = Gauge(
            "sagemaker_leading", "1 while this process holds the lease.", registry=self.registry
        )
        self._queue_calls = Counter(
            "sagemaker_event_queue_calls",
            "Calls to SQS by operation and outcome.",
            ("operation", "outcome"),
            registry=self.registry,
        )
        self._messages = Counter(
            "sagemaker_event_messages",
            "Messages from event queues: woken (an object is looked at), ended (its run is over), foreign, poison.",
            ("outcome",),
            registry=self.registry,
        )
        self._heard = Gauge(
            "sagemaker_event_queue_heard",
            "1 while an event queue is read well, 0 while it is not.",
            ("queue",),
            registry=self.registry,
        )
        self._relied_on = Gauge(
            "sagemaker_kinds_swept_rarely",
            "Kinds, times regions, whose events come, so that they are swept once in ten minutes.",
            registry=self.registry,
        )
        self._depth = Gauge("sagemaker_queue", "Objects in the queue.", ("state",), registry=self.registry)

    def watch_resources(self, states: Callable[[], Count[tuple[str, str, str]]]) -> None:
        """Take the gauge of resources from here."""
        self.registry.register(_Resources(states))

    def watch_rates(self, rates: Callable[[], Mapping[tuple[str, str], float]]) -> None:
        """Take the limits of calls from here, by region and operation."""
        self.registry.register(_Rates(rates))

    def watch_queue(self, depth: Callable[[], tuple[int, int, int]]) -> None:
        """Take the queue's depth (ready, waiting, working) from here."""
        self._depth.labels("ready").set_function(lambda: depth()[0])
        self._depth.labels("waiting").set_function(lambda: depth()[1])
        self._depth.labels("working").set_function(lambda: depth()[2])

    def called(self, operation: str, outcome: str, seconds: float) -> None:
        """One call to AWS has ended."""
        self._calls.labels(operation, outcome).inc()
        self._seconds.labels(operation).observe(seconds)

    def passed(self, kind: str, result: str) -> None:
        """One pass has ended."""
        self._passes.labels(kind, result).inc()

    def queue_called(self, operation: str, outcome: str) -> None:
        """One call to SQS has ended."""
        self._queue_calls.labels(operation, outcome).inc()

    def message(self, outcome: str) -> None:
        """A message was received."""
        self._messages.labels(outcome).inc()

    def heard(self, queue: str, well: bool) -> None:
        """Whether a queue is read well."""
        self._heard.labels(queue).set(1 if well else 0)

    def relied_on(self, kinds: int) -> None:
        """For how many kinds and regions sweeps are rare."""
        self._relied_on.set(kinds)

    def leading(self, holds: bool) -> None:
        """Whether this process holds the lease."""
        self._leading.set(1 if holds else 0)

    def listed(self, kind: str, objects: int, seconds: float) -> None:
        """A list ended well."""
        self._lists.labels(kind).inc()

    def watched(self, kind: str, seconds: float) -> None:
        """A watch ended."""
        self._watches.labels(kind).inc()

    def faulted(self, kind: str, reason: str) -> None:
        """A list or watch had trouble."""
        self._faults.labels(kind, reason).inc()

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
