import subprocess
from pathlib import Path

import pytest

import runtimes
from collector import Collector
from support.emulator import BINARY, Emulator


# What needs more than build-handlers builds.
collect_ignore = [] if runtimes.WITH_MORE else ["test_more_runtimes.py", "test_serverless_extension.py"]


def pytest_report_header(config):
    return f"emulator: {BINARY}"


@pytest.fixture(scope="session", autouse=True)
def built():
    """The examples and the handlers of this folder, compiled."""
    for script in ("build-handlers", *(["build-more-handlers"] if runtimes.WITH_MORE else [])):
        subprocess.run([Path(__file__).parent / script], check=True)


@pytest.fixture(params=runtimes.ALL, ids=str)
def runtime(request):
    return request.param


@pytest.fixture
def start(tmp_path, request):
    """start(command, cwd, ...) starts an emulator; at the end it must stop when asked and leave no process behind."""
    started = []

    def start(command, cwd, *flags, environment=None, **options):
        folder = tmp_path / f"emulator-{len(started)}"
        environment = {"CALLS": folder / "calls", **(environment or {})}
        emulator = Emulator(folder, *flags, command=command, cwd=cwd, environment=environment, **options)
        started.append(emulator)
        return emulator

    yield start
    problems = []
    for emulator in started:
        try:
            emulator.stop()
        except AssertionError as problem:
            problems.append(problem)
        for name in ("stdout", "stderr"):
            text = getattr(emulator, name)[-4000:].decode("utf-8", "replace")
            request.node.add_report_section("teardown", f"emulator {name}", text)
    if problems:
        raise problems[0]


@pytest.fixture
def collector():
    """A collector of OpenTelemetry, which must have understood everything."""
    with Collector() as collector:
        yield collector
    assert collector.strange == []


@pytest.fixture
def start_example(start):
    """start_example(runtime, ...): an emulator with the example in that runtime's language."""

    def start_example(runtime, **options):
        return start(runtime.example, runtimes.EXAMPLES / f"{runtime}-hello", **options)

    return start_example


@pytest.fixture
def start_payload(start, runtime):
    """start_payload(flags..., environment=...): an emulator with the payload handler under `runtime`."""

    def start_payload(*flags, environment=None, **options):
        environment = {**dict(runtime.environment), **(environment or {})}
        return start(runtime.payload, runtime.folder, *flags, environment=environment, **options)

    return start_payload


@pytest.fixture
def start_streaming(start, runtime):
    """start_streaming(flags..., environment=...): as start_payload, with a handler that can stream."""

    def start_streaming(*flags, environment=None, **options):
        environment = {**dict(runtime.environment), **(environment or {})}
        return start(runtime.streaming, runtime.folder, *flags, environment=environment, **options)

    return start_streaming


def calls(emulator):
    """The request ids the handler was called with, one per call, in order."""
    path = emulator.folder / "calls"
    return path.read_text().splitlines() if path.exists() else []
