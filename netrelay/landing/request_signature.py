"""The signature of a request to an S3 API: AWS Signature Version 4, in the header Authorization.

    canonical request   method, path, query, signed headers, their names, hash of the content
    string to sign      algorithm, time, scope (day/region/s3/aws4_request), hash of the above
    key                 HMAC of day, region, service and "aws4_request", one after the other

Vectors: tests/landing/test_request_signature.py. Every header of the request is signed.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

from netrelay.core.store_object import percent_encoded
from netrelay.landing.credentials import Credentials

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "s3"


class StoreRequest(NamedTuple):
    """The signed parts of a request; path: encoded.

    content_hash: SHA-256 in hex, or UNSIGNED.
    """

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content_hash: str


def query_text(query: Mapping[str, str]) -> str:
    """Return a query as it is signed and sent: sorted and encoded."""
    pairs = sorted((percent_encoded(name), percent_encoded(value)) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def signed_headers(
    request: StoreRequest, credentials: Credentials, region: str, unix_s: float
) -> dict[str, str]:
    """Return the headers of a request, with its time and signature."""
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(unix_s))
    headers = {
        **{name.lower(): " ".join(value.split()) for name, value in request.headers.items()},
        "host": request.host,
        "x-amz-content-sha256": request.content_hash,
        "x-amz-date": at,
    }
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            request.method,
            request.path,
            query_text(request.query),
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
            "",
            names,
            request.content_hash,
        )
    )
    scope = f"{at[:8]}/{region}/{_SERVICE}/aws4_request"
    to_sign = "\n".join((_ALGORITHM, at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = _hmac(_key(credentials.secret_key, at[:8], region), to_sign).hex()
    headers["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope},"
        f"SignedHeaders={names},Signature={signature}"
    )
    return headers


def _key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, _SERVICE, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
