"""Values that manifests name instead of having them: one key of one Secret, read when it is needed and kept by nobody."""

import base64
import binascii

from controller.cluster.api import Api
from controller.cluster.errors import ApiError
from controller.cluster.resources import SECRETS


class NoValue(Exception):
    """There is no such value, for now; one sentence."""


def secret_value(api: Api, namespace: str, name: str, key: str) -> str:
    """The value of a key.

    Raises:
        NoValue: the Secret or the key is not there, may not be read, or is no text.
        ApiError: the API server did not answer.
    """
    where = f"Secret {namespace}/{name}"
    try:
        found = api.get(SECRETS, namespace, name)
    except ApiError as error:
        if error.status == 403:
            raise NoValue(f"{where} may not be read: name it in the chart's value secrets.names") from None
        raise
    if found is None:
        raise NoValue(f"{where} is not there yet")
    held = (found.get("data") or {}).get(key)
    if held is None:
        raise NoValue(f"{where} has no key {key} yet")
    try:
        return base64.b64decode(held, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        # NB: from None, for these carry the bytes
        raise NoValue(f"key {key} of {where} holds bytes that are no text") from None
