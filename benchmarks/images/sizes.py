"""Images of each language, and how large they are."""

import json
import shutil

_POWERTOOLS = """\
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

logger = Logger(service="hello")
app = APIGatewayHttpResolver()


@app.get("/hello")
def hello():
    return {"message": f"Hello, {app.current_event.query_string_parameters['name']}!"}


def handler(event, context):
    return app.resolve(event, context)
"""
_LOGGER = """\
from aws_lambda_powertools import Logger

logger = Logger(service="hello")


@logger.inject_lambda_context
def handler(event, context):
    logger.info("hello")
    return {"statusCode": 200}
"""
_NODE = """\
const invocations = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
for (;;) {
  const next = await fetch(`${invocations}/next`);
  await next.text();
  const id = next.headers.get("lambda-runtime-aws-request-id");
  await fetch(`${invocations}/${id}/response`, { method: "POST", body: '{"statusCode":200}' });
}
"""
_TOML = '[function]\nhandler = "app.handler"\n\n[events.hello]\nrequest = "GET /hello?name=Chris"\n'
_WITHOUT_OPENSSL = _TOML + '\n[image]\nexclude_modules = ["ssl", "_hashlib"]\n'
_REQUIREMENTS = "aws-lambda-powertools==3.37.0\nawslambdaric==4.2.2\n"


def _project(site, name, files):
    folder = site.folder / "projects" / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text)
    return folder


def _python(site, name, app, toml=_TOML):
    return _project(site, name, {"app.py": app, "thimble.toml": toml, "requirements.txt": _REQUIREMENTS})


def measure(site):
    """Name: bytes of all layers; name: the image's folder."""
    cpp = _project(site, "cpp", {})
    shutil.copy(site.ROOT / "build/bin/cpp-hello", cpp / "hello")
    go = _project(site, "go", {})
    for file in ("main.go", "go.mod", "go.sum"):
        shutil.copy(site.ROOT / "examples/go-hello" / file, go)
    python = _python(site, "python", _POWERTOOLS)
    without = _python(site, "without", _POWERTOOLS, _WITHOUT_OPENSSL)
    logger = _python(site, "logger", _LOGGER)
    node = _project(
        site, "node", {"package.json": '{"scripts": {"start": "node runtime.mjs"}}', "runtime.mjs": _NODE}
    )
    made, sizes, images = {}, {}, {}
    made["C++"] = (cpp, "--command", "./hello")
    made["Go"] = (go,)
    made["Python and powertools, full"] = (python,)
    made["Python and powertools, traced"] = (python, "--slim", "trace")
    made["Python and powertools, traced, without OpenSSL"] = (without, "--slim", "trace")
    made["Python and powertools' logger, traced"] = (logger, "--slim", "trace")
    made["Node.js"] = (node,)
    for name, (folder, *flags) in made.items():
        images[name] = site.folder / "images" / f"{len(images)}"
        images[name].parent.mkdir(exist_ok=True)
        answer = json.loads(site.run(site.thimble, "build", folder, *flags, "-o", images[name], "--json", "-q"))
        sizes[name] = answer["images"][0]["size"]
    return sizes, images
