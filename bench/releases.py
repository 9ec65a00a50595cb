"""Random releases in hostile worlds on all cores: `python bench/releases.py [RELEASES] [--first SEED]`.

Each seed is one release (`tests/core/hostile.py`), the same one wherever and whenever it is played. A rule that does
not hold is printed with its seed and the command that plays that release alone; then the exit code is 1.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.core.hostile import Violation, play

CHUNK = 500  # releases between two lines of progress, for each process
MOST_SHOWN = 10


def outcomes(seeds: range) -> tuple[Counter[str], list[tuple[int, str]]]:
    """How the releases of these seeds ended, and the rules that did not hold."""
    counted: Counter[str] = Counter()
    broken = []
    for seed in seeds:
        try:
            counted[play(seed)] += 1
        except Violation as violation:
            broken.append((seed, str(violation)))
    return counted, broken


def chunks(first: int, releases: int) -> Iterator[range]:
    """The seeds, in portions."""
    last = first + releases
    return (range(begin, min(begin + CHUNK, last)) for begin in range(first, last, CHUNK))


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description="Random releases in hostile worlds.")
    parser.add_argument("releases", nargs="?", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed (default: 0)")
    given = parser.parse_args()
    started, counted, found = time.monotonic(), Counter[str](), 0
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for done, broken in pool.imap_unordered(outcomes, chunks(given.first, given.releases)):
            counted += done
            for seed, rule in broken[: max(0, MOST_SHOWN - found)]:
                print(f"\nrelease {seed}: {rule}\n  replay: {sys.executable} bench/releases.py 1 --first {seed}")
            found += len(broken)
            progress = f"{counted.total() + found} of {given.releases} releases, {found} broke a rule"
            print(f"\r{progress}", end="" if sys.stdout.isatty() else "\n", flush=True)
    ended = ", ".join(f"{number} {phase}" for phase, number in counted.most_common())
    took = time.monotonic() - started
    print(f"\n{given.releases} releases from seed {given.first}: {ended}; {found} broke a rule; {took:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
