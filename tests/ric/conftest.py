import pytest

from program import BINARY, Program
from runtime_api import RuntimeApi


def pytest_configure(config):
    if not BINARY.is_file():
        raise pytest.UsageError(f"no handler at '{BINARY}': build ric_handler, or name one with RIC_HANDLER=/path")


def pytest_report_header(config):
    return f"handler: {BINARY}"


@pytest.fixture
def api():
    api = RuntimeApi()
    yield api
    api.close()


@pytest.fixture
def run(tmp_path, request):
    """run(arguments..., NAME=value...) starts the handler with this environment only."""
    started = []

    def run(*arguments, stdin=None, pass_fds=(), stderr_pipe=False, **environment):
        options = {"stdin": stdin} if stdin is not None else {}
        folder = tmp_path / f"program-{len(started)}"
        started.append(Program(folder, environment, arguments, pass_fds=pass_fds, stderr_pipe=stderr_pipe, **options))
        return started[-1]

    yield run
    problems = []
    for program in started:
        try:
            program.stop()
        except AssertionError as problem:
            problems.append(problem)
        for name in ("stdout", "stderr"):
            text = getattr(program, name)[-4000:].decode("utf-8", "replace")
            request.node.add_report_section("teardown", f"handler's {name}", text)
    if problems:
        raise problems[0]


@pytest.fixture
def start(run, api):
    """start(NAME=value...) starts the handler under the scripted Runtime API."""

    def start(pass_fds=(), **environment):
        return run(pass_fds=pass_fds, **{"AWS_LAMBDA_RUNTIME_API": api.address, **environment})

    return start


@pytest.fixture
def connect(start, api):
    """connect(NAME=value...) does too, and returns it with its first connection."""

    def connect(**environment):
        program = start(**environment)
        return program, api.accept()

    return connect
