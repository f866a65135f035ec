"""The environment variables a runtime finds."""

import os

import pytest

from support.emulator import RUNTIME, do


def seen(emulator):
    reply = emulator.invoke(do(["report"]))
    assert reply.status == 200, reply
    return reply.json()["environment"]


@pytest.mark.kept
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/Functions"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3008"),
        ("AWS_LAMBDA_FUNCTION_NAME", "test_function"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_SESSION_TOKEN", ""),
    ],
)
def test_the_incumbent_s_defaults_are_there(emulator, name, value):
    assert seen(emulator).get(name) == value


@pytest.mark.fixed
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_Image"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("TZ", ":UTC"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
    ],
)
def test_lambda_s_own_variables_are_there(emulator, name, value):
    assert seen(emulator).get(name) == value


@pytest.mark.fixed
def test_the_task_s_folder_is_lambda_s_or_where_that_is_not_the_working_directory(emulator):
    expected = "/var/task" if os.path.isdir("/var/task") else str(emulator.folder)
    assert seen(emulator).get("LAMBDA_TASK_ROOT") == expected


@pytest.mark.fixed
def test_the_library_path_has_the_task_and_the_layers(emulator):
    folders = seen(emulator).get("LD_LIBRARY_PATH", "").split(":")
    assert {"/var/task/lib", "/var/runtime", "/opt/lib"} <= set(folders)


@pytest.mark.fixed
def test_the_xray_daemon_s_address_is_there_in_all_three_forms(emulator):
    environment = seen(emulator)
    address, port = environment.get("_AWS_XRAY_DAEMON_ADDRESS"), environment.get("_AWS_XRAY_DAEMON_PORT")
    assert address and port and port.isdigit()
    assert environment.get("AWS_XRAY_DAEMON_ADDRESS") == f"{address}:{port}"


USERS = {
    "AWS_LAMBDA_LOG_GROUP_NAME": "group",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_NAME": "mine",
    "AWS_LAMBDA_FUNCTION_TIMEOUT": "20",
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "key",
    "AWS_SESSION_TOKEN": "token",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "LAMBDA_TASK_ROOT": "/srv/task",
    "LAMBDA_RUNTIME_DIR": "/srv/runtime",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency",
    "TZ": ":Europe/Zurich",
    "LD_LIBRARY_PATH": "/srv/lib",
    "AWS_XRAY_CONTEXT_MISSING": "RUNTIME_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "192.0.2.1:2000",
    "_AWS_XRAY_DAEMON_ADDRESS": "192.0.2.1",
    "_AWS_XRAY_DAEMON_PORT": "2001",
    "LOG_LEVEL": "info",
}


@pytest.mark.kept
def test_what_the_user_set_is_untouched(start):
    environment = seen(start(environment=USERS))
    assert {name: environment.get(name) for name in USERS} == USERS


@pytest.mark.kept
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLAIN", "value"),
        ("EMPTY", ""),
        ("WITH_EQUALS", "a=b=c"),
        ("WITH_SPACES", "  two words  "),
        ("WITH_LINES", "one\ntwo\r\n"),
        ("_UNDERSCORE", "kept"),
        ("lower.case-name", "kept"),
        ("UTF8", "\u00e9\U0001f600"),
        ("LONG", "x" * 100_000),
    ],
)
def test_any_other_variable_is_passed_on_verbatim(start, name, value):
    assert seen(start(environment={name: value})).get(name) == value


@pytest.mark.kept
def test_variables_of_the_emulator_itself_are_passed_on_too(start):
    assert seen(start(environment={"THIMBLE_FIDELITY": "rie"})).get("THIMBLE_FIDELITY") == "rie"


@pytest.mark.kept
def test_the_runtime_api_s_address_is_always_the_emulator_s_own(start):
    emulator = start()
    assert seen(emulator)["AWS_LAMBDA_RUNTIME_API"] == f"127.0.0.1:{emulator.runtime_port}"


@pytest.mark.kept
def test_a_runtime_api_address_in_the_environment_is_overwritten(start):
    emulator = start(environment={"AWS_LAMBDA_RUNTIME_API": "192.0.2.1:1"})
    assert seen(emulator)["AWS_LAMBDA_RUNTIME_API"] == f"127.0.0.1:{emulator.runtime_port}"


@pytest.mark.kept
def test_the_handler_is_the_last_word_of_the_command(start):
    emulator = start(command=(*RUNTIME[:-1], "first", "last.handler"))
    reply = emulator.invoke(do(["report"])).json()
    assert reply["environment"]["_HANDLER"] == "last.handler"
    assert reply["argv"][1:] == ["first", "last.handler"]


@pytest.mark.kept
def test_a_command_of_one_word_has_no_handler(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.write_text("#!/bin/sh\nexec " + " ".join(RUNTIME[:-1]) + "\n")
    script.chmod(0o755)
    assert "_HANDLER" not in seen(start(command=(str(script),)))


@pytest.mark.kept
def test_the_handler_variable_beats_the_command_line(start):
    assert seen(start(environment={"_HANDLER": "from.variable"}))["_HANDLER"] == "from.variable"


@pytest.mark.kept
def test_the_function_handler_variable_beats_the_handler_variable(start):
    environment = {"_HANDLER": "from.variable", "AWS_LAMBDA_FUNCTION_HANDLER": "from.function"}
    assert seen(start(environment=environment))["_HANDLER"] == "from.function"


@pytest.mark.kept
def test_an_empty_function_handler_variable_counts_as_none(start):
    environment = {"_HANDLER": "from.variable", "AWS_LAMBDA_FUNCTION_HANDLER": ""}
    assert seen(start(environment=environment))["_HANDLER"] == "from.variable"


@pytest.mark.kept
def test_no_variable_is_there_twice(start, tmp_path):
    script = tmp_path / "runtime"
    copy = tmp_path / "environ"
    script.write_text(f'#!/bin/sh\ncat /proc/$$/environ >"{copy}"\nexec {" ".join(RUNTIME)}\n')
    script.chmod(0o755)
    emulator = start(command=(str(script), "h"), environment=USERS)
    emulator.invoke()
    names = [entry.split(b"=", 1)[0] for entry in copy.read_bytes().split(b"\0") if entry]
    assert sorted(names) == sorted(set(names))
