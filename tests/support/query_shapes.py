"""A service of the Query protocol with every shape in both directions, in botocore's words and in ours.

The models of IAM and STS hold maps, blobs and timestamps in answers only.
"""

from base64 import b64encode
from datetime import UTC, datetime

from botocore.model import ServiceModel
from hypothesis import strategies as st

from strongroom.protocol.query_errors import IAM_NAMESPACE
from strongroom.protocol.structures import AwsStruct, Timestamp

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff", min_codepoint=32)
TEXT = st.text(CHARACTERS | st.sampled_from("\t\n\r"))
NUMBERS = st.integers(-(2**31), 2**31 - 1)
SECONDS = st.integers(0, 253_402_300_799)
MOMENTS = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))

# The query protocol cannot tell an empty map, or an empty structure, from none.
INNERS = st.fixed_dictionaries(
    {"Names": st.lists(TEXT, max_size=3)},
    optional={"Counts": st.dictionaries(TEXT, NUMBERS, min_size=1), "At": MOMENTS},
)
ECHO = st.fixed_dictionaries(
    {},
    optional={
        "Text": TEXT,
        "Flag": st.booleans(),
        "Number": NUMBERS,
        "Moment": MOMENTS,
        "Data": st.binary(),
        "Texts": st.lists(TEXT, max_size=12),
        "Blobs": st.lists(st.binary(), max_size=3),
        "Moments": st.lists(MOMENTS, max_size=3),
        "Flags": st.dictionaries(TEXT, st.booleans(), min_size=1),
        "Inner": INNERS,
        "Inners": st.lists(INNERS, max_size=3),
    },
)


class Inner(AwsStruct, frozen=True, kw_only=True):
    names: list[str] | None = None
    counts: dict[str, int] | None = None
    at: Timestamp | None = None


class Everything(AwsStruct, frozen=True, kw_only=True):
    text: str | None = None
    flag: bool | None = None
    number: int | None = None
    moment: Timestamp | None = None
    data: bytes | None = None
    texts: list[str] | None = None
    blobs: list[bytes] | None = None
    moments: list[Timestamp] | None = None
    flags: dict[str, bool] | None = None
    inner: Inner | None = None
    inners: list[Inner] | None = None


def shape_of(kind: str, **details: object) -> dict[str, object]:
    return {"type": kind, **details}


def ref(shape: str) -> dict[str, object]:
    return {"shape": shape}


INNER_MEMBERS = {"Names": ref("Texts"), "Counts": ref("Counts"), "At": ref("Moment")}
EVERY_MEMBER = {
    **{name: ref(name) for name in ("Text", "Flag", "Number", "Moment", "Data", "Texts", "Blobs", "Moments", "Flags")},
    "Inner": ref("Inner"),
    "Inners": ref("Inners"),
}
EVERYTHING = ServiceModel(
    {
        "metadata": {
            "protocol": "query",
            "apiVersion": "2010-05-08",
            "serviceId": "everything",
            "endpointPrefix": "everything",
            "xmlNamespace": IAM_NAMESPACE,
        },
        "operations": {
            "Echo": {
                "name": "Echo",
                "http": {"method": "POST", "requestUri": "/"},
                "input": ref("Everything"),
                "output": {"shape": "Everything", "resultWrapper": "EchoResult"},
            }
        },
        "shapes": {
            "Everything": shape_of("structure", members=EVERY_MEMBER),
            "Inner": shape_of("structure", members=INNER_MEMBERS),
            "Inners": shape_of("list", member=ref("Inner")),
            "Text": shape_of("string"),
            "Flag": shape_of("boolean"),
            "Number": shape_of("integer"),
            "Moment": shape_of("timestamp"),
            "Data": shape_of("blob"),
            "Texts": shape_of("list", member=ref("Text")),
            "Blobs": shape_of("list", member=ref("Data")),
            "Moments": shape_of("list", member=ref("Moment")),
            "Counts": shape_of("map", key=ref("Text"), value=ref("Number")),
            "Flags": shape_of("map", key=ref("Text"), value=ref("Flag")),
        },
    }
)


def plain(value: object) -> object:
    """Turn what botocore takes and gives into what msgspec converts."""
    match value:
        case dict():
            return {key: plain(content) for key, content in value.items()}
        case list():
            return [plain(item) for item in value]
        case datetime():
            return value.timestamp()
        case bytes():
            return b64encode(value).decode()
    return value
