"""Jobs, a queue that EventBridge fills, and who listens to it; time stands still until it is moved."""

from collections import Counter
from typing import Any

from controller.cloud.session import Session
from controller.cloud.wakeups import Mailbox
from controller.kinds.load import kinds
from controller.loop.key import Key
from controller.loop.waiting import Directory
from controller.loop.wakeups import Wakeups
from tests.loop.test_sweeps import Bed
from tests.queues import ACCOUNT, REGION, Queues, event

LEASED = 30.0  # seconds: the most between two looks where no event is to be relied on


class Meter(Counter[str]):
    """What was counted."""

    def queue_called(self, operation: str, outcome: str) -> None:
        self[f"{operation} {outcome}"] += 1

    def message(self, outcome: str) -> None:
        self[outcome] += 1

    def heard(self, queue: str, well: bool) -> None:
        self["heard"] = int(well)

    def relied_on(self, kinds: int) -> None:
        self["relied on"] = kinds


class Scene(Bed):
    """Jobs in a simulated SageMaker, watched, known to a directory, and a queue that tells of them; time stands still."""

    def __init__(self, queues: Queues, account: str | None = ACCOUNT) -> None:
        super().__init__()
        self.queues, self.url = queues, queues.make()
        self.meter = Meter()
        self.directory = Directory(kinds(), REGION, lambda _: None, events=True)
        mailbox = Mailbox(Session(connections=1, user_agent="test"), self.url, REGION, self.meter)
        self.wakeups = Wakeups(
            [mailbox],
            kinds(),
            self.directory,
            self.queue,
            self.sweeps,
            self.meter,
            lambda: account,
            lambda: 0.5,
            self.clock.now,
            poll=0,
        )
        self.sweeps.announced = self.wakeups
        self.box = self.wakeups._boxes[0]

    def know(self, key: Key, state: str = "InProgress", kind: str = "TrainingJob") -> None:
        """As its mirror and its own writes teach it."""
        status = {
            "trainingJobStatus": state,
            "ackResourceMetadata": {"arn": self.arns[key], "region": REGION, "ownerAccountID": ACCOUNT},
            "conditions": [{"type": "Ready", "status": "False"}, {"type": "Reconciling", "status": "True"}],
            "observedGeneration": 1,
        }
        if state == "Completed":
            status["conditions"] = [{"type": "Ready", "status": "True"}]
        metadata = {"name": key.name, "namespace": key.namespace, "uid": key.name, "generation": 1}
        annotations = {"sagemaker.services.k8s.aws/arn": self.arns[key]}
        self.directory.learn(
            kinds()[kind],
            {"metadata": {**metadata, "annotations": annotations}, "spec": {}, "status": status},
        )

    def make_known(self, count: int = 1) -> list[Key]:
        made = self.make(count)
        for key in made:
            self.know(key)
        return made

    def tell(self, key: Key, **more: Any) -> None:
        """EventBridge delivers."""
        detail = {"TrainingJobName": key.name, **more.pop("detail", {})}
        self.queues.put(self.url, event(self.arns[key], detail=detail, **more))

    def hear(self) -> list[Key]:
        """One poll; who is sent for."""
        self.wakeups.turn(self.box)
        return self.due()

    def due(self) -> list[Key]:
        found = []
        while (key := self.queue.get(timeout=0.0)) is not None:
            found.append(key)
        return found

    def pass_over(self, key: Key, state: str = "InProgress", *, well: bool = True) -> None:
        """What a worker does with a key that it was given."""
        messages = self.wakeups.taken(key)
        if state == "Completed":
            self.know(key, state)
            self.sweeps.over(key)
        else:
            self.watch(key, state=state)
        if well:
            self.wakeups.answered(messages)
        self.queue.done(key)

    @property
    def looks(self) -> int:
        return self.sagemaker.counts["DescribeTrainingJob"] + self.lists

    def rely_on_events(self, key: Key) -> None:
        """One event has come, and its look found nothing new; then one more look is due, which finds nothing either."""
        self.tell(key)
        assert self.hear() == [key]
        self.pass_over(key)
        for sent in self.run(LEASED):
            self.pass_over(sent)
        assert self.meter["relied on"] == 1
