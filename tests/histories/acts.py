"""What may happen in a history: what users do, what becomes of the resource behind their backs, what breaks, who restarts."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.decide.declared import DELETION_POLICY_ANNOTATION
from controller.decide.deletion import PROTECTION_ANNOTATION
from controller.kinds.names import key_of, ref_key_of
from controller.loop.work import ref_of
from simulator.errors import ServiceError
from simulator.faults import rule_from
from simulator.store import Resource
from tests.crash.cloud import SPOILT
from tests.crash.lives import LINGERING, Stage
from tests.crash.rig import KINDS, NAMESPACE
from tests.histories import truth

TAGS: tuple[list[dict[str, str]] | None, ...] = (
    None,
    [],
    [{"key": "team", "value": "a"}],
    [{"key": "team", "value": "b"}, {"key": "more", "value": ""}],
)
# Seconds: within a pass' wait, a state's, a fault's pause, the time after which what is missing is called missing.
SPANS = (0.2, 1.0, 3.0, 10.0, 40.0, 120.0, 700.0, 2000.0)
OFTEN = (3, 4, 5, 5, 4, 2, 1, 1)
ERRORS: tuple[Mapping[str, Any], ...] = (
    {"effect": "throttle"},
    {"effect": "drop-before-effect"},
    {"effect": "drop-after-effect"},
    {"effect": "error", "code": "AccessDeniedException", "text": "User is not authorized", "status": 400},
    {"effect": "error", "code": "InternalFailure", "text": "Internal failure", "status": 500},
    {"effect": "error", "code": "ServiceUnavailable", "text": "Service unavailable", "status": 503},
    {"effect": "error", "code": "ExpiredTokenException", "text": "The token has expired", "status": 400},
)
# What only a changing call is answered with: about something else that is not there, and a quota.
REFUSALS: tuple[Mapping[str, Any], ...] = (
    {"code": "ValidationException", "text": "Could not access model data at s3://bucket/key.", "status": 400},
    {
        "code": "ResourceLimitExceeded",
        "text": "The account-level service limit is 0 Instances.",
        "status": 400,
    },
)


@dataclass
class Actors:
    """Everybody who acts on one object but the controller, and what they have done that a judge has to know."""

    on: Stage
    dice: random.Random
    name: str
    neighbours: Mapping[str, Mapping[str, Any]]  # referred kind -> spec of one of it
    done: list[str] = field(default_factory=list)
    wrong: dict[str, Any] = field(default_factory=dict)  # what of the spec nobody can take -> what repairs it
    pointing: str | None = None  # the kind of the neighbour that the spec points at
    removed: int = 0  # how often there is to be another one after somebody took it away
    tampered: bool = False  # with tags behind the controller's back, or with what it knows of them
    drifted: bool = False  # whether values were changed behind its back
    refusing: bool = False  # whether a call was ever answered with one of REFUSALS
    meddling: bool = False  # whether it is in the middle of a pass that users act
    deleted: bool = False
    retained: bool = False  # whether the policy said retain while it was being deleted

    def act(self) -> None:
        """Something happens."""
        acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self.pass_time, 12),
            (self.edit_spec, 4),
            (self.edit_tags, 3),
            (self.edit_badly, 2),
            (self.repair, 2),
            (self.annotate, 3),
            (self.strip_status, 1),
            (self.delete, 1),
            (self.bring_neighbour, 2),
            (self.stop_or_start, 3),
            (self.fail, 3),
            (self.remove, 2),
            (self.drift, 2),
            (self.tag_behind, 1),
            (self.break_calls, 6),
            (self.fail_updates, 1),
            (self.lag, 2),
            (self.calm, 4),
            (self.restart, 2),
            (self.interrupt, 5),
            (self.meddle, 3),
        )
        chosen = self.dice.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        chosen()

    def say(self, what: str) -> None:
        """Keep for the story what was done."""
        now = self.on.rig.clock.now() % 86400
        self.done.append(what)
        self.on.rig.trail.append(f"[{now:.1f} {what}]")

    # --- time

    def pass_time(self) -> None:
        span = self.dice.choices(SPANS, OFTEN)[0] * self.dice.uniform(0.7, 1.4)
        self.say(f"{span:.1f} s pass")
        self.on.rig.rest(span)

    # --- users

    def apply(self) -> None:
        """The manifest, perhaps one that nobody can take, or that points at what is not there."""
        spec, kind = self.on.spec(self.name), self.on.kind
        how = self.dice.random()
        if how < 0.1 and (role := spec.get("roleARN")):
            self.wrong["roleARN"], spec["roleARN"] = role, f"{role}-missing"
        elif how < 0.2 and (pointer := self._pointer(spec)):
            key, referred = pointer
            self.pointing = referred
            plain = spec.pop(key_of(key))
            self.wrong |= {ref_key_of(key): None, key_of(key): plain}
            spec[ref_key_of(key)] = {"from": {"name": "neighbour"}}
        elif how < 0.3:
            spec |= self._unheard(spec)
        self.say(
            f"applied {kind.name} {self.name}" + (f", wrong in {list(self.wrong)}" if self.wrong else "")
        )
        self.on.rig.apply(kind, self.name, spec)

    def _pointer(self, spec: Mapping[str, Any]) -> tuple[str, str] | None:
        found = [
            (r.path, r.kind)
            for r in self.on.kind.references
            if "." not in r.path and key_of(r.path) in spec and r.kind in self.neighbours
        ]
        return self.dice.choice(found) if found else None

    def _unheard(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """A number where a text has to be."""
        kind = self.on.kind
        own = {i.member for i in kind.identity} | {kind.own_name, kind.token}
        texts = [m for m, s in kind.create.members.items() if s.type == "string" and m not in own]
        texts = [m for m in texts if not kind.create.members[m].sensitive and key_of(m) not in self.wrong]
        if not texts:
            return {}
        key = key_of(self.dice.choice(texts))
        self.wrong[key] = spec.get(key)
        return {key: 5}

    def _edit(self, what: str, patch: Mapping[str, Any]) -> None:
        if self.on.rig.get(self.on.kind, self.name) is not None:
            self.say(what)
            self.on.rig.edit(self.on.kind, self.name, patch)

    def edit_spec(self) -> None:
        if self.on.edit is None:
            return
        plain = self.on.spec(self.name)
        back = {key: plain.get(key) for key in self.on.edit}
        edit = {k: v for k, v in self.dice.choice([self.on.edit, back]).items() if k not in self.wrong}
        self._edit(f"edited {list(edit)}", {"spec": edit})

    def edit_tags(self) -> None:
        if self.on.kind.tags and self.on.kind.taggable:
            tags = self.dice.choice(TAGS)
            self.tampered = self.tampered or self._is_unrecorded()
            self._edit(f"tags are to be {tags}", {"spec": {"tags": tags}})

    def _is_unrecorded(self) -> bool:
        """Whether what was asked for is on nobody's record: a Create was tried, and no controller lives that knows of it."""
        obj = self.on.rig.get(self.on.kind, self.name) or {"metadata": {}}
        identity = (obj.get("status") or {}).get("ackResourceMetadata")
        rig = self.on.rig
        kept = self.meddling and not rig.mishaps and not rig.sagemaker.faults.rules
        return bool(obj["metadata"].get("finalizers")) and not identity and not kept

    def edit_badly(self) -> None:
        obj = self.on.rig.get(self.on.kind, self.name)
        if obj is not None:
            self._edit("edited to what cannot be", {"spec": self._unheard(obj["spec"])})

    def repair(self) -> None:
        """Everything that is wrong with the manifest is put right."""
        if self.on.rig.get(self.on.kind, self.name) is None:
            return
        policy = {DELETION_POLICY_ANNOTATION: None, PROTECTION_ANNOTATION: None}
        self._edit("repaired", {"spec": dict(self.wrong), "metadata": {"annotations": policy}})
        self.wrong.clear()

    def annotate(self) -> None:
        name, value = self.dice.choice(
            [
                (DELETION_POLICY_ANNOTATION, "retain"),
                (DELETION_POLICY_ANNOTATION, "maybe"),
                (DELETION_POLICY_ANNOTATION, None),
                (PROTECTION_ANNOTATION, "true"),
                (PROTECTION_ANNOTATION, None),
                ("somebody.example.com/asks", str(self.dice.random())),
            ]
        )
        self._edit(
            f"annotation {name.rpartition('/')[2]}: {value}", {"metadata": {"annotations": {name: value}}}
        )
        self._note_policy()

    def strip_status(self) -> None:
        """As a restore from a backup does."""
        if self.on.rig.get(self.on.kind, self.name) is not None:
            self.say("status stripped")
            self.tampered = True  # the record of which tags were declared goes with it
            self.on.rig.api.patch(
                ref_of(self.on.kind), NAMESPACE, self.name, {"status": None}, subresource="status"
            )

    def delete(self) -> None:
        self.say("deleted")
        self.deleted = True
        self._note_policy()
        self.on.rig.delete(self.on.kind, self.name)

    def _note_policy(self) -> None:
        obj = self.on.rig.get(self.on.kind, self.name) or {"metadata": {}}
        policy = obj["metadata"].get("annotations", {}).get(DELETION_POLICY_ANNOTATION)
        self.retained = self.retained or (self.deleted and policy == "retain")

    def bring_neighbour(self) -> None:
        if self.pointing and self.on.rig.get(KINDS[self.pointing], "neighbour") is None:
            self.say(f"{self.pointing} neighbour is applied")
            for key in [k for k in self.wrong if self._is_pointer(k)]:
                del self.wrong[key]
            self.on.rig.apply(KINDS[self.pointing], "neighbour", self.neighbours[self.pointing])

    def _is_pointer(self, key: str) -> bool:
        paths = [r.path for r in self.on.kind.references if r.kind == self.pointing]
        return key in {spelt for path in paths for spelt in (key_of(path), ref_key_of(path))}

    # --- in SageMaker

    def _resource(self) -> Resource | None:
        found = [r for r in self.on.rig.resources(self.on.kind) if r.status not in LINGERING]
        return self.dice.choice(found) if found else None

    def stop_or_start(self) -> None:
        resource, lifecycle = self._resource(), self.on.rig.sagemaker.lifecycle
        # NB: a run that has ended is never looked at again, so nobody may set it going again behind the controller's back
        known = truth.machine(self.on.kind.name)
        actions = [a for a in ("stop", "start") if a in known and not (a == "start" and known.get("job"))]
        if resource is None or not actions:
            return
        action = self.dice.choice(actions)
        try:
            if lifecycle.admit(resource, action):
                self.say(f"somebody asks for its {action}")
                lifecycle.begin(resource, action)
        except ServiceError:
            return

    def fail(self) -> None:
        resource, states = self._resource(), truth.failed_states(self.on.kind.name)
        over = self.on.kind.lifecycle == "run" and resource is not None and truth.row(resource) != "busy"
        if resource is not None and states and not over:
            state = self.dice.choice(states)
            self.say(f"it is {state}")
            self.on.rig.sagemaker.lifecycle.force(resource, state, self.dice.choice(["of a reason", None]))

    def remove(self) -> None:
        resource = self._resource()
        if resource is not None:
            self.say("somebody takes it away")
            self.removed += self.on.kind.lifecycle != "run" or self._is_unrecorded()
            self.on.rig.sagemaker.store.remove(resource)

    def drift(self) -> None:
        """What an edit can change is changed by somebody else."""
        resource, kind = self._resource(), self.on.kind
        members = [m for m in kind.changeable if self.on.edit and key_of(m) in self.on.edit]
        if resource is None or not members or not isinstance(resource.declared.get(members[0]), str):
            return
        self.say(f"somebody changes {members[0]}")
        self.drifted = True
        resource.declared[members[0]] = self.dice.choice(["a", "b"])
        self.on.rig.sagemaker.lifecycle.touch(resource)

    def tag_behind(self) -> None:
        resource = self._resource()
        if resource is not None:
            self.say("somebody changes its tags")
            self.tampered = True
            resource.tags["theirs"] = "x"
            if "team" in resource.tags:
                resource.tags["team"] = "theirs"
            self.on.rig.sagemaker.lifecycle.touch(resource)

    # --- what breaks

    def break_calls(self) -> None:
        verbs = self.on.kind.verbs
        changing = [v for v in (verbs.create, verbs.update, verbs.delete, verbs.stop) if v]
        times = self.dice.choice([1, 1, 2, 5, None])
        if self.dice.random() < 0.25:
            self.refusing = True
            rule = {"effect": "error", **self.dice.choice(REFUSALS), "operation": self.dice.choice(changing)}
        else:
            rule = {**self.dice.choice(ERRORS)}
            rule["operation"] = self.dice.choice(["*", "Describe*", "List*", "*Tags", *changing])
        self.say(
            f"{rule['operation']} meets {rule.get('code') or rule['effect']}, {times or 'any number of'} times"
        )
        self.on.rig.sagemaker.faults.rules.append(rule_from({**rule, "times": times}))

    def fail_updates(self) -> None:
        """Whatever an update asks for fails."""
        self.say("updates fail")
        self.refusing = True
        self.on.rig.sagemaker.settings.change({"failing_name": "e"})

    def lag(self) -> None:
        delay = self.dice.choice([3.0, 10.0])
        setting = self.dice.choice(["list_delay", "describe_delay", "stale_seconds"])
        self.say(f"{setting} is {delay} s")
        self.on.rig.sagemaker.settings.change({setting: delay})

    def calm(self) -> None:
        """Nothing breaks any more."""
        self.say("calm")
        self.on.rig.mishaps.clear()
        self.on.rig.meddling.clear()
        self.on.rig.sagemaker.faults.clear()
        at_once = {"list_delay": 0.0, "describe_delay": 0.0, "stale_seconds": 0.0}
        self.on.rig.sagemaker.settings.change({**at_once, "failing_name": "fail"})

    # --- the controller

    def restart(self) -> None:
        self.on.rig.down = self.dice.choice([1.0, 20.0, 90.0])
        self.say("the controller is killed")
        self.on.rig.kill()

    def interrupt(self) -> None:
        """At one of the next boundaries a kill, a lost answer, or an answer that somebody on the way has spoilt."""
        mishap = self.dice.choice(["kill", "kill", "lose", "lose", *SPOILT])
        ahead = self.dice.randint(1, 12)
        self.say(f"{mishap} in {ahead} boundaries")
        self.on.rig.mishaps[len(self.on.rig.crossed) + ahead] = mishap

    def meddle(self) -> None:
        """At one of the next boundaries a user edits: what the controller is about to write is of yesterday."""
        ahead = self.dice.randint(1, 8)
        act = self.dice.choice([self.edit_tags, self.edit_spec, self.annotate])
        self.say(f"an edit in {ahead} boundaries")
        self.on.rig.meddling[len(self.on.rig.crossed) + ahead] = lambda: self._meddle(act)

    def _meddle(self, act: Callable[[], None]) -> None:
        self.meddling = True
        act()
        self.meddling = False
