"""`python -m strongroom`."""

import sys

from strongroom.cli.main import program

sys.exit(program())
