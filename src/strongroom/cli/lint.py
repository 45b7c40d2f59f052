"""`strongroom lint`."""

import argparse
import sys
from pathlib import Path

from strongroom.cli.output import print_json
from strongroom.cli.settings import UsageError
from strongroom.policy import lint as linter

KINDS = ("key", "identity", "trust")

_STDIN = "-"


def lint(arguments: argparse.Namespace) -> int:
    """Print what is wrong with a policy; gives 1 when something is.

    Raises:
        UsageError: the file cannot be read.
    """
    findings = linter.lint(_read(arguments.file), arguments.kind, account_id=arguments.account_id)
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    if arguments.json:
        print_json({"file": arguments.file, "errors": errors, "warnings": warnings, "findings": findings})
    else:
        for finding in findings:
            print(_line(arguments.file, finding))
    return 1 if errors or (arguments.strict and warnings) else 0


def _line(file: str, finding: linter.Finding) -> str:
    place = f"{file}:{finding.line}:{finding.column}"
    return f"{place}: {finding.severity}: {finding.message} [{finding.code}]"


def _read(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == _STDIN else Path(file).read_bytes()
        return content.decode()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text in UTF-8") from None
