"""Entry of `pulumi-resource-kubernetes`: serve the `ResourceProvider` protocol until the engine is done.

It refuses to read anything but the engine's address, the only argument that matters.
"""

import sys

from lab.pulumi.kubernetes.provider import KubernetesProvider
from lab.pulumi.protos import provider_pb2_grpc
from lab.pulumi.serving import new_server, serve_until_told
from lab.pulumi.versions import kubernetes_version

# Each wait for readiness holds a thread, and a program may wait for many objects at once.
_THREADS = 64


def main() -> None:
    """Print the version for `--version`; otherwise serve."""
    if {"--version", "-version"} & set(sys.argv[1:]):
        print(kubernetes_version())
        return
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-") and ":" in argument]
    provider = KubernetesProvider(engine_address=addresses[0] if addresses else "")
    server = new_server(_THREADS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    serve_until_told(server, on_leave=provider.cancel)


if __name__ == "__main__":
    main()
