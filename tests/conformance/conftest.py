"""Fixtures, and the two ways to run the suite.

Plain, every test must pass. With --expect-incumbent, the binary is the public Go emulator: every `kept` test must pass,
every `fixed` test must fail (and by an assertion, not by a mistake in the test), and `thimble` tests are left out.
"""

import collections

import pytest

from support.emulator import BINARY, PUPPET, Emulator
from support.puppet import Puppet
from support.waiting import Deadline

# A fixed test waits for what the incumbent never does; there is no use in waiting long.
_SECONDS_FOR_THE_INCUMBENT_TO_FAIL = 1.5
_MARKS = ("kept", "fixed", "thimble")

_counts = collections.Counter()
_measurements = []


def pytest_addoption(parser):
    parser.addoption(
        "--expect-incumbent",
        action="store_true",
        help="the binary is the public emulator: kept tests must pass, fixed tests must fail",
    )


def pytest_configure(config):
    if not BINARY.is_file():
        raise pytest.UsageError(f"no emulator at '{BINARY}': build it, or name one with EMULATOR=/path")

    Emulator.may_die_of_an_early_signal = config.getoption("--expect-incumbent")


def pytest_report_header(config):
    notes = ["expected: the incumbent"] if config.getoption("--expect-incumbent") else []
    notes += [] if is_static() else ["not statically linked: the tests of its system calls are left out"]
    return f"emulator: {BINARY}" + "".join(f" ({note})" for note in notes)


def is_static():
    """Whether the program has no interpreter (program header PT_INTERP = 3): then no loader runs before it."""
    data = BINARY.read_bytes()
    offset, size, count = (int.from_bytes(data[a:b], "little") for a, b in ((32, 40), (54, 56), (56, 58)))
    kinds = [data[header : header + 4] for header in range(offset, offset + size * count, size)]
    return (3).to_bytes(4, "little") not in kinds


def pytest_collection_modifyitems(config, items):
    for item in items:
        marks = [mark for mark in _MARKS if item.get_closest_marker(mark)]
        if len(marks) != 1:
            raise pytest.UsageError(f"{item.nodeid}: exactly one of {', '.join(_MARKS)}, not {marks}")
    foreign = set()
    if config.getoption("--expect-incumbent"):
        foreign.add("thimble")
    if not is_static():
        foreign.add("static")
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in foreign)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    mark = next(mark for mark in _MARKS if item.get_closest_marker(mark))
    if report.when == "call":
        _counts[mark, report.outcome] += 1
    if not (item.config.getoption("--expect-incumbent") and mark == "fixed"):
        return
    if report.when == "call" and report.passed:
        report.outcome = "failed"
        report.longrepr = "the incumbent passes this test, which is marked fixed"
    elif report.when == "call" and call.excinfo.errisinstance(AssertionError):
        report.outcome = "passed"
    elif report.when == "teardown" and report.failed and call.excinfo.errisinstance(AssertionError):
        report.outcome = "passed"  # What the incumbent leaves behind after it crashed.


def pytest_terminal_summary(terminalreporter):
    for line in _measurements:
        terminalreporter.write_line(line)
    for mark in _MARKS:
        passed, failed = _counts[mark, "passed"], _counts[mark, "failed"]
        if passed + failed:
            terminalreporter.write_line(f"{mark}: {passed} pass, {failed} fail")


@pytest.fixture(autouse=True)
def deadline(request):
    """Nothing takes longer than this, in any test."""
    hopeless = request.config.getoption("--expect-incumbent") and request.node.get_closest_marker("fixed")
    Deadline.seconds = _SECONDS_FOR_THE_INCUMBENT_TO_FAIL if hopeless else Deadline.generous_seconds


@pytest.fixture
def start(tmp_path, request):
    """start(flags..., command=, environment=, ...) starts an emulator that is stopped, and checked, at the end."""
    started = []

    def start(*flags, **options):
        emulator = Emulator(tmp_path / f"emulator-{len(started)}", *flags, **options)
        started.append(emulator)
        return emulator

    yield start
    problems = []
    for emulator in started:
        try:
            emulator.stop()
        except AssertionError as problem:
            problems.append(problem)
        request.node.add_report_section("teardown", "emulator stdout", _shown(emulator.stdout))
        request.node.add_report_section("teardown", "emulator stderr", _shown(emulator.stderr))
    if problems:
        raise problems[0]


@pytest.fixture
def emulator(start):
    """An emulator with the payload runtime, no other flags."""
    return start()


@pytest.fixture
def begin_as_runtime(start):
    """begin_as_runtime(event, ...) invokes, waits for the runtime, returns (emulator, caller's connection, Puppet)."""

    def begin(event=b"{}", *flags, environment=None, headers=()):
        emulator = start(*flags, command=PUPPET, environment=environment)
        caller = emulator.begin(event, headers=headers)
        emulator.wait_for_start()
        return emulator, caller, Puppet(emulator)

    return begin


@pytest.fixture
def measured():
    """measured(text) prints a measurement at the end of the run."""
    return _measurements.append


def _shown(data, limit=4000):
    text = data[-limit:].decode("utf-8", "replace")
    return text if len(data) <= limit else f"[{len(data) - limit} bytes before]{text}"
