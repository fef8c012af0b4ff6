"""The calls to the API server as raw JSON: get, list pages, watch, create, update, patch, delete, discover.

Nothing here knows what an object means. Every call has a time-out and is made exactly once: to wait and try
again is the queue's and the reflector's. This is the one file that makes calls through the Kubernetes client,
by its generic ApiClient, whose one path serves core and grouped resources alike; its typed models are never
built.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

from controller.cluster import connection
from controller.cluster.errors import ApiError, NotFound, from_response, unanswered
from controller.cluster.resources import NAMESPACES, ResourceRef, group_version_path
from controller.cluster.watching import WatchStream

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

# Who wrote a field, as `metadata.managedFields` shows it; an installation adds what tells it from another one.
FIELD_MANAGER = "sagemaker-operators"

# 250 objects of about 5 KB are 1.25 MB of JSON and 8 MB decoded: one page is all that a list ever holds.
PAGE_SIZE = 250

# Pages that are read at the same time. At a start 68 kinds are listed at once, and with a page of each in memory ten thousand
# objects of 8 KB took 165 MiB; the lists' own order does not matter, and one thread decodes at a time anyway.
PAGES_AT_ONCE = 4

# A watch for each of 68 kinds, 16 workers, the lease, the events and room to spare.
CONNECTIONS = 128


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two bytes of an answer, and between two lines of a watch.

    The API server sends a bookmark about every 60 s, so a watch that is silent for 70 s has lost its peer.
    """

    connect: float = 5.0
    read: float = 30.0
    silence: float = 70.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; every page of a list shows the state at the same resourceVersion."""

    items: list[dict[str, Any]]
    resource_version: str


class Api:
    """The API server; safe to share between threads."""

    def __init__(
        self,
        configuration: client.Configuration,
        *,
        connections: int = CONNECTIONS,
        timeouts: Timeouts | None = None,
        rng: random.Random | None = None,
        field_manager: str = FIELD_MANAGER,
    ) -> None:
        configuration.connection_pool_maxsize = connections
        self.timeouts = timeouts or Timeouts()
        self.field_manager = field_manager
        self._as_us: tuple[tuple[str, Any], ...] = (("fieldManager", field_manager),)
        self._rng = rng or random.Random()
        self._pages = threading.BoundedSemaphore(PAGES_AT_ONCE)
        self._client = client.ApiClient(configuration)
        self._client.user_agent = FIELD_MANAGER

    @classmethod
    def found(cls, kubeconfig: str | None = None, context: str | None = None, **options: Any) -> Api:
        """The API server that is asked for, else $KUBECONFIG's, else the pod's, else ~/.kube/config's."""
        return cls(connection.found(kubeconfig, context), **options)

    @classmethod
    def at(
        cls,
        host: str,
        *,
        token: str | None = None,
        token_file: str | None = None,
        ca_file: str | None = None,
        **options: Any,
    ) -> Api:
        """The API server at an explicit address."""
        return cls(connection.at(host, token=token, token_file=token_file, ca_file=ca_file), **options)

    def close(self) -> None:
        """Let go of the idle connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def get(
        self,
        ref: ResourceRef,
        namespace: str | None,
        name: str,
        *,
        timeout: tuple[float, float] | None = None,
    ) -> dict[str, Any] | None:
        """One object, or None when it is not there."""
        try:
            return self._call("GET", ref.path(namespace, name), timeout=timeout)
        except NotFound:
            return None

    def get_namespace(self, name: str) -> dict[str, Any] | None:
        """One namespace, or None when it is not there."""
        return self.get(NAMESPACES, None, name)

    def list_pages(
        self, ref: ResourceRef, namespace: str | None, *, label_selector: str = "", limit: int = PAGE_SIZE
    ) -> Iterator[Page]:
        """All objects in pages; `Gone` when the list took so long that its snapshot was compacted away."""
        following = ""
        while True:
            query: list[tuple[str, Any]] = [("limit", limit)]
            if label_selector:
                query.append(("labelSelector", label_selector))
            if following:
                query.append(("continue", following))
            # NB: held until the reader asks for more, or is done with this one
            with self._pages:
                answer = self._call("GET", ref.path(namespace), query=query)
                metadata = answer.get("metadata") or {}
                following = metadata.get("continue") or ""
                page = Page(answer.get("items") or [], str(metadata.get("resourceVersion") or ""))
                # Drop every name for this page before asking for the next: a list never holds two.
                del answer, metadata
                yield page
                del page
            if not following:
                return

    def watch(
        self, ref: ResourceRef, namespace: str | None, resource_version: str, *, label_selector: str = ""
    ) -> WatchStream:
        """Events since a resourceVersion, bookmarks and ERROR events included, as the server sends them."""
        query: list[tuple[str, Any]] = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", resource_version),
            # The server ends the watch after this; spread, so that 68 watches do not come back at once.
            ("timeoutSeconds", self._rng.randint(240, 300)),
        ]
        if label_selector:
            query.append(("labelSelector", label_selector))
        path = ref.path(namespace)
        response = self._open(
            "GET", path, query=query, timeout=(self.timeouts.connect, self.timeouts.silence)
        )
        return WatchStream(response, f"watch {path}")

    def create(
        self,
        ref: ResourceRef,
        namespace: str | None,
        body: Mapping[str, Any],
        *,
        timeout: tuple[float, float] | None = None,
    ) -> dict[str, Any]:
        """Make an object; `AlreadyExists` when there is one."""
        return self._call("POST", ref.path(namespace), query=self._as_us, body=body, timeout=timeout)

    def update(
        self,
        ref: ResourceRef,
        namespace: str | None,
        name: str,
        body: Mapping[str, Any],
        *,
        timeout: tuple[float, float] | None = None,
    ) -> dict[str, Any]:
        """Replace an object; with a resourceVersion in its metadata only if nobody wrote in between."""
        return self._call("PUT", ref.path(namespace, name), query=self._as_us, body=body, timeout=timeout)

    def patch(
        self,
        ref: ResourceRef,
        namespace: str | None,
        name: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        subresource: str | None = None,
        content_type: str = MERGE_PATCH,
        timeout: tuple[float, float] | None = None,
    ) -> dict[str, Any]:
        """Change a part of an object and answer with all of it."""
        path = ref.path(namespace, name, subresource)
        return self._call(
            "PATCH", path, query=self._as_us, body=body, content_type=content_type, timeout=timeout
        )

    def delete(self, ref: ResourceRef, namespace: str | None, name: str, *, uid: str | None = None) -> bool:
        """Ask for the end of an object (of this uid); False when it is not there."""
        body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        try:
            self._call("DELETE", ref.path(namespace, name), body=body)
        except NotFound:
            return False
        return True

    def server_version(self) -> str:
        """What the API server calls itself, as v1.36.3."""
        return str(self._call("GET", "/version").get("gitVersion") or "unknown")

    def served(self, group: str, version: str) -> frozenset[str]:
        """The plurals served in a group and version; none when no CRD of it is installed."""
        try:
            answer = self._call("GET", group_version_path(group, version))
        except NotFound:
            return frozenset()
        names = (str(r.get("name") or "") for r in answer.get("resources") or [])
        return frozenset(name for name in names if name and "/" not in name)

    def exists(self, ref: ResourceRef) -> bool:
        """Whether the API server serves this resource."""
        return ref.plural in self.served(ref.group, ref.version)

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, Any]] = (),
        body: object = None,
        content_type: str = "application/json",
        timeout: tuple[float, float] | None = None,
    ) -> dict[str, Any]:
        where = f"{method} {path}"
        response = self._open(
            method, path, query=query, body=body, content_type=content_type, timeout=timeout
        )
        data = _read(response, where)
        try:
            answer = json.loads(data) if data else {}
        except ValueError as error:
            raise unanswered(where, error) from None
        if not isinstance(answer, dict):
            raise ApiError(response.status, "Unknown", f"{where}: the answer is not an object")
        return answer

    def _open(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, Any]] = (),
        body: object = None,
        content_type: str = "application/json",
        timeout: tuple[float, float] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request and answer with the open response, or raise what its status means."""
        where = f"{method} {path}"
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            # NB: the body is not given to param_serialize, which would copy it deeply for every call. It is here
            # that the credentials are refreshed, which may fail too.
            _, url, headers, _, _ = self._client.param_serialize(
                method, path, query_params=list(query), header_params=headers, auth_settings=["BearerToken"]
            )
            answer = self._client.call_api(
                method,
                url,
                headers,
                body,
                _request_timeout=timeout or (self.timeouts.connect, self.timeouts.read),
            )
        except (HTTPError, ApiException, ConfigException, OSError) as error:
            raise unanswered(where, error) from None
        response: urllib3.BaseHTTPResponse = answer.response
        if not 200 <= response.status <= 299:
            retry_after = response.headers.get("Retry-After")
            raise from_response(response.status, _read(response, where), retry_after, where)
        return response


def _read(response: urllib3.BaseHTTPResponse, where: str) -> bytes:
    """The body to its end, on every call.

    NB: an unread body keeps its connection out of the pool, and each call then opens a new TLS connection:
    twelve times the CPU for the same work.
    """
    try:
        return response.data
    except (HTTPError, OSError) as error:
        response.close()
        raise unanswered(where, error) from None
