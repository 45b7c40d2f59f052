"""Signatures of requests to external key store proxies, with botocore as the oracle."""

import datetime as dt
import string

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from strongroom.custody.xks_signature import XksSigner

ACCESS_KEY_ID = "HGIE2BUAFNDMBCMSQVWLGCEXAMPLE"
FAKE_SECRET = "fake+secret/of+a+proxy/0123456789/fake+secret="  # noqa: S105 - it is no secret
NAMES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=20)
MOMENTS = st.integers(0, 4_000_000_000)


def by_botocore(host: str, path: str, body: bytes, time: float, region: str) -> str:
    timestamp = dt.datetime.fromtimestamp(time, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    request = AWSRequest("POST", f"https://{host}{path}", {"Host": host, "X-Amz-Date": timestamp}, body)
    request.context["timestamp"] = timestamp
    signer = SigV4Auth(Credentials(ACCESS_KEY_ID, FAKE_SECRET), "kms-xks-proxy", region)
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders=host;x-amz-date, Signature={signature}"


@given(
    host=st.sampled_from(["xks.example.com", "localhost:8443", "[::1]:1"]),
    segments=st.lists(NAMES | st.just(""), max_size=4),
    body=st.binary(max_size=100),
    time=MOMENTS,
    region=st.sampled_from(["us-east-1", "eu-central-2"]),
)
def test_signatures_are_botocores(host: str, segments: list[str], body: bytes, time: int, region: str) -> None:
    path = f"/{'/'.join(segments)}/kms/xks/v1/health"
    headers = XksSigner(ACCESS_KEY_ID, FAKE_SECRET, region).headers(host=host, path=path, body=body, time=time)
    assert headers["Authorization"] == by_botocore(host, path, body, time, region)


def test_headers_are_the_host_the_date_and_the_signature() -> None:
    headers = XksSigner(ACCESS_KEY_ID, FAKE_SECRET, "us-west-2").headers(
        host="xks.example.com", path="/kms/xks/v1/health", body=b"{}", time=1_633_780_800.9
    )
    assert headers.keys() == {"Host", "X-Amz-Date", "Authorization"}
    assert headers["Host"] == "xks.example.com"
    assert headers["X-Amz-Date"] == "20211009T120000Z"
    assert headers["Authorization"].startswith(
        f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20211009/us-west-2/kms-xks-proxy/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature="
    )


def test_a_signer_does_not_show_its_secret() -> None:
    assert FAKE_SECRET not in repr(XksSigner(ACCESS_KEY_ID, FAKE_SECRET, "us-west-2"))
