"""`python -m r1c` and the r1c command."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line and return the exit status."""
    # A run creates many objects and no cycles worth collecting: look for them seldom.
    gc.set_threshold(50_000, 20, 20)
    try:
        from r1c import cli

        return cli.main()
    except KeyboardInterrupt:  # while modules are imported
        return 130
    finally:
        gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
