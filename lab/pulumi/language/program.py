"""Runs one Pulumi program in the project's own Python; the language host starts it as a script.

It runs where only the project's packages are, so it imports nothing but the standard library and the SDK. What the user
sees of a failing program is decided here: a `RunError` is its message, anything else a traceback cut to the user's own
frames. It refuses to know how it was found or what becomes of its exit code.
"""

import argparse
import asyncio
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Tells the language host that the user has already been shown what is wrong.
SHOWN_TO_USER = 32
_THREADS_FOR_EACH_PARALLEL_OPERATION = 4

_NO_SDK = """
It looks like the Pulumi SDK has not been installed. Have you run pip install?
If you are running in a virtualenv, you must run pip install -r requirements.txt from inside the virtualenv."""

try:
    import pulumi
    import pulumi.runtime
except ImportError:
    print(traceback.format_exc(), file=sys.stderr)
    print(_NO_SDK, file=sys.stderr)
    sys.exit(1)


def main() -> None:
    """Configure the SDK from the arguments and the environment, run the program, exit with its code."""
    arguments = _parse()
    _configure(arguments)
    sys.argv = [arguments.PROGRAM, *arguments.ARGS]
    if arguments.pwd is not None:
        os.chdir(arguments.pwd)
    # A failed program leaves futures nobody awaits; asyncio's complaints about them would bury the real message.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    sys.exit(_run(arguments.PROGRAM, int(arguments.parallel)))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a Pulumi program")
    for name in ("project", "root_directory", "stack", "pwd", "monitor", "engine", "tracing", "organization"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--parallel", default="0")
    parser.add_argument("--dry_run", default="false")
    parser.add_argument("PROGRAM")
    parser.add_argument("ARGS", nargs="*")
    return parser.parse_args()


def _configure(arguments: argparse.Namespace) -> None:
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=arguments.monitor,
            engine=arguments.engine,
            project=arguments.project,
            stack=arguments.stack,
            parallel=int(arguments.parallel),
            dry_run=arguments.dry_run == "true",
            organization=arguments.organization,
            root_directory=arguments.root_directory,
        )
    )


def _run(program: str, parallel: int) -> int:
    place = Path(program).absolute()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    threads = ThreadPoolExecutor(max_workers=max(parallel, 1) * _THREADS_FOR_EACH_PARALLEL_OPERATION)
    loop.set_default_executor(threads)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run_user_code(program, place)))
    except pulumi.RunError as problem:
        pulumi.log.error(str(problem))
        return 1
    except Exception:  # noqa: BLE001  (whatever a user's program raises is shown, not handled)
        pulumi.log.error("Program failed with an unhandled exception:\n" + _users_traceback(place))
        return SHOWN_TO_USER
    except KeyboardInterrupt:
        _leave_at_once()
    finally:
        threads.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _leave_at_once() -> None:
    # The engine interrupts a program whose update is over. Its threads may still wait for answers that never come, and
    # a traceback of that would bury what really failed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _run_user_code(program: str, place: Path) -> None:
    if place.is_dir() and not (place / "__main__.py").exists():
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{place}`")
        sys.exit(SHOWN_TO_USER)
    runpy.run_path(program, run_name="__main__")


def _users_traceback(place: Path) -> str:
    frames = traceback.extract_tb(sys.exc_info()[2])
    entry = _module_file(place)
    for index, frame in enumerate(frames):
        if _module_file(Path(frame.filename)) == entry:
            return traceback.format_exc(limit=index - len(frames))
    return traceback.format_exc()


def _module_file(path: Path) -> Path:
    return (path if path.suffix else path / "__main__.py").resolve()


if __name__ == "__main__":
    main()
