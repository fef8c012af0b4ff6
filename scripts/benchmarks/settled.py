"""Objects that are settled: taken over from ACK, then under a new version, then endpoints that live on by themselves."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.benchmarks import fleet
from scripts.benchmarks.bed import OURS, Bed, bed, custom, job, state, until
from scripts.benchmarks.found import Figure, Found, each
from scripts.benchmarks.sizes import Sizes
from scripts.benchmarks.watching import watching

ACCOUNT, REGION = "111122223333", "us-east-1"
ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
ENDPOINTS, JOBS = f"{OURS}/endpoints", f"{OURS}/trainingjobs"
ONE_MINUTE = 60.0
TURNED = 5  # endpoints; one alone would be seen at once or after a minute, by chance
MUTATING = ("Create", "Update", "Delete", "Stop", "Start", "Add", "Put", "Register", "Deregister")
# What ACK v1.9.1 sets when it creates (its chart's defaults; empty ones are not set).
TAGS = [
    {"Key": "services.k8s.aws/controller-version", "Value": "sagemaker-v1.9.1"},
    {"Key": "services.k8s.aws/namespace", "Value": "default"},
    {"Key": "app.kubernetes.io/managed-by", "Value": "Helm"},
]
THEN = "2026-01-01T00:00:00Z"


def measure(sizes: Sizes) -> Iterator[Found]:
    """Half of them jobs, half endpoints at first; then as many endpoints as there are jobs elsewhere."""
    half = sizes.jobs // 2
    with bed(0.0, sizes.kinds, durations={"*": 0}) as made:
        _leave(made, half, sizes.jobs - half)

        def switch() -> Iterator[Found]:
            made.control.forget_calls()
            with made.controller():
                until(lambda: _all_taken_over(made), pause=0.5)
                time.sleep(sizes.quiet)
            yield Figure("switch-calls", _mutating(made))

        def version() -> Iterator[Found]:
            before = _versions(made)
            made.control.forget_calls()
            with made.controller(version="99.0.0"):
                time.sleep(sizes.quiet)
            yield Figure("version-calls", _mutating(made))
            yield Figure("version-writes", sum(before[name] != v for name, v in _versions(made).items()))

        def endpoints() -> Iterator[Found]:
            like = fleet.pattern(made, "Endpoint", "endpoint-0")
            fleet.add(made, like, [f"endpoint-{n}" for n in range(sizes.jobs - half, sizes.jobs)])
            with made.controller(flags=sizes.hurry):
                time.sleep(sizes.quiet)
                yield from _in_service(made, sizes)

        yield from each(switch=switch, new_version=version, endpoints=endpoints)


def _leave(made: Bed, jobs: int, endpoints: int) -> None:
    """What ACK would leave behind: resources with its tags, objects with its conditions and its finalizer."""
    training = job("job-0")
    resource = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
    algorithm = training["spec"]["algorithmSpecification"]
    request = {
        "TrainingJobName": "job-0",
        "RoleArn": training["spec"]["roleARN"],
        "AlgorithmSpecification": {"TrainingImage": algorithm["trainingImage"], "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/output"},
        "ResourceConfig": resource,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": TAGS,
    }
    status = {"trainingJobStatus": "Completed", "secondaryStatus": "Completed"}
    ended = _as_ack(
        training, {"trainingJobName": "job-0"}, "training-job/job-0", {**status, "creationTime": THEN}
    )
    fleet.add(made, fleet.Pattern(ended, request), [f"job-{n}" for n in range(jobs)])
    wanted = {"EndpointName": "endpoint-0", "EndpointConfigName": "shared", "Tags": TAGS}
    variant = {"VariantName": "main", "ModelName": "model"} | {
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    fleet.call(
        made,
        "CreateEndpointConfig",
        [{"EndpointConfigName": "shared", "ProductionVariants": [variant], "Tags": TAGS}],
    )
    spec = {"endpointName": "endpoint-0", "endpointConfigName": "shared"}
    serving = _as_ack(
        custom("Endpoint", "endpoint-0", spec), {}, "endpoint/endpoint-0", {"endpointStatus": "InService"}
    )
    fleet.add(made, fleet.Pattern(serving, wanted), [f"endpoint-{n}" for n in range(endpoints)])


def _as_ack(
    body: Mapping[str, Any], spec: Mapping[str, Any], resource: str, status: Mapping[str, Any]
) -> dict[str, Any]:
    """An object as ACK's controller leaves it once it is settled (its runtime v0.62): no observedGeneration, no reasons."""
    kind = body["kind"]
    metadata = {
        "name": body["metadata"]["name"],
        "finalizers": [f"finalizers.sagemaker.services.k8s.aws/{kind}"],
        "managedFields": [{"manager": "controller", "subresource": "status"}],
    }
    known = {
        "arn": f"{ARN}:{resource}",
        "ownerAccountID": ACCOUNT,
        "region": REGION,
        "partition": "aws",
    }
    said = "Resource synced successfully"
    conditions = [
        {
            "type": name,
            "status": "True",
            "lastTransitionTime": THEN,
            "message": said,
            "reason": "",
        }
        for name in ("ACK.ResourceSynced", "Ready")
    ]
    return {
        **body,
        "metadata": metadata,
        "spec": {**body["spec"], **spec},
        "status": {"ackResourceMetadata": known, "conditions": conditions, **status},
    }


def _all_taken_over(made: Bed) -> bool:
    """Whether each is found to be in order: its Ready has an observedGeneration, which ACK does not know."""
    return all(
        {"type": "Ready", "status": "True", "observedGeneration": 1}.items() <= ready.items()
        for path in (JOBS, ENDPOINTS)
        for obj in made.every(path)
        for ready in [next(c for c in obj["status"]["conditions"] if c["type"] == "Ready")]
    )


def _mutating(made: Bed) -> int:
    return sum(n for operation, n in made.control.counts().items() if operation.startswith(MUTATING))


def _versions(made: Bed) -> dict[str, str]:
    return {
        obj["metadata"]["name"]: obj["metadata"]["resourceVersion"]
        for path in (JOBS, ENDPOINTS)
        for obj in made.every(path)
    }


def _in_service(made: Bed, sizes: Sizes) -> Iterator[Found]:
    """What endpoints cost that nobody touches, and how soon it shows that some serve no more."""
    made.control.forget_calls()
    time.sleep(sizes.minute)
    counts = made.control.counts()
    calls = sum(number for operation, number in counts.items() if "Endpoint" in operation)
    yield Figure("endpoints", calls * ONE_MINUTE / sizes.minute)
    names = [f"endpoint-{n}" for n in range(min(TURNED, sizes.jobs))]
    turned: dict[str, float] = {}
    with watching(made.plane, ENDPOINTS) as seen:

        def shown(name: str) -> float | None:
            return next((at for at, _, obj in seen.of(name) if state(obj) == "OutOfService"), None)

        for name in names:
            turned[name] = time.time()
            made.control.set_state("Endpoint", name, "OutOfService")
            time.sleep(sizes.minute / len(names))
        until(lambda: all(shown(name) is not None for name in names), pause=0.5)
        yield Figure("out-of-service", max((shown(name) or 0.0) - at for name, at in turned.items()))
