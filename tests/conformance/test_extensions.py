"""The Extensions API: processes beside the runtime, and parts of it, that are told of invocations and of the end."""

import os
import re
import signal
import time

import pytest

from support.emulator import PUPPET, UUID, do
from support.extensions import ExtensionFolder, ExtensionPuppet
from support.http1 import request
from support.processes import alive, living_in_session
from support.puppet import Puppet, request_id_of
from support.waiting import wait_until

OK = (202, b'{"status":"OK"}\n')
TRACE = b"Root=1-6560a1b2-3c4d5e6f708192a3b4c5d6e7;Parent=0123456789abcdef;Sampled=1"
ARN = "arn:aws:lambda:us-east-1:012345678912:function:test_function"
UNKNOWN = b"11111111-2222-4333-8444-555555555555"
ONE_SECOND = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"}

# Steps of an extension.
REGISTER_BOTH = ["register", ["INVOKE", "SHUTDOWN"]]
LOOP = ["loop"]


@pytest.fixture
def extensions(tmp_path):
    return ExtensionFolder(tmp_path)


@pytest.fixture
def begin_internal(begin_as_runtime):
    """begin_internal(name, ...): a runtime in init, and a connection of it that speaks as internal extension."""

    def begin(name=b"internal", *flags, events=None, **options):
        emulator, caller, runtime = begin_as_runtime(b"{}", *flags, **options)
        return emulator, caller, runtime, ExtensionPuppet(emulator, name, events)

    return begin


def answer(reply):
    return reply.status, reply.body


def refusal(error_type, message):
    return 403, b'{"errorMessage":"%s","errorType":"%s"}\n' % (message, error_type)


def failure(reply):
    """The error type and the text of an answer to a caller, without the request id."""
    body = reply.json()
    assert list(body) == ["errorType", "errorMessage"]
    request_id, _, text = body["errorMessage"].partition(" Error: ")
    assert re.fullmatch("RequestId: " + UUID, request_id)
    return reply.status, body["errorType"], text


def run_one(runtime, caller, body=b"[1]"):
    """Carries out one invocation up to the answer."""
    request_id = runtime.next_id()
    assert runtime.respond(request_id, body).status == 202
    assert caller.reply().body == body
    return request_id.decode()


def assert_no_event(extension, emulator):
    """Nothing has come by the time another request is answered."""
    with emulator.connect_runtime_api() as connection:
        connection.send(request(b"GET", b"/2018-06-01/ping"))
        assert connection.reply(to=b"GET").body == b"pong"
    assert not extension.connection.answered()


def wait_for_end(emulator):
    wait_until(emulator.ended, "the emulator's end")
    assert emulator.process.returncode == 0
    wait_until(lambda: not living_in_session(emulator.process.pid), "the end of everything it started")


def end(emulator, number=signal.SIGTERM):
    """Asks with a signal, returns how long it took."""
    before = time.monotonic()
    emulator.signal(number)
    wait_for_end(emulator)
    return time.monotonic() - before


def assert_ends_in(once, least, most):
    """once() starts an emulator and returns how long its end took: never less than `least`, and less than `most` in one
    of three times. A busy machine may hold anybody up for a while, but not an emulator that keeps to its time each time.
    """
    taken = []
    while len(taken) < 3:
        taken.append(once())
        assert taken[-1] > least
        if taken[-1] < most:
            return
    raise AssertionError(f"it took {taken} seconds to end, never less than {most}")


# --- registering ------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_an_internal_extension_registers_and_gets_an_identifier(begin_internal):
    _, caller, runtime, extension = begin_internal()
    reply = extension.register(b'{"events":["INVOKE"]}')
    assert reply.status == 200
    assert reply.body.startswith(b'{"functionName":"test_function","functionVersion":"$LATEST","handler":"')
    assert re.fullmatch(UUID, reply.header("Lambda-Extension-Identifier"))


@pytest.mark.thimble
def test_the_answer_to_a_registration_has_lambda_s_members(begin_internal):
    environment = {"AWS_LAMBDA_FUNCTION_NAME": "greeter", "AWS_LAMBDA_FUNCTION_VERSION": "7", "_HANDLER": "app.handler"}
    _, _, _, extension = begin_internal(environment=environment)
    reply = extension.register(b"{}", [(b"Lambda-Extension-Accept-Feature", b"other, accountId")])
    assert answer(reply) == (
        200,
        b'{"functionName":"greeter","functionVersion":"7","handler":"app.handler","accountId":"012345678912"}\n',
    )
    assert reply.header("Content-Type") == "application/json"


@pytest.mark.kept
@pytest.mark.parametrize("body", [b'{"events":null}', b'{"events":[]}', b"{}"], ids=["null", "none", "missing"])
def test_an_extension_need_not_want_events(begin_internal, body):
    _, caller, runtime, extension = begin_internal()
    reply = extension.register(body)
    assert reply.status == 200
    extension.identifier = reply.header("Lambda-Extension-Identifier").encode()
    extension.ask_next()
    request_id = runtime.next_id()
    runtime.respond(request_id, b"[1]")
    runtime.ask_next()
    assert caller.reply().body == b"[1]"
    assert not extension.connection.answered()


@pytest.mark.kept
@pytest.mark.parametrize("headers", [[], [(b"Lambda-Extension-Name", b"")]], ids=["missing", "empty"])
def test_a_registration_needs_a_name(begin_internal, headers):
    _, _, _, extension = begin_internal()
    reply = extension.post(b"register", b'{"events":[]}', headers)
    assert answer(reply) == refusal(b"Extension.InvalidExtensionName", b"Empty extension name")


@pytest.mark.kept
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"INVOKE"', b'{"events":"INVOKE"}', b'{"events":[1]}', b'{"events":[]} x'],
    ids=["empty", "open", "array", "string", "one string", "number", "more"],
)
def test_a_registration_is_json(begin_internal, body):
    _, _, _, extension = begin_internal()
    reply = extension.register(body)
    assert (reply.status, reply.json()["errorType"]) == (403, "InvalidRequestFormat")
    assert reply.json()["errorMessage"]
    assert extension.register(b'{"events":[]}').status == 200


@pytest.mark.thimble
def test_a_registration_is_not_endless(begin_internal):
    _, _, _, extension = begin_internal()
    reply = extension.register(b'{"events":[' + b" " * 300_000 + b"]}")
    assert (reply.status, reply.json()["errorType"]) == (403, "InvalidRequestFormat")
    assert reply.json()["errorMessage"]


@pytest.mark.kept
def test_configuration_keys_are_not_taken(begin_internal):
    _, _, _, extension = begin_internal()
    reply = extension.register(b'{"events":[],"configurationKeys":["A"]}')
    text = b"configurationKeys are deprecated; use environment variables instead"
    assert answer(reply) == refusal(b"InvalidRequestFormat", text)
    assert extension.register(b'{"events":[],"configurationKeys":[]}').status == 200


@pytest.mark.kept
@pytest.mark.parametrize("event", [b"FOO", b"invoke", b""])
def test_only_events_that_exist_can_be_asked_for(begin_internal, event):
    _, _, _, extension = begin_internal()
    reply = extension.register(b'{"events":["%s"]}' % event)
    assert answer(reply) == refusal(b"Extension.InvalidEventType", event + b": ErrorInvalidEventType")


@pytest.mark.kept
def test_an_internal_extension_cannot_have_shutdown(begin_internal):
    _, _, _, extension = begin_internal()
    reply = extension.register(b'{"events":["INVOKE","SHUTDOWN"]}')
    text = b"SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"
    assert answer(reply) == refusal(b"Extension.InvalidEventType", text)
    assert extension.register(b'{"events":["INVOKE"]}').status == 200


@pytest.mark.kept
def test_a_name_can_be_taken_once(begin_internal):
    _, _, _, extension = begin_internal(events=[])
    text = b"Extension with this name already registered"
    assert answer(extension.register()) == refusal(b"Extension.InvalidExtensionState", text)


@pytest.mark.kept
def test_there_can_be_ten(begin_internal):
    emulator, _, _, _ = begin_internal(b"0", events=[])
    for number in range(1, 10):
        ExtensionPuppet(emulator, b"%d" % number, []).connection.close()
    extension = ExtensionPuppet(emulator, b"eleventh")
    assert answer(extension.register()) == refusal(b"Extension.TooManyExtensions", b"Extension limit (10) reached")


@pytest.mark.kept
def test_after_init_it_is_too_late(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    runtime.next()
    reply = ExtensionPuppet(emulator, b"late").register()
    text = b"Extension registration closed already"
    assert answer(reply) == refusal(b"Extension.RegistrationClosed", text)


@pytest.mark.thimble
def test_before_the_first_invoke_it_is_too_early(start):
    emulator = start(command=PUPPET)
    reply = ExtensionPuppet(emulator, b"early").register()
    text = b"Extension registration closed already"
    assert answer(reply) == refusal(b"Extension.RegistrationClosed", text)


@pytest.mark.thimble
def test_nothing_can_be_registered_when_a_start_has_failed(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.symlink_to(PUPPET[0])
    emulator = start(command=(str(script), "h"))
    script.unlink()
    assert emulator.invoke().status == 502
    reply = ExtensionPuppet(emulator, b"stranger").register()
    assert (reply.status, reply.json()["errorType"]) == (403, "Extension.RegistrationClosed")
    script.symlink_to(PUPPET[0])
    caller = emulator.begin()
    emulator.wait_for_start()
    run_one(Puppet(emulator), caller)


@pytest.mark.kept
@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        (b"GET", b"register", "POST"),
        (b"POST", b"event/next", "GET"),
        (b"GET", b"init/error", "POST"),
        (b"GET", b"exit/error", "POST"),
    ],
)
def test_a_wrong_method_is_a_405(begin_internal, method, path, allow):
    _, _, _, extension = begin_internal()
    extension.connection.send(request(method, b"/2020-01-01/extension/" + path, b"" if method == b"POST" else None))
    reply = extension.connection.reply(to=method)
    assert (reply.status, reply.header("Allow")) == (405, allow)


@pytest.mark.kept
def test_there_is_nothing_else(begin_internal):
    _, _, _, extension = begin_internal()
    assert answer(extension.post(b"event/last")) == (404, b"404 page not found\n")


@pytest.mark.thimble
def test_a_web_page_cannot_register(begin_internal):
    _, _, _, extension = begin_internal()
    assert extension.register(b"{}", [(b"Origin", b"https://evil.example")]).status == 403
    assert extension.register(b"{}").status == 200


# --- asking for events, telling of errors -----------------------------------------------------------------------------


@pytest.mark.kept
@pytest.mark.parametrize(("method", "path"), [(b"GET", b"event/next"), (b"POST", b"init/error"), (b"POST", b"exit/error")])
@pytest.mark.parametrize(
    ("identifier", "error_type", "message"),
    [
        (None, b"Extension.MissingExtensionIdentifier", b"Missing Lambda-Extension-Identifier header"),
        (UNKNOWN, b"Extension.UnknownExtensionIdentifier", b"Unknown extension " + UNKNOWN),
    ],
    ids=["missing", "unknown"],
)
def test_every_request_says_whose_it_is(begin_internal, method, path, identifier, error_type, message):
    _, _, _, extension = begin_internal()
    headers = [(b"Lambda-Extension-Function-Error-Type", b"Extension.Bad")]
    headers += [(b"Lambda-Extension-Identifier", identifier)] if identifier else []
    body = b"{}" if method == b"POST" else None
    extension.connection.send(request(method, b"/2020-01-01/extension/" + path, body, headers))
    if identifier and method == b"POST":
        message = b"Unknown Lambda-Extension-Identifier"
    assert answer(extension.connection.reply(to=method)) == refusal(error_type, message)


@pytest.mark.kept
def test_an_identifier_is_a_uuid(begin_internal):
    _, _, _, extension = begin_internal()
    extension.identifier = b"me"
    extension.ask_next()
    reply = extension.connection.reply(to=b"GET")
    assert (reply.status, reply.json()["errorType"]) == (403, "Extension.InvalidExtensionIdentifier")


@pytest.mark.kept
@pytest.mark.parametrize("which", [b"init", b"exit"])
@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_an_error_needs_a_type(begin_internal, which, is_known):
    _, _, _, extension = begin_internal(events=[])
    if not is_known:
        extension.identifier = UNKNOWN
    reply = extension.fail(which, error_type=None)
    text = b"Lambda-Extension-Function-Error-Type not found"
    assert answer(reply) == refusal(b"Extension.MissingHeader", text)


@pytest.mark.thimble
def test_an_init_error_after_init_is_refused_and_changes_nothing(begin_internal):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"])
    extension.ask_next()
    run_one(runtime, caller)
    assert extension.event()["eventType"] == "INVOKE"
    reply = extension.fail(b"init")
    assert answer(reply) == refusal(
        b"Extension.InvalidExtensionState",
        b"State transition from Running to InitError failed for extension %s. "
        b"Error: State transition is not allowed" % extension.identifier,
    )
    extension.ask_next()
    runtime.ask_next()
    emulator.wait_for_stdout(b"REPORT")
    assert len(emulator.starts()) == 1


# --- internal extensions ----------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_an_internal_extension_gets_the_invoke_event(begin_internal):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"])
    extension.ask_next()
    delivered = runtime.next()
    reply = extension.connection.reply(to=b"GET")
    event = reply.json()
    assert reply.status == 200
    assert re.fullmatch(UUID, reply.header("Lambda-Extension-Event-Identifier"))
    assert event["eventType"] == "INVOKE"
    assert event["requestId"] == delivered.header("Lambda-Runtime-Aws-Request-Id")
    assert event["invokedFunctionArn"] == delivered.header("Lambda-Runtime-Invoked-Function-Arn")
    assert abs(event["deadlineMs"] - int(delivered.header("Lambda-Runtime-Deadline-Ms"))) < 1000


@pytest.mark.thimble
def test_the_bytes_of_the_invoke_event(begin_internal):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"], headers=[(b"X-Amzn-Trace-Id", TRACE)])
    extension.ask_next()
    delivered = runtime.next()
    reply = extension.connection.reply(to=b"GET")
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("Lambda-Extension-Identifier").encode() == extension.identifier
    assert reply.body.decode() == (
        f'{{"eventType":"INVOKE","deadlineMs":{delivered.header("Lambda-Runtime-Deadline-Ms")},'
        f'"requestId":"{delivered.header("Lambda-Runtime-Aws-Request-Id")}","invokedFunctionArn":"{ARN}",'
        f'"tracing":{{"type":"X-Amzn-Trace-Id","value":"{TRACE.decode()}"}}}}'
    )


@pytest.mark.fixed
def test_the_invoke_event_has_the_runtime_s_trace_though_the_caller_sent_none(begin_internal):
    _, _, runtime, extension = begin_internal(events=[b"INVOKE"])
    extension.ask_next()
    delivered = runtime.next()
    tracing = extension.event().get("tracing")
    assert tracing == {"type": "X-Amzn-Trace-Id", "value": delivered.header("Lambda-Runtime-Trace-Id")}


@pytest.mark.kept
def test_init_waits_for_the_internal_extension_s_first_next(begin_internal):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"])
    runtime.ask_next()
    with emulator.connect_runtime_api() as connection:
        connection.send(request(b"GET", b"/2018-06-01/ping"))
        assert connection.reply(to=b"GET").body == b"pong"
    assert not runtime.connection.answered()
    extension.ask_next()
    assert runtime.receive().status == 200
    assert extension.event()["eventType"] == "INVOKE"


@pytest.mark.fixed
def test_the_caller_has_its_answer_while_the_extension_is_busy(begin_internal):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"])
    extension.ask_next()
    request_id = run_one(runtime, caller)
    assert extension.event()["requestId"] == request_id
    runtime.ask_next()
    emulator.wait_for_stderr(rb"INVOKE RTDONE")

    # The extension is not done: neither END nor the next invocation.
    second = emulator.begin(b"[2]")
    assert_no_event(runtime, emulator)
    assert b"END RequestId" not in emulator.stdout
    extension.ask_next()
    emulator.wait_for_stdout(b"END RequestId: " + request_id.encode())
    reply = runtime.receive()
    assert reply.body == b"[2]"
    assert extension.event()["requestId"] == reply.header("Lambda-Runtime-Aws-Request-Id")
    runtime.respond(request_id_of(reply), b"[3]")
    assert second.reply().body == b"[3]"


@pytest.mark.thimble
def test_an_event_whose_connection_broke_comes_over_the_next_one(begin_internal):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"])
    extension.ask_next()
    runtime.ask_next()
    request_id = runtime.receive().header("Lambda-Runtime-Aws-Request-Id")
    assert extension.event()["requestId"] == request_id
    extension.ask_next()
    extension.reconnect()  # while it waits
    assert runtime.respond(request_id.encode(), b"[1]").status == 202
    assert caller.reply().body == b"[1]"
    runtime.ask_next()
    emulator.wait_for_stdout(b"REPORT")
    second = emulator.begin(b"[2]")
    second_id = runtime.receive().header("Lambda-Runtime-Aws-Request-Id")
    assert extension.next()["requestId"] == second_id
    runtime.respond(second_id.encode(), b"[2]")
    assert second.reply().body == b"[2]"


@pytest.mark.thimble
def test_of_two_that_wait_for_the_same_extension_the_later_gets_the_event(begin_internal):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"])
    extension.ask_next()
    earlier = extension.connection
    assert_no_event(extension, emulator)
    extension.connection = emulator.connect_runtime_api()
    extension.ask_next()
    reply = earlier.reply(to=b"GET")
    assert answer(reply) == refusal(
        b"Extension.InvalidExtensionState",
        b"State transition from Ready to Ready failed for extension %s. "
        b"Error: State transition is not allowed" % extension.identifier,
    )
    run_one(runtime, caller)
    assert extension.event()["eventType"] == "INVOKE"


@pytest.mark.kept
def test_an_internal_extension_is_logged(begin_internal):
    emulator, _, _, extension = begin_internal(events=[b"INVOKE"])
    emulator.wait_for_stderr(
        rb"\[INFO\] \(rapid\) Internal agent internal \(%s\) registered, subscribed to \[INVOKE\]\n" % UUID.encode()
    )


@pytest.mark.fixed
@pytest.mark.parametrize("which", [b"init", b"exit"])
def test_an_internal_extension_s_error_fails_the_invocation_and_the_next_one_works(begin_internal, which):
    emulator, caller, runtime, extension = begin_internal(events=[b"INVOKE"])
    assert answer(extension.fail(which)) == OK
    error_type = {b"init": "Extension.InitError", b"exit": "Extension.ExitError"}[which]
    assert failure(caller.reply()) == (502, error_type, "internal: Extension.Bad")
    second = emulator.begin()
    emulator.wait_for_start(2)
    run_one(Puppet(emulator), second)


@pytest.mark.thimble
def test_an_internal_extension_that_never_asks_runs_into_the_timeout(begin_internal):
    emulator, caller, runtime, _ = begin_internal(events=[b"INVOKE"], environment=ONE_SECOND)
    runtime.ask_next()
    assert caller.reply().body == b"Task timed out after 1.00 seconds"
    second = emulator.begin()
    emulator.wait_for_start(2)
    run_one(Puppet(emulator), second)


@pytest.mark.kept
def test_with_an_internal_extension_the_runtime_is_asked_to_end(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.write_text(
        '#!/bin/sh\ntrap \'echo "the runtime says goodbye"; exit 0\' TERM\necho $$ >>"$PAYLOAD_STARTS"\n'
        "while :; do sleep infinity & wait; done\n"
    )
    script.chmod(0o755)
    emulator = start(command=(str(script), "h"))
    caller = emulator.begin()
    emulator.wait_for_start()
    extension = ExtensionPuppet(emulator, b"internal", [])
    extension.ask_next()
    runtime = Puppet(emulator)
    runtime.respond(runtime.next_id(), b"[1]")
    runtime.ask_next()
    assert caller.reply().body == b"[1]"
    emulator.signal()
    wait_for_end(emulator)
    assert b"the runtime says goodbye\n" in emulator.stdout


@pytest.mark.thimble
def test_a_runtime_that_ignores_sigterm_has_half_a_second_with_internal_extensions_only(start, tmp_path):
    def once():
        emulator = start(command=("env", "--ignore-signal=TERM", PUPPET[0], "h"))
        caller = emulator.begin()
        emulator.wait_for_start()
        extension = ExtensionPuppet(emulator, b"internal", [])
        extension.ask_next()
        run_one(Puppet(emulator), caller)
        caller.close()
        return end(emulator)

    assert_ends_in(once, 0.4, 1.5)


# --- external extensions ----------------------------------------------------------------------------------------------


@pytest.mark.thimble
@pytest.mark.parametrize("way", ["flag", "variable"])
def test_an_external_extension_is_started_before_the_runtime(start, extensions, way):
    extensions.add_puppet("logger")
    variable = {"THIMBLE_EXTENSIONS_DIR": str(extensions.path)}
    emulator = start(
        *(extensions.flags if way == "flag" else ()), command=PUPPET, environment=variable if way == "variable" else {}
    )
    assert extensions.pids("logger") == []
    caller = emulator.begin()
    extensions.wait_for_start("logger")
    assert_no_runtime(emulator)
    logger = ExtensionPuppet(emulator, b"logger", [b"INVOKE"])
    emulator.wait_for_stderr(
        rb"\[INFO\] \(rapid\) External agent logger \(%s\) registered, subscribed to \[INVOKE\]\n" % UUID.encode()
    )
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    runtime.ask_next()
    assert_no_event(runtime, emulator)
    logger.ask_next()
    request_id = runtime.receive().header("Lambda-Runtime-Aws-Request-Id")
    assert logger.event()["requestId"] == request_id
    runtime.respond(request_id.encode(), b"[1]")
    assert caller.reply().body == b"[1]"


def assert_no_runtime(emulator):
    with emulator.connect_runtime_api() as connection:
        connection.send(request(b"GET", b"/2018-06-01/runtime/invocation/next"))
        assert connection.reply(to=b"GET").status == 403
    assert emulator.starts() == []


@pytest.mark.thimble
def test_the_runtime_waits_until_every_extension_has_registered(start, extensions):
    for name in ("a", "b", "c"):
        extensions.add_puppet(name)
    emulator = start(*extensions.flags, command=PUPPET)
    caller = emulator.begin()
    puppets = []
    for name in ("c", "a", "b"):
        extensions.wait_for_start(name)
        assert_no_runtime(emulator)
        puppets.append(ExtensionPuppet(emulator, name.encode(), []))
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    runtime.ask_next()
    for puppet in puppets:
        assert_no_event(runtime, emulator)
        puppet.ask_next()
    request_id = runtime.receive().header("Lambda-Runtime-Aws-Request-Id")
    runtime.respond(request_id.encode(), b"[1]")
    assert caller.reply().body == b"[1]"


@pytest.mark.thimble
def test_a_registered_extension_cannot_register_again(start, extensions):
    extensions.add_puppet("logger")
    emulator = start(*extensions.flags, command=PUPPET)
    emulator.begin()
    extensions.wait_for_start("logger")
    logger = ExtensionPuppet(emulator, b"logger", [])
    assert answer(logger.register()) == refusal(
        b"Extension.InvalidExtensionState",
        b"State transition from Registered to Registered failed for extension logger. "
        b"Error: State transition is not allowed",
    )


@pytest.mark.thimble
def test_events_go_to_those_who_want_them(start, extensions):
    extensions.add("invoke-only", ["register", ["INVOKE"]], LOOP)
    extensions.add("shutdown-only", ["register", ["SHUTDOWN"]], LOOP)
    extensions.add("both", REGISTER_BOTH, LOOP)
    extensions.add("none", ["register", []], LOOP)
    emulator = start(*extensions.flags)
    ids = []
    for _ in range(3):
        reply = emulator.invoke(b"[1]")
        assert answer(reply) == (200, b"[1]")
        ids.append(reply.header("X-Amzn-RequestId"))
    extensions.wait_for_events("both", 3)
    # The third is not over before its REPORT: an earlier end would drop it.
    emulator.wait_for_stdout(rb"REPORT RequestId: " + ids[-1].encode())
    end(emulator)
    invokes = [("INVOKE", request_id) for request_id in ids]
    shutdown = [("SHUTDOWN", None)]

    def got(name):
        return [(event["eventType"], event.get("requestId")) for event in extensions.events(name)]

    assert got("invoke-only") == invokes
    assert got("shutdown-only") == shutdown
    assert got("both") == invokes + shutdown
    assert got("none") == []
    assert emulator.stdout.count(b"REPORT") == 3


@pytest.mark.thimble
def test_an_external_extension_is_a_process_like_lambda_s(start, extensions):
    extensions.add("logger", ["register", []], ["report"], LOOP)
    emulator = start(*extensions.flags, environment={"_HANDLER": "app.handler", "_CUSTOM": "1", "CUSTOM": "2"})
    runtime = emulator.invoke(do(["report"])).json()
    _, seen = extensions.wait_for("logger", "report")
    assert seen["group"] == seen["pid"] != runtime["group"]
    assert seen["files"][:3] == [0, 1, 2] and len(seen["files"]) <= 5  # with its connection and the listing itself
    environment = seen["environment"]
    assert [name for name in environment if name.startswith("_")] == []
    assert environment["CUSTOM"] == "2"
    assert environment["AWS_LAMBDA_RUNTIME_API"] == f"127.0.0.1:{emulator.runtime_port}"
    for name in ("AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN"):
        assert environment[name] == runtime["environment"][name] != ""
    for name in ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION", "AWS_ACCESS_KEY_ID"):
        assert environment[name] == runtime["environment"][name]
    assert "_HANDLER" in runtime["environment"]


@pytest.mark.thimble
def test_what_an_extension_writes_is_passed_on(start, extensions):
    extensions.add("logger", ["out", "out before\n"], ["register", ["INVOKE"]], ["loop", ["err", "one event\n"]])
    emulator = start(*extensions.flags)
    assert emulator.invoke(do(["out", "handler\n"], ["respond", "1"])).body == b"1"
    emulator.wait_for_stdout(rb"(?s)\Aout before\nSTART .*one event\n")
    emulator.wait_for_stdout(rb"handler\n")


@pytest.mark.thimble
def test_a_flood_of_output_holds_back_the_extension_only(start, extensions, tmp_path):
    extensions.add_script("flood", "exec yes flood")
    emulator = start(*extensions.flags, environment=ONE_SECOND)
    assert emulator.invoke().body == b"Task timed out after 1.00 seconds"


@pytest.mark.thimble
def test_the_log_says_when_there_is_no_folder(start, tmp_path):
    emulator = start("--extensions-dir", str(tmp_path / "none"))
    assert emulator.invoke(b"[1]").body == b"[1]"
    text = f'The extension\'s directory "{tmp_path}/none" does not exist, assuming no extensions to be loaded.\n'
    assert b"[INFO] (rapid) " + text.encode() in emulator.stderr


@pytest.mark.thimble
def test_an_empty_folder_and_folders_in_it_are_no_extensions(start, extensions):
    emulator = start(*extensions.flags)
    assert emulator.invoke(b"[1]").body == b"[1]"
    (extensions.path / "folder").mkdir()
    (extensions.path / "folder" / "file").write_text("not an extension")
    assert emulator.invoke(do(["exit", 1])).status == 502
    assert emulator.invoke(b"[2]").body == b"[2]"


@pytest.mark.thimble
def test_a_link_is_an_extension_by_the_link_s_name(start, extensions, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    extensions.add("linked", ["register", []], LOOP).rename(elsewhere)
    (extensions.path / "linked").symlink_to(elsewhere)
    emulator = start(*extensions.flags)
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert len(extensions.pids("linked")) == 1


# --- bad extensions ---------------------------------------------------------------------------------------------------


def repair(extensions, name):
    """From its next start on that extension does what it should."""
    extensions.add(name, REGISTER_BOTH, LOOP)


def assert_goes_on(emulator, extensions, name="bad"):
    starts = len(extensions.pids(name))
    repair(extensions, name)
    assert answer(emulator.invoke(b"[1]")) == (200, b"[1]")
    assert answer(emulator.invoke(b"[2]")) == (200, b"[2]")
    assert len(extensions.pids(name)) == starts + 1
    assert [event["eventType"] for event in extensions.wait_for_events(name, 2)][-2:] == ["INVOKE", "INVOKE"]


@pytest.mark.thimble
@pytest.mark.parametrize(
    "text", ["", "#!/no/such/interpreter\n", None], ids=["not executable", "no interpreter", "dangling"]
)
def test_an_extension_that_cannot_be_started_is_a_launch_error(start, extensions, text):
    path = extensions.path / "bad"
    if text is None:
        path.symlink_to("nowhere")
    else:
        path.write_text(text)
        path.chmod(0o755 if text else 0o644)
    extensions.add_puppet("a-good-one")  # is started before it
    emulator = start(*extensions.flags)
    for count in (1, 2):
        status, error_type, reason = failure(emulator.invoke())
        assert (status, error_type) == (502, "Extension.LaunchError")
        assert reason.startswith(f"fork/exec {path}: ")
    assert emulator.starts() == []
    path.unlink()
    extensions.add("a-good-one", ["register", []], LOOP)
    assert_goes_on(emulator, extensions)


@pytest.mark.thimble
def test_more_than_ten_files_are_a_launch_error(start, extensions):
    for number in range(11):
        extensions.add(f"extension-{number}", ["register", []], LOOP)
    emulator = start(*extensions.flags)
    text = f'11 extensions in "{extensions.path}", at most 10 are allowed'
    assert failure(emulator.invoke()) == (502, "Extension.LaunchError", text)
    (extensions.path / "extension-10").unlink()
    assert answer(emulator.invoke(b"[1]")) == (200, b"[1]")


@pytest.mark.thimble
def test_an_extension_that_never_registers_runs_into_the_timeout(start, extensions):
    extensions.add("bad", ["hang"])
    emulator = start(*extensions.flags, environment=ONE_SECOND)
    assert emulator.invoke().body == b"Task timed out after 1.00 seconds"
    assert emulator.starts() == []
    assert_goes_on(emulator, extensions)


@pytest.mark.thimble
def test_an_extension_that_never_asks_for_its_first_event_runs_into_the_timeout(start, extensions):
    extensions.add("bad", ["register", ["INVOKE"]], ["hang"])
    emulator = start(*extensions.flags, environment=ONE_SECOND)
    assert emulator.invoke().body == b"Task timed out after 1.00 seconds"
    assert emulator.notes() == []
    assert_goes_on(emulator, extensions)


@pytest.mark.thimble
def test_an_extension_that_hangs_after_an_event_runs_into_the_timeout_though_the_caller_has_its_answer(
    start, extensions
):
    extensions.add("bad", ["register", ["INVOKE"]], ["next"], ["hang"])
    # With all the time there is the answer can be no consequence of the timeout.
    assert answer(start(*extensions.flags).invoke(b"[1]")) == (200, b"[1]")
    emulator = start(*extensions.flags, environment=ONE_SECOND)
    assert answer(emulator.invoke(b"[1]")) == (200, b"[1]")
    assert_goes_on(emulator, extensions)
    assert b"Reset initiated: Timeout" in emulator.stderr


@pytest.mark.thimble
@pytest.mark.parametrize(
    ("steps", "started"),
    [
        ([], False),
        ([REGISTER_BOTH], None),
        ([["register", []]], None),
        ([REGISTER_BOTH, ["ask"]], None),
    ],
    ids=["before it registers", "after", "after, without events", "after asking"],
)
@pytest.mark.parametrize("code", [0, 3])
def test_an_extension_that_ends_in_init_fails_the_invocation(start, extensions, steps, started, code):
    extensions.add("bad", *steps, ["exit", code])
    emulator = start(*extensions.flags, command=PUPPET)
    assert failure(emulator.invoke()) == (502, "Extension.ExitError", f"exit status {code}")
    # A runtime that was started meanwhile may yet say so, until it has been killed.
    wait_until(lambda: len(living_in_session(emulator.process.pid)) == 1, "the end of everything but the emulator")
    assert emulator.starts() == [] or started is not False
    repair(extensions, "bad")
    caller = emulator.begin()
    # A runtime that was being killed may have noted its start late.
    emulator.wait_for_stderr(rb"INIT START\(type: on-demand, phase: invoke\)\n")
    wait_until(lambda: any(map(alive, emulator.starts())), "the next runtime")
    run_one(Puppet(emulator), caller)


@pytest.mark.thimble
def test_an_extension_that_is_killed_in_an_invocation_fails_it(start, extensions):
    extensions.add("bad", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags)
    caller = emulator.begin(do(["hang"]))
    emulator.wait_for_note()
    extensions.kill("bad")
    assert failure(caller.reply()) == (502, "Extension.ExitError", "signal: killed")
    emulator.wait_for_stderr(b"First fatal error stored in appctx: Extension.ExitError\n")
    emulator.wait_for_stderr(b"Process bad exited: signal: killed\n")
    assert_goes_on(emulator, extensions)
    assert not alive(emulator.starts()[0])


@pytest.mark.thimble
def test_in_the_cloud_s_answers_an_extension_s_end_is_a_function_error(start, extensions):
    extensions.add("bad", REGISTER_BOTH, ["next"], ["exit", 2])
    emulator = start(*extensions.flags)
    reply = emulator.function(b"hello", do(["hang"]))
    assert failure(reply) == (200, "Extension.ExitError", "exit status 2")
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    repair(extensions, "bad")
    assert emulator.function(b"hello", b"[1]").body == b"[1]"


@pytest.mark.thimble
def test_an_extension_that_ends_when_idle_costs_no_invocation(start, extensions):
    extensions.add("bad", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags)
    assert emulator.invoke(b"[1]").body == b"[1]"
    emulator.wait_for_stdout(b"REPORT")
    extensions.kill("bad")
    emulator.wait_for_stderr(b"Process bad exited: signal: killed\n")
    assert_goes_on(emulator, extensions)
    assert b"Invoke failed" not in emulator.stderr
    assert len(emulator.starts()) == 2


@pytest.mark.thimble
def test_an_extension_that_ends_after_the_answer_does_not_change_it(start, extensions, tmp_path):
    extensions.add("bad", REGISTER_BOTH, ["next"], ["await", str(tmp_path / "go")], ["exit", 1])
    emulator = start(*extensions.flags)
    assert answer(emulator.invoke(b"[1]")) == (200, b"[1]")
    second = emulator.begin(b"[2]")
    repair(extensions, "bad")
    (tmp_path / "go").touch()
    assert second.reply().body == b"[2]"
    assert len(emulator.starts()) == 2


@pytest.mark.thimble
@pytest.mark.parametrize("which", ["init", "exit"])
@pytest.mark.parametrize("way", ["error", "error-unread"])
def test_an_extension_that_tells_of_an_error_in_init_names_it(start, extensions, which, way):
    """Also when it ends without waiting for the reply: what it said before its end counts."""
    error_type = {"init": "Extension.InitError", "exit": "Extension.ExitError"}[which]
    extensions.add("bad", REGISTER_BOTH, [way, which, "Extension.NoDatabase"], ["exit", 1])
    emulator = start(*extensions.flags)
    for _ in range(3):
        assert failure(emulator.invoke()) == (502, error_type, "bad: Extension.NoDatabase")
    assert_goes_on(emulator, extensions)


@pytest.mark.thimble
@pytest.mark.parametrize("which", ["init", "exit"])
def test_an_error_and_the_end_that_are_found_together_are_the_error(start, extensions, tmp_path, which):
    error = ["error-unread", which, "Extension.NoDatabase"]
    extensions.add("bad", REGISTER_BOTH, ["await", str(tmp_path / "go")], ["drop"], error, ["exit", 1])
    emulator = start(*extensions.flags)
    caller = emulator.begin()
    extensions.wait_for("bad", "register")
    emulator.signal(signal.SIGSTOP)
    (tmp_path / "go").touch()
    wait_until(lambda: not alive(extensions.pids("bad")[0]), "the extension's end")
    emulator.signal(signal.SIGCONT)
    error_type = {"init": "Extension.InitError", "exit": "Extension.ExitError"}[which]
    assert failure(caller.reply()) == (502, error_type, "bad: Extension.NoDatabase")
    assert_goes_on(emulator, extensions)


@pytest.mark.thimble
def test_an_extension_s_end_and_the_runtime_s_answer_that_are_found_together_are_the_answer(
    start, extensions, tmp_path
):
    extensions.add("bad", REGISTER_BOTH, ["next"], ["await", str(tmp_path / "extension")], ["exit", 1])
    emulator = start(*extensions.flags)
    steps = [["await", str(tmp_path / "runtime")], ["new-connection"], ["touch", str(tmp_path / "posting")]]
    caller = emulator.begin(do(*steps, ["respond", "[1]"]))
    extensions.wait_for_events("bad")
    emulator.signal(signal.SIGSTOP)
    (tmp_path / "runtime").touch()
    wait_until((tmp_path / "posting").exists, "the runtime to post")
    wait_until(lambda: unread(emulator.runtime_port), "the answer in the emulator's socket")
    (tmp_path / "extension").touch()
    wait_until(lambda: not alive(extensions.pids("bad")[0]), "the extension's end")
    emulator.signal(signal.SIGCONT)
    assert answer(caller.reply()) == (200, b"[1]")
    assert_goes_on(emulator, extensions)


def unread(port):
    """Whether a connection to the port has bytes that were not read yet."""
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return any(int(row[1].split(":")[1], 16) == port and row[3] == "01" and row[4][9:] != "00000000" for row in rows)


@pytest.mark.thimble
@pytest.mark.parametrize("then", ["exit", "hang"])
def test_an_extension_that_tells_of_an_error_in_an_invocation_fails_it(start, extensions, then):
    ending = ["exit", 1] if then == "exit" else ["hang"]
    # Who did not register for SHUTDOWN is killed at once, perhaps before it has read its answer.
    extensions.add("bad", REGISTER_BOTH, ["next"], ["error", "exit", "Extension.NoDatabase"], ending)
    emulator = start(*extensions.flags)
    assert failure(emulator.invoke(do(["hang"]))) == (502, "Extension.ExitError", "bad: Extension.NoDatabase")
    assert_goes_on(emulator, extensions)
    assert [said.status for said in extensions.replies("bad", "error")] == [202]


@pytest.mark.thimble
def test_an_external_extension_gets_its_event_though_its_connection_broke(start, extensions, tmp_path):
    extensions.add(
        "bad",
        ["register", ["INVOKE"]],
        ["ask"],
        ["drop"],
        ["note", "dropped"],
        ["await", str(tmp_path / "go")],
        LOOP,
    )
    emulator = start(*extensions.flags)
    caller = emulator.begin(b"[1]")
    assert caller.reply().body == b"[1]"
    assert extensions.events("bad") == []
    (tmp_path / "go").touch()
    assert extensions.wait_for_events("bad")[0]["eventType"] == "INVOKE"
    assert emulator.invoke(b"[2]").body == b"[2]"


@pytest.mark.thimble
def test_a_stopped_extension_runs_into_the_timeout(start, extensions):
    extensions.add("bad", ["register", ["INVOKE"]], LOOP)
    emulator = start(*extensions.flags, environment=ONE_SECOND)
    assert emulator.invoke(b"[1]").body == b"[1]"
    emulator.wait_for_stdout(b"REPORT")
    extensions.kill("bad", signal.SIGSTOP)
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert_goes_on(emulator, extensions)


@pytest.mark.thimble
def test_extensions_are_started_again_with_the_runtime(start, extensions):
    extensions.add("logger", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags)
    assert emulator.invoke(do(["exit", 1])).status == 502
    assert emulator.invoke(b"[1]").body == b"[1]"
    first, second = extensions.pids("logger")
    assert not alive(first) and alive(second)
    identifiers = {said.headers["lambda-extension-identifier"] for said in extensions.replies("logger", "register")}
    assert len(identifiers) == 2


# --- the end ----------------------------------------------------------------------------------------------------------


def shutdown_events(extensions, name="logger"):
    return [event for event in extensions.events(name) if event["eventType"] == "SHUTDOWN"]


@pytest.mark.thimble
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_spindown_and_the_runtime_goes_first(start, extensions, tmp_path, number):
    script = tmp_path / "bootstrap"
    script.write_text(
        '#!/bin/sh\ntrap \'echo "runtime: SIGTERM"; exit 0\' TERM\necho $$ >>"$PAYLOAD_STARTS"\n'
        "while :; do sleep infinity & wait; done\n"
    )
    script.chmod(0o755)
    extensions.add("logger", REGISTER_BOTH, ["next"], ["next"], ["out", "logger: SHUTDOWN\n"], ["exit", 0])

    def once():
        emulator = start(*extensions.flags, command=(str(script), "h"))
        caller = emulator.begin()
        emulator.wait_for_start()
        runtime = Puppet(emulator)
        run_one(runtime, caller)
        runtime.ask_next()
        before = time.time() * 1000
        taken = end(emulator, number)
        if b"Sending SIGKILL" in emulator.stderr:
            return float("inf")  # somebody was held up for all the time there is
        assert emulator.stdout.endswith(b"runtime: SIGTERM\nlogger: SHUTDOWN\n")
        said = extensions.replies("logger", "next")[-1]
        deadline = shutdown_events(extensions)[-1]["deadlineMs"]
        assert said.body == f'{{"eventType":"SHUTDOWN","deadlineMs":{deadline},"shutdownReason":"spindown"}}'
        assert said.headers["content-type"] == "application/json"
        assert re.fullmatch(UUID, said.headers["lambda-extension-event-identifier"])
        assert before + 1990 <= deadline <= time.time() * 1000 + 2010
        return taken

    assert_ends_in(once, 0, 1.5)


@pytest.mark.thimble
def test_a_signal_while_an_extension_is_busy_leaves_no_answered_invocation_unreported(start, extensions):
    extensions.add("logger", REGISTER_BOTH, ["next"], ["hang"])
    emulator = start(*extensions.flags)
    reply = emulator.function(b"hello", do(["out", "a line\n"], ["respond", "1"]))
    assert reply.body == b"1"
    emulator.wait_for_stderr(rb"INVOKE RTDONE")
    end(emulator)
    request_id = reply.header("X-Amzn-RequestId").encode()
    assert re.fullmatch(
        rb"START RequestId: %s [^\n]*\na line\nEND RequestId: %s\nREPORT RequestId: %s\t[^\n]*\n" % ((request_id,) * 3),
        emulator.stdout,
    )


@pytest.mark.thimble
def test_the_runtime_has_three_tenths_of_the_time_to_end(start, extensions):
    extensions.add("logger", REGISTER_BOTH, LOOP)

    def once():
        emulator = start(*extensions.flags)
        emulator.invoke(do(["ignore", 15], ["respond", "1"]))
        emulator.wait_for_stdout(b"REPORT")
        before = time.time() * 1000
        taken = end(emulator)
        assert f"Sending SIGKILL to runtime-1({emulator.starts()[0]})".encode() in emulator.stderr
        if b"Sending SIGKILL to logger" in emulator.stderr:
            return float("inf")
        event = shutdown_events(extensions)[-1]
        assert event["shutdownReason"] == "spindown"
        assert before + 1990 <= event["deadlineMs"] <= time.time() * 1000 + 2010
        return taken

    assert_ends_in(once, 0.5, 1.9)


@pytest.mark.thimble
@pytest.mark.parametrize("steps", [[LOOP], [["ask"], ["hang"]], [["hang"]]], ids=["asks again", "hangs", "in init"])
def test_an_extension_that_ignores_shutdown_is_killed_at_the_deadline(start, extensions, steps):
    """The one that "asks again" takes the event for another and waits."""
    if steps == [LOOP]:
        steps = [["next"], ["next"], ["next"]]
    extensions.add("logger", ["ignore", 15], ["child"], REGISTER_BOTH, ["note", "registered"], *steps)
    rounds = 0

    def once():
        nonlocal rounds
        rounds += 1
        emulator = start(*extensions.flags)
        caller = emulator.begin(b"[1]")
        wait_until(lambda: len(extensions.replies("logger", "register")) == rounds, "the extension to register")
        if steps != [["hang"]]:
            assert caller.reply().body == b"[1]"
        taken = end(emulator)
        assert f"Sending SIGKILL to logger({extensions.pids('logger')[-1]}).\n".encode() in emulator.stderr
        assert not any(alive(entry[1]) for entry in extensions.record("logger") if entry[0] == "child")
        return taken

    assert_ends_in(once, 1.5, 3.5)


@pytest.mark.thimble
@pytest.mark.parametrize("steps", [[["register", ["INVOKE"]], LOOP], [["hang"]]], ids=["registered", "not registered"])
def test_an_extension_that_does_not_want_shutdown_is_killed_at_once(start, extensions, steps):
    extensions.add("logger", *steps)
    rounds = 0

    def once():
        nonlocal rounds
        rounds += 1
        emulator = start(*extensions.flags)
        caller = emulator.begin(b"[1]")
        extensions.wait_for_start("logger", rounds)
        if len(steps) > 1:
            assert caller.reply().body == b"[1]"
        return end(emulator)

    assert_ends_in(once, 0, 1.5)


@pytest.mark.thimble
def test_a_signal_while_one_extension_has_registered_and_another_has_not(start, extensions):
    extensions.add("logger", REGISTER_BOTH, LOOP)
    extensions.add("late", ["hang"])
    rounds = 0

    def once():
        nonlocal rounds
        rounds += 1
        emulator = start(*extensions.flags)
        caller = emulator.begin()
        wait_until(lambda: len(extensions.replies("logger", "register")) == rounds, "one extension to register")
        extensions.wait_for_start("late", rounds)
        taken = end(emulator)
        assert [event["shutdownReason"] for event in extensions.events("logger")] == ["spindown"] * rounds
        caller.assert_closed_unanswered()
        return taken

    assert_ends_in(once, 0, 1.5)


@pytest.mark.thimble
@pytest.mark.parametrize(
    ("event", "reason", "log"),
    [(do(["hang"]), "timeout", b"Timeout"), (do(["exit", 1]), "failure", b"ReleaseFail")],
    ids=["timeout", "failure"],
)
def test_a_reset_is_told_with_its_reason(start, extensions, event, reason, log):
    extensions.add("logger", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags, environment=ONE_SECOND)
    before = time.time()
    emulator.invoke(event)
    assert emulator.invoke(b"[1]").body == b"[1]"
    (told,) = shutdown_events(extensions)
    assert told["shutdownReason"] == reason
    assert 1500 < told["deadlineMs"] - before * 1000 < 5000
    assert b"[WARNING] (rapid) Reset initiated: " + log in emulator.stderr


@pytest.mark.thimble
def test_a_failing_extension_is_told_to_the_others_as_failure(start, extensions):
    extensions.add("logger", REGISTER_BOTH, LOOP)
    extensions.add("bad", ["register", ["INVOKE"]], ["next"], ["exit", 1])
    emulator = start(*extensions.flags)
    assert failure(emulator.invoke(do(["hang"]))) == (502, "Extension.ExitError", "exit status 1")
    repair(extensions, "bad")
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert [event["shutdownReason"] for event in shutdown_events(extensions)] == ["failure"]


@pytest.mark.thimble
def test_a_failed_start_of_the_runtime_is_told_as_failure(start, extensions, tmp_path):
    script = tmp_path / "bootstrap"
    script.symlink_to(PUPPET[0])
    extensions.add("logger", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags, command=(str(script), "h"))
    script.unlink()
    assert emulator.invoke().json()["errorType"] == "Runtime.InvalidEntrypoint"
    script.symlink_to(PUPPET[0])
    caller = emulator.begin()
    emulator.wait_for_start()
    run_one(Puppet(emulator), caller)
    assert [event["shutdownReason"] for event in shutdown_events(extensions)] == ["failure"]


@pytest.mark.thimble
def test_an_init_error_of_the_runtime_is_told_as_failure(start, extensions):
    extensions.add("logger", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags, init=[["init-error", '{"errorType":"A.B","errorMessage":"c"}'], ["exit", 1]])
    for count in (1, 2):
        assert emulator.invoke().json() == {"errorType": "A.B", "errorMessage": "c"}
        wait_until(lambda expected=count: len(shutdown_events(extensions)) == expected, "SHUTDOWN")
    assert {event["shutdownReason"] for event in shutdown_events(extensions)} == {"failure"}


@pytest.mark.thimble
def test_kill_9_of_the_emulator_leaves_no_extension(start, extensions):
    extensions.add("logger", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags)
    assert emulator.invoke(b"[1]").body == b"[1]"
    os.kill(emulator.pid, signal.SIGKILL)
    emulator.process.wait()
    wait_until(lambda: not living_in_session(emulator.process.pid), "the end of everything it started")
    emulator.process.returncode = 0


@pytest.mark.thimble
def test_many_resets_leave_neither_processes_nor_descriptors(start, extensions):
    extensions.add("logger", REGISTER_BOTH, LOOP)
    emulator = start(*extensions.flags)
    emulator.invoke(do(["exit", 1]))
    assert emulator.invoke(b"[1]").body == b"[1]"
    before = len(os.listdir(f"/proc/{emulator.pid}/fd"))
    for _ in range(10):
        assert emulator.invoke(do(["exit", 1])).status == 502
    assert emulator.invoke(b"[1]").body == b"[1]"
    wait_until(lambda: len(os.listdir(f"/proc/{emulator.pid}/fd")) <= before, "no more descriptors than before")
    wait_until(lambda: len(living_in_session(emulator.process.pid)) == 3, "the emulator, a runtime and an extension")


@pytest.mark.thimble
@pytest.mark.parametrize("which", [b"init", b"exit"])
def test_an_error_whose_body_comes_in_chunks_is_told_with_its_type(start, extensions, which):
    extensions.add_puppet("bad")
    emulator = start(*extensions.flags, command=PUPPET)
    caller = emulator.begin()
    extensions.wait_for_start("bad")
    extension = ExtensionPuppet(emulator, b"bad", [])
    head = b"POST /2020-01-01/extension/" + which + b"/error HTTP/1.1\r\nHost: runtime\r\n"
    head += b"Lambda-Extension-Identifier: " + extension.identifier + b"\r\n"
    head += b"Lambda-Extension-Function-Error-Type: Extension.NoDatabaseAnywhereToBeFound\r\n"
    extension.connection.send(head + b"Transfer-Encoding: chunked\r\n\r\n")
    extension.connection.send(b"2\r\n{}\r\n")
    extension.connection.send(b"0\r\n\r\n")
    assert extension.connection.reply().status == 202
    assert failure(caller.reply())[2] == "bad: Extension.NoDatabaseAnywhereToBeFound"
