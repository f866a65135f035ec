"""What `thimble inspect` says about images that Lambda takes, and about those it does not."""

import json
import pathlib
import shutil
import subprocess

import pytest

from tars import GZIP, Layer, digest, file, folder, gzipped, symlink, tar, thimble, write_layout, zstded

SHELL = b"#!/bin/sh\nexec x\n"


def static_elf(machine=62, kind=2):
    """An ELF executable without program headers' worth of anything: one PT_LOAD."""
    head = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    head += kind.to_bytes(2, "little") + machine.to_bytes(2, "little") + (1).to_bytes(4, "little")
    head += (0x400078).to_bytes(8, "little") + (64).to_bytes(8, "little") + (0).to_bytes(8, "little")
    head += b"\0\0\0\0" + b"".join(n.to_bytes(2, "little") for n in (64, 56, 1, 64, 0, 0))
    load = (1).to_bytes(4, "little") + (5).to_bytes(4, "little")
    load += b"".join(n.to_bytes(8, "little") for n in (0, 0x400000, 0x400000, 128, 128, 4096))
    return head + load + b"\x90" * 8


def dynamic_elf(folder, needs=()):
    """A real program, for this machine, that needs libraries."""
    source = folder / "main.c"
    source.write_text("int main(void) { return 0; }\n")
    target = folder / "main"
    subprocess.run(["gcc", "-o", target, source, *needs], check=True)
    return target.read_bytes()


GOOD_CONFIG = {"Entrypoint": ["/var/task/handler"], "WorkingDir": "/var/task", "User": "993:990"}


def good(**more):
    return {**GOOD_CONFIG, **more}


def handler(body=None, **fields):
    return file("var/task/handler", static_elf() if body is None else body, mode=fields.pop("mode", 0o755), **fields)


def inspect(layout, *arguments, code=None):
    result = thimble("inspect", layout, "--json", *arguments)
    if code is not None:
        assert result.returncode == code, result
    return json.loads(result.stdout)


def ids(report, severity=None):
    return {found["id"] for found in report["findings"] if severity in (None, found["severity"])}


def test_a_good_image_has_no_findings(tmp_path):
    name = write_layout(tmp_path / "image", [tar(folder("var/task"), handler())], good())
    report = inspect(tmp_path / "image", "--fail-on", "note", code=0)
    assert report["findings"] == []
    assert report["digest"] == name
    assert report["platform"] == "linux/amd64"
    assert report["config"]["entrypoint"] == ["/var/task/handler"]
    assert report["layers"][0]["mediaType"] == GZIP
    assert report["largestFiles"] == [{"path": "/var/task/handler", "size": len(static_elf()), "layer": 1}]
    text = thimble("inspect", tmp_path / "image")
    assert text.returncode == 0
    assert "Preflight for Lambda: nothing found" in text.stdout and name in text.stdout


ARM = static_elf(machine=183)

# id, severity, layers, configuration, and what else is wrong.
FINDINGS = [
    ("layers.compression", "error", [zstded(tar(handler()))], None, {}),
    ("layers.compression", "error", [Layer(tar(handler()), tar(handler()), "application/vnd.oci.image.layer.v1.tar")], None, {}),
    ("layers.compression", "error", [Layer(tar(handler()), tar(handler()), GZIP)], None, {}),
    ("layers.none", "error", [], None, {}),
    ("layers.unreadable", "error", [Layer(gzipped(tar(handler())).blob[:-9], tar(handler()))], None, {}),
    ("layers.diff-id", "error", [Layer(gzipped(tar(handler())).blob, b"other")], None, {}),
    ("history.count", "error", None, None, {"history": []}),
    ("history.count", "error", None, None, {"history": [{}, {}]}),
    ("platform.os", "error", None, None, {"platform": ("windows", "amd64")}),
    ("platform.architecture", "error", None, None, {"platform": ("linux", "ppc64le")}),
    ("platform.binaries", "error", [tar(handler(), file("var/task/lib.so", ARM))], None, {}),
    ("platform.binaries", "error", None, None, {"platform": ("linux", "arm64")}),
    ("start.none", "error", None, {}, {}),
    ("start.missing", "error", [tar(file("x"))], None, {}),
    ("start.missing", "error", None, good(Entrypoint=["handler"]), {}),
    ("start.no-file", "error", [tar(folder("var/task/handler"))], None, {}),
    ("start.not-executable", "error", [tar(handler(mode=0o644))], None, {}),
    ("start.not-executable", "error", [tar(handler(mode=0o744))], None, {}),
    ("start.empty", "error", [tar(handler(b""))], None, {}),
    ("start.format", "error", [tar(handler(b"echo hello\n"))], None, {}),
    ("start.interpreter", "error", [tar(handler(SHELL))], None, {}),
    ("start.interpreter", "error", [tar(handler(b"#!/bin/sh\r\nexec x\r\n"), file("bin/sh", static_elf(), mode=0o755))], None, {}),
    ("start.interpreter", "error", [tar(handler(b"#!/bin/sh -e\r\n"), file("bin/sh", static_elf(), mode=0o755))], None, {}),
    ("start.damaged", "error", [tar(handler(static_elf()[:70]))], None, {}),
    ("start.no-runtime", "error", [tar(file("lambda-entrypoint", static_elf(), mode=0o755))], good(Entrypoint=["/lambda-entrypoint"]), {}),
    ("handler.none", "error", None, good(Entrypoint=["/var/task/handler", "-m", "awslambdaric"]), {}),
    ("handler.missing", "error", None, good(Entrypoint=["/var/task/handler", "-m", "awslambdaric"], Cmd=["app.handler"]), {}),
    ("handler.form", "warning", None, good(Entrypoint=["/var/task/handler", "-m", "awslambdaric"], Cmd=["app"]), {}),
    ("files.unreadable", "error", [tar(handler(), file("var/task/data", mode=0o640))], None, {}),
    ("files.unreadable", "error", [tar(handler(), folder("var/task/sub", mode=0o700))], None, {}),
    ("files.setuid", "note", [tar(handler(), file("bin/su", static_elf(), mode=0o4755))], None, {}),
    ("workdir.missing", "warning", None, good(WorkingDir="/nowhere"), {}),
    ("workdir.file", "error", None, good(WorkingDir="/var/task/handler"), {}),
    ("tmp.content", "warning", [tar(handler(), file("tmp/cache"))], None, {}),
    ("root.read-only", "note", None, good(Env=["HOME=/data"]), {}),
    ("env.size", "warning", None, good(Env=["A=" + "x" * 5000]), {}),
    ("env.reserved", "warning", None, good(Env=["AWS_LAMBDA_RUNTIME_API=localhost"]), {}),
    ("secrets.env", "warning", None, good(Env=["DB_PASSWORD=hunter2"]), {}),
    ("secrets.file", "error", [tar(handler(), file("var/task/.aws/credentials", b"[default]\n"))], None, {}),
    ("secrets.file", "error", [tar(handler(), file("var/task/x.txt", b"-----BEGIN PRIVATE KEY-----\n" + b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n" * 20))], None, {}),
    ("config.user", "note", None, good(User="root"), {}),
    ("config.volumes", "note", None, good(Volumes={"/data": {}}), {}),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(FINDINGS)), ids=lambda n: f"{FINDINGS[n][0]}-{n}")
def test_what_lambda_would_trip_over_is_found(number, tmp_path):
    name, severity, layers, config, more = FINDINGS[number]
    layers = [tar(folder("var/task"), handler())] if layers is None else layers
    config = good() if config is None else config
    options = {key: more[key] for key in ("platform", "history") if key in more}
    write_layout(tmp_path / "image", layers, config, **options)

    report = inspect(tmp_path / "image", "--fail-on", severity, code=7)

    assert name in ids(report, severity), report["findings"]
    inspect(tmp_path / "image", "--fail-on", "never", code=0)
    if ids(report, "error") == set():
        inspect(tmp_path / "image", code=0)


def test_a_good_image_of_aws_base_image_convention(tmp_path):
    layers = [
        tar(
            file("lambda-entrypoint.sh", b"#!/bin/sh\n", mode=0o755),
            folder("usr/bin"),
            file("usr/bin/sh", static_elf(), mode=0o755),
            symlink("bin", "usr/bin"),
            file("var/runtime/bootstrap", b"#!/bin/sh\n", mode=0o755),
            file("var/lang/bin/python3.13", static_elf(), mode=0o755),
            symlink("var/lang/bin/python3", "python3.13"),
        ),
        tar(file("var/task/app.py", b"def handler(event, context): pass\n")),
    ]
    config = {"Entrypoint": ["/lambda-entrypoint.sh"], "WorkingDir": "/var/task", "Cmd": ["app.handler"]}
    write_layout(tmp_path / "image", layers, config)
    assert inspect(tmp_path / "image", "--fail-on", "note", code=0)["findings"] == []
    write_layout(tmp_path / "other", layers, {**config, "Cmd": ["other.handler"]})
    assert ids(inspect(tmp_path / "other", code=7)) == {"handler.missing"}
    write_layout(tmp_path / "bare", layers[1:], config)
    assert ids(inspect(tmp_path / "bare", code=7)) == {"start.missing", "start.no-runtime"}


def aws_base(language=""):
    """A layer such as AWS's base images have; without a language it is that of custom runtimes."""
    entries = [
        file("lambda-entrypoint.sh", static_elf(), mode=0o755),
        file("var/runtime/bootstrap", static_elf(), mode=0o755),
        folder("var/task"),
    ]
    if language:
        entries.append(file(f"var/lang/bin/{language}", static_elf(), mode=0o755))
    return tar(*entries)


@pytest.mark.parametrize("language", ["python3", "node", "ruby"])
def test_a_handler_without_a_file_is_missed_where_it_is_one(language, tmp_path):
    config = {"Entrypoint": ["/lambda-entrypoint.sh"], "WorkingDir": "/var/task", "Cmd": ["app.handler"]}
    write_layout(tmp_path / "image", [aws_base(language)], config)
    assert ids(inspect(tmp_path / "image", code=7)) == {"handler.missing"}
    write_layout(tmp_path / "form", [aws_base(language)], {**config, "Cmd": ["app"]})
    assert ids(inspect(tmp_path / "form", code=0)) == {"handler.form"}


@pytest.mark.parametrize(
    ("language", "handler"),
    [
        ("", "function.handler"),  # The bootstrap of a custom runtime runs function.sh, or anything.
        ("", "hello"),
        ("java", "com.example.Handler"),
        ("java", "Handler"),
        ("java", "com.example.Handler::handleRequest"),
        ("dotnet", "My.Assembly::My.Namespace.Function::Handler"),
        ("dotnet", "My.Assembly"),
    ],
)
def test_a_handler_that_is_no_file_is_not_missed(language, handler, tmp_path):
    config = {"Entrypoint": ["/lambda-entrypoint.sh"], "WorkingDir": "/var/task", "Cmd": [handler]}
    write_layout(tmp_path / "image", [aws_base(language)], config)
    assert inspect(tmp_path / "image", "--fail-on", "note", code=0)["findings"] == []


def test_libraries_that_are_missing_are_named(tmp_path):
    program = dynamic_elf(tmp_path, ["-Wl,--no-as-needed", "-lm"])
    libraries = subprocess.run(["ldd", tmp_path / "main"], capture_output=True, text=True, check=True).stdout
    write_layout(tmp_path / "bare", [tar(folder("var/task"), handler(program))], good())
    report = inspect(tmp_path / "bare", code=7)
    assert {"start.interpreter"} <= ids(report) <= {"start.interpreter", "start.libraries"}

    entries = [folder("var/task"), handler(program)]
    for line in libraries.splitlines():
        path = next((word for word in line.split() if word.startswith("/")), None)
        if path:
            entries.append(file(path, pathlib.Path(path).read_bytes(), mode=0o755))
    write_layout(tmp_path / "whole", [tar(*entries)], good())
    assert inspect(tmp_path / "whole", code=0)["findings"] == []
    without = [made for made in entries if "libm.so" not in made[0].name]
    write_layout(tmp_path / "without", [tar(*without)], good())
    report = inspect(tmp_path / "without", code=7)
    assert ids(report) == {"start.libraries"}
    assert "libm.so.6" in report["findings"][0]["message"]


def test_links_are_followed_inside_of_the_image(tmp_path):
    layers = [tar(folder("usr/task"), file("usr/task/handler", static_elf(), mode=0o755), symlink("var/task", "/usr/task"))]
    write_layout(tmp_path / "image", layers, good())
    assert inspect(tmp_path / "image", code=0)["findings"] == []


def test_secrets_are_not_shown(tmp_path):
    write_layout(tmp_path / "image", [tar(folder("var/task"), handler())], good(Env=["API_TOKEN=hunter2", "MODE=fast"]))
    for flags in ([], ["--json"]):
        result = thimble("inspect", tmp_path / "image", *flags)
        assert "hunter2" not in result.stdout + result.stderr
        assert "API_TOKEN" in result.stdout and "fast" in result.stdout


def test_nothing_from_an_image_drives_a_terminal(tmp_path):
    evil = "\x1b[2J\x1b]0;x\x07\u009b31m"
    layers = [tar(folder("var/task"), handler(), file(f"var/task/{evil}", b"x" * 100_000, mode=0o600))]
    config = good(Labels={evil: evil}, Env=[f"{evil}={evil}"], User=evil, Cmd=[evil])
    write_layout(tmp_path / "image", layers, config, history=[{"comment": evil}])
    result = thimble("inspect", tmp_path / "image")
    assert not {"\x1b", "\x07", "\u009b"} & set(result.stdout + result.stderr)


def test_two_images_are_compared(tmp_path):
    before = [tar(file("same"), file("gone", b"x" * 10), file("grown", b"1"), file("mode"), symlink("link", "a"), handler())]
    after = [
        tar(file("same"), file("grown", b"12"), file("mode", mode=0o600), symlink("link", "b"), handler()),
        tar(file("new", b"y" * 20)),
    ]
    write_layout(tmp_path / "before", before, good(Env=["A=1", "SECRET=2"]))
    write_layout(tmp_path / "after", after, good(Env=["A=2", "SECRET=3"], User="1000"))
    report = inspect(tmp_path / "before", "--diff", tmp_path / "after", code=0)
    files = {change["path"]: (change["change"], change["bytes"]) for change in report["files"]}
    assert files == {
        "gone": ("removed", -10), "grown": ("changed", 1), "mode": ("changed", 0), "link": ("changed", 0), "new": ("added", 20),
    }  # fmt: skip
    config = {change["path"]: (change.get("before"), change.get("after")) for change in report["config"]}
    assert config == {"env A": ("1", "2"), "user": ("993:990", "1000")}
    text = thimble("inspect", tmp_path / "before", "--diff", tmp_path / "after").stdout
    assert "/grown" in text and "user" in text
    same = inspect(tmp_path / "before", "--diff", tmp_path / "before", code=0)
    assert same["files"] == same["config"] == []


def test_an_archive_of_docker_save_is_as_good_as_a_layout(tmp_path):
    layer = gzipped(tar(folder("var/task"), handler()))
    config = {
        "os": "linux", "architecture": "amd64", "config": good(), "history": [{}],
        "rootfs": {"type": "layers", "diff_ids": [digest(layer.archive)]},
    }  # fmt: skip
    names = [{"Config": "config.json", "RepoTags": ["x:latest"], "Layers": ["a/layer.tar"]}]
    (tmp_path / "saved.tar").write_bytes(
        tar(
            file("config.json", json.dumps(config).encode()),
            file("a/layer.tar", layer.archive),
            file("manifest.json", json.dumps(names).encode()),
        )
    )
    assert inspect(tmp_path / "saved.tar", code=0)["findings"] == []


def test_one_of_several_platforms_is_chosen(tmp_path):
    layers = [tar(folder("var/task"), handler())]
    write_layout(tmp_path / "amd", layers, good())
    write_layout(tmp_path / "arm", [tar(folder("var/task"), handler(ARM))], good(), platform=("linux", "arm64"))
    both = tmp_path / "both"
    shutil.copytree(tmp_path / "amd", both)
    shutil.copytree(tmp_path / "arm/blobs", both / "blobs", dirs_exist_ok=True)
    index = json.loads((both / "index.json").read_text())
    index["manifests"] += json.loads((tmp_path / "arm/index.json").read_text())["manifests"]
    (both / "index.json").write_text(json.dumps(index))
    assert ids(inspect(both, code=7)) == {"manifest.several"}
    report = inspect(both, "--platform", "linux/arm64", code=0)
    assert report["platform"] == "linux/arm64"


def test_a_script_with_windows_line_ends_is_told_so(tmp_path):
    shell = file("bin/sh", static_elf(), mode=0o755)
    write_layout(tmp_path / "image", [tar(shell, folder("var/task"), handler(b"#!/bin/sh\r\necho\r\n"))], good())
    [found] = inspect(tmp_path / "image", code=7)["findings"]
    assert (found["id"], found["severity"]) == ("start.interpreter", "error")
    assert "'/var/task/handler' has Windows line ends" in found["message"]
    # Further lines are the interpreter's own business.
    write_layout(tmp_path / "unix", [tar(shell, folder("var/task"), handler(b"#!/bin/sh\necho\r\n"))], good())
    assert inspect(tmp_path / "unix", "--fail-on", "note", code=0)["findings"] == []


KEY = b"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"


@pytest.mark.parametrize(
    ("path", "working_dir", "is_found"),
    [
        ("usr/src/app/.env", "/usr/src/app", True),
        ("usr/src/other/.env", "/var/task", True),
        ("usr/local/src/app/.env", "/var/task", True),
        ("usr/share/function/.env", "/usr/share/function/", True),
        ("usr/share/function/.env", "/var/task", False),
        ("usr/share/functions/.env", "/usr/share/function", False),
        ("usr/share/function/.env", "/", False),
        ("usr/local/share/x/.env", "/usr/local", False),
        ("usr/src/app/node_modules/x/.env", "/usr/src/app", False),
        ("usr/src/app/site-packages/x/.env", "/usr/src/app", False),
        ("usr/src/app/dist-packages/x/.env", "/usr/src/app", False),
        ("var/task/.env", "/var/task", True),
    ],
)
def test_secrets_are_looked_for_where_functions_are(path, working_dir, is_found, tmp_path):
    layers = [tar(handler(), file(path, KEY), folder("usr/share/function"), folder("usr/local"))]
    write_layout(tmp_path / "image", layers, good(WorkingDir=working_dir))
    assert ("secrets.file" in ids(inspect(tmp_path / "image"))) == is_found


def test_a_working_folder_behind_a_link_is_looked_into(tmp_path):
    layers = [tar(handler(), file("usr/share/function/.env", KEY), symlink("app", "usr/share/function"))]
    write_layout(tmp_path / "image", layers, good(WorkingDir="/app"))
    assert ids(inspect(tmp_path / "image", code=7)) == {"secrets.file"}


def test_a_folder_that_is_not_there_is_not_asked_for_in_a_registry(tmp_path):
    (tmp_path / "build").mkdir()
    for verb in (["inspect"], ["unpack"], ["run"]):
        more = ["files"] if verb == ["unpack"] else []
        result = thimble(*verb, "build/layot", *more, cwd=tmp_path)
        assert result.returncode == 3, result
        assert "there is no 'build/layot'" in result.stderr
        assert "'docker.io/build/layot'" in result.stderr


@pytest.mark.parametrize("name", ["team/app", "build/app:v1", "build/app@sha256:" + "0" * 64, "docker.io/build/app", "localhost/app"])
def test_other_names_with_a_slash_are_those_of_a_registry(name, tmp_path):
    for path in ("build", "docker.io", "localhost"):
        (tmp_path / path).mkdir()
    # Refused before anything is asked, and of no interest to files.
    result = thimble("inspect", name, "--platform", "a/b/c/d", cwd=tmp_path)
    assert "platform 'a/b/c/d'" in result.stderr


@pytest.mark.parametrize("arguments", [["nowhere"], ["."], []])
def test_what_is_no_image_is_said_in_one_line(arguments, tmp_path):
    result = thimble("inspect", *arguments, cwd=tmp_path)
    assert result.returncode == (3 if arguments else 2)
    assert result.stdout == "" and result.stderr
