"""Model + table → kinds: the one place that can say "unknown member". Everything here happens once, at start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from controller.kinds import infer, periods, steps
from controller.kinds import shape as shapes
from controller.kinds.complaints import validator
from controller.kinds.kind import Choice, Identifier, Kind, Lifecycle, Listing, Reference, Verbs
from controller.kinds.names import plural_of
from controller.kinds.shape import Shape
from controller.kinds.states import StateClass, States, first

TABLE = Path(__file__).with_name("sagemaker.yaml")

# What kubectl users type; only for the kinds that are typed daily. No two alike, none of Kubernetes' own.
SHORT_NAMES: Mapping[str, tuple[str, ...]] = {
    "TrainingJob": ("tj",),
    "ProcessingJob": ("pj",),
    "TransformJob": ("xj",),
    "HyperParameterTuningJob": ("hpo",),
    "EndpointConfig": ("epc",),
    "Endpoint": ("smep",),
    "InferenceComponent": ("ic",),
    "NotebookInstance": ("nbi",),
    "Pipeline": ("smpl",),
    "PipelineExecution": ("plx",),
    "ModelPackage": ("mpkg",),
    "ModelPackageGroup": ("mpg",),
    "MonitoringSchedule": ("mons",),
    "FeatureGroup": ("fg",),
}


class TableError(Exception):
    """The table says something that botocore's model does not bear out; the message names kind and word."""


@cache
def service_model(*, documented: bool = False) -> ServiceModel:
    """SageMaker's model of botocore; without its documentation, most of its size, unless somebody wants to print it."""
    model = Loader().load_service_model("sagemaker", "service-2")
    return ServiceModel(model if documented else _undocumented(model), "sagemaker")


class OneModel(Loader):  # type: ignore[misc]  # botocore has no types
    """botocore's loader with the model that is in memory already: a client would read and keep it a second time, 15 MiB more."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """The model of a service; SageMaker's without its documentation."""
        if (service_name, type_name) == ("sagemaker", "service-2"):
            return service_model()._service_description
        return super().load_service_model(service_name, type_name, api_version)


def _undocumented(value: Any) -> Any:
    if isinstance(value, dict):
        # NB: a member may be called documentation; what documents is text
        return {
            k: _undocumented(v) for k, v in value.items() if k != "documentation" or not isinstance(v, str)
        }
    return [_undocumented(item) for item in value] if isinstance(value, list) else value


@cache
def model_version() -> str:
    """The API version of the model, such as 2017-07-24."""
    return str(service_model().api_version)


def table() -> dict[str, dict[str, Any]]:
    """The table, each kind's statements joined into one mapping without their reasons."""
    joined: dict[str, dict[str, Any]] = {}
    for name, statements in yaml.safe_load(TABLE.read_text()).items():
        words: dict[str, Any] = {}
        for statement in statements:
            for word, value in statement.items():
                if word == "because":
                    continue
                if word in words and isinstance(value, dict):
                    words[word] = {**words[word], **value}
                elif word in words and isinstance(value, list):
                    words[word] = [*words[word], *value]
                elif word in words:
                    raise TableError(f"{name}: {word} is said twice")
                else:
                    words[word] = value
        joined[name] = words
    return joined


def _without(shape: Shape, member: str | None) -> Shape:
    if member is None:
        return shape
    members = {name: inner for name, inner in shape.members.items() if name != member}
    return Shape(shape.name, shape.type, members, shape.required - {member})


def _with(shape: Shape, extra: Shape, names: Iterable[str]) -> Shape:
    members = {**shape.members, **{name: extra.members[name] for name in names}}
    return Shape(shape.name, shape.type, members, shape.required)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a kind before the table has spoken: its operations' shapes."""

    name: str
    words: Mapping[str, Any]
    operations: frozenset[str]
    referring: Mapping[str, str]
    known: dict[str, Shape]

    def operation(self, name: str) -> OperationModel:
        if name not in self.operations:
            raise TableError(f"{self.name}: SageMaker has no operation {name}")
        return service_model().operation_model(name)

    def shape(self, botocore_shape: Any) -> Shape | None:
        return None if botocore_shape is None else shapes.of(botocore_shape, self.known)


def _verbs(facts: _Facts) -> Verbs:
    inferred = infer.verbs(facts.name, facts.operations)
    said = facts.words.get("verbs", {})
    verbs = Verbs(**{role: said.get(role, getattr(inferred, role)) for role in Verbs.__dataclass_fields__})
    for operation in verbs.all():
        facts.operation(operation)
    return verbs


def _identity(
    facts: _Facts, required: Iterable[str], own: str | None, create: Shape
) -> tuple[Identifier, ...]:
    found = {i.member: i for i in infer.identity(required, own, create)}
    for member, said in facts.words.get("identity", {}).items():
        source = said.get("from", "spec")
        found[member] = Identifier(member, source, not said.get("optional", False))
    return tuple(found.values())


def _references(facts: _Facts, own: str | None, create: Shape) -> tuple[Reference, ...]:
    found = {r.path: r for r in infer.references(facts.name, own, create, facts.referring)}
    known = dict(shapes.paths(create))
    for path, kind in facts.words.get("refers_to", {}).items():
        if path not in known:
            raise TableError(f"{facts.name}: refers_to names {path}, which Create does not have")
        if kind is None:
            found.pop(path, None)
        else:
            found[path] = Reference(path, kind, path.endswith("Arn"))
    return tuple(found.values())


def _listed_by(facts: _Facts, verbs: Verbs, create: Shape, identifying: Iterable[str]) -> tuple[str, ...]:
    if verbs.list is None:
        return ()
    asked = shapes.of(facts.operation(verbs.list).input_shape, facts.known)
    wanted = [*asked.required, *(m for m in identifying if m in asked.members)]
    return tuple(dict.fromkeys(m for m in wanted if m in create.members))


def _listing(
    facts: _Facts,
    verbs: Verbs,
    arn: str | None,
    identity: tuple[Identifier, ...],
    status: str | None,
    create: Shape,
) -> Listing | None:
    if verbs.list is None:
        return None
    model = facts.operation(verbs.list)
    asked, answered = facts.shape(model.input_shape), facts.shape(model.output_shape)
    assert asked is not None and answered is not None
    constants = facts.words.get("lists", {})
    if set(constants) - set(asked.members):
        raise TableError(f"{facts.name}: lists names what {verbs.list} does not have")
    return infer.listing(
        verbs.list,
        asked,
        answered,
        arn=arn,
        identity=identity,
        status=status,
        create=create,
        constants=constants,
    )


def _ending_tokens(facts: _Facts, verbs: Verbs) -> dict[str, str]:
    operations = [facts.operation(name) for name in (verbs.stop, verbs.delete) if name]
    return {
        o.name: token
        for o in operations
        if (token := infer.token(o)) and token in o.input_shape.required_members
    }


def _choices(facts: _Facts, verbs: Verbs) -> tuple[Choice, ...]:
    said = facts.words.get("chosen_by", {})
    taken = facts.shape(facts.operation(str(verbs.delete)).input_shape) if said else None
    known = dict(shapes.paths(taken)) if taken else {}
    for path in said:
        if path not in known or not known[path].enum:
            raise TableError(
                f"{facts.name}: chosen_by names {path}, which is no enumeration of {verbs.delete}"
            )
    return tuple(Choice(path, annotation, known[path].enum) for path, annotation in said.items())


def _secrets(facts: _Facts, create: Shape) -> tuple[str, ...]:
    said, known = facts.words.get("secrets", {}), dict(shapes.paths(create))
    for path in said:
        if path not in known or not known[path].sensitive or "[]" in path or "{}" in path:
            raise TableError(
                f"{facts.name}: secrets names {path}, which is no single sensitive member of Create"
            )
    return tuple(path for path, form in said.items() if form == "reference")


def _classes(
    facts: _Facts, described: Shape, status: str | None, lifecycle: Lifecycle
) -> dict[str, StateClass] | None:
    classes = infer.states(described, status, lifecycle)
    if classes is None:
        return None
    said = facts.words.get("states", {})
    return classes | {state: StateClass(label) for label, held in said.items() for state in held}


def _periods(facts: _Facts, create: Shape, described: Shape, states: States | None) -> periods.KindPeriods:
    try:
        said, lingers = facts.words.get("periods", {}), "lingers_while" in facts.words
        return periods.read(said, create=create, described=described, states=states, lingers=lingers)
    except ValueError as error:
        raise TableError(f"{facts.name}: {error}") from None


def _kind(facts: _Facts) -> Kind:
    words, name = facts.words, facts.name
    verbs = _verbs(facts)
    creating = facts.operation(verbs.create)
    describing = facts.operation(verbs.describe)
    updating = facts.operation(verbs.update) if verbs.update else None
    token = infer.token(creating)
    whole = shapes.of(creating.input_shape, facts.known)
    update = facts.shape(updating.input_shape) if updating else None
    described = shapes.of(describing.output_shape, facts.known)
    wrapped_in = words.get("wrapped_in")
    if wrapped_in:
        described = described.members[wrapped_in]
    create = _without(whole, token)
    required = shapes.of(describing.input_shape, facts.known).required
    identifying = [m for m in describing.input_shape.members if m in required]
    lifecycle = words.get("lifecycle", infer.lifecycle(name))
    naming = (
        words["own_name"] if "own_name" in words else {"member": infer.own_name(name, create, identifying)}
    )
    own = naming["member"] if naming else None
    status = infer.status(name, described, create)
    classes = _classes(facts, described, status, lifecycle)
    states = States(classes) if classes is not None else None
    secrets = _secrets(facts, create)
    update_only = tuple(words.get("update_only", ()))
    updates_as = {**infer.updates_as(create, update), **words.get("updates_as", {})}
    arn = infer.arn(facts.shape(creating.output_shape), name)
    identity = _identity(facts, identifying, own, create)
    return Kind(
        name=name,
        plural=plural_of(name),
        short_names=SHORT_NAMES.get(name, ()),
        verbs=verbs,
        lifecycle=lifecycle,
        end_with=words.get("end_with", infer.end_with(verbs, lifecycle)),
        recreate=words.get("recreate", lifecycle != "run"),
        create=create,
        described=described,
        update=update,
        wrapped_in=wrapped_in,
        identity=identity,
        own_name=own,
        name_optional=(naming.get("needless_with") or "always") if naming and own else None,
        arn=arn,
        described_arn=infer.arn(described, name) or (arn if arn in described.members else None),
        status=status,
        failure=infer.failure(described, status),
        failure_within=infer.failure_within(described, create, status),
        states=states,
        first_state=first(classes) if classes is not None else None,
        busy_while={path: tuple(values) for path, values in words.get("busy_while", {}).items()},
        token=token,
        taggable=words.get("taggable", "Tags" in create.members),
        tags="Tags" in create.members,
        frozen=infer.frozen(create, update, token, updates_as),
        thawed={state: tuple(held) for state, held in words.get("thawed", {}).items()},
        update_only=update_only,
        updates_as=updates_as,
        adds=frozenset(words.get("adds", ())),
        takes_away=infer.takes_away(create, update),
        removes={**infer.removes(create, update), **words.get("removes", {})},
        update_from=words.get("update_from", {}),
        ending_tokens=_ending_tokens(facts, verbs),
        fixed=words.get("fixed", {}),
        chosen_by=_choices(facts, verbs),
        same_as=words.get("same_as", {}),
        unread=frozenset(words.get("unread", ())),
        references=_references(facts, own, create),
        needs_ready=frozenset(words.get("needs_ready", ())),
        listing=_listing(facts, verbs, arn, identity, status, create),
        listed_by=_listed_by(facts, verbs, create, identifying),
        events=tuple(words.get("events", ())),
        shows=tuple(words.get("shows", ())),
        ignored=tuple(words.get("ignored", ())),
        extra_status=words.get("extra_status", {}),
        secrets=secrets,
        periods=_periods(facts, create, described, states),
        steps=steps.read(words, lambda name: shapes.of(facts.operation(name).input_shape, facts.known)),
        validate=validator(creating, token, secrets),
    )


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of the table by name, in alphabetical order.

    Raises:
        TableError: the table names an operation, member or path that botocore's model does not have.
    """
    operations = frozenset(service_model().operation_names)
    said = table()
    names = tuple(sorted(said))
    described_by = {name: _describe_input(name, operations) for name in names}
    referring = infer.referring_members(names, described_by)
    known: dict[str, Shape] = {}
    return {name: _kind(_Facts(name, said[name], operations, referring, known)) for name in names}


def _describe_input(name: str, operations: frozenset[str]) -> frozenset[str]:
    if f"Describe{name}" not in operations:
        raise TableError(f"{name}: SageMaker has no operation Describe{name}; is the kind misspelt?")
    return frozenset(service_model().operation_model(f"Describe{name}").input_shape.members)
