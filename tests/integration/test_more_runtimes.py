"""What only the clients do that take minutes to build: Node.js's and Java's."""

import pytest

from clients import with_curl
from runtimes import JAVA, NODE, do
from support.extensions import ExtensionFolder


@pytest.fixture(params=[NODE, JAVA], ids=str)
def runtime(request):
    return request.param


def test_beside_an_extension_a_handler_says_goodbye_before_its_end(start_payload, tmp_path):
    extensions = ExtensionFolder(tmp_path)
    extensions.add("logger", ["register", ["SHUTDOWN"]], ["next"], ["exit", 0])
    emulator = start_payload(*extensions.flags, environment={"SAY_GOODBYE": "1"})
    assert with_curl(emulator, "hello", do("echo")).error is None

    emulator.stop()

    assert b"goodbye\n" in emulator.stdout
    assert [event["shutdownReason"] for event in extensions.events("logger")] == ["spindown"]
