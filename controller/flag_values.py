"""What the text of a flag or an environment value may be: one function a form, each with one sentence for what cannot be."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from controller.decide.declared import OWNER_TAG
from controller.kinds.kind import Kind

# What AWS takes as a tag (Tagging Best Practices): a key of 128 characters, a value of 256, of letters, digits, spaces and
# these signs, 50 tags a resource, of which the owner's is one.
TAG_KEY, TAG_VALUE, TAGS = 128, 256, 49
_TAG_SIGNS = re.compile(r"[\w\s.:/=+\-@]*")

# What a tag's value may hold in the incumbent's manner; app.py says what each becomes.
TAG_VARIABLES = (
    "%CONTROLLER_SERVICE%",
    "%CONTROLLER_VERSION%",
    "%K8S_NAMESPACE%",
    "%K8S_RESOURCE_NAME%",
    "%MANAGED_BY%",
    "%KRO_VERSION%",
)

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL_KEY = rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}"
_LABEL_VALUE = rf"(?:{_NAME})?"
_REQUIREMENT = (
    rf"\s*(?:!\s*{_LABEL_KEY}"
    rf"|{_LABEL_KEY}(?:\s*(?:==?|!=)\s*{_LABEL_VALUE}"
    rf"|\s+(?:in|notin)\s*\(\s*{_LABEL_VALUE}(?:\s*,\s*{_LABEL_VALUE})*\s*\)"
    r"|\s*[<>]\s*\d+)?)\s*"
)
_SELECTOR = re.compile(rf"{_REQUIREMENT}(?:,{_REQUIREMENT})*")


class SettingsError(Exception):
    """A flag or environment variable that cannot be; the message says which, and what would do."""


def boolean(flag: str, text: str) -> bool:
    """``true`` or ``false``."""
    if text.lower() not in {"true", "false"}:
        raise SettingsError(f"{flag} is {text!r}; it is true or false")
    return text.lower() == "true"


def one_of(flag: str, text: str, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    if text not in allowed:
        raise SettingsError(f"{flag} is {text!r}; it is one of {', '.join(allowed)}")
    return text


def whole_number(flag: str, text: str, least: int, most: int) -> int:
    """A number without fraction, in a range. NB: float() would take nan, inf and 1e999, which no thread can wait for."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise SettingsError(f"{flag} is {text!r}; it is a whole number from {least} to {most}")
    number = int(text)
    if not least <= number <= most:
        raise SettingsError(f"{flag} is {text}; it is at least {least} and at most {most}")
    return number


def address(flag: str, text: str) -> str:
    """``host:port`` to listen on, ``:port`` for every address of IPv4 and IPv6, ``[::1]:port``; empty for nowhere."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]*):([0-9]{1,5})", text)
    if text and not found:
        raise SettingsError(f"{flag} is {text!r}; it is host:port, or :8080 for every address")
    if found and int(found[2]) > 65535:
        raise SettingsError(f"{flag} is {text!r}; a port is at most 65535")
    return text


def endpoint(flag: str, text: str, *, unsafe: bool) -> str:
    """The URL of an AWS endpoint, encrypted unless something else is meant."""
    if not text:
        return text
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        whole = False
    if not whole or re.search(r"\s", text):
        raise SettingsError(f"{flag} is {text!r}; it is a URL that begins with https://")
    if text.startswith("http://") and not unsafe:
        raise SettingsError(f"{flag} is not encrypted; to mean it, set --allow-unsafe-aws-endpoint-urls")
    return text


def queues(flag: str, text: str, *, unsafe: bool) -> tuple[str, ...]:
    """A comma list of SQS queues, each once."""
    urls = tuple(dict.fromkeys(url.strip() for url in text.split(",") if url.strip()))
    for url in urls:
        endpoint(flag, url, unsafe=unsafe)
        if not re.fullmatch(r"/\d{12}/[A-Za-z0-9_-]{1,80}", urlsplit(url).path):
            raise SettingsError(
                f"{flag} has {url!r}, which is no standard queue: one looks like "
                "https://sqs.us-east-1.amazonaws.com/111122223333/sagemaker-events"
            )
    return urls


def region_of_queue(url: str, default: str) -> str:
    """The region that a queue's URL names, in any partition or as a private endpoint; else the default."""
    host = urlsplit(url).hostname or ""
    found = re.search(r"(?:^|\.)(?:sqs(?:-fips)?)\.([a-z]{2}(?:-[a-z0-9]+)+-\d+)\.", host)
    return found.group(1) if found else default


def region(source: str, text: str) -> str:
    """A region's name, of any partition."""
    if not re.fullmatch(r"[a-z]{2}(-[a-z0-9]+)+-\d+", text):
        raise SettingsError(f"{source} is {text!r}, which is no region: one looks like us-east-1")
    return text


def namespace(source: str, text: str) -> str:
    """A namespace's name."""
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", text):
        raise SettingsError(f"{source} has {text!r}, which no namespace can be called")
    return text


def namespaces(flag: str, text: str) -> tuple[str, ...]:
    """A comma list of namespaces, each once."""
    names = (name.strip() for name in text.split(",") if name.strip())
    return tuple(dict.fromkeys(namespace(flag, name) for name in names))


def selector(flag: str, text: str) -> str:
    """A label selector, as ``kubectl get -l`` takes it."""
    if text.strip() and not _SELECTOR.fullmatch(text):
        raise SettingsError(f"{flag} is {text!r}; it is a label selector, such as team=a,stage in (dev,test)")
    return text.strip()


def kinds(text: str, known: Mapping[str, Kind], source: str = "--kinds") -> tuple[str, ...]:
    """A comma list of kinds, each once."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    by_lower = {name.lower(): name for name in known}
    for name in names:
        if known and name not in known:
            near = by_lower.get(name.lower())
            hint = f"did you mean {near}?" if near else "docs/kinds/README.md lists them"
            raise SettingsError(f"{source} has {name!r}, which is no SageMaker kind; {hint}")
    return names


def seconds_by_kind(
    source: str, said: Sequence[str], known: Mapping[str, Kind], most: int
) -> dict[str, float]:
    """``Kind=seconds`` texts, each itself a comma list; 0 seconds say nothing, as with the incumbent."""
    found: dict[str, float] = {}
    for item in (part.strip() for text in said for part in text.split(",") if part.strip()):
        name, equals, text = item.partition("=")
        if not equals:
            raise SettingsError(f"{source} has {item!r}; it is Kind=seconds, such as Endpoint=300")
        (kind,) = kinds(name, known, source) or ("",)
        if not kind or kind in found:
            raise SettingsError(f"{source} has {item!r}; it names each kind once, such as Endpoint=300")
        found[kind] = float(whole_number(f"{source} for {kind}", text.strip(), 0, most))
    return {kind: seconds for kind, seconds in found.items() if seconds}


def owner_id(text: str) -> str:
    """The first part of the ownership tag's value; 64 characters leave room for namespace, kind and name."""
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{0,64}", text):
        raise SettingsError(f"--owner-id is {text!r}; it is at most 64 letters, digits and signs of _.:-")
    return text


def tags(said: Sequence[str]) -> dict[str, str]:
    """``key=value`` texts, each itself a comma list, as AWS takes tags."""
    found: dict[str, str] = {}
    for item in (part for text in said for part in text.split(",") if part):
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise SettingsError(f"--resource-tags has {item!r}; it is key=value")
        _check_tag(key, value)
        found[key] = value
    if len(found) > TAGS:
        raise SettingsError(
            f"--resource-tags has {len(found)} tags; a resource takes {TAGS} beside its owner's"
        )
    return found


def _check_tag(key: str, value: str) -> None:
    shown = repr(key if len(key) <= 40 else key[:40] + "…")
    if len(key) > TAG_KEY or not _TAG_SIGNS.fullmatch(key):
        raise SettingsError(
            f"--resource-tags has the key {shown}; one is at most {TAG_KEY} letters, digits, spaces and signs of .:/=+-@_"
        )
    if key.lower().startswith("aws:") or key == OWNER_TAG:
        raise SettingsError(
            f"--resource-tags has the key {shown}, which is {'the controller' if key == OWNER_TAG else 'AWS'}'s own"
        )
    plain = value
    for variable in TAG_VARIABLES:
        plain = plain.replace(variable, "")
    if len(value) > TAG_VALUE or not _TAG_SIGNS.fullmatch(plain):
        raise SettingsError(
            f"--resource-tags has a value for {shown} that AWS does not take: one is at most {TAG_VALUE} letters, digits, "
            f"spaces and signs of .:/=+-@_, and only {', '.join(TAG_VARIABLES)} stand for something"
        )
