"""The static program in images that hold nothing but it and a handler, under real Docker."""

import http.server
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from docker import Docker
from runtimes import CPP_PROGRAMS, EXAMPLES, PROGRAMS, ROOT, assert_is_hello, do, hello_event
from support.emulator import BINARY
from support.processes import children
from support.waiting import Late, wait_until

# What Docker itself puts into every container.
DOCKERS_OWN = {".dockerenv", "dev", "etc", "proc", "sys"}


@pytest.fixture(scope="module")
def docker():
    with Docker() as docker:
        yield docker


@pytest.fixture(scope="module")
def image(docker, built):
    """examples/go-hello in an image, as its README says."""
    return build(docker, "go", ROOT / "build/examples/go-hello/hello")


@pytest.fixture(scope="module")
def rust_image(docker, built):
    """examples/rust-hello in an image, as its README says."""
    return build(docker, "rust", ROOT / "build/examples/rust-hello/hello")


@pytest.fixture(scope="module")
def payload_image(docker, built):
    """The payload handler in the same image."""
    return build(docker, "go", PROGRAMS / "payload-go")


def build(docker, language, handler):
    files = {"aws-lambda-rie": BINARY, "hello": handler}
    return docker.build(f"thimble-test:{uuid.uuid4().hex}", EXAMPLES / f"{language}-hello/Dockerfile", files)


def invoke(port, event, seconds=20):
    """Posts the event to the container behind a published port, as soon as it answers there."""
    url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"

    def answer():
        try:
            return urllib.request.urlopen(url, event, timeout=seconds).read()
        except urllib.error.HTTPError:
            raise
        except OSError:  # Docker's proxy listens before the program in the container does.
            return None

    return wait_until(answer, f"an answer on the published port {port}", seconds)


def test_it_answers_on_a_published_port(docker, image):
    container = docker.start("--publish", "127.0.0.1::8080", image)

    assert_is_hello(invoke(docker.port(container), hello_event("go")), "go")


def test_a_handler_in_c_plus_plus_answers_on_a_published_port(docker, built):
    image = build(docker, "cpp", CPP_PROGRAMS / "cpp-hello")
    container = docker.start("--publish", "127.0.0.1::8080", image)

    assert_is_hello(invoke(docker.port(container), hello_event("cpp")), "cpp")


def test_a_rust_handler_answers_on_a_published_port(docker, rust_image):
    container = docker.start("--publish", "127.0.0.1::8080", rust_image)

    assert_is_hello(invoke(docker.port(container), hello_event("rust")), "rust")


def test_docker_stop_ends_it_at_once_with_exit_code_0(docker, image):
    container = docker.start("--publish", "127.0.0.1::8080", image)
    invoke(docker.port(container), hello_event("go"))

    begin = time.monotonic()
    docker("stop", "--time", 30, container)
    seconds = time.monotonic() - begin

    assert docker.exit_code(container) == 0
    # Otherwise it takes all of the 30; Docker's own part can be seconds on a busy machine.
    assert seconds < 15, f"docker stop took {seconds:.1f} s"


def test_docker_stop_ends_it_at_once_before_the_first_invoke(docker, image):
    container = docker.start(image)
    wait_until(lambda: "exec '/hello'" in docker.logs(container), "the start-up line")

    docker("stop", "--time", 30, container)

    assert docker.exit_code(container) == 0


def test_the_image_holds_the_two_programs_and_no_shell(docker, image):
    assert docker.files(image) - DOCKERS_OWN == {"lambda-entrypoint", "hello"}
    assert docker.run("run", "--rm", "--entrypoint", "/bin/sh", image, "-c", "true").returncode == 127


def test_it_works_without_root_without_capabilities_and_on_a_read_only_root(docker, image):
    locked = ["--read-only", "--user", "65534:65534", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    container = docker.start(*locked, "--publish", "127.0.0.1::8080", image)

    assert_is_hello(invoke(docker.port(container), hello_event("go")), "go")
    docker("stop", "--time", 30, container)
    assert docker.exit_code(container) == 0


@pytest.mark.parametrize("address", [None, "127.0.0.2"], ids=["as it is", "with names of the user's"])
def test_an_extension_can_listen_on_sandbox(docker, image, address):
    names = ("sandbox", "sandbox.localdomain")
    hosts = [word for name in names for word in ("--add-host", f"{name}:{address}") if address]
    extension = ["--volume", f"{PROGRAMS / 'payload-go'}:/opt/extensions/listener:ro"]
    container = docker.start("--user", "0", *hosts, *extension, "--publish", "127.0.0.1::8080", image)

    assert_is_hello(invoke(docker.port(container), hello_event("go")), "go")

    assert f"listening on {address or '127.0.0.1'}:" in docker.logs(container)
    hosts = Path(docker("inspect", "--format", "{{.HostsPath}}", container).strip()).read_text()
    assert [hosts.split().count(name) for name in names] == [1, 1]


def test_as_process_1_it_reaps_every_orphan(docker, payload_image):
    container = docker.start("--publish", "127.0.0.1::8080", payload_image)
    port = docker.port(container)
    before = json.loads(invoke(port, do("describe")))

    assert json.loads(invoke(port, do("orphans", count=50))) is None

    first = docker.process_1(container)
    try:
        wait_until(lambda: len(children(first)) == 1, "the end of every orphan")
    except Late:
        pytest.fail(f"left behind: {children(first)}")
    assert json.loads(invoke(port, do("describe")))["processId"] == before["processId"]


def test_a_handler_that_ends_is_started_again(docker, payload_image):
    container = docker.start("--publish", "127.0.0.1::8080", payload_image)
    port = docker.port(container)

    with pytest.raises(urllib.error.HTTPError) as error:
        invoke(port, do("exit", code=3))

    assert error.value.code == 502
    assert json.loads(invoke(port, do("echo", n=1))) == {"do": "echo", "n": 1}


def test_on_lambda_it_becomes_the_handler(docker, image):
    with RuntimeApi(hello_event("go")) as lambda_:
        address = f"AWS_LAMBDA_RUNTIME_API=127.0.0.1:{lambda_.port}"
        container = docker.start("--network", "host", "--read-only", "--env", address, *ENVIRONMENT_ON_LAMBDA, image)

        wait_until(lambda: lambda_.responses, "the handler's response")
        assert_is_hello(lambda_.responses[0], "go")
        # Process 1 is the handler itself: the program that started it is gone, and nothing else was started.
        first = docker.process_1(container)
        assert Path(f"/proc/{first}/cmdline").read_bytes() == b"/hello\0"
        assert Path(f"/proc/{first}/exe").readlink() == Path("/hello")
        assert children(first) == []
        assert "INIT START" not in docker.logs(container)


ENVIRONMENT_ON_LAMBDA = [
    word
    for setting in (
        "AWS_LAMBDA_FUNCTION_NAME=hello",
        "AWS_LAMBDA_FUNCTION_VERSION=1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
        "_HANDLER=hello",
    )
    for word in ("--env", setting)
]


class RuntimeApi:
    """Lambda's side of the Runtime API: one invocation, then none. Listens on 127.0.0.1."""

    def __init__(self, event):
        self.responses = []
        self._event = event
        self._over = threading.Event()

    def __enter__(self):
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if api.responses:
                    api._over.wait()
                    return self._answer(500, b"")
                assert self.path == "/2018-06-01/runtime/invocation/next"
                self._answer(
                    200,
                    api._event,
                    {
                        "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 30) * 1000)),
                        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:hello",
                    },
                )

            def do_POST(self):
                assert self.path.endswith("/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response")
                api.responses.append(self._body())
                self._answer(202, b"")

            def _body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers["Content-Length"]))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                while self.rfile.readline().strip():  # trailers
                    pass
                return body

            def _answer(self, status, body, headers={}):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
