"""Images of every language, invoked under every engine, and read by other tools."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from build_support import (
    ARCHITECTURE,
    ROOT,
    SECONDS,
    Docker,
    Layout,
    Running,
    attempt,
    build,
    environment,
    invoke,
    make_project,
    message_of,
)

LANGUAGES = ["cpp", "go", "rust", "python", "node"]
ENGINES = ["docker", "podman", "runc", "none"]


class Shop:
    """Builds the image of each language once."""

    def __init__(self, folder):
        self.folder = folder
        self.env = environment(folder)
        self._digests = {}

    def project(self, language):
        return self.folder / f"{language}-hello"

    def layout(self, language):
        self.digest(language)
        return self.folder / language

    def digest(self, language):
        if language not in self._digests:
            self._digests[language] = ""  # If it fails, once is enough.
            project = self.project(language)
            more = make_project(language, project)
            self._digests[language] = build(project, *more, "--output", self.folder / language, env=self.env)
        assert self._digests[language], f"{language}: not built, as an earlier test says"
        return self._digests[language]

    def name(self, language):
        """What `thimble run` calls the image in an engine."""
        return f"localhost/thimble/{language}:{self.digest(language)[7:19]}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def docker():
    with Docker() as docker:
        yield docker


@pytest.fixture
def engine_env(request, shop):
    """engine_env(engine): the environment that it is used with."""

    def env(engine):
        if engine != "docker":
            return shop.env
        return shop.env | request.getfixturevalue("docker").environment

    return env


def remove_image(engine, name, env):
    if engine in ("docker", "podman"):
        done = subprocess.run([engine, "rmi", "--force", name], env=env, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_handler_answers(shop, engine_env, tmp_path, language, engine):
    env = engine_env(engine)
    with Running(shop.layout(language), engine, env, log=tmp_path / "log") as running:
        assert message_of(running.invoke()) == "Hello, Chris!"
        assert message_of(running.invoke("GET /hello?name=J%C3%BCrgen")) == "Hello, Jürgen!"
    assert "REPORT RequestId: " in running.log()
    remove_image(engine, shop.name(language), env)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_printed_is_the_digest_of_the_manifest(shop, language):
    layout = Layout(shop.layout(language))
    assert layout.index["manifests"][0]["digest"] == shop.digest(language)
    config = layout.config
    assert (config["os"], config["architecture"]) == ("linux", ARCHITECTURE)
    assert config["config"]["WorkingDir"] == "/var/task"
    assert config["config"]["Entrypoint"][0] == "/lambda-entrypoint"
    assert not config["config"]["User"].startswith(("0", "root"))


def skopeo(*words):
    done = subprocess.run(["skopeo", *map(str, words)], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_skopeo_inspects_and_copies_it(shop, tmp_path, language):
    layout = shop.layout(language)
    said = json.loads(skopeo("inspect", f"oci:{layout}:latest"))
    assert said["Digest"] == shop.digest(language)
    assert (said["Os"], said["Architecture"]) == ("linux", ARCHITECTURE)
    skopeo("copy", f"oci:{layout}:latest", f"oci:{tmp_path}/copy:copied")
    assert Layout(tmp_path / "copy").index["manifests"][0]["digest"] == shop.digest(language)
    skopeo("copy", f"oci:{layout}:latest", f"docker-archive:{tmp_path}/copy.tar:hello:copied")


@pytest.mark.parametrize("language", LANGUAGES)
def test_umoci_unpacks_it_as_thimble_does(shop, tmp_path, language):
    layout = shop.layout(language)
    bundle = tmp_path / "bundle"
    command = ["umoci", "unpack", "--image", f"{layout}:latest", str(bundle)]
    if os.geteuid() != 0:
        command.insert(2, "--rootless")
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    done = attempt("unpack", layout, tmp_path / "own", env=shop.env)
    assert done.returncode == 0, done.stderr
    theirs, own = tree(bundle / "rootfs"), tree(tmp_path / "own")
    assert theirs == own
    assert any(path.startswith("var/task/") for path in own)


def tree(root):
    """{path: mode and content} of all that is below `root`."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_dir():
            found[name] = ("folder", path.stat().st_mode)
        else:
            found[name] = ("file", path.stat().st_mode, path.read_bytes())
    return found


@pytest.mark.parametrize("language", ["go", "python"])
def test_the_archive_is_loaded_by_docker_under_the_name_that_was_given(shop, docker, tmp_path, language):
    archive = tmp_path / "image.tar"
    project = shop.project(language)
    shop.digest(language)
    more = ["--python", sys.executable, "--handler", "app.handler"] if language == "python" else []
    build(project, *more, "--output", archive, "--tag", f"{language}-test:v1", env=shop.env)
    docker("load", "--input", archive)
    container = docker.start("--publish", "127.0.0.1::8080", f"{language}-test:v1")
    try:
        assert message_of(invoke(docker.port(container), env=shop.env)) == "Hello, Chris!"
        user = docker("inspect", "--format", "{{.Config.User}}", container).strip()
        assert user == Layout(shop.layout(language)).config["config"]["User"]
    finally:
        docker("rm", "--force", container)
        docker("rmi", "--force", f"{language}-test:v1")


CRANE = os.environ.get("CRANE", "")
if CRANE:

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_crane_finds_it_valid(shop, tmp_path, language):
        archive = tmp_path / "image.tar"
        skopeo("copy", f"oci:{shop.layout(language)}:latest", f"docker-archive:{archive}:hello:v1")
        done = subprocess.run([CRANE, "validate", "--tarball", archive], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
