"""What every Pulumi plugin process does alike: serve gRPC on a free port, say which, and leave when told or orphaned.

The engine reads the port from the first line of standard output, interrupts the process group at the end, and kills it
five seconds later. This module refuses to know which service is served.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

_UNLIMITED: list[tuple[str, int]] = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A second listener on the port must fail instead of sharing it.
    ("grpc.so_reuseport", 0),
]
_PARENT_CHECK_SECONDS = 2.0
_GRACE_SECONDS = 1.0


def channel_to(address: str) -> grpc.Channel:
    """An insecure channel to a process on this machine, without a limit on message size."""
    return grpc.insecure_channel(address, options=_UNLIMITED)


def new_server(threads: int) -> grpc.Server:
    """A server that answers up to `threads` calls at once."""
    return grpc.server(ThreadPoolExecutor(max_workers=threads), options=_UNLIMITED)


def listen(server: grpc.Server) -> int:
    """Start `server` on a free port of 127.0.0.1 and return the port."""
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return port


def serve_until_told(server: grpc.Server, on_leave: Callable[[], None]) -> None:
    """Serve, print the port, and return after an interrupt, a termination, or the death of the parent process.

    `on_leave` is called once, before the calls in flight get their last second.
    """
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    parent = os.getppid()
    print(listen(server), flush=True)
    while not leave.wait(_PARENT_CHECK_SECONDS):
        if os.getppid() != parent:
            break
    on_leave()
    server.stop(_GRACE_SECONDS).wait()
    sys.stdout.flush()
