"""`python -m r1c` and the r1c command."""

from __future__ import annotations

import sys

from r1c.cli import main

if __name__ == "__main__":
    sys.exit(main())
