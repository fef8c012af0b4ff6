"""Whose a resource is that has the name already, and the one sentence for what is not ours: what, whose, what to do."""

import re

from controller.decide.declared import ARN_ANNOTATION, Declared
from controller.kinds.kind import Kind

# The incumbent's words come first (v1.9.1): clients look for them.
EXISTS = "Resource already exists"


def is_ours(declared: Declared, owner: str | None, owner_id: str) -> bool:
    """Whether an ownership tag, or none, proves a resource ours. What the manifest claims is ours unless a tag denies it."""
    if declared.is_claimed:
        return owner is None or declared.is_owned_by(owner)
    return owner == declared.owner(owner_id)


def claims_another(declared: Declared) -> bool:
    """Whether the annotation alone says which resource is ours, and not the one that the manifest names.

    NB: ARNs have names in small letters. An object that was renamed while its status was gone would get a second resource.
    """
    by_name = any(identifier.source == "name" for identifier in declared.kind.identity)
    own, parts = declared.own_name, re.split(r"[:/]", str(declared.arn).lower())
    return declared.is_claimed and by_name and own is not None and own.lower() not in parts


def taken(declared: Declared, arn: str | None, owner: str | None, why: str = "", holder: str = "") -> str:
    """The sentence. ``why`` is what SageMaker said, for what it cannot be asked about; ``holder`` the object whose it is."""
    if holder:
        return f"{declared.arn} belongs to {holder}: take the annotation {ARN_ANNOTATION} away that names it"
    if arn is None:
        what = why.rstrip(".") or f"SageMaker has a {declared.kind.name} of this name"
        return f"{EXISTS}: {what}; choose another name"
    if declared.is_claimed:
        return _claimed_in_vain(declared, arn, owner)
    claim = f"annotate this object with {ARN_ANNOTATION}: {arn}"
    if owner is None:
        lack = "has no ownership tag" if declared.kind.taggable else "takes no ownership tag"
        return f"{EXISTS}: {arn} {lack}; to take it over {claim}, otherwise choose another name"
    if declared.is_owned_by(owner):
        cluster = owner.partition("/")[0]
        return (
            f"{EXISTS}: {arn} belongs to this object of another cluster, whose ownerID is {cluster}; "
            f"if that is no more, install with ownerID {cluster} or {claim}, otherwise choose another name"
        )
    return f"{EXISTS}: {arn} belongs to {owner} by its ownership tag; choose another name"


def claimed_but_gone(declared: Declared) -> str:
    """The sentence for a resource that somebody claims and SageMaker has not."""
    return (
        f"annotation {ARN_ANNOTATION} names {declared.arn}, and SageMaker has no such {declared.kind.name} in this account and "
        f"region: correct it, or take it away to have a new {declared.kind.name} created"
    )


def claimed_illegibly(kind: Kind) -> str:
    """The sentence for a claim on what nobody can read."""
    return (
        f"annotation {ARN_ANNOTATION} is not the ARN of a SageMaker resource, and nothing is created while it stands there: "
        f"correct it, or take it away to have a new {kind.name} created"
    )


def _claimed_in_vain(declared: Declared, arn: str, owner: str | None) -> str:
    claimed = str(declared.arn)
    if arn.lower() != claimed.lower():
        return f"annotation {ARN_ANNOTATION} names {claimed}, and the manifest means {arn}: correct it or take it away"
    return f"{claimed} has the ownership tag of another object, {owner}: take the annotation {ARN_ANNOTATION} away that names it"
