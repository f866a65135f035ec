"""SnapStart as awslambdaric knows it: its hooks run, and a restored function fetches its credentials."""

import sys

from runtimes import PYTHON

FLAGS = {"ENABLE_INIT_CACHING": "1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
COMMAND = (sys.executable, "-m", "awslambdaric", "snap.handler")


def test_the_hooks_run_and_the_credentials_are_there(start):
    emulator = start(COMMAND, PYTHON.folder, environment=FLAGS)
    reply = emulator.invoke(b"{}")
    assert reply.status == 200, reply
    credentials = reply.json()
    assert (credentials["AccessKeyId"], credentials["SecretAccessKey"]) == ("AKID", "secret")
    emulator.wait_for_stdout(rb"before the snapshot\nafter the restore\n(.*\n)*START RequestId: ")


def test_a_hook_that_fails_is_the_answer(start):
    emulator = start(COMMAND, PYTHON.folder, environment={**FLAGS, "FAIL_RESTORE": "1"})
    reply = emulator.invoke(b"{}")
    assert reply.status == 502
    assert reply.json()["errorMessage"] == "no snapshot"
