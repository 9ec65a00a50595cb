"""The versions the stand-ins claim: those of the Python packages they were made for, as the real plugins do.

The engine matches plugins to packages by these. This module refuses to import the packages: their metadata is enough.
"""

from importlib import metadata


def sdk_version() -> str:
    """The version of the Pulumi SDK beside the lab, such as `3.259.0`."""
    return metadata.version("pulumi")


def kubernetes_version() -> str:
    """The version of the Kubernetes package beside the lab, such as `4.34.2`; `0.0.0` when there is none."""
    try:
        return metadata.version("pulumi-kubernetes")
    except metadata.PackageNotFoundError:
        return "0.0.0"
