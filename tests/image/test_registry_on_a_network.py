"""A registry of a network of one's own: plain HTTP or a certificate nobody else knows, for every verb that can name it."""

import pytest

from build_support import attempt, build, environment, refusal, write_files
from hostile_registry import Registry
from registry_support import Image, free_port, make_certificates, write_layout

NAME = "team/hello:v1"
REGISTRY_FAILED = 6
RUN = ("--command", "./run.sh", "--no-emulator")


class Network:
    """A registry with an image, and the flags that it takes."""

    def __init__(self, registry, flags):
        self.registry = registry
        self.flags = flags
        self.image = Image([b"one", b"two"])
        registry.add(self.image)

    @property
    def name(self):
        return f"{self.registry.host}/{NAME}"


@pytest.fixture(params=["plain HTTP", "its own certificate"])
def network(request, tmp_path):
    if request.param == "plain HTTP":
        registry = Registry()
        registry.name = "0.0.0.0"  # No loopback address, whoever answers there.
        network = Network(registry, ["--plain-http", registry.host])
    else:
        certificates = make_certificates(tmp_path / "certificates")
        network = Network(Registry(certificates), ["--ca-file", certificates.authority])
    yield network
    network.registry.close()


@pytest.fixture
def env(tmp_path):
    (tmp_path / "home").mkdir()
    return environment(tmp_path, HOME=str(tmp_path / "home"))


def test_it_is_not_spoken_to_unless_the_user_says_so(network, env):
    done = attempt("inspect", network.name, env=env)
    assert done.returncode == REGISTRY_FAILED
    assert "https:" in done.stderr or "certificate" in done.stderr, done.stderr
    assert not network.registry.requests


def test_an_image_is_inspected(network, env):
    done = attempt("inspect", "--fail-on=never", *network.flags, network.name, env=env)
    assert done.returncode == 0, done.stderr
    assert network.image.digest in done.stdout


def test_an_image_is_unpacked(network, env, tmp_path):
    done = attempt("unpack", *network.flags, network.name, tmp_path / "target", env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target/file1").read_bytes() == b"two"


def test_an_image_is_there_to_be_run(network, env):
    """What is in it is no program."""
    done = attempt("run", "--engine", "none", *network.flags, network.name, env=env)
    assert f"thimble: {network.image.digest[:19]} with no engine" in done.stderr


def test_an_image_is_a_base(network, env, tmp_path):
    project = write_files(tmp_path / "hello", {"run.sh": ("#!/file0\n", 0o755)})
    build(project, *RUN, "--base", network.name, *network.flags, "-o", tmp_path / "image", env=env)
    assert network.image.digest in (project / "thimble.lock").read_text()


def test_an_image_is_an_extension(network, env, tmp_path):
    write_layout(tmp_path / "base", Image([b"one"]))
    toml = f'[image]\nextensions = ["{network.name}"]\n'
    project = write_files(tmp_path / "hello", {"run.sh": ("#!/file0\n", 0o755), "thimble.toml": toml})
    assert f"extension '{network.name}' has nothing in /opt" in refusal(
        project, *RUN, "--base", tmp_path / "base", *network.flags, env=env
    )


def test_what_was_built_is_pushed(network, env, tmp_path):
    write_layout(tmp_path / "base", Image([b"one"]))
    project = write_files(tmp_path / "hello", {"run.sh": ("#!/file0\n", 0o755)})
    target = f"{network.registry.host}/team/other:v2"
    arguments = (project, *RUN, "--base", tmp_path / "base", "--push", target)
    digest = build(*arguments, *network.flags, env=env)
    assert digest in network.registry.manifests


@pytest.mark.parametrize(
    "arguments",
    [["inspect", "NAME"], ["inspect", "HERE", "--diff", "NAME"], ["run", "NAME"], ["unpack", "NAME", "target"]],
    ids=["inspect", "diff", "run", "unpack"],
)
def test_a_registry_that_is_not_there_is_no_fault_of_the_image(arguments, env, tmp_path):
    layout = write_layout(tmp_path / "layout", Image([b"one"]))
    names = {"NAME": f"127.0.0.1:{free_port()}/{NAME}", "HERE": layout}
    done = attempt(*(names.get(argument, argument) for argument in arguments), env=env, cwd=tmp_path)
    assert done.returncode == REGISTRY_FAILED, done.stderr


@pytest.mark.parametrize("arguments", [["inspect"], ["run"], ["unpack", "target"]], ids=lambda each: each[0])
def test_an_image_that_is_not_here_is_no_fault_of_a_registry(arguments, env, tmp_path):
    verb, *more = arguments
    done = attempt(verb, "./absent", *more, env=env, cwd=tmp_path)
    assert done.returncode == 3, done.stderr
