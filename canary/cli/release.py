"""Which release a command is about: its name and namespace, and the cluster in which it is."""

import argparse

from canary.adapters.cluster import Cluster
from canary.adapters.kubeconfig import Connection
from canary.core.spec import Target


def add_release(parser: argparse.ArgumentParser) -> None:
    """The arguments that every command about a release has."""
    parser.add_argument("name", metavar="NAME", help="the release's workload: the canary's Deployment or DaemonSet")
    parser.add_argument("-n", "--namespace", required=True, help="where it is")
    parser.add_argument("--kubeconfig", default="", metavar="FILE", help="default: $KUBECONFIG, else ~/.kube/config")
    parser.add_argument("--context", default="", help="default: the kubeconfig's current one")


def cluster_of(given: argparse.Namespace) -> Cluster:
    """The cluster; nothing is opened before its first use."""
    return Cluster(Connection(given.kubeconfig, given.context))


def target_of(given: argparse.Namespace, service: str = "", kind: str = "Deployment") -> Target:
    """The release's objects. The Services' port is not known here, and nothing a command does needs it."""
    return Target(given.name, given.namespace, service or given.name, port=0, kind=kind)
