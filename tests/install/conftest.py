import pytest

from building import build_consumer, install
from support.emulator import BINARY, Emulator


def pytest_report_header(config):
    return f"emulator: {BINARY}"


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    """Where Thimble is installed, as g++ compiles it. It was somewhere else when it was installed."""
    return install(tmp_path_factory.mktemp("gcc"))


@pytest.fixture(scope="session")
def aarch64_programs(tmp_path_factory, prefix):
    """The users' programs for aarch64, static, made with nothing but what is installed."""
    folder = tmp_path_factory.mktemp("aarch64")
    flags = ["--toolchain", prefix / "share/thimble/cmake/ZigMusl.cmake", "-DTHIMBLE_ARCH=aarch64"]
    flags += ["-DCMAKE_BUILD_TYPE=MinSizeRel"]
    moved = install(folder, *flags)
    return build_consumer(folder / "consumer", "find_package", f"-DCMAKE_PREFIX_PATH={moved}", *flags)


@pytest.fixture(scope="session")
def static_programs(tmp_path_factory, prefix):
    """The same for x86-64, with Thimble's sources as a part of the project: hello alone, which takes less time."""
    toolchain = prefix / "share/thimble/cmake/ZigMusl.cmake"
    flags = ["--toolchain", toolchain, "-DTHIMBLE_ARCH=x86_64", "-DCMAKE_BUILD_TYPE=MinSizeRel"]
    return build_consumer(tmp_path_factory.mktemp("static"), "add_subdirectory", *flags, programs=["hello"])


@pytest.fixture
def invoke(tmp_path):
    """invoke(command, event): what the function answers under the emulator."""
    started = []

    def invoke(command, event):
        emulator = Emulator(tmp_path / f"emulator-{len(started)}", command=command)
        started.append(emulator)
        reply = emulator.invoke(event)
        assert reply.status == 200, reply.body
        return reply.body

    yield invoke
    for emulator in started:
        emulator.stop()
