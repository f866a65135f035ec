"""What the tests of build and run share: projects of every language, the tool, functions that run, containers."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/conformance"))

from registry_support import THIMBLE, free_port  # noqa: E402
from support.waiting import Late, wait_until  # noqa: E402

# By its path: some package of the virtual environment is called docker, too.
_spec = importlib.util.spec_from_file_location("integration_docker", ROOT / "tests/integration/docker.py")
_docker = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_docker)

MACHINE = os.uname().machine
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[MACHINE]
OTHER = {"amd64": "arm64", "arm64": "amd64"}[ARCHITECTURE]
EXAMPLES = ROOT / "examples"
REQUEST = "GET /hello?name=Chris"
SECONDS = 120  # Until a test that waits gives up.
NOBODY_ANSWERS = 4  # What `thimble invoke` exits with.

# Podman's own limits are above what some machines allow.
PODMAN_ARGUMENTS = ("--runtime=runc", "--ulimit=nofile=1024:4096", "--ulimit=nproc=1000:1000")


def environment(folder, **more):
    """That of whoever runs the tests, with caches of the tool's own in `folder`."""
    own = {"THIMBLE_CACHE_DIR": str(folder / "cache")}
    # What examples/build compiles for other tests is not compiled twice.
    built = ROOT / "build/examples"
    own |= {"GOCACHE": str(built / "go-cache"), "CARGO_TARGET_DIR": str(built / "cargo")}
    own |= {"RUSTFLAGS": "-C target-feature=+crt-static", "CARGO_BUILD_TARGET": f"{MACHINE}-unknown-linux-gnu"}
    unwanted = ("PYTHONPATH", "SOURCE_DATE_EPOCH", "THIMBLE")
    return {name: value for name, value in os.environ.items() if name not in unwanted} | own | more


def attempt(*arguments, env, seconds=600, **options):
    """Runs the tool; how it ended."""
    command = [str(THIMBLE), *map(str, arguments)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds, **options)
    assert done.returncode >= 0, done
    return done


def build(folder, *arguments, env, **options):
    """Builds the project in `folder`; returns the digest it prints."""
    done = attempt("build", folder, *arguments, env=env, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def refusal(folder, *arguments, env, **options):
    """Why the project in `folder` is not built."""
    done = attempt("build", folder, *arguments, env=env, **options)
    assert done.returncode != 0 and done.stdout == "", done
    return done.stderr


def write_files(folder, files):
    """Writes {path: text, bytes, or (text, mode)}."""
    for path, content in files.items():
        content, mode = content if isinstance(content, tuple) else (content, 0o644)
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(mode)
    return Path(folder)


# A runtime interface client of a few lines: npm's own compiles C++ for minutes.
NODE_HANDLER = """\
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

function answer(event) {
  const name = event.queryStringParameters?.name ?? "World";
  return { statusCode: 200, body: JSON.stringify({ message: `Hello, ${name}!` }) };
}

for (;;) {
  const next = await fetch(`${api}/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const body = JSON.stringify(answer(await next.json()));
  await fetch(`${api}/${id}/response`, { method: "POST", body });
}
"""
NODE_PACKAGE = {"name": "hello", "version": "1.0.0", "private": True, "scripts": {"start": "node app.mjs"}}

REQUIREMENTS = "awslambdaric==4.2.2\naws-lambda-powertools==3.37.0\n"
PYTHON_HANDLER = """\
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

app = APIGatewayHttpResolver()
logger = Logger(service="hello")


@app.get("/hello")
def hello():
    name = app.current_event.get_query_string_value("name", "World")
    logger.info("greeting", extra={"name_": name})
    return {"message": f"Hello, {name}!"}


@logger.inject_lambda_context
def handler(event, context):
    return app.resolve(event, context)
"""


def make_project(language, folder):
    """A project that greets; returns what `thimble build` has to be told besides."""
    if language in ("cpp", "go", "rust"):
        shutil.copytree(EXAMPLES / f"{language}-hello", folder, ignore=shutil.ignore_patterns(".thimble"))
        return []
    if language == "python":
        write_files(folder, {"app.py": PYTHON_HANDLER, "requirements.txt": REQUIREMENTS})
        return ["--handler", "app.handler", "--python", sys.executable]
    assert language == "node"
    write_files(folder, {"app.mjs": NODE_HANDLER, "package.json": json.dumps(NODE_PACKAGE)})
    return []


def invoke(port, event=REQUEST, *, env, check=lambda: None):
    """What `thimble invoke` prints, as soon as a function answers on the port."""
    last = None

    def answer():
        nonlocal last
        check()
        last = attempt("invoke", event, "--port", port, "--timeout", 20, env=env)
        return last.returncode != NOBODY_ANSWERS

    try:
        wait_until(answer, "an answer", SECONDS)
    except Late as late:
        raise Late(f"{late}: {last}") from None
    assert last.returncode == 0, last
    return last.stdout


class Docker(_docker.Docker):
    @property
    def environment(self):
        """What makes other programs use this daemon."""
        return {name: value for name, value in self._environment.items() if name.startswith("DOCKER_")}


class Running:
    """`thimble run IMAGE` with an engine; a context manager that ends it and what it has left there."""

    def __init__(self, image, engine, env, *arguments, log):
        self.port = free_port()
        self._env = env
        self._engine = engine
        self._name = f"thimble-test-{uuid.uuid4().hex[:12]}"
        self._log = log
        words = [THIMBLE, "run", image, "--engine", engine, "--port", self.port, *arguments]
        if engine == "podman":
            words += [f"--engine-arg={argument}" for argument in PODMAN_ARGUMENTS]
        if engine in ("docker", "podman"):
            words.append(f"--engine-arg=--name={self._name}")
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                list(map(str, words)), env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(SECONDS)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            if self._engine in ("docker", "podman"):
                self._ask_engine("rm", "--force", self._name)

    def _ask_engine(self, *words):
        return subprocess.run([self._engine, *words], env=self._env, capture_output=True, text=True, timeout=SECONDS)

    def invoke(self, event=REQUEST):
        """What `thimble invoke` prints, as soon as the function answers."""

        def check():
            assert self._process.poll() is None, f"it ended: {self.log()}"

        try:
            return invoke(self.port, event, env=self._env, check=check)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{self.log()[-3000:]}") from None

    def log(self):
        return self._log.read_text(errors="replace")


def message_of(answer):
    """The greeting in an answer to API Gateway."""
    answer = json.loads(answer)
    assert answer["statusCode"] == 200, answer
    return json.loads(answer["body"])["message"]


class Layout:
    """An OCI layout on disk, read without the tool that is tested."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def blob(self, digest):
        algorithm, name = digest.split(":")
        return (self.folder / "blobs" / algorithm / name).read_bytes()

    @property
    def index(self):
        return json.loads((self.folder / "index.json").read_text())

    @property
    def manifest(self):
        return json.loads(self.blob(self.index["manifests"][0]["digest"]))

    @property
    def config(self):
        return json.loads(self.blob(self.manifest["config"]["digest"]))
