"""Signatures of libs/aws, compared with botocore's of the same requests."""

import base64
import datetime
import json
import random
import re
import subprocess
from urllib.parse import quote

import botocore.auth
import pytest
from aws_driver import DRIVER
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

WORDS = [
    "a",
    "B",
    "key",
    "Key",
    "list-type",
    "uploads",
    "x.y_z~",
    "%",
    "a b",
    "a+b",
    "a=b",
    "a&b",
    "a/b",
    "a:b",
    "ü",
    "日本",
    "🙂",
    "é/ê",
    "*",
    "'()!",
    "@",
    "$,;",
]
SEGMENTS = [
    "v2",
    "hello",
    "a:b",
    "function:live",
    "sp ace",
    "ü",
    "日本語",
    "🙂",
    "plus+",
    "star*",
    "(x)",
    "a=b",
    "a@b",
    "~",
    "-._",
    "%41",
    "%2F",
    "..",
    ".",
    "",
    "a,b",
    "'",
    "!",
    "$",
]
TEXTS = [
    "plain",
    "  around  ",
    "in   side",
    "\ttab\t\tbed ",
    "a, b",
    'quo  "ted  text"',
    "ümlaut",
    "x" * 300,
    "",
    "a:b=c;d",
]
SERVICES = ["ecr", "sts", "lambda", "iam", "execute-api", "s3"]
REGIONS = ["us-east-1", "eu-central-2", "cn-north-1", "us-gov-west-1"]


def keys_of(rng):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    letters = lambda count: "".join(rng.choices(alphabet, k=count))
    token = rng.choice([None, letters(40), letters(400) + "=="])
    return Credentials("AKIA" + letters(16).upper(), letters(40), token)


def path_of(rng):
    segments = [quote(rng.choice(SEGMENTS), safe="") for _ in range(rng.randint(0, 5))]
    # Some of what may stand for itself does, as in arn:aws:… of Lambda's paths.
    segments = [
        segment.replace("%3A", ":").replace("%40", "@") if rng.random() < 0.4 else segment for segment in segments
    ]
    return "/" + "/".join(segments)


def query_of(rng):
    """Names and values as they are encoded; None for a value that is missing."""
    pairs = []
    for _ in range(rng.choice([0, 0, 1, 2, 3, 6])):
        value = rng.choice([None, "", rng.choice(WORDS), rng.choice(WORDS)])
        pairs.append((quote(rng.choice(WORDS), safe="~"), None if value is None else quote(value, safe="~")))
    return "&".join(name if value is None else f"{name}={value}" for name, value in pairs)


def headers_of(rng):
    names = [
        "Content-Type",
        "X-Amz-Target",
        "X-Amz-Meta-Thing",
        "x-amz-acl",
        "Range",
        "Accept",
        "User-Agent",
        "Expect",
        "Content-MD5",
        "X-Amzn-Trace-Id",
        "ACCEPT-language",
    ]
    headers = [(name, rng.choice(TEXTS)) for name in rng.sample(names, rng.randint(0, 4))]
    if rng.random() < 0.2:
        headers += [("X-Amz-Meta-Many", "one  two"), ("x-amz-meta-many", " three"), ("X-Amz-Meta-Many", "")]
    if rng.random() < 0.1:
        headers.append(("Host", "other.example.com"))
    rng.shuffle(headers)
    return headers


def case(seed):
    rng = random.Random(seed)
    service = rng.choice(SERVICES)
    host = rng.choice(
        [
            f"{service}.amazonaws.com",
            "Example.AmazonAWS.com",
            "localhost:4566",
            "127.0.0.1:8080",
            "h.example:443",
            "[fd00:ec2::23]",
            "[::1]:9000",
        ]
    )
    query = query_of(rng)
    body = rng.choice([b"", b"{}", "Action=Ünïcode".encode(), rng.randbytes(rng.randint(1, 70_000))])
    return {
        "method": rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "post"]),
        "url": f"https://{host}{path_of(rng)}" + (f"?{query}" if query else ""),
        "headers": headers_of(rng),
        "body": body,
        "service": service,
        "region": rng.choice(REGIONS),
        "keys": keys_of(rng),
        "time": rng.randint(1_400_000_000, 2_000_000_000),
        "unsigned_payload": rng.random() < 0.15,
        "expires": 0,
    }


def presigned_case(seed):
    rng = random.Random(f"presigned {seed}")
    names = rng.sample(WORDS, rng.randint(0, 3))
    query = "&".join(f"{quote(name, safe='~')}={quote(rng.choice(WORDS), safe='~')}" for name in names)
    return case(seed) | {
        "url": f"https://bucket.example.com{path_of(rng)}" + (f"?{query}" if query else ""),
        "headers": [],
        "body": b"",
        "unsigned_payload": False,
        "expires": rng.randint(1, 604_800),
    }


@pytest.fixture
def at(monkeypatch):
    def at(seconds):
        now = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: now)

    return at


def botocores(case, at):
    """The request as botocore signs it."""
    at(case["time"])
    request = AWSRequest(case["method"], case["url"], data=case["body"])
    for name, value in case["headers"]:
        request.headers[name] = value  # This adds one, whatever there is.
    request.context["payload_signing_enabled"] = not case["unsigned_payload"]
    if case["unsigned_payload"] and case["service"] == "s3":
        # What boto3's Config(s3={"payload_signing_enabled": False}) comes to.
        request.context["client_config"] = type("Config", (), {"s3": {"payload_signing_enabled": False}})
    is_s3 = case["service"] == "s3"
    arguments = [case["keys"], case["service"], case["region"]]
    if case["expires"]:
        signer = botocore.auth.S3SigV4QueryAuth if is_s3 else botocore.auth.SigV4QueryAuth
        arguments.append(case["expires"])
    else:
        signer = botocore.auth.S3SigV4Auth if is_s3 else botocore.auth.SigV4Auth
    signer(*arguments).add_auth(request)
    return request


def ours(cases):
    lines = [
        json.dumps(
            {name: value for name, value in case.items() if name not in ("keys", "body")}
            | {
                "body": base64.b64encode(case["body"]).decode(),
                "access_key": case["keys"].access_key,
                "secret_key": case["keys"].secret_key,
                "token": case["keys"].token,
            }
        )
        for case in cases
    ]
    result = subprocess.run([DRIVER, "sign"], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_five_hundred_requests_are_signed_as_botocore_signs_them(at):
    cases = [case(seed) for seed in range(500)]
    for number, (given, answer) in enumerate(zip(cases, ours(cases), strict=True)):
        expected = botocores(given, at)
        found = {name.lower(): value for name, value in answer["headers"]}
        assert found["authorization"] == expected.headers["Authorization"], f"request {number}: {given}"
        for name in ("x-amz-date", "x-amz-security-token", "x-amz-content-sha256"):
            assert found.get(name) == expected.headers.get(name), f"request {number}: {given}"


def test_two_hundred_urls_are_signed_as_botocore_signs_them(at):
    cases = [presigned_case(seed) for seed in range(200)]
    for number, (given, answer) in enumerate(zip(cases, ours(cases), strict=True)):
        expected = botocores(given, at)
        signature = re.compile(r"X-Amz-Signature=([0-9a-f]{64})$")
        assert signature.search(answer["url"])[1] == signature.search(expected.url)[1], f"URL {number}: {given}"


def test_the_requests_are_as_odd_as_they_should_be():
    """The generator makes what a signature can get wrong, and often enough."""
    cases = [case(seed) for seed in range(500)]
    urls = [given["url"] for given in cases]
    queries = [url.partition("?")[2].split("&") for url in urls if "?" in url]
    for what, found in {
        "a query that is not sorted": [query for query in queries if query != sorted(query)],
        "a name without a value": [query for query in queries if any("=" not in pair for pair in query)],
        "a name that occurs twice": [
            query for query in queries if len({pair.partition("=")[0] for pair in query}) < len(query)
        ],
        "%3A in a path": [url for url in urls if "%3A" in url.partition("?")[0]],
        "a colon in a path": [
            url for url in urls if ":" in url.partition("?")[0].removeprefix("https://").partition("/")[2]
        ],
        "%25 in a path": [url for url in urls if "%25" in url.partition("?")[0]],
        "unicode": [url for url in urls if "%F0%9F" in url],
        "a body": [given for given in cases if len(given["body"]) > 100 and given["method"] == "PUT"],
        "a token": [given for given in cases if given["keys"].token],
        "white space in a header": [given for given in cases if any("   " in value for _, value in given["headers"])],
        "a header that occurs twice": [given for given in cases if "X-Amz-Meta-Many" in dict(given["headers"])],
        "S3": [given for given in cases if given["service"] == "s3"],
    }.items():
        assert len(found) >= 10, what
