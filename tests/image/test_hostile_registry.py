"""push and pull with a registry that lies, breaks, never ends, or wants what is not its own."""

import base64
import json
import random
import threading

import pytest

from hostile_registry import Registry
from registry_support import (
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    Image,
    descriptor,
    digest_of,
    docker_config,
    make_certificates,
    read_blob,
    thimble,
    write_layout,
)

BASIC = "Basic " + base64.b64encode(b"user:secret").decode()
LARGE = random.Random(7).randbytes(9_000_000)  # Sent by PATCH, and in many pieces.


@pytest.fixture
def start():
    started = []

    def begin(certificates=None):
        started.append(Registry(certificates))
        return started[-1]

    yield begin
    for registry in started:
        registry.close()


@pytest.fixture
def registry(start):
    return start()


def pull(tmp_path, registry, *arguments, env=None):
    """Whatever happens, nothing is left but a whole image."""
    output = tmp_path / "pulled"
    name = f"{registry.host}/hello:v1"
    result = thimble(tmp_path, "pull", name, "-o", output, *arguments, env=env)
    assert result.code in (0, 6), result.err
    assert output.exists() == (result.code == 0)
    if result.code == 0:
        assert read_blob(output, result.out.strip()) == registry.manifests["v1"][1]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".pulled", "pulled."))]
    return result


def push(tmp_path, registry, image, *arguments, env=None):
    layout = tmp_path / "layout"
    if not layout.exists():
        write_layout(layout, image)
    name = f"{registry.host}/hello:v1"
    result = thimble(tmp_path, "push", "--layout", layout, name, *arguments, env=env)
    assert result.code in (0, 6), result.err
    if result.code == 0:
        assert result.out == image.digest + "\n"
        for digest, data in image.blobs.items():
            assert registry.blobs[digest] == data
        assert registry.manifests["v1"] == (MANIFEST, image.manifest)
    return result


def refused(result, message):
    assert result.code == 6
    assert message in result.err
    assert len(result.err) < 2000


def password(tmp_path, registry):
    return docker_config(tmp_path, {"auths": {registry.host: {"username": "user", "password": "secret"}}})


def once(count=1):
    """True for the first `count` calls."""
    lock = threading.Lock()
    left = [count]

    def is_first():
        with lock:
            left[0] -= 1
            return left[0] >= 0

    return is_first


# What is pulled


def test_a_registry_that_behaves_is_no_trouble(tmp_path, registry):
    image = Image([b"one", LARGE])
    assert push(tmp_path, registry, image).code == 0
    assert pull(tmp_path, registry).code == 0


def test_a_blob_with_other_bytes_is_refused(tmp_path, registry):
    image = Image([b"one", b"two"])
    registry.add(image)
    data = registry.blobs[image.layers[1]]
    registry.blobs[image.layers[1]] = data[:-1] + bytes([data[-1] ^ 1])
    refused(pull(tmp_path, registry), f"is not what '{image.layers[1]}' names")


@pytest.mark.parametrize("which", ["config", "layer", "manifest"])
def test_every_flipped_bit_is_seen(tmp_path, registry, which):
    image = Image([b"one"])
    registry.add(image)
    digest = {"config": image.config, "layer": image.layers[0], "manifest": image.digest}[which]
    name = f"{registry.host}/hello@{image.digest}"
    data = image.manifest if which == "manifest" else image.blobs[digest]
    for bit in random.Random(3).sample(range(len(data) * 8), 24):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        if which == "manifest":
            registry.manifests[digest] = (MANIFEST, bytes(flipped))
        else:
            registry.blobs[digest] = bytes(flipped)
        assert thimble(tmp_path, "pull", name, "-o", tmp_path / "pulled").code == 6
    assert not (tmp_path / "pulled").exists()


def test_a_blob_that_is_too_short_is_refused(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)
    registry.blobs[image.layers[0]] = registry.blobs[image.layers[0]][:-5]
    refused(pull(tmp_path, registry, "--attempts", 2), "bytes, the registry sent")


def test_a_blob_that_never_ends_is_refused(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)
    registry.hook(lambda request: image.layers[0] in request.path and request.endless())
    refused(pull(tmp_path, registry), "larger than")


def test_a_manifest_that_never_ends_is_refused(tmp_path, registry):
    registry.hook(lambda request: "manifests" in request.path and request.endless(Content_Type=MANIFEST))
    refused(pull(tmp_path, registry), "larger than 4194304 bytes")


def test_a_configuration_that_never_ends_is_refused(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)
    registry.hook(lambda request: image.config in request.path and request.endless())
    refused(pull(tmp_path, registry), "larger than")


def test_headers_that_never_end_are_refused(tmp_path, registry):
    @registry.hook
    def many(request):
        if "manifests" not in request.path:
            return None
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                request.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        except OSError:
            return request.drop()

    refused(pull(tmp_path, registry), "the headers of the answer are larger than 65536 bytes")


def test_a_manifest_of_another_media_type_is_refused(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)
    registry.add_manifest(image.manifest, "v1", INDEX)
    refused(pull(tmp_path, registry), "the registry says it is")


@pytest.mark.parametrize(
    "text, message",
    [
        (b"", "expected"),
        (b"[]", "expected"),
        (b'{"schemaVersion":2}', "neither a manifest nor an index"),
        (b'{"schemaVersion":1,"name":"x"}', "too old"),
        (b"\xff\xfe", "expected"),
        (b"[" * 100_000, "expected"),
    ],
    ids=["empty", "array", "nothing", "old", "binary", "deep"],
)
def test_a_manifest_that_is_none_is_refused(tmp_path, registry, text, message):
    registry.add_manifest(text, "v1")
    refused(pull(tmp_path, registry), message)


@pytest.mark.parametrize("size", [-1, -(2**63), 2**63, 10**30, 1.5, "7", None], ids=str)
def test_a_size_that_is_none_is_refused(tmp_path, registry, size):
    image = Image([b"one"])
    text = json.loads(image.manifest)
    text["layers"][0]["size"] = size
    registry.add(image)
    registry.add_manifest(json.dumps(text).encode(), "v1")
    assert pull(tmp_path, registry).code == 6


def test_layers_of_exabytes_are_refused_before_they_are_fetched(tmp_path, registry):
    image = Image([b"one", b"two"])
    text = json.loads(image.manifest)
    for layer in text["layers"]:
        layer["size"] = 2**63 - 1
    registry.add(image)
    registry.add_manifest(json.dumps(text).encode(), "v1")
    refused(pull(tmp_path, registry), "its layers are larger than")
    assert not registry.lines("GET", "/blobs/")


def test_a_layer_whose_size_is_a_lie_is_refused(tmp_path, registry):
    image = Image([b"one"])
    text = json.loads(image.manifest)
    registry.add(image)
    size = text["layers"][0]["size"]
    for wrong in (size - 3, size + 3):
        text["layers"][0]["size"] = wrong
        registry.add_manifest(json.dumps(text).encode(), "v1")
        assert pull(tmp_path, registry, "--attempts", 1).code == 6


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "sha256:" + "A" * 64, "md5:00", ""])
def test_a_digest_that_is_none_is_refused(tmp_path, registry, digest):
    image = Image([b"one"])
    text = json.loads(image.manifest)
    text["layers"][0]["digest"] = digest
    registry.add(image)
    registry.add_manifest(json.dumps(text).encode(), "v1")
    assert pull(tmp_path, registry).code == 6
    assert not registry.lines("GET", "/blobs/")


def test_an_index_that_leads_to_an_index_is_refused(tmp_path, registry):
    inner = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()
    entry = descriptor(inner, INDEX, platform={"os": "linux", "architecture": "amd64"})
    outer = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode()
    registry.add_manifest(inner, "inner", INDEX)
    registry.add_manifest(outer, "v1", INDEX)
    refused(pull(tmp_path, registry, "--platform", "amd64"), "an index in an index is not read")


def test_an_index_that_is_answered_with_itself_is_refused(tmp_path, registry):
    image = Image([b"one"])
    index = json.dumps(
        {"schemaVersion": 2, "mediaType": INDEX, "manifests": [image.entry()]}
    ).encode()
    registry.add_manifest(index, "v1", INDEX)
    registry.manifests[image.digest] = (INDEX, index)
    refused(pull(tmp_path, registry, "--platform", "amd64"), f"expected '{image.digest}'")


def test_something_that_is_no_image_is_refused(tmp_path, registry):
    image = Image([b"one"])
    text = json.loads(image.manifest)
    text["config"]["mediaType"] = "application/vnd.oci.empty.v1+json"
    registry.add(image)
    registry.add_manifest(json.dumps(text).encode(), "v1")
    refused(pull(tmp_path, registry), "it is no image")


def test_more_layers_than_the_configuration_knows_are_refused(tmp_path, registry):
    image = Image([b"one"])
    text = json.loads(image.manifest)
    text["layers"].append(text["layers"][0])
    registry.add(image)
    registry.add_manifest(json.dumps(text).encode(), "v1")
    refused(pull(tmp_path, registry), "it has 2 layers, its configuration knows 1")


def test_a_docker_content_digest_that_lies_is_refused(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)

    @registry.hook
    def lie(request):
        if request.command == "GET" and "manifests" in request.path:
            return request.answer(
                200, image.manifest, Content_Type=MANIFEST, Docker_Content_Digest=digest_of(b"other")
            )

    refused(pull(tmp_path, registry), f"expected '{digest_of(b'other')}'")


# Connections that break


def cut(request, data, after):
    """A good beginning."""
    request.send_response(200 if "Range" not in request.headers else 206)
    first = int(request.headers.get("Range", "bytes=0-")[6:-1])
    if first:
        request.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
    request.send_header("Content-Length", str(len(data) - first))
    request.end_headers()
    request.wfile.write(data[first : first + after])
    return request.drop()


def test_a_download_goes_on_where_it_broke(tmp_path, registry):
    image = Image([LARGE])
    registry.add(image)
    [layer] = image.layers
    broken = once(3)
    registry.hook(lambda request: layer in request.path and broken()
                  and cut(request, image.blobs[layer], 2_000_000))  # fmt: skip
    assert pull(tmp_path, registry).code == 0
    ranges = [headers.get("Range") for headers in registry.headers("GET", layer)]
    assert ranges[0] is None
    firsts = [int(text[6:-1]) for text in ranges[1:]]
    assert len(firsts) == 3 and firsts == sorted(firsts) and firsts[0] > 0
    assert firsts[-1] > 2_000_000


def test_a_server_that_knows_no_ranges_is_asked_for_all_of_it(tmp_path, registry):
    image = Image([LARGE])
    registry.add(image)
    [layer] = image.layers
    broken = once(2)

    @registry.hook
    def no_ranges(request):
        if layer not in request.path:
            return None
        del request.headers["Range"]
        if broken():
            return cut(request, image.blobs[layer], 2_000_000)

    assert pull(tmp_path, registry).code == 0
    assert len(registry.lines("GET", layer)) == 3


@pytest.mark.parametrize("span", ["bytes 0-9/10", "bytes 99-1/5", "bytes */5", "", "pages 1-2"])
def test_another_part_than_was_asked_for_is_refused(tmp_path, registry, span):
    image = Image([LARGE])
    registry.add(image)
    [layer] = image.layers
    broken = once()

    @registry.hook
    def other(request):
        if layer in request.path:
            if broken():
                return cut(request, image.blobs[layer], 2_000_000)
            return request.answer(206, b"x" * 100, Content_Range=span)

    refused(pull(tmp_path, registry), "another part of it than was asked")


def test_a_connection_that_always_breaks_is_given_up(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)
    registry.hook(lambda request: image.layers[0] in request.path and request.drop())
    assert pull(tmp_path, registry, "--attempts", 3).code == 6
    assert 3 <= len(registry.lines("GET", image.layers[0])) <= 3 * 6


def test_a_server_that_falls_silent_is_given_up(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)

    @registry.hook
    def silent(request):
        if image.layers[0] in request.path:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12")
            return request.silent()

    result = pull(tmp_path, registry, "--idle-timeout", 1, "--attempts", 1)
    refused(result, "too slow")


def test_an_upload_goes_on_where_it_broke(tmp_path, registry):
    image = Image([LARGE])
    broken = once(2)

    @registry.hook
    def cut_upload(request):
        if request.command == "PATCH" and broken():
            part = request.rfile.read(2_500_000)
            upload = request.path.partition("?")[0].rpartition("/")[2]
            registry.uploads[upload] += part
            return request.drop()

    assert push(tmp_path, registry, image).code == 0
    ranges = [headers.get("Content-Range") for headers in registry.headers("PATCH")]
    size = len(image.blobs[image.layers[0]])
    assert ranges == [None, f"2500000-{size - 1}", f"5000000-{size - 1}"]
    assert len(registry.lines("POST")) == 2  # One for each blob.


def test_an_upload_that_was_forgotten_is_begun_again(tmp_path, registry):
    image = Image([LARGE])
    broken = once(2)

    @registry.hook
    def forget(request):
        if request.command == "PATCH" and broken():
            request.rfile.read(1_000_000)
            registry.uploads.clear()
            return request.drop()

    assert push(tmp_path, registry, image).code == 0
    assert len(registry.lines("POST")) >= 4


def test_an_upload_whose_state_is_a_lie_is_begun_again_or_refused(tmp_path, registry):
    image = Image([LARGE])
    broken = once()

    @registry.hook
    def lie(request):
        if request.command == "PATCH" and broken():
            request.rfile.read(1_000_000)
            return request.drop()
        if request.command == "GET" and "uploads" in request.path:
            location = request.path
            return request.answer(204, Location=location, Range="0-99999999999999999999")

    assert push(tmp_path, registry, image).code == 0


def test_a_small_blob_is_sent_again_when_its_connection_broke(tmp_path, registry):
    image = Image([b"one"])
    broken = once(2)
    registry.hook(lambda request: request.command == "PUT" and "blobs" in request.path
                  and broken() and request.drop())  # fmt: skip
    assert push(tmp_path, registry, image).code == 0


def test_a_server_that_stumbles_is_asked_again(tmp_path, registry):
    image = Image([b"one"])
    for part, method in [("/manifests/", "PUT"), ("/blobs/uploads/", "POST"), ("/blobs/", "HEAD")]:
        stumbles = once(3)
        registry.hook(lambda request, part=part, method=method, stumbles=stumbles:
                      part in request.path and request.command == method and stumbles()
                      and request.answer(random.choice([500, 502, 503, 504, 429])))  # fmt: skip
    assert push(tmp_path, registry, image).code == 0
    stumbles = once(3)
    registry.hook(lambda request: request.command == "GET" and stumbles() and request.answer(503))
    assert pull(tmp_path, registry).code == 0


def test_a_retry_after_is_waited_for(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)
    first = once()
    registry.hook(lambda request: "manifests" in request.path and first()
                  and request.answer(429, Retry_After="1"))  # fmt: skip
    assert pull(tmp_path, registry).code == 0


@pytest.mark.parametrize("wait", ["86400", "9" * 30])
def test_a_server_that_wants_a_day_is_given_up_at_once(tmp_path, registry, wait):
    registry.hook(lambda request: "manifests" in request.path
                  and request.answer(429, b"{}", Retry_After=wait))  # fmt: skip
    refused(pull(tmp_path, registry), "429")
    assert len(registry.lines("GET", "manifests")) == 1


@pytest.mark.parametrize("wait", ["", "-1", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "0"])
def test_a_retry_after_that_says_nothing_is_ignored(tmp_path, registry, wait):
    registry.hook(lambda request: "manifests" in request.path
                  and request.answer(503, Retry_After=wait))  # fmt: skip
    refused(pull(tmp_path, registry, "--attempts", 3), "503")
    assert len(registry.lines("GET", "manifests")) == 3


# Credentials, and who must not see them


def ask_for_password(registry, header='Basic realm="test"'):
    @registry.hook
    def ask(request):
        if request.headers.get("Authorization") != BASIC:
            return request.answer(401, b"{}", WWW_Authenticate=header)


def credentials_in(registry):
    names = ("authorization", "cookie")
    return [h for h in registry.headers() if any(name.lower() in names for name in h)]


def test_a_redirect_elsewhere_takes_no_credentials_along(tmp_path, start):
    registry, storage = start(), start()
    image = Image([b"one", LARGE])
    registry.add(image)
    storage.add(image)
    ask_for_password(registry)
    registry.hook(lambda request: "/blobs/" in request.path and request.command == "GET"
                  and request.answer(307, Location=storage.url(request.path)))  # fmt: skip
    assert pull(tmp_path, registry, env=password(tmp_path, registry)).code == 0
    assert len(storage.lines("GET", "/blobs/")) == 3
    assert not credentials_in(storage)
    assert credentials_in(registry)


def test_somebody_else_who_asks_for_a_password_gets_none(tmp_path, start):
    registry, storage = start(), start()
    image = Image([b"one"])
    registry.add(image)
    ask_for_password(registry)
    ask_for_password(storage)
    registry.hook(lambda request: "/blobs/" in request.path
                  and request.answer(307, Location=storage.url(request.path)))  # fmt: skip
    refused(pull(tmp_path, registry, env=password(tmp_path, registry)), "401")
    assert storage.requests and not credentials_in(storage)


def test_a_redirect_loop_ends(tmp_path, registry):
    registry.hook(lambda request: "manifests" in request.path
                  and request.answer(302, Location=request.path))  # fmt: skip
    refused(pull(tmp_path, registry), "redirected more than 5 times")


@pytest.mark.parametrize(
    "location",
    ["http://registry.example/", "file:///etc/passwd", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/",
     "http://[::2]/", "javascript:alert(1)", "http://127.0.0.1:99999/", "/\x01"],
)  # fmt: skip
def test_a_redirect_to_where_nobody_should_go_is_refused(tmp_path, registry, location):
    image = Image([b"one"])
    registry.add(image)
    registry.hook(lambda request: "/blobs/" in request.path and request.answer(307, Location=location))
    assert pull(tmp_path, registry).code == 6


def test_https_never_becomes_http(tmp_path, start):
    certificates = make_certificates(tmp_path / "certificates")
    registry, storage = start(certificates), start()
    image = Image([b"one"])
    registry.add(image)
    storage.add(image)
    registry.hook(lambda request: "/blobs/" in request.path
                  and request.answer(307, Location=storage.url(request.path)))  # fmt: skip
    trusted = ["--ca-file", certificates.authority]
    refused(pull(tmp_path, registry, *trusted), "which is not safe")

    registry.hooks.clear()
    registry.blobs.clear()
    registry.hook(lambda request: request.command == "POST"
                  and request.answer(202, Location=storage.url(request.path)))  # fmt: skip
    refused(push(tmp_path, registry, image, *trusted), "which is not safe")
    assert not storage.requests


def test_an_upload_that_leads_elsewhere_takes_no_credentials_along(tmp_path, start):
    registry, storage = start(), start()
    image = Image([b"one", LARGE])
    ask_for_password(registry)

    @registry.hook
    def lead_away(request):
        if request.command == "POST":
            return request.answer(202, Location=storage.url("/v2/hello/blobs/uploads/there"))

    @storage.hook
    def take(request):
        with storage.lock:
            data = request.read_body()
            if request.command == "PATCH":
                storage.uploads["there"] = data
                return request.answer(202)
            data = data or storage.uploads["there"]
            registry.blobs[digest_of(data)] = data
            return request.answer(201)

    assert push(tmp_path, registry, image, env=password(tmp_path, registry)).code == 0
    assert len(storage.lines("PUT")) == 3 and len(storage.lines("PATCH")) == 1
    assert not credentials_in(storage)


def test_a_password_that_is_never_right_is_not_sent_for_ever(tmp_path, registry):
    registry.hook(lambda request: request.answer(401, WWW_Authenticate='Basic realm="test"'))
    result = pull(tmp_path, registry, env=password(tmp_path, registry))
    refused(result, f"401; run: docker login {registry.host}")
    assert len(registry.lines("GET", "manifests")) <= 3


def test_a_token_that_is_never_right_is_not_got_for_ever(tmp_path, registry):
    @registry.hook
    def ask(request):
        if request.path.startswith("/token"):
            return request.answer(200, b'{"token": "abc"}')
        return request.answer(401, WWW_Authenticate=f'Bearer realm="{registry.url("/token")}"')

    result = pull(tmp_path, registry, env=password(tmp_path, registry))
    refused(result, f"401; run: docker login {registry.host}")
    assert len(registry.lines("GET", "token")) <= 3


@pytest.mark.parametrize(
    "realm, message",
    [
        ("http://registry.example/token", "is not https:"),
        ("http://127.0.0.1.registry.example/token", "is not https:"),
        ("https://user:word@registry.example/token", "is not a URL"),
        ("file:///etc/passwd", "is not a URL"),
        ("/token", "is not a URL"),
        ("", "is not a URL"),
        ("https://a b/", "is not a URL"),
    ],
)
def test_a_realm_that_is_not_safe_gets_no_password(tmp_path, registry, realm, message):
    header = f'Bearer realm="{realm}",service="x"'
    registry.hook(lambda request: request.answer(401, WWW_Authenticate=header))
    result = pull(tmp_path, registry, env=password(tmp_path, registry))
    refused(result, message)
    assert "secret" not in result.err


@pytest.fixture
def elsewhere(registry):
    """A registry that is not on this machine, as far as anybody can tell, and wants a token."""
    registry.name = "0.0.0.0"

    @registry.hook
    def ask(request):
        if request.path.startswith("/token"):
            allowed = request.headers.get("Authorization") == BASIC
            return request.answer(200, b'{"token": "abc"}') if allowed else request.answer(401)
        if request.headers.get("Authorization") != "Bearer abc":
            return request.answer(401, WWW_Authenticate=f'Bearer realm="{registry.url("/token")}"')

    return registry


@pytest.mark.parametrize("form", ["0.0.0.0", "PORT"])
def test_a_realm_may_be_plain_http_where_the_user_says_so(tmp_path, elsewhere, form):
    env = password(tmp_path, elsewhere)
    plain = ["--plain-http", form.replace("PORT", elsewhere.host)]
    assert push(tmp_path, elsewhere, Image([b"one"]), *plain, env=env).code == 0
    assert pull(tmp_path, elsewhere, *plain, env=env).code == 0
    assert credentials_in(elsewhere)


@pytest.mark.parametrize("other", ["0.0.0.0:1", "0.0.0", "localhost"])
def test_another_host_that_may_be_plain_http_changes_nothing(tmp_path, elsewhere, other):
    result = pull(tmp_path, elsewhere, "--plain-http", other, "--attempts", 1)
    assert result.code == 6
    assert not elsewhere.requests


def test_a_realm_elsewhere_is_not_plain_http_because_the_registry_is(tmp_path, registry):
    registry.name = "0.0.0.0"
    header = 'Bearer realm="http://realm.example/token"'
    registry.hook(lambda request: request.answer(401, WWW_Authenticate=header))
    result = pull(tmp_path, registry, "--plain-http", registry.host, env=password(tmp_path, registry))
    refused(result, "no password is sent there without --plain-http realm.example")


def test_what_follows_a_host_of_plain_http_is_not_another(tmp_path, registry):
    image = Image([b"one"])
    layout = write_layout(tmp_path / "layout", image)
    name = f"{registry.host}/hello:v1"
    result = thimble(tmp_path, "push", "--plain-http", "a", "--plain-http", "b", name, "--layout", layout)
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    "header",
    ["Bearer realm=\"http://127.0.0.1/\r\n X: y\"", "Bearer realm=\"open", "=,=", "\x00", "Bearer",
     "Basic realm=\"a\", realm=\"b\"", "Bearer realm=\"" + "x" * 10_000 + "\"", "Negotiate", "Digest a=b"],
    ids=["folded", "open", "signs", "NUL", "no realm", "twice", "long", "negotiate", "digest"],
)  # fmt: skip
def test_a_challenge_that_cannot_be_met_is_an_error(tmp_path, registry, header):
    @registry.hook
    def ask(request):
        if "manifests" in request.path:
            request.wfile.write(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: ")
            request.wfile.write(header.encode() + b"\r\n\r\n")
            return True

    result = pull(tmp_path, registry, env=password(tmp_path, registry))
    assert result.code == 6
    assert not credentials_in(registry)


@pytest.mark.parametrize(
    "token",
    [b"", b"[]", b"{}", b'{"token": ""}', b'{"token": "a\\r\\nX: y"}', b'{"token": 7}', b"\xff",
     b'{"token": "a\\u0000"}', b'{"expires_in": "soon", "token": "a"}', b"x" * 2_000_000],
    ids=["nothing", "array", "object", "empty", "line break", "number", "binary", "NUL", "soon", "long"],
)  # fmt: skip
def test_a_token_that_is_none_is_refused(tmp_path, registry, token):
    @registry.hook
    def ask(request):
        if request.path.startswith("/token"):
            return request.answer(200, token)
        return request.answer(401, WWW_Authenticate=f'Bearer realm="{registry.url("/token")}"')

    refused(pull(tmp_path, registry), "token")


def test_a_realm_is_asked_without_what_its_url_does_not_say(tmp_path, registry):
    """Characters with a meaning in a query, out of the registry's mouth, stay one parameter."""
    image = Image([b"one"])
    registry.add(image)

    @registry.hook
    def ask(request):
        if request.path.startswith("/token"):
            return request.answer(200, b'{"access_token": "abc", "expires_in": 0}')
        if request.headers.get("Authorization") != "Bearer abc":
            header = f'Bearer realm="{registry.url("/token?a=b")}",service="x&scope=all y#z"'
            return request.answer(401, WWW_Authenticate=header)

    assert pull(tmp_path, registry).code == 0
    assert registry.lines("GET", "/token")[0] == (
        "GET /token?a=b&service=x%26scope%3Dall%20y%23z&scope=repository%3Ahello%3Apull"
    )


def test_several_challenges_are_one_choice(tmp_path, registry):
    image = Image([b"one"])
    registry.add(image)

    @registry.hook
    def ask(request):
        if request.path.startswith("/token"):
            return request.answer(200, b'{"token": "abc"}')
        if request.headers.get("Authorization") != "Bearer abc":
            request.send_response(401)
            request.send_header("WWW-Authenticate", "Negotiate")
            request.send_header(
                "WWW-Authenticate", f'Basic realm="x", Bearer realm="{registry.url("/token")}"'
            )
            request.send_header("Content-Length", "0")
            request.end_headers()
            return True

    assert pull(tmp_path, registry).code == 0


# Words of a stranger


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":[{"code":"\\u001b[31mRED","message":"\\u001b]0;title\\u0007 \\u009b2J\\r\\nnext"}]}',
        b"\x1b[2J\x1b[31mplain text\x07\r\n\x9b1m",
        b"<html>\x1b[31m</html>",
        b'{"errors":[{"code":7,"message":{"a":1}},7,null]}',
        b'{"errors":{"code":"x"}}',
        b'{"errors":[' + b"[" * 100_000,
        b"x" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_what_a_registry_says_is_harmless_on_a_terminal(tmp_path, registry, body):
    registry.hook(lambda request: "manifests" in request.path and request.answer(400, body))
    result = pull(tmp_path, registry)
    refused(result, "400")
    assert result.err.count("\n") == 1
    assert all(character == "\n" or " " <= character <= "~" for character in result.err)


def test_a_media_type_is_harmless_on_a_terminal(tmp_path, registry):
    image = Image([b"one"])
    text = json.loads(image.manifest)
    text["config"]["mediaType"] = "\x1b[31m\x9b" + CONFIG
    registry.add(image)
    registry.add_manifest(json.dumps(text).encode(), "v1")
    result = pull(tmp_path, registry)
    refused(result, "it is no image")
    assert result.err.isascii()


# What is pushed


def test_a_blob_that_is_said_to_be_there_and_is_not_is_sent_after_all(tmp_path, registry):
    image = Image([b"one", b"two"])

    @registry.hook
    def lie(request):
        if request.command == "HEAD":
            size = len(image.blobs[request.path.rpartition("/")[2]])
            return request.answer(200, Content_Length=str(size))

    @registry.hook
    def check(request):
        if request.command == "PUT" and "manifests" in request.path:
            if not set(image.blobs) <= set(registry.blobs):
                return request.answer(400, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}')

    assert push(tmp_path, registry, image).code == 0
    assert len(registry.lines("PUT", "manifests")) == 2


def test_a_blob_of_another_size_is_not_the_blob(tmp_path, registry):
    image = Image([b"one"])
    registry.hook(lambda request: request.command == "HEAD" and request.answer(200, Content_Length="5"))
    assert push(tmp_path, registry, image).code == 0


@pytest.mark.parametrize("status", [202, 400, 403, 404, 405])
def test_a_mount_that_is_not_done_is_an_upload(tmp_path, registry, status):
    image = Image([b"one"])
    registry.blobs.update(image.blobs)
    registry.hook(lambda request: request.command == "HEAD" and request.answer(404))

    @registry.hook
    def not_done(request):
        if "mount=" not in request.path:
            return None
        if status == 202:
            registry.uploads["mounting"] = b""
            return request.answer(202, **registry.state("hello", "mounting"))
        return request.answer(status)

    assert push(tmp_path, registry, image, "--mount-from", "base").code == 0
    assert len(registry.lines("POST", "mount=")) == 1
    assert len(registry.lines("PUT", "blobs")) == 2
    assert len(registry.lines("POST")) == (2 if status == 202 else 3)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_mount_that_the_realm_gives_no_token_for_is_an_upload(tmp_path, registry, status):
    image = Image([b"one"])

    @registry.hook
    def ask(request):
        if request.path.startswith("/token"):
            return request.answer(status) if "base" in request.path else request.answer(200, b'{"token": "abc"}')
        if request.headers.get("Authorization") != "Bearer abc":
            return request.answer(401, WWW_Authenticate=f'Bearer realm="{registry.url("/token")}"')

    assert push(tmp_path, registry, image, "--mount-from", "base").code == 0
    assert registry.lines("GET", "base%3Apull")
    assert not registry.lines("POST", "mount=")
    assert len(registry.lines("PUT", "blobs")) == 2


def test_a_mount_that_is_a_lie_is_an_upload_after_all(tmp_path, registry):
    image = Image([b"one"])
    registry.hook(lambda request: "mount=" in request.path and request.answer(201))

    @registry.hook
    def check(request):
        if request.command == "PUT" and "manifests" in request.path:
            if not set(image.blobs) <= set(registry.blobs):
                return request.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')

    assert push(tmp_path, registry, image, "--mount-from", "base").code == 0


def test_a_registry_that_always_lacks_blobs_is_given_up(tmp_path, registry):
    registry.hook(lambda request: request.command == "PUT" and "manifests" in request.path
                  and request.answer(400, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}'))  # fmt: skip
    refused(push(tmp_path, registry, Image([b"one"])), "400 MANIFEST_BLOB_UNKNOWN")
    assert len(registry.lines("PUT", "manifests")) == 2


def test_the_manifest_goes_last_and_only_when_all_blobs_are_there(tmp_path, registry):
    image = Image([b"one", b"two", b"three"])
    registry.hook(lambda request: request.command == "PUT" and image.layers[1].replace(":", "%3A")
                  in request.path and request.answer(403))  # fmt: skip
    refused(push(tmp_path, registry, image), "403")
    assert not registry.lines("PUT", "manifests")


def test_a_manifest_that_is_stored_as_another_is_an_error(tmp_path, registry):
    registry.hook(lambda request: request.command == "PUT" and "manifests" in request.path
                  and request.answer(201, Docker_Content_Digest=digest_of(b"other")))  # fmt: skip
    refused(push(tmp_path, registry, Image([b"one"])), f"the registry has '{digest_of(b'other')}'")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Location": ""}, {"Location": "http://registry.example/up"}, {"Location": "file:///etc"},
     {"Location": "http://u:p@127.0.0.1/"}],
    ids=["none", "empty", "plain", "file", "user"],
)  # fmt: skip
def test_an_upload_without_a_good_location_is_refused(tmp_path, registry, headers):
    registry.hook(lambda request: request.command == "POST" and request.answer(202, **headers))
    assert push(tmp_path, registry, Image([b"one"])).code == 6
    assert not registry.lines("PUT")


def test_an_answer_that_is_no_upload_is_not_taken_for_one(tmp_path, registry):
    registry.hook(lambda request: request.command == "POST" and request.answer(307, Location="/x"))
    refused(push(tmp_path, registry, Image([b"one"])), "it redirects, which is not followed")


@pytest.mark.parametrize("state", ["5-2", "x", "0-18446744073709551615", "0--1", "0-9999999999"])
def test_a_range_that_makes_no_sense_ends(tmp_path, registry, state):
    registry.hook(lambda request: request.command in ("PATCH", "GET") and "uploads" in request.path
                  and request.answer(202, Range=state))  # fmt: skip
    image = Image([LARGE])
    result = push(tmp_path, registry, image, "--attempts", 2)
    assert result.code == 6
    assert len(registry.lines("PATCH")) <= 4


def test_digests_that_the_registry_finds_wrong_are_an_error(tmp_path, registry):
    registry.hook(lambda request: request.command == "PUT" and "blobs" in request.path
                  and request.answer(400, b'{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}'))  # fmt: skip
    refused(push(tmp_path, registry, Image([b"one"])), "400 DIGEST_INVALID (no)")


def test_a_layer_type_is_kept(tmp_path, registry):
    image = Image([b"one"])
    assert push(tmp_path, registry, image).code == 0
    assert json.loads(registry.manifests["v1"][1])["layers"][0]["mediaType"] == LAYER
