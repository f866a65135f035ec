"""X-Ray: trace headers, and the segments a daemon is sent."""

import json
import re
import socket

import pytest

from support.emulator import INVOKE, do
from support.waiting import wait_until

pytestmark = pytest.mark.thimble

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
SPAN = "53995c3f42cd8ad8"
HEADER = "X-Amzn-Trace-Id"
TOLD = "lambda-runtime-trace-id"
DATAGRAM = re.compile(rb'\{"format":"json","version":1\}\n(.*)', re.DOTALL)
ARN = "arn:aws:lambda:us-east-1:012345678912:function:test_function"


class Daemon:
    """A UDP socket in the place of the X-Ray daemon."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self._documents = []

    def environment(self, address=None):
        return {"AWS_XRAY_DAEMON_ADDRESS": address or self.address}

    def documents(self):
        """Every segment document so far."""
        while True:
            try:
                datagram = self._socket.recv(65536)
            except BlockingIOError:
                return self._documents
            self._documents.append(json.loads(DATAGRAM.fullmatch(datagram)[1]))

    def pair(self, number=1):
        """The two segments of that invocation: the service's and the function's."""
        wait_until(lambda: len(self.documents()) >= 2 * number, f"{2 * number} segments")
        service, function = self.documents()[2 * number - 2 : 2 * number]
        check(service)
        check(function)
        assert (service["origin"], function["origin"]) == ("AWS::Lambda", "AWS::Lambda::Function")
        assert function["trace_id"] == service["trace_id"]
        assert function["parent_id"] == service["id"]
        return service, function

    def close(self):
        self._socket.close()


def check(segment):
    """The rules of segment documents: what is required, and the form it has."""
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", segment["trace_id"])
    assert re.fullmatch(r"[\w\s.:/%&#=+,\\@-]{1,200}", segment["name"])
    known = {"trace_id", "id", "parent_id", "name", "origin", "resource_arn", "start_time", "end_time", "fault", "aws"}
    assert segment.keys() <= known | {"http", "annotations", "cause", "subsegments"}
    ids = [segment["id"]]
    for part in (segment, *segment.get("subsegments", ())):
        assert re.fullmatch(r"[0-9a-f]{16}", part["id"])
        ids.append(part["id"])
        assert isinstance(part["start_time"], float) and isinstance(part["end_time"], float)
        assert 1_500_000_000 < part["start_time"] <= part["end_time"]
        assert part.get("fault", True) is True, "left out or true"
    assert len(set(ids[1:])) == len(ids) - 1
    for part in segment.get("subsegments", ()):
        assert segment["start_time"] <= part["start_time"] <= part["end_time"] <= segment["end_time"]
        assert part.keys() <= {"id", "name", "start_time", "end_time", "fault", "aws"}
    for key, value in segment.get("annotations", {}).items():
        assert re.fullmatch(r"\w+", key) and isinstance(value, bool | int | float | str)


def names(function):
    """What the function's segment consists of, and where it went wrong."""
    return [part["name"] + ("!" if "fault" in part else "") for part in function["subsegments"]]


@pytest.fixture
def daemon():
    one = Daemon()
    yield one
    one.close()


@pytest.fixture
def traced(start, daemon):
    return start(environment=daemon.environment())


def sent(header):
    return [(HEADER.encode(), header.encode())]


def trace_of(reply):
    """The trace header that the runtime was told, of an invocation that reports."""
    headers = {name.lower(): value for name, value in reply.json()["headers"]}
    return headers[TOLD]


def members(header):
    return dict(part.split("=", 1) for part in header.split(";"))


REPORT = do(["report"])

# --- Headers ----------------------------------------------------------------------------------------------------------


def test_a_header_with_a_root_only_is_completed(emulator):
    reply = emulator.invoke(REPORT, headers=sent(f"Root={ROOT}"))
    assert re.fullmatch(f"Root={ROOT};Parent=[0-9a-f]{{16}};Sampled=0", trace_of(reply))
    assert reply.header(HEADER) == trace_of(reply)


@pytest.mark.parametrize("decision", ["", ";Sampled=?"])
def test_who_leaves_the_decision_to_others_is_not_sampled(emulator, decision):
    reply = emulator.invoke(REPORT, headers=sent(f"Root={ROOT};Parent={SPAN}{decision}"))
    assert trace_of(reply) == f"Root={ROOT};Parent={SPAN};Sampled=0"


@pytest.mark.parametrize("rest", [";Sampled=0", ";Sampled=1", ";Sampled=1;Lineage=1:a87bd80c:0", ";Self=1-a;Sampled=0"])
def test_a_complete_header_is_passed_on_as_it_is(emulator, rest):
    header = f"Root={ROOT};Parent={SPAN}{rest}"
    assert trace_of(emulator.invoke(REPORT, headers=sent(header))) == header


def test_a_header_without_a_root_is_replaced(emulator):
    told = trace_of(emulator.invoke(REPORT, headers=sent(f"Parent={SPAN};Sampled=1")))
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", told)
    assert SPAN not in told


def test_without_a_daemon_nothing_is_sent(start, daemon):
    emulator = start()
    emulator.invoke(headers=sent(f"Root={ROOT};Parent={SPAN};Sampled=1"))
    emulator.wait_for_stdout(rb"REPORT")
    assert daemon.documents() == []


# --- Segments ---------------------------------------------------------------------------------------------------------


def test_a_sampled_invocation_is_two_segments(traced, daemon):
    reply = traced.invoke(REPORT, headers=sent(f"Root={ROOT};Parent={SPAN};Sampled=1"))
    service, function = daemon.pair()
    told = trace_of(reply)
    assert told == f"Root={ROOT};Parent={function['id']};Sampled=1"
    assert (service["trace_id"], service["parent_id"]) == (ROOT, SPAN)
    request_id = reply.header("X-Amzn-RequestId")
    for segment in (service, function):
        assert segment["name"] == "test_function"
        assert segment["resource_arn"] == ARN
        assert segment["aws"]["request_id"] == request_id
        assert "fault" not in segment
    assert function["aws"]["account_id"] == "012345678912"
    assert function["aws"]["function_arn"] == ARN
    assert function["aws"]["resource_names"] == ["test_function"]
    assert service["http"] == {"response": {"status": 200}}
    assert function["annotations"] == {"ColdStart": True}
    assert names(function) == ["Initialization", "Invocation", "Overhead"]
    ends = [part["end_time"] for part in function["subsegments"]]
    starts = [part["start_time"] for part in function["subsegments"]]
    assert starts == [function["start_time"], *ends[:-1]] and ends[-1] == function["end_time"]
    assert service["end_time"] == ends[1], "the caller does not wait for what comes after the response"


def test_a_warm_invocation_has_no_initialization(traced, daemon):
    traced.invoke()
    traced.invoke()
    _, function = daemon.pair(2)
    assert function["annotations"] == {"ColdStart": False}
    assert names(function) == ["Invocation", "Overhead"]


def test_an_invocation_without_a_header_begins_a_sampled_trace(traced, daemon):
    reply = traced.invoke(REPORT)
    service, function = daemon.pair()
    assert "parent_id" not in service
    assert members(trace_of(reply)) == {"Root": service["trace_id"], "Parent": function["id"], "Sampled": "1"}


def test_who_leaves_the_decision_open_is_sampled(traced, daemon):
    told = trace_of(traced.invoke(REPORT, headers=sent(f"Root={ROOT};Lineage=a:0")))
    service, function = daemon.pair()
    assert told == f"Root={ROOT};Parent={function['id']};Sampled=1;Lineage=a:0"
    assert "parent_id" not in service


def test_what_is_not_sampled_is_not_sent(traced, daemon):
    header = f"Root={ROOT};Parent={SPAN};Sampled=0"
    assert trace_of(traced.invoke(REPORT, headers=sent(header))) == header
    traced.invoke()
    service, _ = daemon.pair()
    assert service["trace_id"] != ROOT
    traced.wait_for_stdout(rb"(?s)REPORT.*REPORT")
    assert len(daemon.documents()) == 2


def test_the_version_that_was_invoked_is_in_the_segments(traced, daemon):
    traced.invoke(path=INVOKE + b"?Qualifier=live")
    for segment in daemon.pair():
        assert segment["resource_arn"] == ARN + ":live"


def test_an_error_of_the_handler_is_a_fault(traced, daemon):
    traced.invoke(do(["error", '{"errorType":"A","errorMessage":"private"}']))
    service, function = daemon.pair()
    assert service["fault"] and function["fault"]
    assert names(function) == ["Initialization", "Invocation!", "Overhead"]
    assert "private" not in json.dumps([service, function])


def test_a_crash_is_a_fault_with_its_cause(traced, daemon):
    request_id = traced.invoke(do(["exit", 3])).header("X-Amzn-RequestId")
    service, function = daemon.pair()
    assert service["fault"] and function["fault"]
    assert names(function) == ["Initialization", "Invocation!"]
    (exception,) = function["cause"]["exceptions"]
    assert re.fullmatch(r"[0-9a-f]{16}", exception.pop("id"))
    assert exception == {
        "type": "Runtime.ExitError",
        "message": f"RequestId: {request_id} Error: Runtime exited with error: exit status 3",
    }


def test_a_timeout_is_a_fault(start, daemon):
    emulator = start(environment={**daemon.environment(), "AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    emulator.invoke(do(["hang"]))
    _, function = daemon.pair()
    assert names(function) == ["Initialization", "Invocation!"]
    assert function["cause"]["exceptions"][0]["type"] == "Sandbox.Timedout"


def test_a_failed_start_is_a_fault_of_the_initialization(start, daemon):
    emulator = start(environment=daemon.environment(), init=[["exit", 1]])
    emulator.invoke()
    service, function = daemon.pair()
    assert service["fault"] and function["fault"]
    assert function["annotations"] == {"ColdStart": True}
    assert names(function) == ["Initialization!"]


def test_every_attempt_of_an_event_has_segments_of_its_own(start, daemon):
    environment = {**daemon.environment(), "THIMBLE_EVENT_RETRIES": "1", "THIMBLE_EVENT_RETRY_DELAY": "0"}
    emulator = start(environment=environment)
    headers = [*sent(f"Root={ROOT};Parent={SPAN};Sampled=1"), (b"X-Amz-Invocation-Type", b"Event")]
    reply = emulator.invoke(do(["error", "{}"]), headers=headers)
    assert ROOT in reply.header(HEADER)
    pairs = [daemon.pair(1), daemon.pair(2)]
    ids = [segment["id"] for pair in pairs for segment in pair]
    assert len(set(ids)) == 4
    assert {segment["trace_id"] for pair in pairs for segment in pair} == {ROOT}
    assert [service["parent_id"] for service, _ in pairs] == [SPAN, SPAN]


def test_a_streamed_response_is_part_of_the_invocation(traced, daemon):
    traced.invoke(
        do(["begin-stream"], ["piece", "a"], ["piece", "b"], ["end-stream"]),
        b"/2021-11-15/functions/f/response-streaming-invocations",
    )
    service, function = daemon.pair()
    assert names(function) == ["Initialization", "Invocation", "Overhead"]
    assert service["end_time"] == function["subsegments"][1]["end_time"]


# --- The daemon's address ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["udp:{0} tcp:127.0.0.1:1", "tcp:127.0.0.1:1 udp:{0}", "udp:{0}"])
def test_the_address_may_name_both_protocols(start, daemon, form):
    address = form.format(daemon.address)
    seen = start(environment=daemon.environment(address)).invoke(REPORT).json()["environment"]
    daemon.pair()
    host, port = daemon.address.split(":")
    assert seen["AWS_XRAY_DAEMON_ADDRESS"] == address
    assert (seen["_AWS_XRAY_DAEMON_ADDRESS"], seen["_AWS_XRAY_DAEMON_PORT"]) == (host, port)


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1", "127.0.0.1:x", "tcp:127.0.0.1:2000", "no such host:1"])
def test_a_bad_address_is_said_and_nothing_else_changes(start, address):
    emulator = start(environment={"AWS_XRAY_DAEMON_ADDRESS": address})
    emulator.wait_for_stderr(rb"\[WARNING\] \(rapid\) AWS_XRAY_DAEMON_ADDRESS: no segments are sent: ")
    told = trace_of(emulator.invoke(REPORT))
    assert told.endswith(";Sampled=0")


def test_nobody_need_listen(start, daemon):
    daemon.close()
    emulator = start(environment=daemon.environment())
    for number in range(5):
        assert emulator.invoke(b"%d" % number).body == b"%d" % number
