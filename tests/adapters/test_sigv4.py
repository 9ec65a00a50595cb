"""The vectors that AWS publishes (the aws4 test suite, and the example in its reference)."""

from datetime import UTC, datetime

import pytest

from canary.adapters.direct import Request
from canary.adapters.sigv4 import Keys, Scope, signed

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = Keys("AKIDEXAMPLE", SECRET)
AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FORM_UTF8 = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
URL = "https://example.amazonaws.com/"


LIST_USERS = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"


@pytest.mark.parametrize(
    ("request_", "service", "signature"),
    [
        (Request(URL), "service", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (Request(URL, "POST"), "service", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            Request(f"{URL}?Param2=value2&Param1=value1"),
            "service",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            Request(URL, "POST", b"Param1=value1", FORM),
            "service",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            Request(LIST_USERS, headers=FORM_UTF8),
            "iam",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    ],
    ids=["get-vanilla", "post-vanilla", "query-order", "post-form", "iam-list-users"],
)
def test_a_request_is_signed_as_in_the_published_vector(request_: Request, service: str, signature: str) -> None:
    sent = signed(request_, KEYS, Scope(AT, "us-east-1", service)).headers
    assert sent["Authorization"].endswith(f"Signature={signature}")
    assert sent["X-Amz-Date"] == "20150830T123600Z"


def test_temporary_credentials_send_and_sign_their_token() -> None:
    sent = signed(Request(URL), Keys("AKIDEXAMPLE", SECRET, "t0ken"), Scope(AT, "us-east-1", "service")).headers
    assert sent["X-Amz-Security-Token"] == "t0ken"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in sent["Authorization"]


def test_no_key_shows_in_a_repr() -> None:
    assert SECRET not in repr(KEYS)
