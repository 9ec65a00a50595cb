"""Stand-ins for the Pulumi plugins that no package registry serves.

The Pulumi engine itself is the real one. It asks for three more programs by name: the Python language host, the
launcher of dynamic providers and the Kubernetes provider. Where the official ones are installed they are used; these
here follow their protocol, names, inputs, outputs, diffs and waits, so that swapping them in changes nothing in a
program. This package refuses to know of `canary/`: it serves any Pulumi program in Python.
"""

from lab.pulumi.install import install, install_into_home

__all__ = ["install", "install_into_home"]
