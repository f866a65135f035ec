"""Closures of real programs, each run with nothing but its closure as its root."""

import shutil
import subprocess
from pathlib import Path

import pytest

from closure_support import native, run_in

CPP = """
#include <cstdio>
#include <thread>
#include <vector>
#include <stdexcept>
#include <pthread.h>
int main() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([] {});
  for (auto& thread : threads) thread.join();
  try { throw std::runtime_error("caught"); } catch (const std::exception& error) { std::puts(error.what()); }
  pthread_t ended;
  pthread_create(&ended, nullptr, [](void*) -> void* { pthread_exit(nullptr); }, nullptr);
  pthread_join(ended, nullptr);
  std::puts("done");
}
"""

C_LOOKUP = r"""
#include <netdb.h>
#include <stdio.h>
#include <pwd.h>
int main(void) {
  struct addrinfo *found = 0;
  int failed = getaddrinfo("thimble.test", "80", 0, &found);
  struct passwd *user = getpwuid(1234);
  printf("%s %s\n", failed ? gai_strerror(failed) : "found", user ? user->pw_name : "nobody");
  return 0;
}
"""


def compile(tmp_path, name, source, *flags, compiler="g++"):
    file = tmp_path / (name + (".c" if compiler == "gcc" else ".cc"))
    file.write_text(source)
    program = tmp_path / name
    subprocess.run([compiler, "-O1", file, "-o", program, *flags], check=True)
    return program


def test_a_cpp_program_runs_in_its_closure(tmp_path):
    program = compile(tmp_path, "app", CPP, "-pthread")
    found = native("--out", tmp_path / "root", program)
    assert found["missing"] == []
    assert any("libstdc++.so.6" in path for path in found["paths"])
    result = run_in(tmp_path / "root", program)
    assert (result.stdout, result.returncode) == ("caught\ndone\n", 0), result.stderr


def test_a_static_program_is_its_closure(tmp_path):
    program = compile(tmp_path, "app", "int main() { return 7; }", "-static")
    found = native("--out", tmp_path / "root", program)
    assert found["paths"] == [str(program)[1:]]
    assert run_in(tmp_path / "root", program).returncode == 7


def test_hosts_and_users_are_looked_up_without_more(tmp_path):
    program = compile(tmp_path, "app", C_LOOKUP, compiler="gcc")
    native("--out", tmp_path / "root", program)
    (tmp_path / "root/etc").mkdir(exist_ok=True)
    (tmp_path / "root/etc/hosts").write_text("127.0.0.9 thimble.test\n")
    (tmp_path / "root/etc/passwd").write_text("chris:x:1234:1234::/:/none\n")
    assert run_in(tmp_path / "root", program).stdout == "found chris\n"


@pytest.mark.parametrize(
    "command, expected",
    [
        (["/bin/echo", "hello"], "hello\n"),
        (["/usr/bin/sort", "-rn"], "2\n1\n"),
        (["/bin/sh", "-c", "echo $((6 * 7))"], "42\n"),
        (["/usr/bin/openssl", "dgst", "-sha256"], None),
        (["/usr/bin/node", "-p", "[1, 2].map(x => x * 2).join()"], "2,4\n"),
        (["/usr/bin/git", "--version"], None),
        (["/usr/bin/curl", "--version"], None),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_tools_of_this_machine_run_in_their_closure(tmp_path, command, expected):
    found = native("--out", tmp_path / "root", command[0])
    assert found["missing"] == []
    result = run_in(tmp_path / "root", *command, input="1\n2\n")
    assert result.returncode == 0, result.stderr
    assert expected is None or result.stdout == expected


def test_a_script_brings_its_interpreter(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/usr/bin/env -S perl -w\nprint join(',', reverse 1..3), qq(\\n);\n")
    script.chmod(0o755)
    native("--out", tmp_path / "root", script)
    assert run_in(tmp_path / "root", script).stdout == "3,2,1\n"


@pytest.fixture
def libraries(tmp_path):
    """A program, its library in ../lib, and a module that it opens, which needs another library."""
    home = tmp_path / "home"
    for folder in ("bin", "lib", "modules"):
        (home / folder).mkdir(parents=True)

    def library(path, source, *flags):
        file = tmp_path / "library.c"
        file.write_text(source)
        subprocess.run(["gcc", "-shared", "-fPIC", file, "-o", home / path, *flags], check=True)

    library("lib/libbase.so.1.5", "int base(void) { return 40; }", "-Wl,-soname,libbase.so.1")
    (home / "lib/libbase.so.1").symlink_to("libbase.so.1.5")
    (home / "lib/libbase.so").symlink_to("libbase.so.1")
    library("lib/libdeep.so", "int deep(void) { return 2; }")
    library("modules/plugin.so", "int deep(void); int plugin(void) { return deep(); }",
            f"-L{home}/lib", "-ldeep", "-Wl,-rpath,$ORIGIN/../lib")
    source = tmp_path / "main.c"
    source.write_text("""
#include <dlfcn.h>
int base(void);
int main(int count, char **words) {
  void *module = dlopen(words[1], RTLD_NOW);
  int (*plugin)(void) = module ? (int (*)(void))dlsym(module, "plugin") : 0;
  return base() + (plugin ? plugin() : 0);
}
""")
    subprocess.run(
        ["gcc", source, "-o", home / "bin/app", f"-L{home}/lib", "-lbase", "-ldl", "-Wl,-rpath,$ORIGIN/../lib"],
        check=True,
    )
    return home


def test_origin_and_modules_that_are_opened(tmp_path, libraries):
    app, plugin = libraries / "bin/app", libraries / "modules/plugin.so"
    found = native("--out", tmp_path / "bare", app)
    assert run_in(tmp_path / "bare", app, plugin).returncode == 40
    names = [Path(path).name for path in found["paths"]]
    assert "libbase.so.1" in names and "libbase.so.1.5" in names and "libbase.so" not in names

    native("--include", f"{libraries}/modules/*.so", "--out", tmp_path / "root", app)
    assert run_in(tmp_path / "root", app, plugin).returncode == 42


def test_a_library_that_is_missing_is_named(tmp_path, libraries):
    (libraries / "lib/libbase.so.1").unlink()
    found = native(libraries / "bin/app")
    app = str(libraries / "bin/app")
    assert found["missing"] == [{"name": "libbase.so.1", "needed_by": app, "other_machine": False}]


@pytest.mark.parametrize("merged", [True, False])
def test_a_foreign_root_is_all_that_is_looked_at(tmp_path, libraries, merged):
    """A root made of this machine's files, its links absolute: they lead to places in it."""
    root = tmp_path / "foreign"
    (root / "usr/lib/vendor").mkdir(parents=True)
    if merged:
        (root / "lib").symlink_to("/usr/lib")
        (root / "lib64").symlink_to("/usr/lib")
    for path in native(libraries / "bin/app")["paths"]:
        source = Path("/") / path
        if source.is_symlink():
            continue
        if source.name.startswith(("libc.so", "ld-linux")):
            folder = root / ("usr/lib" if merged or source.name.startswith("libc.so") else "lib64")
        elif source.name == "app":
            folder = root / "opt"
        else:
            folder = root / "usr/lib/vendor"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder)
    (root / "usr/lib/vendor/libbase.so.1").symlink_to("/usr/lib/vendor/../../../../../usr/lib/vendor/libbase.so.1.5")
    (root / "etc/ld.so.conf.d").mkdir(parents=True)
    (root / "etc/ld.so.conf").write_text("include /etc/ld.so.conf.d/*.conf\n")
    (root / "etc/ld.so.conf.d/vendor.conf").write_text("/usr/lib/vendor\n")

    found = native("--root", root, "--out", tmp_path / "out", "/opt/app")
    assert found["missing"] == []
    result = run_in(tmp_path / "out", "/opt/app", "none")
    assert result.returncode == 40, result.stderr


def test_the_libraries_of_another_machine_do_not_count(tmp_path):
    program = compile(tmp_path, "app", "int main() {}")
    code = bytearray(program.read_bytes())
    code[18:20] = (183).to_bytes(2, "little")  # e_machine: AArch64
    program.write_bytes(code)
    found = native(program)
    assert found["architecture"] == "arm64"
    assert found["paths"] == [str(program)[1:]]
    assert {missing["name"] for missing in found["missing"]} >= {"/lib64/ld-linux-x86-64.so.2", "libc.so.6"}
    assert all(missing["other_machine"] for missing in found["missing"])
