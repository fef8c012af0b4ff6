"""What one object of the cluster declares, read once at the door: names, place, intent and what was recorded before."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from controller.decide import legible
from controller.decide.translate import to_request, values_at
from controller.kinds.kind import GROUP, Kind
from controller.kinds.names import key_of, ref_key_of

ARN_ANNOTATION = f"{GROUP}/arn"  # identity survives a backup that keeps annotations and drops status
INTENT_ANNOTATION = (
    f"{GROUP}/creating"  # "<attempt>@<RFC 3339>", written with the finalizer, before each Create
)
# What Create is asked for, in the words of status.applied (applied.first), from before the call until the status has it: whoever
# comes after a crash finds what was made under the name it had then, and what was edited or taken away since.
ASKED_ANNOTATION = f"{GROUP}/creating-as"
FOR_ANNOTATION = (
    f"{GROUP}/arn-of"  # "<namespace>/<name>" beside the ARN: a copied manifest does not claim the original's
)
REGION_ANNOTATION = "services.k8s.aws/region"
DELETION_POLICY_ANNOTATION = "services.k8s.aws/deletion-policy"
OWNER_TAG = "services.k8s.aws/owner"

# A tag's value has 256 characters at the most (AWS' tagging guide); 64 are the owner's id, one is the slash behind it.
LONGEST_OWNED = 256 - 64 - 1

# Annotations that we write ourselves: they acknowledge, they ask for nothing, so a change of one causes no pass.
ACKNOWLEDGEMENTS = frozenset({ARN_ANNOTATION, ASKED_ANNOTATION, FOR_ANNOTATION, INTENT_ANNOTATION})


def acknowledgements(kind: Kind) -> frozenset[str]:
    """The annotations that we write ourselves to objects of a kind."""
    latch = kind.steps.latch
    return ACKNOWLEDGEMENTS | ({latch.annotation} if latch else frozenset())


@dataclass(frozen=True, slots=True)
class Declared:
    """One object as its kind reads it. ``spec`` is None for an object without one; ``status`` is what we wrote last.

    ``illegible``: a sentence for each part of the spec that has not the form it must have, and is left out, by its path.
    """

    kind: Kind
    namespace: str
    name: str
    uid: str
    generation: int
    deleting: bool
    finalizers: tuple[str, ...]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any] | None
    status: Mapping[str, Any]
    illegible: Mapping[str, str] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether our finalizer is on it: a Create may have been tried."""
        return self.kind.finalizer in self.finalizers

    @property
    def arn(self) -> str | None:
        """The ARN on record: in the status, else in the annotation that outlives a stripped status."""
        return self._shown_arn or self._annotated_arn

    @property
    def is_claimed(self) -> bool:
        """Whether the annotation alone says which resource is ours: after a restore, or because somebody wrote it."""
        return self._shown_arn is None and self._annotated_arn is not None

    @property
    def is_somebodys_claim(self) -> bool:
        """Whether somebody wrote that annotation; what we write has beside it whose it is."""
        return self.is_claimed and FOR_ANNOTATION not in self.annotations

    @property
    def is_claim_illegible(self) -> bool:
        """Whether the annotation has something that is no ARN, and nothing else says which resource is ours."""
        return self.arn is None and bool(self._annotated)

    @property
    def _shown_arn(self) -> str | None:
        return (self.status.get("ackResourceMetadata") or {}).get("arn") or None

    @property
    def _annotated_arn(self) -> str | None:
        return self._annotated if legible.ARN.fullmatch(self._annotated) else None

    @property
    def _annotated(self) -> str:
        if self.annotations.get(FOR_ANNOTATION, self.full_name) != self.full_name:
            return ""  # copied from another object, whose resource it is
        return self.annotations.get(ARN_ANNOTATION, "")

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    @property
    def observed_generation(self) -> int:
        """The generation that the status speaks of; -1 when it was never looked at."""
        return int(self.status.get("observedGeneration", -1))

    @property
    def state(self) -> str | None:
        """The state that the status shows."""
        return self.status.get(key_of(self.kind.status)) if self.kind.status else None

    @property
    def own_name(self) -> str | None:
        """The resource's own name: declared, else metadata.name; None for a kind or object that has none."""
        kind = self.kind
        if kind.own_name is None or kind.name_key is None:
            return None
        spec = self.spec or {}
        if spec.get(kind.name_key):
            return str(spec[kind.name_key])
        if {"spec", f"spec.{kind.name_key}"} & self.illegible.keys():
            return None  # it has a name that nobody knows, which is not metadata.name
        needless = kind.name_optional
        if needless not in {None, "always"} and (
            spec.get(key_of(needless)) or spec.get(ref_key_of(needless))
        ):
            return None
        return self.name

    @property
    def intent_moment(self) -> str | None:
        """When Create was first tried, RFC 3339, or None."""
        return self.annotations.get(INTENT_ANNOTATION, "").partition("@")[2] or None

    @property
    def attempt(self) -> int:
        """Which attempt at a resource this is; part of idempotency tokens."""
        text = self.annotations.get(INTENT_ANNOTATION, "").partition("@")[0]
        return _number(text) or 0

    def is_owned_by(self, owner: str) -> bool:
        """Whether an ownership tag names this object, of whichever cluster: a restore may be into another one."""
        return owner.partition("/")[2] == self._owned

    def owner(self, owner_id: str) -> str:
        """The value of the ownership tag: ``<ownerID>/<namespace>/<kind>/<name>``, which a restore with a new uid keeps."""
        return f"{owner_id}/{self._owned}"

    @property
    def _owned(self) -> str:
        """Of a name that is too long for a tag, the beginning and a digest of the whole."""
        whole = f"{self.namespace}/{self.kind.name}/{self.name}"
        if len(whole) <= LONGEST_OWNED:
            return whole
        digest = hashlib.sha256(whole.encode()).hexdigest()[:16]
        return f"{whole[: LONGEST_OWNED - 17]}@{digest}"

    def token(self, owner_id: str) -> str:
        """The idempotency token of this attempt, shaped like a UUID: the one form every limit of the model allows.

        (CreateImageVersion takes 36 characters at most, StartPipelineExecution 32 at least.)
        """
        digest = hashlib.sha256(f"{self.owner(owner_id)}/{self.attempt}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16]))


def read(kind: Kind, obj: Mapping[str, Any]) -> Declared:
    """An object of the API server as its kind reads it."""
    metadata = legible.metadata(obj.get("metadata"))
    spec, illegible = legible.spec(kind, obj.get("spec"))
    return Declared(
        kind=kind,
        namespace=metadata.get("namespace", ""),
        name=metadata.get("name", ""),
        uid=metadata.get("uid", ""),
        generation=metadata["generation"],
        deleting="deletionTimestamp" in metadata,
        finalizers=tuple(metadata["finalizers"]),
        annotations=metadata["annotations"],
        spec=spec,
        status=_with_what_was_asked(legible.status(kind, obj.get("status")), metadata["annotations"]),
        illegible=illegible,
    )


def _with_what_was_asked(status: dict[str, Any], annotations: Mapping[str, str]) -> dict[str, Any]:
    """A status without an ARN has what the last Create was asked for from the annotation, which was written before it."""
    if (status.get("ackResourceMetadata") or {}).get("arn") or ASKED_ANNOTATION not in annotations:
        return status
    asked = legible.record(annotations[ASKED_ANNOTATION])
    return {**status, "applied": asked} if asked else status


def request(declared: Declared, resolved: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Create's request as the manifest declares it, the own name filled in; tags as declared, no token.

    ``resolved`` is the spec with its references replaced by names and ARNs (references.resolve); the spec itself if None.
    """
    kind = declared.kind
    spec = resolved if resolved is not None else declared.spec or {}
    asked: dict[str, Any] = to_request(kind.create, spec)
    own = declared.own_name
    if kind.own_name and own:
        asked[kind.own_name] = own
    return asked


def update_only(declared: Declared) -> dict[str, Any]:
    """What the manifest declares of the members that only Update knows."""
    kind = declared.kind
    if kind.update is None or not kind.update_only:
        return {}
    asked: dict[str, Any] = to_request(kind.update, declared.spec or {})
    return {member: asked[member] for member in kind.update_only if member in asked}


def constants(template: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The table's constant request members. ``{each: path, value: v}`` is a map of every value at the path to v."""
    return {
        member: dict.fromkeys(values_at(asked, value["each"].split(".")), value["value"])
        if isinstance(value, Mapping) and "each" in value
        else value
        for member, value in template.items()
    }


def identity(declared: Declared, asked: Mapping[str, Any], arn: str | None) -> dict[str, Any] | None:
    """What Describe is asked with, or None while it is not known: not assigned yet, or a reference does not lead to it.

    What is on record (``applied_identity``) goes before what the manifest says now: a neighbour's end takes nothing away, and
    a name that was changed past the API server's checks loses nothing.
    """
    kind = declared.kind
    found: dict[str, Any] = {}
    asked = {**asked, **recorded_identity(declared)}
    for identifier in kind.identity:
        if identifier.source == "arn":
            if arn is not None:
                found[identifier.member] = _from_arn(kind, identifier.member, arn)
            elif identifier.member in asked:  # an unversioned ModelPackage has a name of its own
                found[identifier.member] = asked[identifier.member]
        elif identifier.member in asked:
            found[identifier.member] = asked[identifier.member]
        if identifier.required and identifier.member not in found:
            return None
    return found


def _lasting(kind: Kind) -> list[str]:
    """The members that say which resource it is, and that no update changes."""
    named = [i.member for i in kind.identity if i.source != "arn"]
    own = [kind.own_name] if kind.own_name and kind.own_name not in kind.changeable else []
    return list(dict.fromkeys([*named, *own]))


def applied_identity(declared: Declared, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be on record to find the resource again, whatever becomes of references and names in the manifest."""
    return {key_of(member): asked[member] for member in _lasting(declared.kind) if member in asked}


def recorded_identity(declared: Declared) -> dict[str, Any]:
    """The members that ``applied_identity`` had recorded, as the API names them."""
    recorded = (declared.status.get("applied") or {}).get("identity") or {}
    return {
        member: recorded[key_of(member)] for member in _lasting(declared.kind) if key_of(member) in recorded
    }


def without_record(declared: Declared) -> Declared:
    """An object of which only the manifest says which resource it is."""
    return replace(declared, status={k: v for k, v in declared.status.items() if k != "applied"})


def renamed(declared: Declared, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the resource was made with of that by which the manifest means another one now, in manifest keys."""
    recorded = recorded_identity(declared)
    return {key_of(m): was for m, was in recorded.items() if m in asked and asked[m] != was}


def _from_arn(kind: Kind, member: str, arn: str) -> Any:
    """An ARN, or the part of it that a member wants: the whole for …Arn and a name that takes ARNs, else its last part."""
    if member.endswith("Arn") or member == kind.own_name:
        return arn
    last = re.split(r"[:/]", arn)[-1]
    number = _number(last) if member.endswith("Version") else None
    return last if number is None else number


def _number(text: str) -> int | None:
    """NB: Python takes more for a digit than SageMaker writes, and refuses a number of thousands of them."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
