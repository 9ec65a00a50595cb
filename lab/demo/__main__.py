"""`make demo`: a lab, the whole story with the user's own commands, and a summary of what was measured.

SPEED=real plays at the walk-through's own interval of 10 s; else it is shortened to 3 s. The lab stays up afterwards.
"""

import os
import sys
import time
from datetime import UTC, datetime

from lab.cluster import Lab, LabError
from lab.demo.project import Project
from lab.demo.story import Story, StoryError

SHORT_S, REAL_S = 3, 10
NAME = "demo"


def say(line: str) -> None:
    """A line with the time of day; the output is the demonstration."""
    print(f"{datetime.now(UTC).astimezone():%H:%M:%S} {line}" if line.strip() else line, flush=True)


def main() -> int:
    """0 when the story played as it should."""
    interval = REAL_S if os.environ.get("SPEED") == "real" else SHORT_S
    started = time.monotonic()
    lab = Lab(os.environ.get("CANARY_LAB_NAME") or NAME, say=say)
    try:
        lab.down()
        lab.up()
        ready = time.monotonic() - started
        project = Project(lab.paths.root / "project", lab.env(), say)
        story = Story(lab, project.create(**{"canary:analysis.interval": f"{interval}s"}), interval, say)
        story.play()
    except (LabError, StoryError, TimeoutError) as error:
        say(f"\nThe story did not play: {error}")
        return 1
    print(summary(story, ready, time.monotonic() - started), flush=True)
    return 0


def summary(story: Story, ready: float, total: float) -> str:
    """What was measured."""
    lines = ["", "Summary", f"  lab ready              {ready:7.1f} s"]
    for act in story.acts:
        plan = f"   (steps x interval {act.planned:.0f} s)" if act.planned else ""
        detail = f"   {act.outcome}" if act.outcome else ""
        lines.append(f"  {act.title:<22} {act.seconds:7.1f} s   exit {act.code}{plan}{detail}")
    lines.append(f"  in all                 {total:7.1f} s")
    traffic = story.traffic
    lines.append(f"  steady client: sent {traffic['sent']}, failed {traffic['failed']}")
    lines += [f"    answered by {version:<8} {count}" for version, count in sorted(traffic["versions"].items())]
    lines += [f"    {failure}" for failure in traffic["failures"]]
    lines.append(
        '  look around: eval "$(.venv/bin/python -m lab env --name demo)"; kubectl -n prod get pods\n'
        "  end it:      .venv/bin/python -m lab down --name demo"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
