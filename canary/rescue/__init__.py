"""Bringing users home without Pulumi: by hand (`canary revert`), or by the guard in the cluster."""
