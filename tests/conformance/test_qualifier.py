"""Versions and aliases: in the query, in the name, in an ARN."""

import pytest

from support.emulator import do

ARN = "arn:aws:lambda:us-east-1:012345678912:function:test_function"
INVOKE = b"/2015-03-31/functions/%s/invocations%s"


def seen_by_runtime(reply):
    """The headers of /next, by lower-case name, from a `report`."""
    return {name.lower(): value for name, value in reply.json()["headers"]}


@pytest.mark.fixed
@pytest.mark.parametrize(
    "name, query",
    [
        (b"function", b"?Qualifier=PROD"),
        (b"hello", b"?Qualifier=PROD"),
        (b"hello", b"?a=b&Qualifier=PROD&c=d"),
        (b"hello:PROD", b""),
        (b"hello%3APROD", b""),
        (b"hello:PROD", b"?Qualifier=PROD"),
        (b"123456789012:function:hello:PROD", b""),
        (b"arn:aws:lambda:eu-west-1:123456789012:function:hello:PROD", b""),
        (b"arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Ahello%3APROD", b""),
        (b"arn:aws:lambda:eu-west-1:123456789012:function:hello", b"?Qualifier=PROD"),
    ],
)
def test_a_qualifier_is_the_executed_version_and_ends_the_arn(emulator, name, query):
    reply = emulator.invoke(do(["report"]), INVOKE % (name, query))
    assert reply.status == 200
    assert reply.header("X-Amz-Executed-Version") == "PROD"
    assert seen_by_runtime(reply)["lambda-runtime-invoked-function-arn"] == ARN + ":PROD"
    assert reply.json()["environment"]["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    emulator.wait_for_stdout(rb"START RequestId: [0-9a-f-]* Version: PROD\n")


@pytest.mark.fixed
@pytest.mark.parametrize("qualifier", [b"7", b"$LATEST", b"%24LATEST", b"a-b_c$9", b"a" * 128])
def test_a_qualifier_is_a_version_a_number_or_an_alias(emulator, qualifier):
    reply = emulator.invoke(b"{}", INVOKE % (b"hello", b"?Qualifier=" + qualifier))
    assert reply.header("X-Amz-Executed-Version") == qualifier.decode().replace("%24", "$")


@pytest.mark.fixed
def test_one_invocation_s_qualifier_is_not_the_next_one_s(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_VERSION": "42"})
    versions, arns = [], []
    for query in (b"", b"?Qualifier=PROD", b"?Qualifier=", b"?Qualifier=1"):
        reply = emulator.invoke(do(["report"]), INVOKE % (b"hello", query))
        versions.append(reply.header("X-Amz-Executed-Version"))
        arns.append(seen_by_runtime(reply)["lambda-runtime-invoked-function-arn"])
        assert reply.json()["environment"]["AWS_LAMBDA_FUNCTION_VERSION"] == "42"
    assert versions == ["42", "PROD", "42", "1"]
    assert arns == [ARN, ARN + ":PROD", ARN, ARN + ":1"]
    assert len(emulator.starts()) == 1


@pytest.mark.fixed
@pytest.mark.parametrize(
    "name, query",
    [
        (b"hello:1", b"?Qualifier=2"),
        (b"arn:aws:lambda:eu-west-1:123456789012:function:hello:PROD", b"?Qualifier=DEV"),
        (b"arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Ahello%3APROD", b"?Qualifier=DEV"),
    ],
)
def test_two_different_qualifiers_are_the_caller_s_mistake(emulator, name, query):
    reply = emulator.invoke(b"{}", INVOKE % (name, query))
    assert reply.status == 400
    assert reply.header("x-amzn-ErrorType") == "InvalidParameterValueException"
    assert reply.json() == {
        "Type": "User",
        "message": "The derived qualifier from the function name does not match the specified qualifier.",
    }
    assert emulator.starts() == []


@pytest.mark.fixed
@pytest.mark.parametrize("qualifier", [b"a.b", b"a%0d%0aInjected:%201", b"%1b[31m", b"%00", b"a" * 129, b"%ff"])
def test_what_no_qualifier_is_made_of_is_refused_and_goes_nowhere(emulator, qualifier):
    for path in (INVOKE % (b"function", b"?Qualifier=" + qualifier), INVOKE % (b"hello:" + qualifier, b"")):
        reply = emulator.invoke(b"{}", path)
        assert reply.status == 400
        assert reply.header("x-amzn-ErrorType") == "InvalidParameterValueException"
        assert reply.header("Injected") is None
    assert emulator.starts() == []
    assert b"\x1b" not in emulator.stdout + emulator.stderr


@pytest.mark.fixed
def test_every_attempt_of_an_event_has_its_qualifier(start):
    emulator = start(environment={"THIMBLE_EVENT_RETRY_DELAY": "0"})
    path = INVOKE % (b"hello", b"?Qualifier=PROD")
    assert emulator.invoke(do(["exit", 1]), path, [(b"X-Amz-Invocation-Type", b"Event")]).status == 202
    emulator.wait_for_stderr(rb"failed after 3 attempts")
    assert emulator.stdout.count(b" Version: PROD\n") == 3
