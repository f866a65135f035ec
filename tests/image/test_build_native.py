"""Native programs with libraries: what of them is in the image, and that they run there."""

import subprocess

import pytest

from build_support import Layout, attempt, build, environment, write_files
from test_build import files_of

GREET = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.16)
project(hello C)
add_library(base SHARED base.c)
add_library(greet SHARED greet.c)
target_link_libraries(greet base)
set_target_properties(greet PROPERTIES VERSION 1.2 SOVERSION 1)
add_library(plugin MODULE base.c)
add_library(unused SHARED base.c)
add_executable(hello main.c)
target_link_libraries(hello greet)
add_dependencies(hello plugin)
""",
    "base.c": "int base(void) { return 0; }\n",
    "greet.c": "int base(void);\nint greet(void) { return base(); }\n",
    "main.c": "int greet(void);\nint main(void) { return greet(); }\n",
}
OUTPUTS = "set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)\nset(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)\n"


@pytest.fixture
def env(tmp_path):
    return environment(tmp_path)


def below_task(image):
    return {name.removeprefix("var/task/") for name in files_of(image) if name.startswith("var/task/")}


def run_in(image, root, *command, env):
    """How a program of the image ends in it. All that the loader wants of /proc is what $ORIGIN is."""
    assert attempt("unpack", image, root, env=env).returncode == 0
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/exe").symlink_to(command[0])
    return subprocess.run(["chroot", root, *command], capture_output=True, text=True)


@pytest.mark.parametrize("outputs, program, libraries", [("", "hello", ""), (OUTPUTS, "bin/hello", "lib/")])
def test_libraries_of_the_project_are_beside_its_program(tmp_path, env, outputs, program, libraries):
    files = dict(GREET)
    files["CMakeLists.txt"] = GREET["CMakeLists.txt"].replace("project(hello C)\n", "project(hello C)\n" + outputs)
    digests = []
    for name in ("one", "two"):
        project = write_files(tmp_path / name / "hello", files)
        digests.append(build(project, "--no-emulator", "-o", tmp_path / name / "image", env=env))
    image = tmp_path / "one/image"
    assert digests[0] == digests[1]
    found = {name for name in below_task(image) if name not in ("bin", "lib")}
    names = ("libbase.so", "libgreet.so", "libgreet.so.1", "libgreet.so.1.2", "libplugin.so")
    assert found == {program, *(libraries + name for name in names)}
    assert not any("cmake-" in name for name in files_of(image))
    assert Layout(image).config["config"]["Entrypoint"] == [f"/var/task/{program}"]
    done = run_in(image, tmp_path / "root", f"/var/task/{program}", env=env)
    assert done.returncode == 0, done


FETCH = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.16)
project(hello C)
add_executable(hello main.c)
target_link_libraries(hello {library})
""",
    "main.c": "int {function}(void);\nint main(int count, char **words) {{ return count > 9 ? {function}() : 0; }}\n",
}


@pytest.mark.parametrize(
    "library, function, wanted",
    [("curl", "curl_version", True), ("ssl", "SSL_CTX_set_default_verify_paths", True), ("z", "zlibVersion", False)],
)
def test_a_program_gets_certificates_if_its_libraries_look_for_them(tmp_path, env, library, function, wanted):
    files = {path: text.format(library=library, function=function) for path, text in FETCH.items()}
    project = write_files(tmp_path / "hello", files)
    build(project, "--no-emulator", "-o", tmp_path / "image", env=env)
    assert ("etc/ssl/certs/ca-certificates.crt" in files_of(tmp_path / "image")) == wanted
    assert ("SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" in Layout(tmp_path / "image").config["config"].get("Env", [])) == wanted
