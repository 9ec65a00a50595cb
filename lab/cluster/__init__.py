"""A real Kubernetes control plane in one network namespace, started and ended by one command.

The supervisor keeps processes; what pods and traffic are is the business of `lab.node` and `lab.mesh`.
"""

from lab.cluster.errors import LabError, LabNotRunning
from lab.cluster.lab import Lab
from lab.cluster.paths import LabPaths

__all__ = ["Lab", "LabError", "LabNotRunning", "LabPaths"]
