"""The addresses of the lab's own network, the same in every lab: each lab has a network namespace to itself."""

POD_CIDR = "10.42.0.0/16"
SERVICE_CIDR = "10.43.0.0/16"
NODE_CIDR = "10.44.0.0/16"
LOCAL_CIDRS = (POD_CIDR, SERVICE_CIDR, NODE_CIDR)

NODE_IP = "10.44.0.1"
API_SERVICE_IP = "10.43.0.1"
DNS_IP = "10.43.0.10"
PROMETHEUS_IP = "10.43.0.20"
"""Fixed in manifests/prometheus.yaml, so that the relay needs no look-up."""

API_PORT = 6443
"""The API server listens on 127.0.0.1 only; the relay answers for its Service and for the node's address."""
PROMETHEUS_PORT = 9090
CLUSTER_DOMAIN = "cluster.local"
DEFAULT_NAMESPACE = "prod"


def resolver(namespace: str = DEFAULT_NAMESPACE) -> str:
    """The resolv.conf with which short names mean Services of `namespace`, as they do for its pods."""
    search = f"{namespace}.svc.{CLUSTER_DOMAIN} svc.{CLUSTER_DOMAIN} {CLUSTER_DOMAIN}"
    return f"nameserver {DNS_IP}\nsearch {search}\noptions ndots:5\n"
