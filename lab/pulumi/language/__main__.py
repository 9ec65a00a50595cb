"""Entry of `pulumi-language-python`: serve the `LanguageRuntime` protocol until the engine is done.

It refuses to read anything but the engine's address, the only argument that matters.
"""

import sys

from lab.pulumi.language.host import LanguageHost
from lab.pulumi.protos import language_pb2_grpc
from lab.pulumi.serving import new_server, serve_until_told
from lab.pulumi.versions import sdk_version

# Run and RunPlugin hold a thread for as long as a program or a policy pack lives.
_THREADS = 16


def main() -> None:
    """Print the version for `--version`; otherwise serve."""
    if {"--version", "-version"} & set(sys.argv[1:]):
        print(sdk_version())
        return
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-") and ":" in argument]
    host = LanguageHost(engine_address=addresses[0] if addresses else "")
    server = new_server(_THREADS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    serve_until_told(server, on_leave=host.interrupt)


if __name__ == "__main__":
    main()
