"""The naming rule: an API member such as ``RoleArn`` is the manifest key ``roleARN``. Pure text, nothing about kinds.

The rule is the incumbent's (aws-controllers-k8s/pkg names.go, v1alpha1 manifests), because manifests are kept: an ordered
list of initialisms, each of which has a form at the start of a name and one inside it. ``tests/kinds/ack-names.json``
holds what the incumbent makes of every member of the service model and is the oracle.
"""

import re
from functools import lru_cache

# (what to find, its form inside a name, its form at the start), applied in this order. Only the initialisms that occur in
# SageMaker's model; look-aheads keep words such as "Identifier", "Idle", "Part" and "Native" whole.
INITIALISMS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), upper, lower)
    for pattern, upper, lower in (
        (r"Ids", "IDs", "ids"),
        (r"Id(?!entifier|le|entity|entities|empotency|c)", "ID", "id"),
        (r"Ip(?!art|am|Address)", "IP", "ip"),
        (r"Ami", "AMI", "ami"),
        (r"Acl", "ACL", "acl"),
        (r"Api", "API", "api"),
        (r"Arn", "ARN", "arn"),
        (r"Aws", "AWS", "aws"),
        (r"Cidr", "CIDR", "cidr"),
        (r"Cpu", "CPU", "cpu"),
        (r"Dns", "DNS", "dns"),
        (r"Ebs", "EBS", "ebs"),
        (r"Ec2", "EC2", "ec2"),
        (r"Ecr", "ECR", "ecr"),
        (r"Efs", "EFS", "efs"),
        (r"Eks", "EKS", "eks"),
        (r"Gpu", "GPU", "gpu"),
        (r"Https", "HTTPS", "https"),
        (r"Http", "HTTP", "http"),
        (r"Iam", "IAM", "iam"),
        (r"Gid", "GID", "gid"),
        (r"Io(?!ps)", "IO", "io"),
        (r"Iops", "IOPS", "iops"),
        (r"Json", "JSON", "json"),
        (r"Kms", "KMS", "kms"),
        (r"Sha256", "SHA256", "sha256"),
        (r"Sns", "SNS", "sns"),
        (r"Sql", "SQL", "sql"),
        (r"Sqs", "SQS", "sqs"),
        (r"Uri(?!ty)", "URI", "uri"),
        (r"Url", "URL", "url"),
        (r"Uid", "UID", "uid"),
        (r"Ui(?![Dd])", "UI", "ui"),
        (r"Vpc(?!e)", "VPC", "vpc"),
    )
)

# A manifest key that is a Go keyword ends in "_": the incumbent's keys are generated from Go fields.
KEYWORDS = frozenset(
    {"type", "range", "default", "map", "func", "package", "interface", "select", "switch", "var"}
)


def _initialisms(name: str) -> str:
    for pattern, upper, lower in INITIALISMS:
        if name.startswith(upper):
            name = lower + name[len(upper) :]
        if match := pattern.search(name):
            if match.start() == 0:
                name = lower + pattern.sub(upper, name[match.end() :])
            else:
                name = pattern.sub(upper, name)
    return name


@lru_cache(maxsize=4096)  # 1,900 names in the whole service model
def key_of(member: str) -> str:
    """The manifest key of an API member: ``key_of("VolumeKmsKeyId") == "volumeKMSKeyID"``."""
    name = _initialisms(member)
    name = _initialisms(name[:1].lower() + name[1:])
    return f"{name}_" if name in KEYWORDS else name


def plural_of(name: str) -> str:
    """The CRD plural of a kind: ``plural_of("Model") == "models"``, by the incumbent's (English) rule."""
    low = name.lower()
    if low.endswith("y") and low[-2:-1] not in "aeiou":
        return f"{low[:-1]}ies"
    return f"{low}es" if low.endswith(("s", "x", "ch", "sh")) else f"{low}s"


@lru_cache(maxsize=4096)
def ref_key_of(member: str) -> str:
    """The manifest key of the reference that stands beside a member: ``ref_key_of("EndpointConfigName") == "endpointConfigRef"``."""
    key = key_of(member)
    stem = re.sub(r"(ARN|ID|Name)s?$", "", key)
    plural = "s" if key.endswith("s") and stem != key else ""
    return f"{stem or key}Ref{plural}"
