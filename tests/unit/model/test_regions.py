import botocore.session

from strongroom.model.regions import REGIONS


def test_the_regions_are_those_of_the_sdk() -> None:
    assert set(botocore.session.get_session().get_available_regions("kms")) == REGIONS
