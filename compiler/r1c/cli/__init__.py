"""A command line -> its exit status, with usable standard streams and a message for every fault."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from r1c.cli import arguments
from r1c.commands.console import Console, prepare
from r1c.diagnostics import Refused, UserError

REPORT = "https://github.com/r1c-dev/r1c/issues"


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process, and return the exit status.

    0 done; 1 the profile has errors, or a comparison found a difference; 2 wrong usage or I/O trouble; 3 a
    internal error of r1c; 130 interrupted.
    """
    try:
        return _main(words)
    except OSError:
        # Standard error cannot be written either, so that nothing can be said.
        _give_up(sys.stderr)
        return 2


def _main(words: Sequence[str] | None) -> int:
    console = Console()
    try:
        prepare()
        status = run(sys.argv[1:] if words is None else words, console)
        if sys.stdout is not None:
            sys.stdout.flush()
    except Refused as refused:
        from r1c.diagnostics.text import as_text

        console.report(as_text(refused.diagnostics, colour=console.colour()))
        return 1
    except UserError as error:
        _say(f"r1c: {error}\n")
        return 2
    except (KeyboardInterrupt, EOFError):
        # The terminal has written ^C, or what it had asked for, and is still in that line.
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        # The reader has closed the pipe, so there is nobody to report to.
        _give_up(sys.stdout)
        return 141
    except OSError as error:
        _say(f"r1c: {error.filename or 'standard output'}: {error.strerror or error}\n")
        _give_up(sys.stdout)
        return 2
    except Exception as error:
        _say(f"r1c: this is a bug in r1c, not a fault of your profile: {error}\n")
        sys.stderr.write(
            f"Please report it at {REPORT}, with the profile if you can; -v prints the details.\n"
        )
        if console.verbose:
            import traceback

            traceback.print_exc()
        return 3
    else:
        return status


def run(words: Sequence[str], console: Console) -> int:
    """Run a command line and return the exit status, faults let through.

    Raises whatever the command raises.
    """
    call = arguments.read(words, console)
    if call is None:
        from r1c.cli.click_commands import read

        answer = read(words, console)
        if isinstance(answer, int):
            return answer
        call = answer
    return call.run(console, **arguments.filled(call))


def _say(text: str) -> None:
    """Write a message to standard error with its control characters escaped.

    The message may quote a file or an argument.
    """
    from r1c.diagnostics.text import printable

    sys.stderr.write("\n".join(map(printable, text.split("\n"))))


def _give_up(stream: TextIO | None) -> None:
    """Discard unwritten output: Python would try to write it again at exit, and report an error."""
    if stream is not None:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
