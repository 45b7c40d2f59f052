"""The console makes the wizard's policies by the same rules as the server: both are held against the same cases."""

from tests.unit.policy.wizard_cases import CONSOLE_COPY, console_cases


def test_the_console_is_tested_with_the_policies_of_today() -> None:
    assert CONSOLE_COPY.read_text() == console_cases()
