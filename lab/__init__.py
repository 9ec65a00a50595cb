"""A real Kubernetes control plane on one machine: the ground for the demo and the end-to-end tests.

Nothing in `canary/` knows of this package; an import contract holds that.
"""
