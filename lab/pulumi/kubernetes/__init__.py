"""The Kubernetes provider: it makes a cluster's objects out of a program's resources, as the official provider does.

Server-side apply only; every kind, built in or custom, by the API server's own discovery. What it refuses, with a clear
message: client-side apply, rendering YAML, Helm and Kustomize.
"""
