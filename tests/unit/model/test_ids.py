import uuid

from strongroom.model.ids import new_uuid


def test_uuids_are_random_ones_of_version_4() -> None:
    made = [new_uuid() for _ in range(1000)]
    assert len(set(made)) == 1000
    for text in made:
        parsed = uuid.UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 4, uuid.RFC_4122)
    # All bits but the six fixed ones vary.
    values = [uuid.UUID(text).int for text in made]
    always_set, ever_set = values[0], 0
    for value in values:
        always_set &= value
        ever_set |= value
    assert ever_set ^ always_set == (1 << 128) - 1 - (0xF << 76) - (0b11 << 62)
