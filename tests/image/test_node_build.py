"""What `thimble build` makes of Node.js projects: packages with native modules, local ones, workspaces."""

import json
import subprocess
import tarfile

import pytest

from build_support import ARCHITECTURE, NODE_HANDLER, NODE_PACKAGE, Layout, attempt, environment, write_files

CPU = {"amd64": "x64", "arm64": "arm64"}[ARCHITECTURE]


@pytest.fixture
def env(tmp_path):
    # Nothing is fetched: a registry that is asked does not answer.
    return environment(tmp_path, npm_config_registry="http://127.0.0.1:9/", npm_config_fetch_retries="0")


def contents(folder):
    """{path: bytes} of all layers of the image that was built."""
    layout = Layout(folder / ".thimble/image")
    files = {}
    for layer in layout.manifest["layers"]:
        blob = folder / ".thimble/image/blobs/sha256" / layer["digest"].removeprefix("sha256:")
        with tarfile.open(blob) as archive:
            for member in archive:
                files[member.name] = archive.extractfile(member).read() if member.isfile() else member.linkname
    return files


def shared_object(path, *arguments):
    """A shared object that defines nothing; its bytes."""
    source = path.with_suffix(".c")
    source.write_text("int nothing;\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", path, source, *map(str, arguments)], check=True)
    return path.read_bytes()


@pytest.fixture
def modules(tmp_path):
    """Native modules as prebuildify names them: one that fits, and those for others."""
    fits = shared_object(tmp_path / "fits.so")
    foreign = bytearray(fits)
    foreign[18:20] = (183 if ARCHITECTURE == "amd64" else 62).to_bytes(2, "little")
    stub = tmp_path / "libc.musl.so"
    shared_object(stub, "-nostdlib", "-Wl,-soname,libc.musl-x86_64.so.1")
    musl = shared_object(tmp_path / "musl.so", "-nostdlib", "-Wl,--no-as-needed", stub)
    return {
        f"prebuilds/linux-{CPU}/own.glibc.node": fits,
        f"prebuilds/linux-{CPU}/own.musl.node": musl,
        "prebuilds/linux-other/own.node": bytes(foreign),
        "prebuilds/darwin-arm64/own.node": b"\xcf\xfa\xed\xfe" + bytes(100),
        "prebuilds/win32-x64/own.node": b"MZ" + bytes(100),
    }


def make_project(folder, package, files):
    """A project that depends on a package with these files."""
    manifest = {"package/package.json": json.dumps({"name": "own", "version": "1.0.0", **package})}
    write_files(folder / "pack", manifest | {f"package/{path}": content for path, content in files.items()})
    with tarfile.open(folder / "own.tgz", "w:gz") as archive:
        archive.add(folder / "pack/package", "package")
    project = {**NODE_PACKAGE, "dependencies": {"own": "file:own.tgz"}}
    ignored = "pack\n*.tgz\n"
    return write_files(folder, {"app.mjs": NODE_HANDLER, "package.json": json.dumps(project), ".dockerignore": ignored})


def test_of_native_modules_for_several_machines_those_that_fit_are_in_the_image(tmp_path, env, modules):
    folder = make_project(tmp_path / "hello", {}, modules)
    done = attempt("build", folder, env=env)
    assert done.returncode == 0, done.stderr
    assert "native modules" not in done.stderr
    inside = [path for path in contents(folder) if path.endswith(".node")]
    assert inside == [f"var/task/node_modules/own/prebuilds/linux-{CPU}/own.glibc.node"]


def test_a_package_without_a_module_that_fits_is_named(tmp_path, env, modules):
    del modules[f"prebuilds/linux-{CPU}/own.glibc.node"]
    done = attempt("build", make_project(tmp_path / "hello", {}, modules), env=env)
    assert done.returncode == 0, done.stderr
    assert "'/var/task/node_modules/own' has native modules, and none for this machine's node\n" in done.stderr


def test_a_library_that_a_native_module_needs_is_in_the_image_or_named(tmp_path, env):
    stub = tmp_path / "libnowhere.so"
    shared_object(stub, "-Wl,-soname,libnowhere.so.1")
    module = shared_object(tmp_path / "needs.so", "-Wl,--no-as-needed", stub)
    done = attempt("build", make_project(tmp_path / "hello", {}, {"own.node": module}), env=env)
    assert done.returncode != 0 and "libnowhere.so.1 (for /var/task/node_modules/own/own.node)" in done.stderr
