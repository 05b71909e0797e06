"""`python -m r1c` and the r1c command: what needs no more than a text is answered at once."""

from __future__ import annotations

import gc
import os
import sys


def main() -> int:
    """Run the command line and return the exit status; to interrupt the loading of it is no fault either."""
    try:
        return _main()
    except KeyboardInterrupt:
        return 130


def _main() -> int:
    text = _ready(sys.argv[1:])
    if text is None or sys.stdout is None:
        # A run makes objects by the ten thousand and drops them all at its end: to look for cycles every 700
        # of them takes a tenth of its time.
        gc.set_threshold(50_000, 20, 20)
        from r1c.cli import main as run

        return run()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python must not try again at exit. A reader that has gone hears nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 141
        sys.stderr.write(f"r1c: standard output: {error.strerror}\n")
        return 2
    return 0


def _ready(arguments: list[str]) -> str | None:
    """Return the version or the help page, or None where the command line itself has to answer."""
    if arguments in (["--version"], ["-V"]):
        from r1c import __version__

        return f"r1c {__version__}\n"
    if arguments in (["--help"], ["-h"]):
        from r1c.help_pages import PAGES, WIDEST

        return PAGES.get(min(_columns(), WIDEST))
    return None


def _columns() -> int:
    """Return the width of the terminal as shutil.get_terminal_size does, which is slow to import."""
    try:
        columns = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        columns = 0
    if columns > 0:
        return columns
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else -1).columns or 80
    except (OSError, ValueError):
        return 80


if __name__ == "__main__":
    sys.exit(main())
