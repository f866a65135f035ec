"""Lambda's metadata endpoint: where an execution environment is."""

import pytest

from support.emulator import PUPPET, do
from support.http1 import request

PATH = b"/2026-01-15/metadata/execution-environment"


def variables(emulator):
    """(address, token) as the runtime finds them."""
    environment = emulator.invoke(do(["report"])).json()["environment"]
    return environment.get("AWS_LAMBDA_METADATA_API"), environment.get("AWS_LAMBDA_METADATA_TOKEN")


def ask(emulator, *headers, method=b"GET", path=PATH, body=None):
    with emulator.connect_runtime_api() as connection:
        connection.send(request(method, path, body, headers))
        return connection.reply(to=method)


def bearer(token):
    return (b"Authorization", b"Bearer " + token.encode())


@pytest.mark.thimble
def test_the_runtime_finds_its_zone(start):
    emulator = start()
    address, token = variables(emulator)
    assert address == f"127.0.0.1:{emulator.runtime_port}"

    reply = ask(emulator, bearer(token))

    assert reply.status == 200, reply
    assert reply.body == b'{"AvailabilityZoneID":"use1-az1"}'
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("Cache-Control") == "private, max-age=43200, immutable"


@pytest.mark.thimble
@pytest.mark.parametrize(
    ("environment", "zone"),
    [
        ({"AWS_REGION": "eu-central-1"}, b"euc1-az1"),
        ({"AWS_DEFAULT_REGION": "ap-southeast-2"}, b"apse2-az1"),
        ({"AWS_REGION": "eu-west-1", "THIMBLE_AVAILABILITY_ZONE_ID": "euw1-az3"}, b"euw1-az3"),
    ],
)
def test_the_zone_is_the_first_of_the_region_or_the_one_that_was_chosen(start, environment, zone):
    emulator = start(environment=environment)
    _, token = variables(emulator)
    assert ask(emulator, bearer(token)).body == b'{"AvailabilityZoneID":"' + zone + b'"}'


@pytest.mark.thimble
def test_the_zone_is_chosen_by_a_flag(start):
    emulator = start("--availability-zone-id", "use1-az6")
    _, token = variables(emulator)
    assert ask(emulator, bearer(token)).body == b'{"AvailabilityZoneID":"use1-az6"}'


@pytest.mark.thimble
def test_nobody_is_told_without_the_token(start):
    emulator = start(environment={"AWS_LAMBDA_METADATA_TOKEN": "a-secret"})
    for headers in (
        [],
        [(b"Authorization", b"a-secret")],
        [(b"Authorization", b"Basic a-secret")],
        [(b"Authorization", b"Bearer ")],
        [(b"Authorization", b"Bearer a-secre")],
        [(b"Authorization", b"Bearer a-secrets")],
        [(b"Authorization", b"Bearer A-SECRET")],
    ):
        reply = ask(emulator, *headers)
        assert reply.status == 401, (headers, reply)
        assert b"az1" not in reply.body


@pytest.mark.thimble
def test_the_token_is_another_one_every_time(start):
    _, first = variables(start())
    _, second = variables(start())
    assert first and second and first != second


@pytest.mark.thimble
@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"HEAD"])
def test_only_get_is_allowed(start, method):
    emulator = start(environment={"AWS_LAMBDA_METADATA_TOKEN": "a-secret"})
    body = b"{}" if method in (b"POST", b"PUT") else None
    reply = ask(emulator, bearer("a-secret"), method=method, body=body)
    assert reply.status == 405
    assert reply.header("Allow") == "GET"


@pytest.mark.thimble
def test_a_path_beside_it_does_not_exist(start):
    emulator = start(environment={"AWS_LAMBDA_METADATA_TOKEN": "a-secret"})
    for path in (PATH + b"/", PATH + b"s", b"/2026-01-15/metadata", b"/2026-01-16/metadata/execution-environment"):
        assert ask(emulator, bearer("a-secret"), path=path).status == 404


@pytest.mark.thimble
def test_a_web_page_is_not_told(start):
    emulator = start(environment={"AWS_LAMBDA_METADATA_TOKEN": "a-secret"})
    assert ask(emulator, bearer("a-secret"), (b"Origin", b"http://evil.example")).status == 403


@pytest.mark.thimble
def test_an_endpoint_of_the_user_s_own_is_left_to_the_runtime(start):
    theirs = {"AWS_LAMBDA_METADATA_API": "192.0.2.1:80", "AWS_LAMBDA_METADATA_TOKEN": "theirs"}
    assert variables(start(environment=theirs)) == ("192.0.2.1:80", "theirs")


@pytest.mark.thimble
def test_a_token_of_the_user_s_own_is_taken_so_that_a_runtime_started_elsewhere_knows_it(start):
    emulator = start("--no-runtime", command=(), environment={"AWS_LAMBDA_METADATA_TOKEN": "given"})
    assert ask(emulator, bearer("given")).status == 200


@pytest.mark.thimble
def test_before_a_snapshot_the_answer_is_not_to_be_kept(start):
    emulator = start(command=PUPPET, environment={"ENABLE_INIT_CACHING": "1", "AWS_LAMBDA_METADATA_TOKEN": "a-secret"})
    with emulator.begin() as caller:
        emulator.wait_for_start()
        assert ask(emulator, bearer("a-secret")).header("Cache-Control") == "private, max-age=1, immutable"
        with emulator.connect_runtime_api() as runtime:
            runtime.send(request(b"GET", b"/2018-06-01/runtime/invocation/next"))
            request_id = runtime.reply(to=b"GET").header("Lambda-Runtime-Aws-Request-Id").encode()
            kept = ask(emulator, bearer("a-secret")).header("Cache-Control")
            assert kept == "private, max-age=43200, immutable"
            runtime.send(request(b"POST", b"/2018-06-01/runtime/invocation/" + request_id + b"/response", b"{}"))
            assert runtime.reply().status == 202
        assert caller.reply().status == 200
