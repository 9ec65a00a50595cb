"""A steady client: asks one URL at a fixed rate, one request at a time per worker, and counts who answered.

Runs inside the lab as `python -m lab.demo.client URL --rate 20 --seconds 900 --out FILE`; ends at SIGTERM or after
its time.
Every answer but a 200 is a failure and is kept with its moment. FILE holds the counts as JSON, rewritten each second.
"""

import argparse
import contextlib
import http.client
import json
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
KEPT_FAILURES = 50


@dataclass
class Tally:
    """What was seen; thread-safe by its lock."""

    sent: int = 0
    failed: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answered(self, version: str) -> None:
        """A 200 came from `version`."""
        with self.lock:
            self.sent += 1
            self.versions[version] += 1

    def missed(self, why: str) -> None:
        """Anything else."""
        with self.lock:
            self.sent += 1
            self.failed += 1
            if len(self.failures) < KEPT_FAILURES:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {why}")

    def write(self, path: Path) -> None:
        """Put the counts into `path` at once."""
        with self.lock:
            text = json.dumps(
                {"sent": self.sent, "failed": self.failed, "versions": self.versions, "failures": self.failures}
            )
        partial = path.with_suffix(".part")
        partial.write_text(text)
        partial.replace(path)


def work(url: str, pause: float, tally: Tally, stop: threading.Event) -> None:
    """One worker, with one connection that it opens anew after a failure."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
    due = time.monotonic()
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = max(due + pause, time.monotonic() - 1)
        try:
            connection.request("GET", parts.path or "/")
            answer = connection.getresponse()
            body = answer.read()
            _count(answer.status, body, tally)
        except (OSError, http.client.HTTPException) as error:
            tally.missed(f"{type(error).__name__}: {error}")
            connection.close()


def _count(status: int, body: bytes, tally: Tally) -> None:
    version = "?"
    with contextlib.suppress(ValueError, AttributeError):
        version = json.loads(body).get("version", "?")
    if status == http.client.OK:
        tally.answered(version)
    else:
        tally.missed(f"status {status} from {version}")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, default=20, help="requests a second, at most 200")
    parser.add_argument("--seconds", type=float, default=900)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    tally, stop = Tally(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    pause = args.workers / min(args.rate, 200)
    threads = [
        threading.Thread(target=work, args=(args.url, pause, tally, stop), daemon=True) for _ in range(args.workers)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + args.seconds
    while not stop.wait(1) and time.monotonic() < end:
        tally.write(args.out)
    stop.set()
    for thread in threads:
        thread.join(TIMEOUT_S)
    tally.write(args.out)


if __name__ == "__main__":
    main()
