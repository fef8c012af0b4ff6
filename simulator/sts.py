"""STS, as far as a client needs it to have an identity: GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity.

The query protocol: a form goes in, XML comes out. It remembers which account an issued access key belongs to.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

from simulator.errors import ServiceError
from simulator.identity import CREDENTIAL, DEFAULT_ACCOUNT, DEFAULT_REGION, Caller, random_looking
from simulator.settings import Settings

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(.+)")


class Sts:
    """Issues credentials and knows whose they are."""

    def __init__(
        self, settings: Settings, region: str = DEFAULT_REGION, account: str = DEFAULT_ACCOUNT
    ) -> None:
        self._settings = settings
        self.region = region
        self.account = account
        self._issued: dict[str, tuple[str, str, str]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def caller(self, headers: dict[str, str]) -> Caller:
        """Who signed a request, from its Authorization header; unsigned requests are the default account's."""
        found = CREDENTIAL.search(headers.get("authorization", ""))
        if not found:
            return Caller("", self.account, self.region)
        account, role, _ = self._issued.get(found[1], (self.account, "", ""))
        return Caller(found[1], account, found[2], role)

    def answer(self, body: bytes, headers: dict[str, str]) -> str:
        """The XML of one STS call."""
        form = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode()).items()}
        action = form.get("Action", "")
        if action == "GetCallerIdentity":
            return self._identity(self.caller(headers))
        if action in ("AssumeRole", "AssumeRoleWithWebIdentity"):
            if action == "AssumeRoleWithWebIdentity" and not form.get("WebIdentityToken"):
                raise ServiceError("InvalidIdentityToken", "No OpenIDConnect token was given")
            return self._assume(action, form)
        raise ServiceError("InvalidAction", f"Could not find operation {action} for version 2011-06-15")

    def _identity(self, caller: Caller) -> str:
        if caller.access_key in self._issued:
            _, role, session = self._issued[caller.access_key]
            name = role.rsplit("/", 1)[-1]
            prefix = role.split(":iam::")[0].removeprefix("arn:")
            arn, user = f"arn:{prefix}:sts::{caller.account}:assumed-role/{name}/{session}", f"AROA:{session}"
        else:
            arn, user = f"arn:aws:iam::{caller.account}:user/simulator", "AIDASIMULATOR"
        fields = {"Arn": arn, "UserId": user, "Account": caller.account}
        return _envelope("GetCallerIdentity", _elements(fields))

    def _assume(self, action: str, form: dict[str, str]) -> str:
        role = form.get("RoleArn", "")
        parts = ROLE.fullmatch(role)
        if not parts:
            raise ServiceError("ValidationError", f"{role} is invalid")
        if self._settings.missing_role and self._settings.missing_role in parts[2]:
            raise ServiceError(
                "AccessDenied", f"User is not authorized to perform: sts:{action} on resource: {role}", 403
            )
        session = form.get("RoleSessionName", "session")
        with self._lock:
            key = f"ASIA{random_looking(f'{role}{next(self._numbers)}', 16).upper()}"
            self._issued[key] = (parts[1], role, session)
        lasts = int(form.get("DurationSeconds", "3600"))
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + lasts))
        credentials = _elements(
            {
                "AccessKeyId": key,
                "SecretAccessKey": "simulated",
                "SessionToken": f"token-{key}",
                "Expiration": expires,
            }
        )
        partition = role.split(":", 2)[1]
        user = _elements(
            {
                "AssumedRoleId": f"AROA:{session}",
                "Arn": f"arn:{partition}:sts::{parts[1]}:assumed-role/{parts[2]}/{session}",
            }
        )
        return _envelope(
            action, f"<Credentials>{credentials}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>"
        )


def error_xml(error: ServiceError) -> str:
    """An STS error answer."""
    fields = _elements({"Type": "Sender", "Code": error.code, "Message": error.message})
    return f'<ErrorResponse xmlns="{NAMESPACE}"><Error>{fields}</Error><RequestId>simulated</RequestId></ErrorResponse>'


def _elements(fields: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())


def _envelope(action: str, result: str) -> str:
    return (
        f'<{action}Response xmlns="{NAMESPACE}"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>simulated</RequestId></ResponseMetadata></{action}Response>"
    )
