"""How resources move between states: reads states.yaml, plans steps, and takes those whose time has come.

Steps are planned when a call is made and taken lazily, before the next call is answered: no thread, no timer.
What a kind shows besides its state is in particulars.py.
"""

from __future__ import annotations

from typing import Any

from simulator import model, particulars
from simulator.clock import Clock
from simulator.events import Outbox
from simulator.settings import Settings
from simulator.store import Resource, Step, Store
from simulator.texts import failure_text, refusal


class Lifecycle:
    """The state machines of all kinds over one store and clock."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.outbox = Outbox()

    def run_due(self) -> None:
        """Take every step whose time has come."""
        for resource, step in self.store.due(self.clock.now()):
            self._take(resource, step)

    def admit(self, resource: Resource, action: str) -> bool:
        """Refuse an action the present state does not allow; False where SageMaker accepts and does nothing."""
        rule = self._rule(resource, action)
        if resource.status in rule.get("ignored_in", ()):
            return False
        forbidden = resource.status in rule.get("not_in", ())
        outside = "only_in" in rule and resource.status not in rule["only_in"]
        if forbidden or outside:
            raise refusal(rule["refusal"], resource)
        return True

    def begin(
        self, resource: Resource, action: str, *, declared: dict[str, Any] | None = None, fails: bool = False
    ) -> None:
        """Start an action: the first state now, the others planned. `declared` is what the action changes."""
        now = self.clock.now()
        rule = self._rule(resource, action)
        if not fails and declared is not None and rule.get("applies") != "after":
            resource.declared = declared
            declared = None
        through = rule.get("through", [])
        if "outcome" in rule:
            self._begin_beside(resource, action, rule, None if fails else declared, fails)
            return
        end = self._end(resource, action, rule, None if fails else declared, fails)
        if not through and end.status is None and not end.gone:
            # NB: what goes on with the resource goes on: an update of a running job does not end the job.
            self._take(resource, Step(now, declared=end.declared))
            return
        seconds = self._seconds(resource, action, rule.get("seconds", 0.0))
        if action == "delete" and seconds <= 0:
            through = []
        steps = [Step(round(now + seconds * i / len(through), 3), status=s) for i, s in enumerate(through)]
        end.at = round(now + (seconds if through else 0.0), 3)
        steps = particulars.refine(
            resource,
            action,
            [*steps, end],
            fails=fails,
            seconds=lambda name, default: self._seconds(resource, name, default),
        )
        if action == "delete" and end.status:
            steps.append(Step(end.at + self._lingers(resource, rule), gone=True))
        steps.sort(key=lambda step: step.at)
        while steps and steps[0].at <= now:
            self._take(resource, steps.pop(0))
        self.store.plan(resource, steps)

    def _begin_beside(
        self,
        resource: Resource,
        action: str,
        rule: dict[str, Any],
        declared: dict[str, Any] | None,
        fails: bool,
    ) -> None:
        """Start an action that moves no state: a member beside it tells how it goes."""
        now, member = self.clock.now(), rule["outcome"]
        resource.observed[member] = {"Status": "InProgress"}
        ended = {"Status": "Failed" if fails else "Successful"}
        if fails:
            ended["FailureReason"] = failure_text(resource.kind.name, action)
        end = Step(
            round(now + self._seconds(resource, action, rule["seconds"]), 3),
            changes={member: ended},
            declared=declared,
        )
        if end.at <= now:
            self._take(resource, end)
        else:
            self.store.plan(resource, [end])

    def force(self, resource: Resource, status: str, reason: str | None) -> None:
        """Put a resource into a state from outside; what was planned for it does not happen any more."""
        changes: dict[str, Any] = {}
        failure = model.data("states").get(resource.kind.name, {}).get("failure")
        if failure:
            put(changes, failure, reason)
        self.store.plan(resource, [])
        self._take(resource, Step(self.clock.now(), status=status, changes=changes))

    def touch(self, resource: Resource) -> None:
        """A call changes a resource now, whatever its states do."""
        self.remember(resource)
        resource.modified = self.clock.now()
        resource.touch()

    def _seconds(self, resource: Resource, action: str, default: float) -> float:
        return self.clock.span(self.settings.seconds(resource.kind.name, action, default))

    def _lingers(self, resource: Resource, rule: dict[str, Any]) -> float:
        """How long a deleted resource goes on being described: only its own setting shortens that."""
        key = f"{resource.kind.name}.lingers"
        return self.clock.span(self.settings.durations.get(key, float(rule["lingers"])))

    def _rule(self, resource: Resource, action: str) -> dict[str, Any]:
        machine: dict[str, Any] = model.data("states").get(resource.kind.name, {})
        rule: dict[str, Any] = machine.get(action, {})
        return rule

    def _end(
        self,
        resource: Resource,
        action: str,
        rule: dict[str, Any],
        declared: dict[str, Any] | None,
        fails: bool,
    ) -> Step:
        machine = model.data("states").get(resource.kind.name, {})
        changes: dict[str, Any] = {}
        reason = machine.get("failure")
        if fails and "failed" in rule:
            if reason:
                put(changes, reason, failure_text(resource.kind.name, action))
            return Step(0.0, status=rule["failed"], changes=changes)
        if reason and "." not in reason and action != "stop":
            changes[reason] = None
        return Step(
            0.0,
            status=rule.get("to"),
            changes=changes,
            declared=declared,
            gone=action == "delete" and "to" not in rule,
        )

    def _take(self, resource: Resource, step: Step) -> None:
        self.remember(resource)
        if step.gone:
            self.store.remove(resource)
            return
        if step.declared is not None:
            resource.declared = step.declared
        for member, value in step.changes.items():
            held = resource.observed.get(member)
            if value is None:
                resource.observed.pop(member, None)
            elif isinstance(value, dict) and isinstance(held, dict):
                resource.observed[member] = held | value
            else:
                resource.observed[member] = value
        if step.status is not None:
            resource.status = step.status
        resource.modified = step.at
        resource.touch()
        particulars.arrived(self.store, resource, step)
        if step.status is not None:
            self.outbox.add(resource)

    def remember(self, resource: Resource) -> None:
        """Keep what a stale read would still show. Free unless stale reads are switched on."""
        if self.settings.stale_seconds > 0 and resource.version:
            now = self.clock.now()
            horizon = now - self.clock.span(self.settings.stale_seconds)
            resource.past = [entry for entry in resource.past if entry[0] >= horizon]
            resource.past.append(
                (
                    now,
                    {
                        "status": resource.status,
                        "declared": dict(resource.declared),
                        "observed": dict(resource.observed),
                        "modified": resource.modified,
                    },
                )
            )


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set a dotted path."""
    head, _, rest = path.partition(".")
    if rest:
        put(target.setdefault(head, {}), rest, value)
    else:
        target[head] = value
