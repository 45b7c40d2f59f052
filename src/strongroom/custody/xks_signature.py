"""Signs requests to an external key store proxy by AWS Signature Version 4.

Source: AWS KMS External Key Store Proxy API Specification, appendix A; the numbered comments are its tasks.
"""

import datetime as dt
import hashlib
import hmac
from typing import Final

from strongroom.model.xks import SIGNING_SERVICE

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_TERMINATOR: Final = "aws4_request"
_SIGNED_HEADERS: Final = "host;x-amz-date"


class XksSigner:
    """Signs with the credential that the operator of a proxy gave for it."""

    def __init__(self, access_key_id: str, secret_access_key: str, region: str) -> None:
        """Take the credential and the region that the requests come from."""
        self._access_key_id = access_key_id
        self._secret_access_key = secret_access_key
        self._region = region

    def headers(self, *, host: str, path: str, body: bytes, time: float) -> dict[str, str]:
        """Give the headers that make a POST request a signed one.

        Args:
            host: the Host header: a name, and the port where it is not 443.
            path: of letters, digits, and `/-_.`, which need no encoding; no dot segments, no slash at its end.
            body: what is sent.
            time: seconds since the Unix epoch; a proxy allows for five minutes of difference.
        """
        timestamp = dt.datetime.fromtimestamp(time, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        date = timestamp[:8]
        # Task 1: create a canonical request; repeated slashes are one in it.
        canonical_path = "/" + "/".join(segment for segment in path.split("/") if segment)
        canonical_request = (
            f"POST\n{canonical_path}\n\nhost:{host}\nx-amz-date:{timestamp}\n\n{_SIGNED_HEADERS}\n{_digest(body)}"
        )
        # Task 2: create a string to sign.
        scope = f"{date}/{self._region}/{SIGNING_SERVICE}/{_TERMINATOR}"
        string_to_sign = f"{_ALGORITHM}\n{timestamp}\n{scope}\n{_digest(canonical_request.encode())}"
        # Task 3: calculate the signature.
        key = f"AWS4{self._secret_access_key}".encode()
        for part in (date, self._region, SIGNING_SERVICE, _TERMINATOR):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, string_to_sign.encode(), "sha256").hex()
        credential = f"{self._access_key_id}/{scope}"
        return {
            "Host": host,
            "X-Amz-Date": timestamp,
            "Authorization": (
                f"{_ALGORITHM} Credential={credential}, SignedHeaders={_SIGNED_HEADERS}, Signature={signature}"
            ),
        }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
