"""push and pull with Debian's docker-registry: open, with passwords, with TLS, with tokens."""

import base64
import json
import random
import stat
import subprocess
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from registry_support import (
    INDEX,
    MANIFEST,
    DockerRegistry,
    Image,
    digest_of,
    docker_config,
    index_of,
    make_certificates,
    read_blob,
    thimble,
    write_layout,
)

# "user" and "secret".
HTPASSWD = "user:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
BASIC = base64.b64encode(b"user:secret").decode()


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(**options):
        started.append(DockerRegistry(tmp_path / f"registry{len(started)}", **options))
        return started[-1]

    yield begin
    for registry in started:
        registry.close()


def skopeo(*arguments):
    finished = subprocess.run(
        ["skopeo", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def check_pull(tmp_path, name, image, *arguments, env=None):
    result = thimble(tmp_path, "pull", name, "-o", tmp_path / "pulled", *arguments, env=env)
    assert (result.code, result.out) == (0, image.digest + "\n"), result.err
    for digest, data in image.blobs.items():
        assert read_blob(tmp_path / "pulled", digest) == data
    assert read_blob(tmp_path / "pulled", image.digest) == image.manifest


def test_what_is_pushed_is_there_for_skopeo_and_comes_back(tmp_path, start):
    registry = start()
    image = Image([b"one", b"two" * 100_000, b"\0" * 1000])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/team/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, name)
    assert (result.code, result.out) == (0, image.digest + "\n"), result.err
    assert result.err.count("  done\n") == 4

    seen = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{name}"))
    assert seen["Digest"] == image.digest
    assert seen["Layers"] == image.layers
    skopeo("copy", "--src-tls-verify=false", f"docker://{name}", f"oci:{tmp_path}/copied")
    check_pull(tmp_path, name, image)


def test_a_large_layer_is_sent_in_one_piece_or_in_several(tmp_path, start):
    registry = start()
    image = Image([random.Random(1).randbytes(12_000_000)])
    layout = write_layout(tmp_path / "layout", image)
    for name, arguments, patches in [("whole", [], 1), ("pieces", ["--chunk-size", 5_000_000], 3)]:
        before = len(registry.requests())
        target = f"{registry.host}/{name}:v1"
        result = thimble(tmp_path, "push", "--layout", layout, target, *arguments)
        assert result.code == 0, result.err
        sent = registry.requests()[before:]
        assert sum(line.startswith("PATCH ") for line in sent) == patches
        assert registry.get(f"/v2/{name}/blobs/{image.layers[0]}") == image.blobs[image.layers[0]]


def test_no_piece_is_larger_than_it_may_be_however_small_the_layer(tmp_path, start):
    registry = start()
    image = Image([random.Random(2).randbytes(1_000_000)])
    layout = write_layout(tmp_path / "layout", image)
    target = f"{registry.host}/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, target, "--chunk-size", 300_000)
    assert result.code == 0, result.err
    assert sum(line.startswith("PATCH ") for line in registry.requests()) == 4
    assert registry.get(f"/v2/hello/blobs/{image.layers[0]}") == image.blobs[image.layers[0]]


def test_what_is_there_already_is_not_sent_again(tmp_path, start):
    registry = start()
    layout = write_layout(tmp_path / "layout", Image([b"one", b"two"]))
    for name in ["v1", "v2"]:
        before = len(registry.requests())
        result = thimble(tmp_path, "push", "--layout", layout, f"{registry.host}/hello:{name}")
        assert result.code == 0, result.err
    assert not [line for line in registry.requests()[before:] if line.startswith("POST ")]
    assert result.err.count("is there") == 3


def test_layers_are_mounted_from_another_repository(tmp_path, start):
    registry = start()
    base, image = Image([b"one", b"two"]), Image([b"one", b"two", b"three"])
    layout = write_layout(tmp_path / "base", base)
    assert thimble(tmp_path, "push", "--layout", layout, f"{registry.host}/base:v1").code == 0
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/team/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, "--mount-from", "base", name)
    assert result.code == 0, result.err
    assert result.err.count("  mounted\n") == 2
    assert result.err.count("  done\n") == 2
    check_pull(tmp_path, name, image)


def test_an_index_is_pushed_and_one_platform_pulled(tmp_path, start):
    registry = start()
    amd, arm = Image([b"same", b"amd"]), Image([b"same", b"arm"], architecture="arm64")
    layout = write_layout(tmp_path / "layout", amd, arm)
    name = f"{registry.host}/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, name)
    assert result.code == 0, result.err
    raw = registry.get("/v2/hello/manifests/v1", Accept=INDEX)
    assert digest_of(raw) == result.out.strip()
    assert [entry["digest"] for entry in json.loads(raw)["manifests"]] == [amd.digest, arm.digest]

    check_pull(tmp_path, name, arm, "--platform", "linux/arm64")
    refused = thimble(tmp_path, "pull", name, "-o", tmp_path / "x", "--platform", "linux/riscv64")
    assert refused.code == 6
    assert "no image for 'linux/riscv64', only for: linux/amd64, linux/arm64" in refused.err
    refused = thimble(tmp_path, "pull", name, "-o", tmp_path / "x")
    assert refused.code == 6
    assert "choose a platform out of linux/amd64, linux/arm64" in refused.err
    assert not (tmp_path / "x").exists()


def test_one_image_of_a_layout_is_pushed_alone(tmp_path, start):
    registry = start()
    amd, arm = Image([b"amd"]), Image([b"arm"], architecture="arm64")
    layout = write_layout(tmp_path / "layout", amd, arm)
    name = f"{registry.host}/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, "--platform", "linux/arm64", name)
    assert (result.code, result.out) == (0, arm.digest + "\n"), result.err
    assert registry.get("/v2/hello/manifests/v1", Accept=MANIFEST) == arm.manifest


def test_an_image_for_another_platform_is_refused(tmp_path, start):
    registry = start()
    layout = write_layout(tmp_path / "layout", Image([b"amd"]))
    name = f"{registry.host}/hello:v1"
    assert thimble(tmp_path, "push", "--layout", layout, name).code == 0
    refused = thimble(tmp_path, "pull", name, "-o", tmp_path / "x", "--platform", "arm64")
    assert refused.code == 6
    assert "it is for 'linux/amd64', not for 'linux/arm64'" in refused.err


def test_an_image_is_pulled_and_pushed_by_its_digest(tmp_path, start):
    registry = start()
    image = Image([b"one"])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/hello@{image.digest}"
    result = thimble(tmp_path, "push", "--layout", layout, name)
    assert result.code == 0, result.err
    check_pull(tmp_path, name, image)
    other = write_layout(tmp_path / "other", Image([b"two"]))
    refused = thimble(tmp_path, "push", "--layout", other, name)
    assert refused.code == 6
    assert "names another image" in refused.err


def test_layers_that_are_kept_are_not_fetched_again_unless_they_are_wrong(tmp_path, start):
    registry = start()
    image = Image([b"one", b"two"])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/hello:v1"
    assert thimble(tmp_path, "push", "--layout", layout, name).code == 0
    blobs = tmp_path / "blobs"

    def fetched(number):
        before = len(registry.requests())
        result = thimble(tmp_path, "pull", name, "-o", tmp_path / f"out{number}", "--blobs", blobs)
        assert result.code == 0, result.err
        lines = registry.requests()[before:]
        return {digest for digest in image.layers if any(digest in line for line in lines)}

    assert fetched(1) == set(image.layers)
    assert fetched(2) == set()
    kept = blobs / image.layers[0].removeprefix("sha256:")
    kept.write_bytes(kept.read_bytes()[:-1] + b"!")
    assert fetched(3) == {image.layers[0]}
    assert fetched(4) == set()
    assert sorted(path.name for path in blobs.iterdir()) == sorted(
        digest.removeprefix("sha256:") for digest in image.layers
    )


def test_a_name_or_tag_that_is_not_there_says_so(tmp_path, start):
    registry = start()
    refused = thimble(tmp_path, "pull", f"{registry.host}/none:v1", "-o", tmp_path / "x")
    assert refused.code == 6
    assert "404 MANIFEST_UNKNOWN (manifest unknown)" in refused.err


def test_a_registry_that_is_not_there_says_so(tmp_path):
    layout = write_layout(tmp_path / "layout", Image([b"one"]))
    refused = thimble(tmp_path, "push", "--layout", layout, "localhost:1/x:v1", "--attempts", 1)
    assert refused.code == 6
    assert "localhost port 1" in refused.err


@pytest.mark.parametrize(
    "auths",
    [
        {"auths": {"HOST": {"auth": BASIC}}},
        {"auths": {"https://HOST/v1/": {"auth": BASIC}}},
        {"auths": {"HOST/team": {"auth": BASIC}, "HOST": {"auth": "eDp5"}}},
        {"auths": {"HOST": {"username": "user", "password": "secret"}}},
        {"credsStore": "good"},
        {"credHelpers": {"HOST": "good"}, "credsStore": "bad"},
        {"credHelpers": {"other.example": "bad"}, "auths": {"HOST": {"auth": BASIC}}},
    ],
    ids=["auth", "url", "folder", "plain", "store", "helper", "other helper"],
)
def test_a_password_is_found_where_docker_has_it(tmp_path, start, auths):
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    registry = start(auth={"htpasswd": {"realm": "test", "path": str(tmp_path / "htpasswd")}})
    programs = tmp_path / "programs"
    programs.mkdir()
    good = programs / "docker-credential-good"
    good.write_text(
        f'#!/bin/sh\n[ "$1" = get ] && read host; [ "$host" = {registry.host} ] || exit 1\n'
        'echo \'{"ServerURL": "x", "Username": "user", "Secret": "secret"}\'\n'
    )
    bad = programs / "docker-credential-bad"
    bad.write_text("#!/bin/sh\nprintf 'out of \\033[31morder'; exit 1\n")
    for program in (good, bad):
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    text = json.loads(json.dumps(auths).replace("HOST", registry.host))
    env = docker_config(tmp_path, text) | {"PATH": f"{programs}:/usr/bin:/bin"}

    image = Image([b"one"])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/team/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, name, env=env)
    assert result.code == 0, result.err
    assert "secret" not in result.err
    check_pull(tmp_path, name, image, env=env)


def test_podmans_file_is_read_too(tmp_path, start):
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    registry = start(auth={"htpasswd": {"realm": "test", "path": str(tmp_path / "htpasswd")}})
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {registry.host: {"auth": BASIC}}}))
    layout = write_layout(tmp_path / "layout", Image([b"one"]))
    env = {"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}
    result = thimble(tmp_path, "push", "--layout", layout, f"{registry.host}/hello:v1", env=env)
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    "auths, message",
    [
        (None, "wants a name and a password; run: docker login HOST"),
        ({"auths": {"HOST": {"auth": "dXNlcjp3cm9uZw=="}}}, "run: docker login HOST"),
        ({"auths": {"HOST": {"auth": "!"}}}, "is not a name and a password in base64"),
        ({"credsStore": "absent"}, "'docker-credential-absent', which Docker's configuration names"),
        ({"credsStore": "../evil"}, "has no plain name"),
    ],
    ids=["none", "wrong", "garbage", "no helper", "odd helper"],
)
def test_without_the_right_password_the_error_says_what_to_do(tmp_path, start, auths, message):
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    registry = start(auth={"htpasswd": {"realm": "test", "path": str(tmp_path / "htpasswd")}})
    text = json.loads(json.dumps(auths).replace("HOST", registry.host))
    env = docker_config(tmp_path, text) if auths else {}
    layout = write_layout(tmp_path / "layout", Image([b"one"]))
    refused = thimble(tmp_path, "push", "--layout", layout, f"{registry.host}/x:v1", env=env)
    assert refused.code == 6
    assert message.replace("HOST", registry.host) in refused.err


def test_tls_is_spoken_and_verified(tmp_path, start):
    certificates = make_certificates(tmp_path / "certificates")
    strangers = make_certificates(tmp_path / "strangers")
    tls = {"certificate": str(certificates.certificate), "key": str(certificates.key)}
    registry = start(http={"tls": tls})
    image = Image([b"one"])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/hello:v1"
    trusted = ["--ca-file", certificates.authority]
    result = thimble(tmp_path, "push", "--layout", layout, name, *trusted)
    assert result.code == 0, result.err
    check_pull(tmp_path, name, image, *trusted)
    by_variable = {"THIMBLE_CA_FILE": str(certificates.authority)}
    assert thimble(tmp_path, "push", "--layout", layout, name, env=by_variable).code == 0

    for arguments in ([], ["--ca-file", strangers.authority]):
        refused = thimble(tmp_path, "push", "--layout", layout, name, *arguments)
        assert refused.code == 6
        assert "certificate" in refused.err


def test_a_certificate_for_another_name_is_refused(tmp_path, start):
    certificates = make_certificates(tmp_path / "certificates", "DNS:registry.example")
    tls = {"certificate": str(certificates.certificate), "key": str(certificates.key)}
    registry = start(http={"tls": tls})
    layout = write_layout(tmp_path / "layout", Image([b"one"]))
    refused = thimble(
        tmp_path, "push", "--layout", layout, f"{registry.host}/hello:v1",
        "--ca-file", certificates.authority,
    )  # fmt: skip
    assert refused.code == 6
    assert "no alternative certificate subject name matches" in refused.err


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class TokenServer(ThreadingHTTPServer):
    """Gives tokens as the distribution project's token authentication has them, signed with ES256."""

    daemon_threads = True

    def __init__(self, certificates):
        super().__init__(("127.0.0.1", 0), TokenHandler)
        self.certificates = certificates
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/token"

    def sign(self, text: bytes) -> bytes:
        der = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.certificates.key],
            input=text, capture_output=True, check=True,
        ).stdout  # fmt: skip
        # SEQUENCE { INTEGER r, INTEGER s } becomes both numbers in 32 bytes each.
        r_size = der[3]
        r, s = der[4 : 4 + r_size], der[6 + r_size :]
        return b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in (r, s))

    def token(self, scopes: list[str]) -> str:
        pem = self.certificates.certificate.read_text()
        chain = ["".join(pem.split("-----")[2].split())]
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        claims = {
            "iss": "test issuer", "sub": "user", "aud": "test service", "jti": "1", "iat": now,
            "nbf": now - 10, "exp": now + 300, "access": access,
        }  # fmt: skip
        header = {"typ": "JWT", "alg": "ES256", "x5c": chain}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        return text + "." + base64url(self.sign(text.encode()))


class TokenHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def give(self, method, query, allowed):
        form = urllib.parse.parse_qs(query)
        scopes = [scope for text in form.get("scope", []) for scope in text.split()]
        self.server.asked.append((method, form))
        body = {"token": self.server.token(scopes), "expires_in": 300}
        data = json.dumps(body).encode() if allowed else b""
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        allowed = self.headers.get("Authorization") == f"Basic {BASIC}"
        self.give("GET", urllib.parse.urlsplit(self.path).query, allowed)

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.give("POST", text, "refresh_token=lasting" in text)


@pytest.fixture
def tokens(tmp_path):
    server = TokenServer(make_certificates(tmp_path / "signing"))
    yield server
    server.shutdown()
    server.server_close()


def token_auth(tokens):
    return {
        "token": {
            "realm": tokens.url,
            "service": "test service",
            "issuer": "test issuer",
            "rootcertbundle": str(tokens.certificates.authority),
        }
    }


@pytest.mark.parametrize(
    "entry, method",
    [({"auth": BASIC}, "GET"), ({"identitytoken": "lasting", "auth": "dXNlcjo="}, "POST")],
    ids=["password", "identity token"],
)
def test_a_token_is_got_for_a_password_and_for_an_identity_token(
    tmp_path, start, tokens, entry, method
):
    registry = start(auth=token_auth(tokens))
    env = docker_config(tmp_path, {"auths": {registry.host: entry}})
    image = Image([b"one", b"two", b"three"])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/team/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, name, env=env)
    assert result.code == 0, result.err
    assert [asked[0] for asked in tokens.asked] == [method]  # One is enough for all.
    assert tokens.asked[0][1]["scope"] == ["repository:team/hello:pull,push"]
    assert tokens.asked[0][1]["service"] == ["test service"]
    check_pull(tmp_path, name, image, env=env)
    assert tokens.asked[-1][1]["scope"] == ["repository:team/hello:pull"]


def test_a_mount_asks_for_a_token_that_may_read_the_other_repository(tmp_path, start, tokens):
    registry = start(auth=token_auth(tokens))
    env = docker_config(tmp_path, {"auths": {registry.host: {"auth": BASIC}}})
    layout = write_layout(tmp_path / "layout", Image([b"one"]))
    assert thimble(tmp_path, "push", "--layout", layout, f"{registry.host}/base:v1", env=env).code == 0
    name = f"{registry.host}/team/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, "--mount-from", "base", name, env=env)
    assert result.code == 0, result.err
    assert result.err.count("  mounted\n") == 1
    assert ["repository:team/hello:pull,push", "repository:base:pull"] in [
        form["scope"] for _, form in tokens.asked
    ]


def test_a_realm_that_refuses_is_said(tmp_path, start, tokens):
    registry = start(auth=token_auth(tokens))
    layout = write_layout(tmp_path / "layout", Image([b"one"]))
    refused = thimble(tmp_path, "push", "--layout", layout, f"{registry.host}/hello:v1")
    assert refused.code == 6
    assert f"401; run: docker login {registry.host}" in refused.err


def test_an_index_can_be_read_by_skopeo(tmp_path, start):
    registry = start()
    amd, arm = Image([b"amd"]), Image([b"arm"], architecture="arm64")
    layout = write_layout(tmp_path / "layout", amd, arm)
    name = f"{registry.host}/hello:v1"
    assert thimble(tmp_path, "push", "--layout", layout, name).code == 0
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{name}")
    listed = [entry["digest"] for entry in json.loads(raw)["manifests"]]
    assert listed == [entry["digest"] for entry in json.loads(index_of(amd, arm))["manifests"]]


def test_an_image_in_a_registry_is_looked_at_as_one_on_disk(tmp_path, start):
    image = Image([b"what is in it"])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{start().host}/team/hello:v1"
    assert thimble(tmp_path, "push", "--layout", layout, name).code == 0
    there = thimble(tmp_path, "inspect", "--json", "--fail-on=never", name)
    here = thimble(tmp_path, "inspect", "--json", "--fail-on=never", layout)
    assert there.code == 0, there.err
    assert json.loads(there.out) == json.loads(here.out)
    assert json.loads(there.out)["digest"] == image.digest
