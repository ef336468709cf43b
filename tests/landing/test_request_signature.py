"""Signatures of requests: the examples of Amazon's documentation of version 4 for S3."""

import pytest

from netrelay.landing.credentials import Credentials
from netrelay.landing.request_signature import UNSIGNED, StoreRequest, query_text, signed_headers

CREDENTIALS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
HOST = "examplebucket.s3.amazonaws.com"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
WELCOME = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
AT_S = 1369353600  # 2013-05-24T00:00:00Z


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            StoreRequest("GET", HOST, "/test.txt", {}, {"Range": "bytes=0-9"}, EMPTY),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            StoreRequest(
                "PUT",
                HOST,
                "/test%24file.text",
                {},
                {
                    "Date": "Fri, 24 May 2013 00:00:00 GMT",
                    "x-amz-storage-class": "REDUCED_REDUNDANCY",
                },
                WELCOME,
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            StoreRequest("GET", HOST, "/", {"lifecycle": ""}, {}, EMPTY),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            StoreRequest("GET", HOST, "/", {"max-keys": "2", "prefix": "J"}, {}, EMPTY),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_examples_of_amazon(request_: StoreRequest, signature: str) -> None:
    headers = signed_headers(request_, CREDENTIALS, "us-east-1", AT_S)
    assert headers["authorization"].endswith(f",Signature={signature}")
    assert headers["x-amz-date"] == "20130524T000000Z"


def test_every_header_is_signed() -> None:
    asked = StoreRequest(
        "PUT", HOST, "/a", {}, {"If-None-Match": "*", "x-amz-meta-b": " c  d "}, UNSIGNED
    )
    headers = signed_headers(asked, CREDENTIALS, "eu", AT_S)
    signed = "SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-meta-b,"
    assert signed in headers["authorization"]
    assert headers["x-amz-meta-b"] == "c d"


def test_a_query_is_sorted_and_encoded() -> None:
    assert query_text({"b": "x y/&", "a": ""}) == "a=&b=x%20y%2F%26"


def test_the_secret_is_in_no_header_and_no_repr() -> None:
    headers = signed_headers(StoreRequest("GET", HOST, "/", {}, {}, EMPTY), CREDENTIALS, "eu", AT_S)
    assert CREDENTIALS.secret_key not in str(headers)
    assert CREDENTIALS.secret_key not in repr(CREDENTIALS)
    assert CREDENTIALS.access_key not in repr(CREDENTIALS)
