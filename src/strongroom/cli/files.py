"""Files that commands read."""

import sys
from pathlib import Path

from strongroom.cli.settings import UsageError

_STDIN = "-"


def read_text(file: str) -> str:
    """Read a text in UTF-8; `-` is standard input. Raises UsageError when it cannot be read."""
    try:
        content = sys.stdin.buffer.read() if file == _STDIN else Path(file).read_bytes()
        return content.decode()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text in UTF-8") from None
