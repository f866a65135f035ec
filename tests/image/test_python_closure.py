"""Closures of Python handlers: what is in them, that they run alone, and that they are the same every time."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from closure_support import ROOT, driver, run_in

EVENT = ROOT / "examples/python-hello/events/hello.json"
SYSTEM = "/usr/bin/python3"

# What a handler may import of the standard library, each with native libraries of its own.
IMPORTS = """
import asyncio, bz2, ctypes, datetime, decimal, email.message, hashlib, http.client, importlib.metadata, json, logging
import lzma, multiprocessing, socket, sqlite3, ssl, sys, threading, unicodedata, urllib.request, uuid, zlib
import xml.etree.ElementTree
assert sqlite3.connect(":memory:").execute("select 6 * 7").fetchone() == (42,)
assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
assert ssl.create_default_context().check_hostname
assert datetime.datetime.strptime("2026-11-23", "%Y-%m-%d").day == 23
assert ctypes.CDLL(None).getpid() > 0
print(json.dumps([sys.prefix, sys.executable, json.__spec__.cached or json.__file__]))
"""

# A runtime client of a few lines, for what does not need the real one.
CLIENT = '''
import importlib, json, os, sys, traceback, urllib.request

base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"

def post(path, value):
    urllib.request.urlopen(urllib.request.Request(base + path, json.dumps(value).encode(), method="POST")).read()

module, function = sys.argv[1].rsplit(".", 1)
try:
    handler = getattr(importlib.import_module(module), function)
except Exception as error:
    post("init/error", {"errorMessage": str(error), "errorType": type(error).__name__})
    raise
while True:
    with urllib.request.urlopen(base + "invocation/next") as answer:
        event, request = json.load(answer), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        result = handler(event, None)
    except Exception as error:
        post("invocation/" + request + "/error", {"errorMessage": str(error), "errorType": type(error).__name__})
    else:
        post("invocation/" + request + "/response", result)
'''


def base_python():
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Where compiled modules are kept, so that the standard library is compiled once."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def build(tmp_path, compiled):
    """build(out, ...) makes the closure and puts it into the folder `out`."""

    def build(out, *arguments, python=base_python(), check=True, **folders):
        options = [word for name, folder in folders.items() for word in (f"--{name}", folder)]
        cache = [] if "cache" in folders else ["--cache", compiled]
        return driver("python", "--python", python, *cache, "--out", tmp_path / out, *options, *arguments, check=check)

    return build


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "app.py").write_text("def handler(event, context):\n    return event\n")
    return folder


@pytest.fixture
def packages(tmp_path):
    """What pip would have installed: a package with data, metadata, and a script."""
    folder = tmp_path / "packages"
    for path, text in {
        "client.py": CLIENT,
        "greeting/__init__.py": "from pathlib import Path\nword = (Path(__file__).parent / 'word.txt').read_text()\n",
        "greeting/word.txt": "Hello",
        "greeting/unused.txt": "x" * 1000,
        "greeting/unused.py": "import nothing_like_that\n",
        "greeting/__pycache__/unused.cpython-399.pyc": "old",
        "greeting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
        "greeting-1.0.dist-info/INSTALLER": "pip\n",
        "greeting-1.0.dist-info/direct_url.json": '{"url": "file:///srv/somebody/greeting"}',
        "greeting-1.0.dist-info/RECORD": "greeting/__init__.py,sha256=1,2\n../../bin/greet,sha256=2,3\n"
        "greeting/word.txt,,\ngreeting-1.0.dist-info/RECORD,,\n",
        "other/__init__.py": "",
        "other-2.0.dist-info/RECORD": "other/__init__.py,,\n",
        "other-2.0.dist-info/METADATA": "Name: other\n",
        "template.py": "this is { no Python }\n",
        "bin/greet": "#!/srv/somebody/venv/bin/python\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def contents(folder):
    """Every path with what it is: bytes, link and mode."""
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else (path.read_bytes(), path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize("python", [base_python(), SYSTEM, sys.executable], ids=["own", "system", "virtual"])
def test_an_interpreter_runs_alone_with_its_standard_library(tmp_path, build, python):
    found = build("root", python=python)
    assert found["missing"] == []
    for name in ("test", "idlelib", "ensurepip"):
        assert not (tmp_path / "root/var/lang/lib" / f"python{found['version'].rsplit('.', 1)[0]}" / name).exists()
    result = run_in(tmp_path / "root", "/var/lang/bin/python3", "-c", IMPORTS, environment={"LANG": "C.UTF-8"})
    assert result.returncode == 0, result.stderr
    prefix, executable, compiled = json.loads(result.stdout)
    assert (prefix, executable) == ("/var/lang", "/var/lang/bin/python3")
    assert compiled.endswith(".pyc")


def test_a_standard_library_that_is_to_be_whole_lacks_only_what_is_this_machines(tmp_path, build):
    found = build("root", "--whole", "yes")
    name = f"python{found['version'].rsplit('.', 1)[0]}"
    stdlib = Path(base_python()).parent.parent / "lib" / name
    own = {"site-packages", "dist-packages", "EXTERNALLY-MANAGED", "sitecustomize.py", "usercustomize.py"}

    def files(folder):
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {path for path in paths if "__pycache__" not in path.parts and path.suffix != ".pyc"}

    there = {path for path in files(stdlib) if path.parts[0] not in own}
    assert there - files(tmp_path / "root/var/lang/lib" / name) == set()
    assert not (tmp_path / "root/var/lang/lib" / name / "site-packages").exists()
    result = run_in(tmp_path / "root", found["interpreter"], "-c", "import ensurepip, this, inspect; inspect.getsource(this)")
    assert result.returncode == 0, result.stderr


def test_the_library_of_python_is_that_of_the_interpreter(tmp_path, build):
    """And not one of the same name among the system's, which the loader would have found first."""
    found = build("root")
    result = run_in(tmp_path / "root", found["interpreter"], "-c", "import sys; print(sys.version)")
    assert result.stdout.strip() == sys.version


def test_packages_lose_what_is_about_this_machine(tmp_path, build, packages, app):
    found = build("root", packages=packages, app=app)
    task = tmp_path / "root/var/task"
    assert sorted(path.name for path in (task / "greeting-1.0.dist-info").iterdir()) == ["METADATA", "RECORD"]
    assert (task / "greeting-1.0.dist-info/RECORD").read_text() == "greeting/__init__.py,,\ngreeting/word.txt,,\n"
    assert not (task / "bin").exists()
    assert not list(task.rglob("*cpython-399*"))
    assert (task / "template.py").exists() and not list(task.rglob("template*.pyc"))
    assert "var/task/app.py" in found["layers"]["app"]
    assert not any("greeting" in path for path in found["layers"]["app"] + found["layers"]["runtime"])


def test_compiled_modules_are_used_whatever_the_times_of_files_are(tmp_path, build, packages):
    """An unchecked hash, as PEP 552 has it: flags 1, then a hash; and the path is that in the image."""
    build("root", packages=packages)
    for path in (tmp_path / "root").rglob("*.pyc"):
        assert path.read_bytes()[4:8] == b"\x01\0\0\0", path
    root = tmp_path / "root"
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (0, 0))
    source = "import sys; sys.path.insert(0, '/var/task'); import greeting; print(greeting.__loader__.get_code('greeting').co_filename)"
    result = run_in(root, "/var/lang/bin/python3", "-v", "-B", "-c", source)
    assert result.stdout == "/var/task/greeting/__init__.py\n"
    assert "matches /var/task/greeting/__init__.py" in result.stderr
    assert str(tmp_path).encode() not in b"".join(path.read_bytes() for path in root.rglob("*.pyc"))


def test_the_same_input_gives_the_same_bytes(tmp_path, build, packages, app):
    """Other folders, other order, other parallelism, other environment, another user's umask, no cache."""
    names = ["json", "email", "asyncio", "logging"]
    library = Path(sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "installed_base": sys.base_prefix}))
    for name in names:
        shutil.copytree(library / name, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "sets.py").write_text("def f(x):\n    return x in {'a', 'b', 'c', 'd', 'e', 'f', 'g'}, 'ä', 1 << 70\n")
    build("one", "--jobs", 1, packages=packages, app=app, cache=tmp_path / "cache-one")

    moved = tmp_path / "elsewhere" / "deep"
    moved.mkdir(parents=True)
    for path in sorted(packages.rglob("*"), reverse=True):
        target = moved / path.relative_to(packages)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o600)
    before, mask = dict(os.environ), os.umask(0o077)
    try:
        os.environ.update(PYTHONHASHSEED="77", TZ="Asia/Tokyo", LC_ALL="C", PYTHONOPTIMIZE="2", SOURCE_DATE_EPOCH="1")
        build("two", "--jobs", 5, packages=moved, app=app, cache=tmp_path / "cache-two")
    finally:
        os.umask(mask)
        os.environ.clear()
        os.environ.update(before)
    build("cached", "--jobs", 5, packages=packages, app=app, cache=tmp_path / "cache-one")
    one = contents(tmp_path / "one")
    assert len(one) > 700
    for other in ("two", "cached"):
        different = {path for path, what in contents(tmp_path / other).items() if one.get(path) != what}
        assert not different and one.keys() == contents(tmp_path / other).keys()


def test_one_more_module_does_not_change_the_others(tmp_path, build, packages):
    build("one", packages=packages, cache=tmp_path / "cache-one")
    (packages / "aaa.py").write_text("word = 'greeting'\nimport json, email.message\n")
    build("two", packages=packages, cache=tmp_path / "cache-two")
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert {path for path in two if two[path] != one.get(path)} == {
        "var/task/aaa.py",
        f"var/task/__pycache__/aaa.{sys.implementation.cache_tag}.pyc",
    }


def test_a_cache_that_is_broken_or_full_does_no_harm(tmp_path, build, packages):
    cache = tmp_path / "cache"
    build("one", packages=packages, cache=cache)
    shutil.rmtree(cache)
    cache.write_text("in the way")
    build("two", packages=packages, cache=cache)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_sources_stay_where_they_are_asked_for(tmp_path, build, packages, app):
    build("all", "--sources", "all", packages=packages, app=app)
    build("app", "--sources", "app", packages=packages, app=app)
    assert list((tmp_path / "all/var/lang/lib").glob("python3*/os.py"))
    assert not list((tmp_path / "app/var/lang/lib").glob("python3*/os.py"))
    assert not (tmp_path / "app/var/task/greeting/__init__.py").exists()
    assert (tmp_path / "app/var/task/app.py").exists()
    source = "import sys; sys.path.insert(0, '/var/task'); import greeting, app; print(greeting.word)"
    assert run_in(tmp_path / "app", "/var/lang/bin/python3", "-c", source).stdout == "Hello\n"


def test_packages_for_another_machine_or_version_are_refused(tmp_path, build, packages):
    native = next(Path(sysconfig.get_path("platstdlib", vars={"platbase": sys.base_prefix, "installed_platbase": sys.base_prefix})).glob("lib-dynload/_json.*.so"))
    code = bytearray(native.read_bytes())
    code[18:20] = (183).to_bytes(2, "little")
    target = packages / "greeting" / native.name
    target.write_bytes(code)
    status, error = build("root", packages=packages, check=False)
    assert status != 0
    assert "packages are built for arm64" in error and f"/var/task/greeting/{native.name}" in error

    target.unlink()
    shutil.copy(native, packages / "greeting/_json.cpython-36m-x86_64-linux-gnu.so")
    status, error = build("root", packages=packages, check=False)
    assert status != 0 and "built for another version than Python" in error


def test_what_is_no_python_is_refused(tmp_path, build):
    for python, complaint in (("/nowhere/python3", "no such file"), ("/bin/true", "ask '/bin/true' about itself")):
        status, error = build("root", python=python, check=False)
        assert status != 0 and complaint in error


# Tracing.


def write_events(tmp_path, *events):
    paths = []
    for number, event in enumerate(events):
        paths.append(tmp_path / f"event-{number}.json")
        paths[-1].write_text(json.dumps(event))
    return [word for path in paths for word in ("--event", path)]


LAZY = """
def handler(event, context):
    if event.get("database"):
        import sqlite3
        return sqlite3.connect(":memory:").execute("select 1").fetchone()[0]
    if event.get("fail"):
        raise ValueError("told to fail")
    import greeting
    return greeting.word
"""


def test_a_trace_keeps_what_the_events_load(tmp_path, build, packages, app):
    (app / "app.py").write_text(LAZY)
    (app / "never_imported.py").write_text("x = 1\n")
    trace = ["--handler", "app.handler", "--client", "client"]
    found = build("root", *trace, *write_events(tmp_path, {}), packages=packages, app=app)
    task = tmp_path / "root/var/task"
    assert (task / "greeting/word.txt").exists() and (task / "greeting-1.0.dist-info/METADATA").exists()
    assert (task / "never_imported.py").exists(), "the app stays whole"
    for gone in ("greeting/unused.txt", "greeting/unused.py", "other", "other-2.0.dist-info", "template.py"):
        assert not (task / gone).exists(), gone
    assert not list((tmp_path / "root").rglob("*sqlite3*"))
    assert {"sqlite3", "other", "asyncio"} <= set(found["dropped_modules"])
    assert "greeting" not in found["dropped_modules"] and "json" not in found["dropped_modules"]
    assert found["dropped_files"] > 300 and found["dropped_bytes"] > 5e6
    assert found["isolation"] == "chroot"
    assert found["caveat"].startswith("traced with 1 event:")

    found = build("more", *trace, *write_events(tmp_path, {}, {"database": 1}), packages=packages, app=app)
    assert list((tmp_path / "more/usr").rglob("libsqlite3.so*"))
    assert "sqlite3" not in found["dropped_modules"]


@pytest.mark.parametrize("allowed, isolation", [("--user", "user namespace"), ("nothing", "folder")])
def test_a_trace_where_less_is_permitted(tmp_path, build, packages, app, monkeypatch, allowed, isolation):
    """As for who is not root, and where there are no user namespaces either."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "unshare").write_text(f'#!/bin/sh\n[ "$1" = {allowed} ] && exec {shutil.which("unshare")} "$@"\nexit 1\n')
    (tools / "unshare").chmod(0o755)
    arguments = ["--handler", "app.handler", "--client", "client", *write_events(tmp_path, {})]
    (app / "app.py").write_text(LAZY)
    expected = build("chroot", *arguments, packages=packages, app=app)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    found = build("less", *arguments, packages=packages, app=app)
    assert found["isolation"] == isolation
    assert found["layers"] == expected["layers"]


def test_errors_late_codecs_and_dates_work_in_what_is_left(tmp_path, build, packages, app):
    (app / "app.py").write_text(LAZY)
    build("root", "--handler", "app.handler", "--client", "client", *write_events(tmp_path, {}), packages=packages, app=app)
    source = """
import datetime, socket, traceback
datetime.datetime.strptime("2026", "%Y")
"x".encode("utf-16"), "x".encode("idna"), b"x".decode("latin-1"), "x".encode("unicode_escape")
socket.getaddrinfo("127.0.0.1", 80)
try:
    1 / 0
except ZeroDivisionError:
    traceback.format_exc()
    print("fine")
"""
    result = run_in(tmp_path / "root", "/var/lang/bin/python3", "-c", source)
    assert result.stdout == "fine\n", result.stderr


def test_a_trace_keeps_what_is_named(tmp_path, build, packages, app):
    (app / "app.py").write_text(LAZY)
    arguments = ["--handler", "app.handler", "--client", "client", *write_events(tmp_path, {})]
    more = ["--keep", "other", "--keep", "email.mime.text", "--include", "libsqlite3.so.0"]
    build("root", *arguments, *more, packages=packages, app=app)
    assert (tmp_path / "root/var/task/other/__init__.py").exists()
    assert list((tmp_path / "root").rglob("libsqlite3.so.0"))
    imports = "import email.mime.text, other; print(email.mime.text.MIMEText('a').get_payload())"
    assert run_in(tmp_path / "root", "/var/lang/bin/python3", "-c", imports, cwd="/var/task").stdout == "a\n"
    status, error = build("none", *arguments, "--keep", "othr", packages=packages, app=app, check=False)
    assert status != 0 and "No module named 'othr'" in error


# asyncio goes without ssl, hashlib without OpenSSL's sums: then nothing needs OpenSSL any more.
WITHOUT_OPENSSL = """
import asyncio, hashlib

def handler(event, context):
    try:
        import ssl
    except ModuleNotFoundError:
        import colorsys  # Imported only where there is no ssl: a trace must find it, too.
    return hashlib.sha256(b"").hexdigest()[:8]
"""


@pytest.mark.parametrize("traced", [False, True], ids=["whole", "traced"])
def test_an_excluded_module_is_gone_with_the_libraries_it_needs(tmp_path, build, packages, app, traced):
    (app / "app.py").write_text(WITHOUT_OPENSSL)
    trace = ["--handler", "app.handler", "--client", "client", *write_events(tmp_path, {})] if traced else []
    exclude = [word for name in ("ssl", "_hashlib", "greeting.unused", "other") for word in ("--exclude", name)]
    found = build("with", *trace, packages=packages, app=app)
    assert list((tmp_path / "with").rglob("libcrypto.so*")) and list((tmp_path / "with").rglob("ssl.*"))
    found = build("without", *trace, *exclude, packages=packages, app=app)
    for name in ("libssl*", "libcrypto*", "ssl.*", "_ssl.*", "_hashlib.*"):
        assert not list((tmp_path / "without").rglob(name)), name
    assert (tmp_path / "without/var/task/greeting/unused.py").exists() is False
    assert (tmp_path / "with/var/task/greeting/unused.py").exists() is not traced
    code = "import app; print(app.handler({}, None))"
    assert run_in(tmp_path / "without", found["interpreter"], "-c", code, cwd="/var/task").stdout.strip() == "e3b0c442"


@pytest.mark.parametrize("name", ["nothing_like_that", "hash", "greeting.word", "ssl.py", ""])
def test_a_module_that_is_not_there_cannot_be_excluded(build, packages, app, name):
    status, error = build("root", "--exclude", name, packages=packages, app=app, check=False)
    assert status != 0 and f"'{name}' cannot be excluded" in error


@pytest.mark.parametrize(
    "source, event, complaint",
    [
        (LAZY, {"fail": True}, "told to fail"),
        ("import nothing_like_that\n", {}, "handler 'app.handler' cannot be loaded"),
        ("import os\ndef handler(event, context):\n    os._exit(3)\n", {}, "answers 0 of 1 events"),
    ],
    ids=["raises", "cannot be imported", "exits"],
)
def test_a_handler_that_fails_cannot_be_traced(tmp_path, build, packages, app, source, event, complaint):
    (app / "app.py").write_text(source)
    arguments = ["--handler", "app.handler", "--client", "client", *write_events(tmp_path, event)]
    status, error = build("root", *arguments, packages=packages, app=app, check=False)
    assert status != 0 and "trace the handler" in error and complaint in error


def test_the_example_under_awslambdaric(tmp_path, build):
    """Its native client needs libstdc++, which nothing else does."""
    site, packages, app = Path(sysconfig.get_path("purelib")), tmp_path / "site", tmp_path / "hello"
    packages.mkdir()
    app.mkdir()
    for name in ("awslambdaric", "simplejson", "snapshot_restore_py.py"):
        source = site / name
        shutil.copytree(source, packages / name) if source.is_dir() else shutil.copy(source, packages)
    shutil.copy(next(site.glob("runtime_client.*.so")), packages)
    shutil.copy(ROOT / "examples/python-hello/app.py", app)
    found = build("root", "--handler", "app.handler", "--event", EVENT, packages=packages, app=app)
    assert any(path.endswith("libstdc++.so.6") for path in found["layers"]["packages"])
    assert not any("libstdc++" in path for path in found["layers"]["runtime"])
    assert found["missing"] == []
