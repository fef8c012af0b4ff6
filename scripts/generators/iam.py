"""The files of iam/ that follow the table: the controller's policy in parts, and the trust document of its role."""

import json
from pathlib import Path

from controller.kinds.load import kinds
from scripts.permissions.documents import Document, Place, policies, queue_policy, trust

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "iam"

# What events/ calls its queue and its rule.
QUEUE = "sagemaker-operators-events"


def iam() -> dict[Path, str]:
    """The policies for all kinds and the trust document, with placeholders for what only a platform team knows."""
    place = Place()
    trusted = trust(place.partition, place.account, "${OIDC_PROVIDER}", "${NAMESPACE}", "${SERVICE_ACCOUNT}")
    files = {
        f"controller-policy-{part}.json": document
        for part, document in policies(kinds().values(), place).items()
    }
    queue = queue_policy([place.arn("sqs", QUEUE)])
    further = {"controller-policy-events.json": queue, "trust-irsa.json": trusted}
    return {FOLDER / name: _text(document) for name, document in {**files, **further}.items()}


def _text(document: Document) -> str:
    return json.dumps(document, indent=2) + "\n"
