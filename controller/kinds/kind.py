"""What the rooms know of one SageMaker kind: a frozen record, every field inferred from the model or set by the table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from controller.kinds.names import key_of
from controller.kinds.periods import KindPeriods
from controller.kinds.shape import Shape
from controller.kinds.states import States
from controller.kinds.steps import Steps

GROUP = "sagemaker.services.k8s.aws"
VERSION = "v1alpha1"

Lifecycle = Literal["keep", "run", "version"]
EndWith = Literal["delete", "stop", "stop-delete", "leave"]
Source = Literal["name", "spec", "arn"]


@dataclass(frozen=True, slots=True)
class Verbs:
    """The SageMaker operations of a kind, by what they do to it; None where SageMaker has none."""

    create: str
    describe: str
    update: str | None = None
    delete: str | None = None
    stop: str | None = None
    start: str | None = None
    list: str | None = None

    def all(self) -> tuple[str, ...]:
        """Every operation there is, in the order of a life."""
        named = (self.create, self.describe, self.update, self.start, self.stop, self.delete, self.list)
        return tuple(operation for operation in named if operation is not None)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One member by which SageMaker finds a resource.

    ``source`` says where its value is: the resource's own ``name`` (declared or metadata.name), the ``spec``, or the
    ``arn`` (the whole of it for a member that is an ARN, else its last part).
    """

    member: str
    source: Source
    required: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """A member that names a resource of another kind: ``path`` in Create's input, the other ``kind``."""

    path: str
    kind: str
    by_arn: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A member of Delete's request, by its path, that an annotation of the object may choose among ``values``."""

    path: str
    annotation: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """How one List operation tells of many resources of a kind at once.

    ``items`` is the member of its output; in each item ``matched_by`` names a resource (its ARN, or what identifies it) and
    ``state`` is its state. ``wanted`` are members of Create without which it cannot be asked, ``constants`` what it is asked
    with besides. ``created_after`` is the filter that leaves out what is older, where it has one.
    """

    operation: str
    items: str
    matched_by: tuple[str, ...]
    state: str
    wanted: tuple[str, ...]
    constants: Mapping[str, Any]
    created_after: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One SageMaker kind. Members are named as the API names them; ``key_of`` gives the manifest's names."""

    name: str
    plural: str
    short_names: tuple[str, ...]
    verbs: Verbs
    lifecycle: Lifecycle
    end_with: EndWith
    recreate: bool  # whether a resource that vanished is created again
    create: Shape  # input of Create, without the idempotency token
    described: Shape  # output of Describe, unwrapped
    update: Shape | None  # input of Update
    wrapped_in: str | None  # the member of Describe's output that holds the resource
    identity: tuple[Identifier, ...]
    own_name: str | None  # the member of Create that names the resource
    name_optional: (
        str | None
    )  # "always", a member whose presence makes a name needless, or None: a name is needed
    arn: str | None  # the member of Create's output that is the ARN
    described_arn: str | None
    status: str | None  # the member of the description that is the state
    failure: str | None  # the member of the description that says why it failed
    failure_within: tuple[str, ...]  # paths that say it where no member does
    states: States | None
    first_state: str | None  # the state a new one is in
    busy_while: Mapping[str, tuple[str, ...]]  # description path -> values that keep a settled one busy
    token: str | None  # the idempotency token's member in Create
    taggable: bool  # whether AddTags takes its ARN
    tags: bool  # whether Create takes Tags
    frozen: frozenset[str]  # members of Create that Update cannot change
    thawed: Mapping[str, tuple[str, ...]]  # state -> members that may be updated while busy in it
    update_only: tuple[str, ...]  # members only Update knows that a manifest may declare
    updates_as: Mapping[
        str, str
    ]  # member of Create -> the member of Update that changes it, where it has another name
    adds: frozenset[str]  # lists to which Update only adds
    takes_away: Mapping[str, str]  # map or list -> the member of Update that names what goes from it
    removes: Mapping[str, Mapping[str, Any]]  # member of Create -> members of Update that take it away
    update_from: Mapping[str, str]  # member of Update -> the description's member that it takes
    ending_tokens: Mapping[str, str]  # operation of Stop or Delete -> its required idempotency token
    fixed: Mapping[str, Mapping[str, Any]]  # operation role -> constant request members
    chosen_by: tuple[Choice, ...]  # what of Delete's request the object's annotations choose
    secrets: tuple[str, ...]  # paths in Create of which a manifest names a Secret's key, not the value
    same_as: Mapping[str, str]  # path in Create -> path in the description
    unread: frozenset[str]  # paths in Create that are not compared
    references: tuple[Reference, ...]
    needs_ready: frozenset[str]  # kinds that SageMaker wants ready, not merely there
    listing: Listing | None  # None where List does not tell how a resource of the kind is
    listed_by: tuple[
        str, ...
    ]  # members of Create that List takes too, where it wants them or they identify the parent
    events: tuple[str, ...]  # detail-types of the EventBridge events that tell of its changes of state
    shows: tuple[str, ...]  # members of Create that the status shows all the same
    ignored: tuple[str, ...]  # members of Create that manifests may have and nothing comes of
    extra_status: Mapping[str, str]  # what the status has although Describe does not say it -> its JSON type
    periods: KindPeriods  # how long it takes, and how often it is worth a look
    steps: Steps  # how an update goes where it is more than sending what differs
    validate: Callable[[Mapping[str, Any]], tuple[str, ...]]  # what ParamValidator says of a Create request

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation there is of this kind."""
        return (*self.verbs.all(), *(further.operation for further in self.steps.also_updates))

    @property
    def beside_create(self) -> tuple[tuple[str, Shape], ...]:
        """Members that a manifest may declare and Create does not know, each with the input that has it."""
        known = [(member, self.update) for member in self.update_only if self.update is not None]
        further = [(f.declared_as, f.input) for f in self.steps.also_updates]
        return (*known, *((m, shape) for m, shape in further if m not in self.create.members))

    @property
    def changeable(self) -> tuple[str, ...]:
        """Members that Update can change, the identifying ones and tags apart."""
        if self.update is None:
            return ()
        fixed = {"Tags", *(i.member for i in self.identity)}
        create = [m for m in self.create.members if m not in self.frozen and m not in fixed]
        return (*create, *(m for m in self.update_only if m in self.described.members))

    def shape_of(self, member: str) -> Shape:
        """The shape of a member that a manifest may declare."""
        further = (f.shape for f in self.steps.also_updates if f.declared_as == member)
        known = self.create.members.get(member) or next(further, None)
        return known or (self.update or self.create).members[member]

    @property
    def finalizer(self) -> str:
        """The finalizer that is this kind's record of intent."""
        return f"finalizers.{GROUP}/{self.name}"

    @property
    def found_by_name_or_token(self) -> bool:
        """Whether a second Create surely makes no second resource: the name is taken, or the token answers for it."""
        return self.token is not None or self.found_by_name

    @property
    def found_by_name(self) -> bool:
        """Whether the manifest alone says how to ask SageMaker about the resource."""
        return all(i.source != "arn" for i in self.identity)

    @property
    def found_by_token(self) -> bool:
        """Whether nothing but the idempotency token can tell if a resource is ours: no tag would."""
        return self.token is not None and not self.taggable

    @property
    def status_members(self) -> tuple[str, ...]:
        """What the status shows: everything Describe says that Create cannot be told, less the kind's own ARN."""
        own = set(self.create.members) | set(self.same_as.values()) | {"NextToken", "Tags"}
        if self.status:
            own.discard(self.status)
        if self.failure:
            own.discard(self.failure)
        own -= set(self.shows)
        return tuple(
            name for name in self.described.members if name not in own and name != self.described_arn
        )

    @property
    def name_key(self) -> str | None:
        """The manifest key of the resource's own name."""
        return key_of(self.own_name) if self.own_name else None
