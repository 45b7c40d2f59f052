from strongroom.model.failures import describe


def fail(content: str) -> None:
    raise LookupError(f"not-{content}")


def test_a_failure_is_shown_without_what_the_request_held() -> None:
    try:
        fail("shown")
    except LookupError as error:
        text = describe(error)
    assert text.startswith("LookupError\n")
    assert "in fail" in text
    assert "not-shown" not in text
