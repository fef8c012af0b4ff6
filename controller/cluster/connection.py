"""How the API server is found and how we say who we are: in a pod, by a kubeconfig, or by explicit address.

The only file that fills in the Kubernetes client's Configuration; no call to the API server is made here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.config.config_exception import ConfigException
from yaml import YAMLError

# Where the kubelet mounts a pod's service account.
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

# The kubelet replaces a projected token when 80 % of its life (at least 10 min) are over, so one that is at
# most a minute old is always good.
TOKEN_REREAD_SECONDS = 60.0


class NotConfigured(Exception):
    """The API server cannot be addressed; the sentence says what to set."""


def in_cluster(
    *,
    environ: Mapping[str, str] = os.environ,
    account: Path = SERVICE_ACCOUNT,
    clock: Callable[[], float] = time.monotonic,
) -> client.Configuration:
    """The service account of the pod we run in.

    Not by the client's own loader: that one fails a call which meets the token file while it is being swapped.
    """
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        raise NotConfigured(
            "not running in a pod (KUBERNETES_SERVICE_HOST is not set); give a kubeconfig, or run in a cluster"
        )
    authority = account / "ca.crt"
    if not authority.is_file():
        raise NotConfigured(
            f"{authority} is not there: the pod has no service account token mounted; "
            "set automountServiceAccountToken: true"
        )
    address = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return at(address, token_file=str(account / "token"), ca_file=str(authority), clock=clock)


def from_kubeconfig(
    path: str | None = None,
    context: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.monotonic,
) -> client.Configuration:
    """A kubeconfig file (else $KUBECONFIG, else ~/.kube/config) and one of its contexts."""
    file = path or environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    configuration = _blank()
    try:
        # NB: persist_config would write refreshed tokens into the user's own file.
        config.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=file, context=context, client_configuration=configuration, persist_config=False
        )
    # NB: the loader checks nothing: what is no YAML, or YAML of another shape, falls out of it as these.
    except (ConfigException, OSError, YAMLError, ValueError, TypeError, AttributeError, KeyError) as error:
        wanted = f" with context {context}" if context else ""
        raise NotConfigured(f"kubeconfig {file}{wanted} cannot be used: {error}") from None
    _renew_seldom(configuration, clock)
    return configuration


def found(
    kubeconfig: str | None = None, context: str | None = None, *, environ: Mapping[str, str] = os.environ
) -> client.Configuration:
    """What is asked for, else $KUBECONFIG, else the pod's service account, else ~/.kube/config."""
    asked = kubeconfig or context or environ.get("KUBECONFIG")
    if not asked and environ.get("KUBERNETES_SERVICE_HOST"):
        return in_cluster(environ=environ)
    return from_kubeconfig(kubeconfig, context, environ=environ)


def at(
    host: str,
    *,
    token: str | None = None,
    token_file: str | None = None,
    ca_file: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> client.Configuration:
    """An explicit address; a token file is read again every minute, because tokens rotate."""
    configuration = _blank()
    configuration.host = host.rstrip("/")
    configuration.ssl_ca_cert = ca_file
    if token_file is not None:
        _keep_token_fresh(configuration, Path(token_file), clock)
    elif token is not None:
        configuration.api_key["BearerToken"] = f"Bearer {token}"
    return configuration


def _keep_token_fresh(configuration: client.Configuration, file: Path, clock: Callable[[], float]) -> None:
    read_at = [clock()]

    def read() -> str:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NotConfigured(f"token file {file} cannot be read: {error}") from None
        if not token:
            raise NotConfigured(f"token file {file} is empty")
        return f"Bearer {token}"

    def refresh(which: Any) -> None:
        if clock() - read_at[0] < TOKEN_REREAD_SECONDS:
            return
        # NB: the file may be absent or empty while the kubelet swaps it; the old token is good for minutes.
        try:
            which.api_key["BearerToken"] = read()
            read_at[0] = clock()
        except NotConfigured:
            return

    configuration.api_key["BearerToken"] = read()
    configuration.refresh_api_key_hook = refresh  # type: ignore[assignment]


def _renew_seldom(configuration: client.Configuration, clock: Callable[[], float]) -> None:
    """Let the client look after its credentials once a minute: it would set everything anew before each call.

    That took a tenth of the CPU of a job. The client renews credentials five minutes before they expire.
    """
    renew: Callable[[Any], None] | None = configuration.refresh_api_key_hook
    if renew is None:
        return
    renewed_at = [clock()]

    def refresh(which: Any) -> None:
        if clock() - renewed_at[0] < TOKEN_REREAD_SECONDS:
            return
        renew(which)
        which.refresh_api_key_hook = refresh  # NB: it has put itself in this place
        renewed_at[0] = clock()

    configuration.refresh_api_key_hook = refresh  # type: ignore[assignment]


def _blank() -> client.Configuration:
    configuration = client.Configuration()
    # NB: by default urllib3 re-sends a GET that met a 429 three times, sleeping inside the calling thread.
    configuration.retries = False
    # A watch that a load balancer forgot is found by the kernel as well as by our inactivity time-out.
    configuration.keep_alive = True
    return configuration
