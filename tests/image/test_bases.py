"""Images built on others: bases as AWS makes them, from files, archives and registries; extensions; processors."""

import functools
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

from build_support import (
    ARCHITECTURE,
    EXAMPLES,
    MACHINE,
    NODE_PACKAGE,
    OTHER,
    SECONDS,
    THIMBLE,
    Docker,
    Layout,
    Running,
    attempt,
    build,
    environment,
    free_port,
    invoke,
    message_of,
    refusal,
    write_files,
)
from registry_support import DockerRegistry
from tars import file, folder, symlink, tar, write_layout

PLATFORM = ("linux", ARCHITECTURE)
INSTALLED = Path(os.environ.get("THIMBLE_SHARE_DIR") or THIMBLE.parents[1] / "share/thimble")

# What AWS's images do: the handler's name is the argument, the emulator is there if Lambda is not.
ENTRYPOINT_SH = """\
#!/bin/sh
if [ $# -ne 1 ]; then echo "expected one argument" >&2; exit 142; fi
export _HANDLER="$1"
[ -n "$AWS_LAMBDA_RUNTIME_API" ] && exec /var/runtime/bootstrap
exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
"""

# A runtime of Python for the language base.
BOOTSTRAP = """\
#!{python} -SE
import importlib, json, os, sys, http.client
sys.path.insert(0, os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))
module, function = os.environ["_HANDLER"].rsplit(".", 1)
handler = getattr(importlib.import_module(module), function)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    name = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    result = json.dumps(handler(json.loads(answer.read()), None))
    api.request("POST", "/2018-06-01/runtime/invocation/" + name + "/response", result)
    api.getresponse().read()
"""

APP = """\
import json


def handler(event, context):
    name = event["queryStringParameters"]["name"]
    return {"statusCode": 200, "body": json.dumps({"message": f"Hello, {name}!"})}
"""
PYTHON_PROJECT = {"app.py": APP}
AWS = {"Entrypoint": ["/lambda-entrypoint.sh"], "WorkingDir": "/var/task", "Env": ["LAMBDA_TASK_ROOT=/var/task"]}


def libraries(*programs):
    """The files that programs of this machine are linked to."""
    found = set()
    for program in programs:
        done = subprocess.run(["ldd", program], capture_output=True, text=True)
        found |= {word for word in done.stdout.split() if word.startswith("/")}
    return sorted(found)


def own(path, to=None, mode=0o755):
    """A file of this machine."""
    return file((to or path).lstrip("/"), Path(path).read_bytes(), mode=mode)


@functools.cache
def shell():
    return [own("/bin/sh"), *(own(path) for path in libraries("/bin/sh"))]


def emulator():
    return own(INSTALLED / MACHINE / "aws-lambda-rie", "usr/local/bin/aws-lambda-rie")


def os_only():
    """As AWS's OS-only images: whoever uses them brings /var/runtime/bootstrap."""
    return tar(folder("var/runtime"), file("lambda-entrypoint.sh", ENTRYPOINT_SH.encode(), mode=0o755), emulator(), *shell())


@functools.cache
def language_base():
    """As AWS's image of a language: this machine's Python, and something that asks for invocations."""
    python = os.path.realpath(sys.executable)
    library = Path(sysconfig.get_paths()["stdlib"])
    unwanted = {"test", "idlelib", "tkinter", "lib2to3", "ensurepip", "site-packages", "dist-packages", "__pycache__"}
    entries = []
    native = [python]
    for path in sorted(library.rglob("*")):
        parts = path.relative_to(library).parts
        if unwanted & set(parts) or parts[0].startswith("config-") or not path.is_file() or path.suffix == ".a":
            continue
        entries.append(own(str(path)))
        if path.suffix == ".so":
            native.append(str(path))
    bootstrap = BOOTSTRAP.format(python=python).encode()
    entries += [own(python), file("var/runtime/bootstrap", bootstrap, mode=0o755), *shell(), emulator()]
    entries += [file("lambda-entrypoint.sh", ENTRYPOINT_SH.encode(), mode=0o755)]
    names = {info.name for info, _ in entries}
    entries += [own(path) for path in libraries(*native) if path.lstrip("/") not in names]
    return tar(*entries)


@pytest.fixture
def env(tmp_path):
    return environment(tmp_path)


@pytest.fixture(scope="module")
def docker():
    with Docker() as docker:
        yield docker


def configuration(layout):
    return Layout(layout).config["config"]


def annotations(layout):
    return Layout(layout).manifest.get("annotations", {})


def run_in_docker(docker, layout, digest, tmp_path, env):
    env = env | docker.environment
    name = f"localhost/thimble/{Path(layout).stem}:{digest[7:19]}"
    with Running(layout, "docker", env, log=tmp_path / "log") as running:
        assert message_of(running.invoke()) == "Hello, Chris!"
    docker("rmi", "--force", name)


# As AWS makes them


def test_on_a_language_base_the_handler_is_the_command(docker, tmp_path, env):
    base_digest = write_layout(tmp_path / "base", [language_base()], AWS, platform=PLATFORM)
    project = write_files(tmp_path / "hello", PYTHON_PROJECT)
    digest = build(project, "--base", tmp_path / "base", "--handler", "app.handler", "-o", tmp_path / "image", env=env)
    config = configuration(tmp_path / "image")
    assert config["Entrypoint"] == ["/lambda-entrypoint.sh"]
    assert config["Cmd"] == ["app.handler"]
    assert "LAMBDA_TASK_ROOT=/var/task" in config["Env"]
    image, base = Layout(tmp_path / "image").manifest, Layout(tmp_path / "base").manifest
    assert image["layers"][0]["digest"] == base["layers"][0]["digest"]
    assert len(image["layers"]) == 2  # And the handler.
    assert annotations(tmp_path / "image")["org.opencontainers.image.base.digest"] == base_digest
    run_in_docker(docker, tmp_path / "image", digest, tmp_path, env)


def test_on_an_os_only_base_the_program_is_the_bootstrap(docker, tmp_path, env):
    write_layout(tmp_path / "base", [os_only()], AWS, platform=PLATFORM)
    project = EXAMPLES / "go-hello"
    copy = tmp_path / "hello"
    write_files(copy, {name: (project / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")})
    digest = build(copy, "--base", tmp_path / "base", "-o", tmp_path / "image", env=env)
    config = configuration(tmp_path / "image")
    assert config["Entrypoint"] == ["/lambda-entrypoint.sh"]
    assert len(config["Cmd"]) == 1
    done = attempt("unpack", tmp_path / "image", tmp_path / "root", env=env)
    assert done.returncode == 0, done.stderr
    assert os.readlink(tmp_path / "root/var/runtime/bootstrap").startswith("/var/task/")
    run_in_docker(docker, tmp_path / "image", digest, tmp_path, env)


# Where bases come from


SCRIPT = {"run.sh": ("#!/bin/sh\nexit 0\n", 0o755)}
RUN = ("--command", "./run.sh", "--no-emulator")


def small_base(folder, text=b"v1\n", **options):
    return write_layout(folder, [tar(file("base.txt", text), *shell())], platform=PLATFORM, **options)


def test_a_base_in_an_oci_layout_and_what_it_says_stays(tmp_path, env):
    said = {"Env": ["PATH=/bin", "A=base"], "Labels": {"one": "1"}, "User": "7:8", "ExposedPorts": {"80/tcp": {}}}
    digest = small_base(tmp_path / "base", config=said)
    toml = '[function]\nenv = { A = "own", B = "2" }\n[image]\nlabels = { two = "2" }\n'
    project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": toml})
    build(project, *RUN, "--base", tmp_path / "base", "-o", tmp_path / "image", env=env)
    config = configuration(tmp_path / "image")
    assert sorted(config["Env"]) == ["A=own", "B=2", "PATH=/bin"]
    assert config["Labels"] == {"one": "1", "two": "2"}
    assert config["User"] == "7:8"
    assert config["ExposedPorts"] == {"80/tcp": {}}
    assert config["Entrypoint"] == ["/var/task/run.sh"]
    assert annotations(tmp_path / "image")["org.opencontainers.image.base.digest"] == digest
    assert not (project / "thimble.lock").exists()


def test_a_base_in_an_archive_of_docker_save(docker, tmp_path, env):
    small_base(tmp_path / "base")
    name = f"localhost/base-{os.getpid()}:v1"
    subprocess.run(
        ["skopeo", "copy", f"oci:{tmp_path}/base", f"docker-archive:{tmp_path}/load.tar:{name}"],
        check=True, capture_output=True,
    )  # fmt: skip
    docker("load", "--input", tmp_path / "load.tar")
    docker("save", "--output", tmp_path / "base.tar", name)
    docker("rmi", "--force", name)
    project = write_files(tmp_path / "hello", SCRIPT)
    build(project, *RUN, "--base", tmp_path / "base.tar", "-o", tmp_path / "image", env=env)
    image, base = Layout(tmp_path / "image"), Layout(tmp_path / "base")
    assert image.config["rootfs"]["diff_ids"][0] == base.config["rootfs"]["diff_ids"][0]
    assert {layer["mediaType"] for layer in image.manifest["layers"]} == {
        "application/vnd.oci.image.layer.v1.tar+gzip"
    }


@pytest.fixture
def registry(tmp_path):
    registry = DockerRegistry(tmp_path / "registry")
    yield registry
    registry.close()


def put(registry, layout, name):
    command = ["skopeo", "copy", "--dest-tls-verify=false", f"oci:{layout}", f"docker://{registry.host}/{name}"]
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)


def test_a_base_in_a_registry_is_pinned_until_rebase(registry, tmp_path, env):
    first, second = (small_base(tmp_path / f"base{n}", b"v%d\n" % n) for n in (1, 2))
    put(registry, tmp_path / "base1", "base:latest")
    name = f"{registry.host}/base:latest"
    project = write_files(tmp_path / "hello", SCRIPT)

    def pinned(*more):
        digest = build(project, *RUN, "--base", name, "-o", tmp_path / "image", *more, env=env)
        lock = json.loads((project / "thimble.lock").read_text())
        assert list(lock["bases"]) == [name]
        said = annotations(tmp_path / "image")
        assert said["org.opencontainers.image.base.name"] == name
        assert said["org.opencontainers.image.base.digest"] == lock["bases"][name]
        return lock["bases"][name], digest

    before = pinned()
    assert before[0] == first
    put(registry, tmp_path / "base2", "base:latest")
    assert pinned() == before
    after = pinned("--rebase")
    assert after[0] == second and after[1] != before[1]
    assert pinned() == after


def test_extensions_are_pinned_until_rebase_too(registry, tmp_path, env):
    name = f"{registry.host}/extension:latest"
    toml = f'[image]\nextensions = ["{name}"]\n'
    project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": toml})
    digests = []
    for number, flags in [(1, []), (2, []), (2, ["--rebase"])]:
        layer = tar(file("opt/version", b"%d\n" % number))
        write_layout(tmp_path / f"extension{len(digests)}", [layer], platform=PLATFORM)
        put(registry, tmp_path / f"extension{len(digests)}", "extension:latest")
        digests.append(build(project, *RUN, "-o", tmp_path / "image", *flags, env=env))
    assert digests[0] == digests[1] != digests[2]


def test_a_lock_that_is_damaged_is_refused(registry, tmp_path, env):
    small_base(tmp_path / "base")
    put(registry, tmp_path / "base", "base:v1")
    project = write_files(tmp_path / "hello", SCRIPT)
    for text, why in [("{", "thimble.lock"), ('{"bases": {"a": "sha256:12"}}', "'a'")]:
        (project / "thimble.lock").write_text(text)
        assert why in refusal(project, *RUN, "--base", f"{registry.host}/base:v1", env=env)
        assert (project / "thimble.lock").read_text() == text


def test_a_base_that_is_not_there_is_named(registry, tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT)
    name = f"{registry.host}/none:v1"
    assert f"base '{name}'" in refusal(project, *RUN, "--base", name, env=env)
    assert not (project / "thimble.lock").exists()


# /opt of other images


def test_opt_of_an_extensions_image_is_copied(tmp_path, env):
    layers = [
        tar(file("etc/other", b"no\n"), folder("opt/extensions"), file("opt/removed", b"no\n")),
        tar(
            file("opt/extensions/watch", b"#!/bin/sh\n", mode=0o755),
            symlink("opt/link", "extensions/watch"),
            file("opt/.wh.removed", b""),
        ),
    ]
    write_layout(tmp_path / "extension", layers, platform=PLATFORM)
    toml = f'[image]\nextensions = ["{tmp_path}/extension"]\n'
    project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": toml})
    build(project, *RUN, "-o", tmp_path / "image", env=env)
    assert attempt("unpack", tmp_path / "image", tmp_path / "root", env=env).returncode == 0
    root = tmp_path / "root"
    assert sorted(str(path.relative_to(root)) for path in (root / "opt").rglob("*")) == [
        "opt/extensions",
        "opt/extensions/watch",
        "opt/link",
    ]
    assert os.access(root / "opt/extensions/watch", os.X_OK)
    assert os.readlink(root / "opt/link") == "extensions/watch"
    assert not (root / "etc/other").exists()


def test_an_extension_without_opt_is_refused(tmp_path, env):
    small_base(tmp_path / "extension")
    toml = f'[image]\nextensions = ["{tmp_path}/extension"]\n'
    project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": toml})
    assert "has nothing in /opt" in refusal(project, *RUN, env=env)


# Processors


NODE_PROJECT = {"app.mjs": "", "package.json": json.dumps(NODE_PACKAGE)}
PYTHON_ARGUMENTS = ("--handler", "app.handler", "--python", sys.executable)


@pytest.mark.parametrize(
    "files, arguments, program", [(PYTHON_PROJECT, PYTHON_ARGUMENTS, "python3"), (NODE_PROJECT, (), "node")]
)
def test_an_interpreter_for_another_processor_needs_a_base(tmp_path, env, files, arguments, program):
    files = files | {"awslambdaric/__init__.py": ""}  # Nothing is to be installed.
    project = write_files(tmp_path / "hello", files)
    message = refusal(project, *arguments, "--platform", f"linux/{OTHER}", env=env)
    assert f"is for linux/{ARCHITECTURE}, the image for linux/{OTHER}" in message
    assert "name a --base that has" in message and program in message

    # With one it is built, though nothing of it runs here.
    base = [tar(file("lambda-entrypoint.sh", b"", mode=0o755), file("var/runtime/bootstrap", b"", mode=0o755))]
    write_layout(tmp_path / "base", base, AWS, platform=("linux", OTHER))
    more = (*arguments, "--platform", f"linux/{OTHER}", "--base", tmp_path / "base", "-o", tmp_path / "image")
    if program == "node":
        more += ("--handler", "app.handler")
    build(project, *more, env=env)
    assert Layout(tmp_path / "image").config["architecture"] == OTHER
    assert configuration(tmp_path / "image")["Cmd"] == ["app.handler"]


def test_a_base_for_another_processor_is_refused(tmp_path, env):
    small_base(tmp_path / "base")
    project = write_files(tmp_path / "hello", SCRIPT)
    message = refusal(project, *RUN, "--base", tmp_path / "base", "--platform", f"linux/{OTHER}", env=env)
    assert f"linux/{OTHER}" in message and f"linux/{ARCHITECTURE}" in message


def test_an_index_of_two_platforms_and_the_other_one_answers_under_qemu(tmp_path, env):
    copy = tmp_path / "hello"
    for name in ("go.mod", "go.sum", "main.go"):
        write_files(copy, {name: (EXAMPLES / "go-hello" / name).read_bytes()})
    digest = build(copy, "--platform", "linux/arm64,linux/amd64", "-o", tmp_path / "image", env=env)
    layout = Layout(tmp_path / "image")
    [entry] = layout.index["manifests"]
    assert entry["digest"] == digest and entry["mediaType"].endswith("image.index.v1+json")
    platforms = {each["platform"]["architecture"]: each for each in json.loads(layout.blob(digest))["manifests"]}
    assert set(platforms) == {"arm64", "amd64"}
    for architecture, each in platforms.items():
        config = json.loads(layout.blob(json.loads(layout.blob(each["digest"]))["config"]["digest"]))
        assert config["architecture"] == architecture
        root = tmp_path / architecture
        done = attempt("unpack", tmp_path / "image", root, "--platform", f"linux/{architecture}", env=env)
        assert done.returncode == 0, done.stderr
        for program in ("lambda-entrypoint", *config["config"]["Cmd"]):
            machine = (root / program.lstrip("/")).read_bytes()[18]
            assert machine == {"amd64": 62, "arm64": 183}[architecture]

    kernels = {"amd64": "x86_64", "arm64": "aarch64"}[OTHER]
    qemu = f"/usr/bin/qemu-{kernels}-static"
    root = tmp_path / OTHER
    handler = root / config["config"]["Cmd"][0].lstrip("/")
    port = free_port()
    words = [qemu, root / "lambda-entrypoint", "--runtime-interface-emulator-address", f"127.0.0.1:{port}", qemu, handler]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(list(map(str, words)), stdout=log, stderr=log)
    try:
        assert message_of(invoke(port, env=env)) == "Hello, Chris!"
    finally:
        process.terminate()
        process.wait(SECONDS)


# What else is said by flags


def test_without_the_emulator_the_program_is_the_entrypoint(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT)
    build(project, "--command", "./run.sh", "--no-emulator", "-o", tmp_path / "image", env=env)
    config = configuration(tmp_path / "image")
    assert config["Entrypoint"] == ["/var/task/run.sh"] and not config.get("Cmd")
    assert attempt("unpack", tmp_path / "image", tmp_path / "root", env=env).returncode == 0
    assert not (tmp_path / "root/lambda-entrypoint").exists()

    build(project, "--command", "./run.sh", "-o", tmp_path / "with", env=env)
    config = configuration(tmp_path / "with")
    assert config["Entrypoint"] == ["/lambda-entrypoint"] and config["Cmd"] == ["/var/task/run.sh"]


def test_for_sam_local_there_are_root_and_a_shell_that_runs(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT)
    build(project, "--command", "./run.sh", "--sam-local", "-o", tmp_path / "image", env=env)
    assert configuration(tmp_path / "image")["User"] == "root"
    assert attempt("unpack", tmp_path / "image", tmp_path / "root", env=env).returncode == 0
    steps = "mv /var/task/run.sh /var/task/moved && chmod 700 /var/task/moved && /var/task/moved; echo $?"
    command = ["chroot", tmp_path / "root", "/bin/sh", "-c", steps]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr
    assert (tmp_path / "root/var/task/moved").stat().st_mode & 0o777 == 0o700


def test_a_pinned_base_that_was_used_before_needs_no_registry(registry, tmp_path, env):
    small_base(tmp_path / "base", b"v1\n")
    put(registry, tmp_path / "base", "base:latest")
    project = write_files(tmp_path / "hello", SCRIPT)
    arguments = (*RUN, "--base", f"{registry.host}/base:latest", "-o", tmp_path / "image")
    before = build(project, *arguments, env=env)
    registry.close()
    assert build(project, *arguments, env=env) == before
    assert attempt("build", project, *arguments, "--rebase", env=env).returncode != 0

    # What the cache has is looked at before it is believed.
    for blob in (Path(env["THIMBLE_CACHE_DIR"]) / "blobs").iterdir():
        blob.write_bytes(blob.read_bytes().replace(b"sha256:", b"sha256;", 1))
    assert attempt("build", project, *arguments, env=env).returncode != 0


def nodes_of(layout):
    """What a container sees: {path: (kind, mode, owner, target)}, layers put on each other as they are."""
    seen = {}
    for layer in Layout(layout).manifest["layers"]:
        with tarfile.open(layout / "blobs" / layer["digest"].replace(":", "/")) as archive:
            for member in archive:
                kind = "folder" if member.isdir() else "link" if member.issym() else "file"
                seen[member.name.rstrip("/")] = (kind, member.mode, member.uid, member.linkname)
    return seen


ADDED = {"tool": ("#!/bin/sh\n", 0o755), "tree/bin/a": "a", "tree/srv/mine/b": "b"}


def test_what_is_added_goes_where_the_links_of_the_base_lead(tmp_path, env):
    entries = [
        folder("usr/bin", mode=0o711), symlink("bin", "usr/bin"), folder("tmp", mode=0o1777),
        folder("srv/mine", mode=0o750, uid=1000, gid=1000), *(own(path) for path in libraries("/bin/sh")),
        own("/bin/sh", "usr/bin/sh"),
    ]  # fmt: skip
    write_layout(tmp_path / "base", [tar(*entries)], platform=PLATFORM)
    toml = '[image]\nbase = "../base"\nadd = ["tool:/bin/tool", "tool:/tmp/", "tree:/"]\n'
    project = write_files(tmp_path / "hello", SCRIPT | ADDED | {"thimble.toml": toml})
    build(project, *RUN, "-o", tmp_path / "image", env=env)
    seen = nodes_of(tmp_path / "image")
    assert seen["bin"] == ("link", 0o777, 0, "usr/bin")
    assert seen["usr/bin"][:2] == ("folder", 0o711)
    assert seen["usr/bin/tool"][:2] == ("file", 0o755)
    assert seen["usr/bin/a"][0] == "file"
    assert seen["tmp"][:2] == ("folder", 0o1777)
    assert seen["srv/mine"][:3] == ("folder", 0o750, 1000)
    assert seen["tmp/tool"][2] == seen["srv/mine/b"][2] == 0
    assert not any(name.startswith("bin/") for name in seen)


def test_what_is_added_from_scratch_leaves_the_loader_and_tmp_as_they_are(tmp_path, env):
    program = "int main(void) { return 0; }\n"
    toml = '[function]\ncommand = "./main"\n[image]\nadd = ["tool:/lib/tool.so", "tool:/tmp/seed"]\n'
    project = write_files(tmp_path / "hello", ADDED | {"main.c": program, "thimble.toml": toml})
    subprocess.run(["gcc", "-o", "main", "main.c"], cwd=project, check=True)
    build(project, "--no-emulator", "-o", tmp_path / "image", env=env)
    attempt("unpack", tmp_path / "image", tmp_path / "root", env=env)
    assert (tmp_path / "root/lib/tool.so").is_file()
    assert nodes_of(tmp_path / "image")["tmp"][:2] == ("folder", 0o1777)
    subprocess.run(["chroot", tmp_path / "root", "/var/task/main"], check=True)


def test_a_file_does_not_replace_a_folder_of_the_base(tmp_path, env):
    entries = (folder("usr/bin"), symlink("bin", "usr/bin"), own("/bin/sh", "usr/bin/sh"), *shell()[1:])
    write_layout(tmp_path / "base", [tar(*entries)], platform=PLATFORM)
    toml = '[image]\nadd = ["tool:/bin"]\n'
    project = write_files(tmp_path / "hello", SCRIPT | ADDED | {"thimble.toml": toml})
    message = refusal(project, *RUN, "--base", tmp_path / "base", env=env)
    assert "[image] add: '/bin' is a folder" in message


def test_a_local_base_is_found_from_the_project_and_where_it_is_changes_nothing(tmp_path, env):
    digest = small_base(tmp_path / "work/base")
    small_base(tmp_path / "base", b"another\n")  # What the working folder has by that name.
    project = write_files(tmp_path / "work/hello", SCRIPT | {"thimble.toml": '[image]\nbase = "../base"\n'})
    output = ("-o", tmp_path / "image")
    first = build(project, *RUN, *output, env=env, cwd=project)
    (tmp_path / "elsewhere").mkdir()
    assert build(project, *RUN, *output, env=env, cwd=tmp_path / "elsewhere") == first
    for name in ("base", "./base", tmp_path / "work/base"):
        assert build(project, *RUN, *output, "--base", name, env=env, cwd=tmp_path / "work") == first
    said = annotations(tmp_path / "image")
    assert said["org.opencontainers.image.base.digest"] == digest
    assert "org.opencontainers.image.base.name" not in said


def test_a_local_extension_is_found_from_the_project(tmp_path, env):
    write_layout(tmp_path / "extension", [tar(folder("opt"), file("opt/own", b"own"))], platform=PLATFORM)
    toml = '[image]\nextensions = ["../extension"]\n'
    project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": toml})
    (tmp_path / "else/where").mkdir(parents=True)
    build(project, *RUN, "-o", tmp_path / "image", env=env, cwd=tmp_path / "else/where")
    assert nodes_of(tmp_path / "image")["opt/own"][0] == "file"
