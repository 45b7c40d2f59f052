import pytest

from strongroom.model.grant import GrantConstraints


@pytest.mark.parametrize(
    ("constraints", "pairs"),
    [
        (GrantConstraints(encryption_context_equals={"a": "b"}), {"a": "b"}),
        (GrantConstraints(encryption_context_subset={"c": "d"}), {"c": "d"}),
        (GrantConstraints(encryption_context_equals={}), {}),
        (GrantConstraints(source_arn="arn:aws:ec2:us-east-1:111122223333:instance/i-1"), {}),
    ],
)
def test_the_pairs_are_those_of_either_context(constraints: GrantConstraints, pairs: dict[str, str]) -> None:
    assert constraints.encryption_context == pairs
