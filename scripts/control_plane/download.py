"""Published envtest archives: fetched, compared with the hash we have committed, unpacked. Never anything unverified."""

import hashlib
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from pathlib import Path

from scripts.control_plane.tools import Archive

PUBLISHED = "https://github.com/kubernetes-sigs/controller-tools/releases/download"
_REACHABLE_WITHIN = 3.0  # seconds: without internet the build should start at once
_STALLED_AFTER = 20.0  # seconds without a byte, once it has begun
_CHUNK = 1 << 20


class NotDownloadedError(Exception):
    """The archive was not to be had or not what it must be; the message says which."""


def base_address(environment: Mapping[str, str]) -> str:
    """Where archives come from; empty when downloads are switched off."""
    return environment.get("SAGEMAKER_OPERATORS_ENVTEST_URL", PUBLISHED).rstrip("/")


def fetch(archive: Archive, system: str, base: str, into: Path) -> Path:
    """Download the archive of a platform into a folder; its path, when its hash is the committed one.

    Raises:
        NotDownloadedError: not reachable, no hash known, or the wrong content.
    """
    expected = archive.sha512.get(system)
    if expected is None:
        raise NotDownloadedError(f"no hash of the envtest archive for {system} is known")
    address = f"{base}/envtest-v{archive.version}/{archive.file_name(system)}"
    path = into / archive.file_name(system)
    digest = hashlib.sha512()
    try:
        _knock(address)
        with urllib.request.urlopen(address, timeout=_STALLED_AFTER) as answer, path.open("wb") as file:
            while chunk := answer.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
    except (OSError, HTTPException, ValueError) as error:  # URLError and time-outs are OSErrors
        raise NotDownloadedError(
            f"{address} is not to be had ({getattr(error, 'reason', '') or error})"
        ) from error
    if digest.hexdigest() != expected:
        path.unlink()
        raise NotDownloadedError(
            f"{address} was refused: its SHA-512 is {digest.hexdigest()[:12]}… where {expected[:12]}… is published"
        )
    return path


def unpack(path: Path, wanted: Iterable[str], into: Path) -> dict[str, Path]:
    """The wanted programs of a verified archive, by name, as runnable files in a folder."""
    names = set(wanted)
    unpacked = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = Path(
                member.name
            ).name  # NB: only ever the last part: no member can name a place outside the folder
            content = archive.extractfile(member) if member.isfile() and name in names else None
            if content is None:
                continue
            target = into / name
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
            target.chmod(0o755)
            unpacked[name] = target
    return unpacked


def _knock(address: str) -> None:
    """Whether anybody answers there soon. An answer that is an error is an answer: the download will say more."""
    try:
        urllib.request.urlopen(
            urllib.request.Request(address, method="HEAD"), timeout=_REACHABLE_WITHIN
        ).close()
    except urllib.error.HTTPError as error:
        error.close()
