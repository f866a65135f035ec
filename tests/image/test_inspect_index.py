"""What `thimble inspect` says of an index, which Lambda takes from no registry."""

import json

import pytest

import tars
from hostile_registry import Registry
from registry_support import CONFIG, INDEX, MANIFEST, Image, descriptor, index_of, read_blob, thimble, write_layout

IN_TOTO = "application/vnd.in-toto+json"


def attestation(image):
    """A manifest beside the image's, as docker buildx makes it, and its entry in an index."""
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(b"{}", CONFIG),
            "layers": [descriptor(b"{}", IN_TOTO)],
        }
    ).encode()
    return manifest, descriptor(
        manifest,
        MANIFEST,
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.digest": image.digest, "vnd.docker.reference.type": "attestation-manifest"},
    )


def index_with_attestation(image):
    manifest, entry = attestation(image)
    return manifest, json.dumps(
        {"schemaVersion": 2, "mediaType": INDEX, "manifests": [image.entry(), entry]}
    ).encode()


def packed(layout):
    """The same layout in a tar file."""
    files = [path for path in layout.rglob("*") if path.is_file()]
    archive = layout.with_suffix(".tar")
    archive.write_bytes(
        tars.tar(*(tars.file(str(path.relative_to(layout)), path.read_bytes()) for path in files))
    )
    return archive


@pytest.fixture
def registry():
    started = Registry()
    yield started
    started.close()


@pytest.fixture
def attested(registry):
    """Tag v1 is what `docker buildx build --push` makes."""
    image = Image([b"one"])
    registry.add(image, "image")
    manifest, index = index_with_attestation(image)
    registry.add_manifest(manifest, "attestation")
    registry.add_manifest(index, "v1", INDEX)
    return image


def found(tmp_path, name, *arguments, env=None):
    """Findings about manifests: message and severity by id."""
    result = thimble(tmp_path, "inspect", name, "--json", *arguments, env=env)
    assert result.out, result.err
    report = json.loads(result.out)
    return {
        finding["id"]: (finding["severity"], finding["message"])
        for finding in report["findings"]
        if finding["id"].startswith("manifest.")
    }


def test_a_tag_with_an_attestation_is_found_to_be_an_index(tmp_path, registry, attested):
    name = f"{registry.host}/hello:v1"
    severity, message = found(tmp_path, name)["manifest.index"]
    assert severity == "error"
    assert "an index of linux/amd64 and 1 entry that is no image" in message
    assert "single manifest" in message and "--provenance=false" in message
    assert thimble(tmp_path, "inspect", name).code == 7
    assert found(tmp_path, f"{registry.host}/hello:image") == {}


def test_a_platform_looks_at_one_image_of_an_index_and_says_so(tmp_path, registry, attested):
    name = f"{registry.host}/hello:v1"
    severity, _ = found(tmp_path, name, "--platform", "linux/amd64")["manifest.index"]
    assert severity == "warning"
    assert found(tmp_path, f"{registry.host}/hello:image", "--platform", "linux/amd64") == {}


def test_a_tag_of_two_platforms_is_found_to_be_an_index(tmp_path, registry):
    amd, arm = Image([b"amd"]), Image([b"arm"], architecture="arm64")
    registry.add(amd, "amd")
    registry.add(arm, "arm")
    registry.add_manifest(index_of(amd, arm), "v1", INDEX)
    severity, message = found(tmp_path, f"{registry.host}/hello:v1")["manifest.several"]
    assert severity == "error"
    assert "an index of images for linux/amd64, linux/arm64" in message


def test_an_index_by_its_digest_is_one_without_the_registry_too(tmp_path, registry, attested):
    digest = next(name for name, (kind, _) in registry.manifests.items() if kind == INDEX and ":" in name)
    name = f"{registry.host}/hello@{digest}"
    first = found(tmp_path, name)
    assert "manifest.index" in first
    registry.hook(lambda request: request.answer(500))
    assert found(tmp_path, name) == first


def test_the_one_image_of_an_index_is_pulled(tmp_path, registry, attested):
    pulled = tmp_path / "pulled"
    result = thimble(tmp_path, "pull", f"{registry.host}/hello:v1", "-o", pulled)
    assert (result.code, result.out) == (0, attested.digest + "\n"), result.err
    assert read_blob(pulled, attested.digest) == attested.manifest
    assert found(tmp_path, pulled) == {}


@pytest.mark.parametrize("is_nested", [False, True])
@pytest.mark.parametrize("is_archive", [False, True])
def test_an_attestation_in_a_layout_is_noticed(tmp_path, is_nested, is_archive):
    image = Image([b"one"])
    layout = write_layout(tmp_path / "layout", image)
    manifest, index = index_with_attestation(image)
    blobs = layout / "blobs/sha256"
    (blobs / tars.digest(manifest).removeprefix("sha256:")).write_bytes(manifest)
    if is_nested:
        (blobs / tars.digest(index).removeprefix("sha256:")).write_bytes(index)
        index = json.dumps({"schemaVersion": 2, "manifests": [descriptor(index, INDEX)]}).encode()
    (layout / "index.json").write_bytes(index)
    if is_archive:
        layout = packed(layout)
    severity, message = found(tmp_path, layout)["manifest.index"]
    assert severity == "warning"
    assert "beside the image there is 1 entry that is no image" in message
    assert "--provenance=false" in message and "`thimble push` sends the image alone" in message
    assert found(tmp_path, layout, "--platform", "linux/amd64") == {}


@pytest.mark.parametrize("is_archive", [False, True])
def test_indexes_that_multiply_are_refused(tmp_path, is_archive):
    """Four indexes, each of which names the next a hundred times, and the last nothing."""
    layout = write_layout(tmp_path / "layout")
    entries = []
    for _ in range(4):
        index = json.dumps({"schemaVersion": 2, "manifests": entries}).encode()
        inner = descriptor(index, INDEX)
        entries = [inner] * 100
        (layout / "blobs/sha256" / inner["digest"].removeprefix("sha256:")).write_bytes(index)
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [inner]}))
    result = thimble(tmp_path, "inspect", packed(layout) if is_archive else layout)
    assert (result.code, result.out) == (3, "")
    assert "too many indexes" in result.err
