"""The command line: flags, their environment variables, what is refused, and where the program listens."""

import os
import re
import socket

import pytest

from support.emulator import PAYLOAD, PUPPET, RUNTIME, accepts, do, free_ports, run, unshared
from support.processes import listening
from support.waiting import wait_until


@pytest.fixture
def refuse(tmp_path):
    """refuse(words...) starts the program with free ports and these words, and returns how it ended by itself."""

    def refuse(*words, environment=None, wrapper=(), addresses=True):
        invoke_port, runtime_port = free_ports(2)
        given = (
            "--runtime-interface-emulator-address",
            f"127.0.0.1:{invoke_port}",
            "--runtime-api-address",
            f"127.0.0.1:{runtime_port}",
        )
        return run(
            tmp_path / "refused",
            *(given if addresses else ()),
            *words,
            environment=environment,
            wrapper=wrapper,
            ports=(invoke_port, runtime_port),
        )

    return refuse


def report(emulator):
    reply = emulator.invoke(do(["report"]))
    assert reply.status == 200, reply
    return reply.json()


# --- flags ------------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_flags_are_taken_from_after_the_command_too(start):
    seen = report(start(flags_last=True))
    assert seen["argv"][1:] == ["payload.handler"]
    assert seen["environment"]["_HANDLER"] == "payload.handler"


@pytest.mark.kept
def test_flags_are_taken_from_the_middle_of_the_command(start):
    runtime, handler = RUNTIME[:-1], RUNTIME[-1]
    seen = report(start(command=(*runtime, "one", "--log-level", "error", "two", handler)))
    assert seen["argv"][1:] == ["one", "two", handler]


@pytest.mark.kept
def test_a_value_may_follow_an_equals_sign(start):
    invoke_port, runtime_port = free_ports(2)
    emulator = start(
        f"--runtime-interface-emulator-address=127.0.0.1:{invoke_port}",
        f"--runtime-api-address=127.0.0.1:{runtime_port}",
        "--log-level=error",
        addresses=False,
        ports=(invoke_port, runtime_port),
    )
    assert report(emulator)["environment"]["AWS_LAMBDA_RUNTIME_API"] == f"127.0.0.1:{runtime_port}"


@pytest.mark.kept
def test_of_a_flag_given_twice_the_last_one_counts(start):
    emulator = start("--log-level", "error", "--log-level=info")
    emulator.invoke(b"1")
    assert b"[INFO] (rapid) INIT START" in emulator.stderr


@pytest.mark.kept
def test_unknown_flags_stay_in_the_command(start):
    runtime, handler = RUNTIME[:-1], RUNTIME[-1]
    seen = report(start(command=(*runtime, "--unknown", "-x", "--name=value", "plain", handler)))
    assert seen["argv"][1:] == ["--unknown", "-x", "--name=value", "plain", handler]


@pytest.mark.kept
@pytest.mark.parametrize("level", ["trace", "debug", "info", "warn", "warning", "error", "fatal", "panic"])
def test_the_incumbent_s_log_levels_are_known(start, level):
    assert start("--log-level", level).invoke(b"1").body == b"1"


@pytest.mark.kept
def test_the_log_level_decides_what_stderr_gets_and_leaves_stdout_alone(start):
    emulator = start("--log-level", "error")
    emulator.invoke(b"1")
    emulator.wait_for_stdout(rb"REPORT RequestId: ")
    assert emulator.stderr == b""
    assert b"START RequestId: " in emulator.stdout


@pytest.mark.kept
def test_the_log_level_may_come_from_the_environment(start):
    emulator = start(environment={"LOG_LEVEL": "error"})
    emulator.invoke(b"1")
    assert emulator.stderr == b""


@pytest.mark.kept
def test_the_log_level_flag_beats_the_environment(start):
    emulator = start("--log-level", "info", environment={"LOG_LEVEL": "error"})
    emulator.invoke(b"1")
    assert b"[INFO] (rapid) INIT START" in emulator.stderr


@pytest.mark.fixed
def test_the_invoke_address_may_come_from_the_environment(start):
    invoke_port, runtime_port = free_ports(2)
    emulator = start(
        "--runtime-api-address",
        f"127.0.0.1:{runtime_port}",
        environment={"RUNTIME_INTERFACE_EMULATOR_ADDRESS": f"127.0.0.1:{invoke_port}"},
        addresses=False,
        ports=(invoke_port, runtime_port),
        ready=False,
    )
    wait_until(lambda: accepts(invoke_port), "the port of the variable to answer")
    assert emulator.invoke(b"1").body == b"1"


@pytest.mark.fixed
def test_the_runtime_api_address_may_come_from_the_environment(start):
    invoke_port, runtime_port = free_ports(2)
    emulator = start(
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{invoke_port}",
        environment={"RUNTIME_API_ADDRESS": f"127.0.0.1:{runtime_port}"},
        addresses=False,
        ports=(invoke_port, runtime_port),
        ready=False,
    )
    wait_until(lambda: accepts(invoke_port) and accepts(runtime_port), "the port of the variable to answer")
    assert report(emulator)["environment"]["AWS_LAMBDA_RUNTIME_API"] == f"127.0.0.1:{runtime_port}"


@pytest.mark.kept
def test_an_address_flag_beats_the_environment(start):
    emulator = start(
        environment={
            "RUNTIME_INTERFACE_EMULATOR_ADDRESS": "192.0.2.1:1",
            "RUNTIME_API_ADDRESS": "192.0.2.1:2",
        }
    )
    assert emulator.invoke(b"1").body == b"1"


@pytest.mark.fixed
def test_help_names_every_flag_and_ends_with_0(refuse):
    ended = refuse("--help")
    assert ended.code == 0
    assert ended.stderr == b""
    for flag in (
        "--log-level",
        "--runtime-api-address",
        "--runtime-interface-emulator-address",
        "--enable-init-caching",
        "--fidelity",
        "--no-timeout",
        "--cors",
        "--queue-depth",
        "--queue-bytes",
        "--max-head-bytes",
        "--max-headers",
        "--head-timeout",
        "--max-request-bytes",
        "--max-response-bytes",
        "--idle-timeout",
        "--max-connections",
        "--help",
        "--version",
    ):
        assert flag.encode() in ended.stdout


@pytest.mark.fixed
def test_version_is_one_line_and_ends_with_0(refuse):
    ended = refuse("--version")
    assert ended.code == 0
    assert ended.stderr == b""
    assert ended.stdout.endswith(b"\n") and ended.stdout.count(b"\n") == 1
    assert re.search(rb"[0-9]+\.[0-9]+", ended.stdout)


FLAGS = {
    "--fidelity": "rie",
    "--cors": "https://app.example,https://other.example",
    "--queue-depth": "10",
    "--queue-bytes": "100000",
    "--max-head-bytes": "16384",
    "--max-headers": "50",
    "--head-timeout": "5",
    "--max-request-bytes": "100000",
    "--max-response-bytes": "100000",
    "--idle-timeout": "30",
    "--max-connections": "100",
}


@pytest.mark.fixed
@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "apart"])
def test_our_own_flags_are_taken_out_of_the_command(start, flag, joined):
    words = [f"{flag}={FLAGS[flag]}"] if joined else [flag, FLAGS[flag]]
    seen = report(start(*words, flags_last=True))
    assert seen["argv"][1:] == ["payload.handler"]


@pytest.mark.fixed
def test_no_timeout_takes_no_value(start):
    seen = report(start("--no-timeout"))
    assert seen["argv"][1:] == ["payload.handler"]


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_the_start_line_names_command_folder_and_handler(start):
    emulator = start()
    emulator.wait_for_stderr(rb"\n")
    line = emulator.stderr.decode()
    emulator.invoke(b"1")
    assert re.fullmatch(
        r"[0-3]\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d,\d{3} \[INFO\] \(rapid\) "
        + re.escape(f"exec '{RUNTIME[0]}' (cwd={emulator.folder}, handler=payload.handler)\n"),
        line,
    )


@pytest.mark.kept
def test_the_start_line_has_an_empty_handler_when_the_command_is_one_word(start):
    emulator = start(command=PUPPET[:1])
    emulator.wait_for_stderr(re.escape(f"exec '{PUPPET[0]}' (cwd={emulator.folder}, handler=)\n".encode()))
    emulator.begin()
    emulator.wait_for_start()


@pytest.mark.kept
def test_the_command_is_looked_up_in_path(start, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "my-runtime").symlink_to(PAYLOAD / "puppet")
    emulator = start(command=("my-runtime", "h"), environment={"PATH": f"{folder}:{os.environ['PATH']}"})
    emulator.begin()
    emulator.wait_for_start()


@pytest.mark.kept
def test_the_runtime_runs_in_the_emulator_s_folder(start, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert report(start(cwd=folder))["cwd"] == str(folder)


@pytest.mark.kept
def test_the_runtime_inherits_only_the_three_standard_descriptors(start):
    # The payload itself holds its connection and the folder it lists.
    assert len(report(start())["files"]) == 5


@pytest.mark.kept
@pytest.mark.parametrize("place", ["/var/task/bootstrap", "/opt/bootstrap", "/var/runtime/bootstrap"])
def test_without_a_command_the_bootstrap_of_the_image_is_run_in_var_task(start, tmp_path, place):
    wrapper = _image(tmp_path, {place: _bootstrap("it")})
    seen = report(start(command=(), wrapper=wrapper))
    assert seen["cwd"] == "/var/task"
    assert seen["environment"]["WHICH"] == "it"
    assert "_HANDLER" not in seen["environment"]


@pytest.mark.kept
def test_the_bootstrap_in_var_task_comes_before_opt_and_var_runtime(start, tmp_path):
    files = {f"/{place}/bootstrap": _bootstrap(place) for place in ("var/runtime", "opt", "var/task")}
    seen = report(start(command=(), wrapper=_image(tmp_path, files)))
    assert seen["environment"]["WHICH"] == "var/task"


@pytest.mark.kept
def test_the_bootstrap_in_opt_comes_before_var_runtime(start, tmp_path):
    files = {f"/{place}/bootstrap": _bootstrap(place) for place in ("var/runtime", "opt")}
    seen = report(start(command=(), wrapper=_image(tmp_path, files)))
    assert seen["environment"]["WHICH"] == "opt"


def _bootstrap(name):
    return f"#!/bin/sh\nWHICH={name} exec {' '.join(RUNTIME[:-1])}\n"


def _image(tmp_path, files):
    """A wrapper that gives the emulator its own /var and /opt, with these executable files."""
    source = tmp_path / "image"
    lines = ["mount -t tmpfs none /var", "mount -t tmpfs none /opt", "mkdir -p /var/task /var/runtime"]
    for number, (path, text) in enumerate(files.items()):
        source.mkdir(exist_ok=True)
        (source / str(number)).write_text(text)
        lines.append(f"cp {source}/{number} {path}")
        lines.append(f"chmod 755 {path}")
    script = "set -e\n" + "\n".join(lines) + '\nexec "$@"\n'
    return (*unshared("--mount"), "sh", "-c", script, "image")


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_an_unknown_log_level_is_refused(refuse):
    refuse("--log-level", "bogus", *RUNTIME).assert_one_line(b"bogus")


@pytest.mark.kept
def test_an_unknown_log_level_in_the_environment_is_refused(refuse):
    refuse(*RUNTIME, environment={"LOG_LEVEL": "bogus"}).assert_one_line(b"bogus")


ADDRESS_FLAGS = ["--runtime-api-address", "--runtime-interface-emulator-address"]


@pytest.mark.kept
@pytest.mark.parametrize("flag", ADDRESS_FLAGS)
@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1"])
def test_an_address_without_a_port_is_refused_in_one_line_naming_it(refuse, flag, address):
    refuse(flag, address, *RUNTIME).assert_one_line(address.encode())


@pytest.mark.fixed
@pytest.mark.parametrize("flag", ADDRESS_FLAGS)
@pytest.mark.parametrize("address", ["127.0.0.1:99999", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:", "999.0.0.1:80"])
def test_an_address_that_is_none_is_refused_in_one_line_naming_it(refuse, flag, address):
    refuse(flag, address, *RUNTIME).assert_one_line(address.encode())


@pytest.mark.kept
@pytest.mark.parametrize("flag", ["--log-level", "--runtime-api-address", "--runtime-interface-emulator-address"])
def test_a_flag_without_its_value_is_refused(refuse, flag):
    refuse(*RUNTIME, flag).assert_one_line(flag.encode())


@pytest.mark.fixed
@pytest.mark.parametrize("which", ADDRESS_FLAGS)
def test_a_busy_port_is_refused_in_one_line_naming_it(refuse, which):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        refuse(which, address, *RUNTIME).assert_one_line(address.encode())


@pytest.mark.fixed
def test_a_second_instance_on_the_same_ports_is_refused_and_the_first_goes_on(start, tmp_path):
    first = start()
    second = run(
        tmp_path / "second",
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{first.invoke_port}",
        "--runtime-api-address",
        f"127.0.0.1:{first.runtime_port}",
        *RUNTIME,
    )
    second.assert_one_line()
    assert first.invoke(b"1").body == b"1"


@pytest.mark.fixed
@pytest.mark.parametrize("command", ["no-such-command-anywhere", "/no/such/file", "./no-such-file"])
def test_a_command_that_is_not_there_is_refused_in_one_line_naming_it(refuse, command):
    refuse(command, "app.handler").assert_one_line(command.encode())


@pytest.mark.fixed
def test_a_command_that_is_not_executable_is_refused_in_one_line_naming_it(refuse, tmp_path):
    file = tmp_path / "plain-file"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o644)
    refuse(file, "app.handler").assert_one_line(str(file).encode())


@pytest.mark.fixed
def test_a_command_that_is_a_folder_is_refused_in_one_line_naming_it(refuse, tmp_path):
    refuse(tmp_path, "app.handler").assert_one_line(str(tmp_path).encode())


@pytest.mark.fixed
def test_an_image_without_any_bootstrap_is_refused_in_one_line_naming_where_it_looked(refuse, tmp_path):
    refuse(wrapper=_image(tmp_path, {})).assert_one_line(b"/var/task/bootstrap")


@pytest.mark.fixed
@pytest.mark.parametrize("value", ["abc", "1.5", "-1", "10s", "99999999999999999999"])
def test_a_timeout_that_is_no_number_of_seconds_is_refused_naming_the_variable(refuse, value):
    refuse(*RUNTIME, environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": value}).assert_one_line(b"AWS_LAMBDA_FUNCTION_TIMEOUT")


BAD_VALUES = [("--fidelity", "bogus")] + [
    (flag, value)
    for flag in (
        "--queue-depth",
        "--queue-bytes",
        "--max-head-bytes",
        "--max-headers",
        "--head-timeout",
        "--max-request-bytes",
        "--max-response-bytes",
        "--idle-timeout",
        "--max-connections",
    )
    for value in ("many", "-1", "")
]


@pytest.mark.fixed
@pytest.mark.parametrize(("flag", "value"), BAD_VALUES)
def test_a_bad_value_of_a_flag_is_refused_in_one_line_naming_the_flag(refuse, flag, value):
    refuse(f"{flag}={value}", *PUPPET).assert_one_line(flag.encode())


@pytest.mark.fixed
@pytest.mark.parametrize(("flag", "value"), [pair for pair in BAD_VALUES if pair[1]])
def test_a_bad_value_of_a_variable_is_refused_in_one_line_naming_the_variable(refuse, flag, value):
    variable = "THIMBLE_" + flag.removeprefix("--").replace("-", "_").upper()
    refuse(*PUPPET, environment={variable: value}).assert_one_line(variable.encode())


@pytest.mark.fixed
def test_a_flag_beats_its_variable_even_when_the_variable_is_the_stricter_one(start):
    emulator = start("--max-request-bytes", "1000", environment={"THIMBLE_MAX_REQUEST_BYTES": "10"})
    assert emulator.invoke(b"x" * 1000).status == 200
    assert emulator.invoke(b"x" * 1001).status == 413


# --- where it listens -------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_as_process_1_it_listens_on_every_address_at_8080_and_for_the_runtime_on_loopback_at_9001(start):
    wrapper = unshared("--net", "--pid", "--fork", "--mount-proc", "--kill-child")
    emulator = start(wrapper=wrapper, addresses=False, ready=False)
    wait_until(lambda: len(listening(emulator.pid)) == 2, "two ports to be listened on")
    assert listening(emulator.pid) == {("0.0.0.0", 8080), ("127.0.0.1", 9001)}


@pytest.mark.kept
def test_the_addresses_given_are_the_only_ones_listened_on(start):
    wrapper = unshared("--net", "--pid", "--fork", "--mount-proc", "--kill-child")
    emulator = start(wrapper=wrapper, ready=False)
    wait_until(lambda: len(listening(emulator.pid)) == 2, "two ports to be listened on")
    assert listening(emulator.pid) == {("127.0.0.1", emulator.invoke_port), ("127.0.0.1", emulator.runtime_port)}
