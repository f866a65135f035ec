"""The lists of packages that `thimble inspect --sbom` prints: what is found, and what public validators say."""

import json
import os
import zlib

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from tars import file, folder, tar, thimble, write_layout

METADATA = b"Metadata-Version: 2.4\nName: Typing_Extensions\nVersion: 4.12.2\nLicense-Expression: PSF-2.0\n\nName: not this\n"
OLD_METADATA = b"Metadata-Version: 2.1\r\nName: simplejson\r\nVersion: 3.19\r\nLicense: MIT License, or so\r\n\r\n"
STATUS = b"""Package: libc6
Status: install ok installed
Version: 2.36-9+deb12u10

Package: removed
Status: deinstall ok config-files
Version: 1

Package: zlib1g
Status: install ok installed
Version: 1:1.2.13.dfsg-1
"""


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def elf(body=b"", sections=()):
    """An ELF file of 64 bits with these sections behind `body`, whose offset is a multiple of 16."""
    names = b"\0" + b"".join(name + b"\0" for name, _ in sections) + b".shstrtab\0"
    data = b"\0" * 64 + body
    headers = b"\0" * 64
    for name, content in [*sections, (b".shstrtab", names)]:
        headers += names.index(name + b"\0").to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\0" * 16
        headers += len(data).to_bytes(8, "little") + len(content).to_bytes(8, "little") + b"\0" * 24
        data += content
    count = len(sections) + 2
    head = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0\x3e\0\x01\0\0\0" + b"\0" * 16
    head += len(data).to_bytes(8, "little") + b"\0\0\0\0"
    head += b"".join(n.to_bytes(2, "little") for n in (64, 56, 0, 64, count, count - 1))
    return head + data[64:] + headers


def go_program():
    modules = "path\thello\nmod\thello\t(devel)\t\ndep\tgithub.com/aws/aws-lambda-go\tv1.47.0\th1:x=\n"
    modules += "dep\texample.com/old\tv1.0.0\n=>\texample.com/new\tv1.2.3\th1:y=\nbuild\t-compiler=gc\n"
    text = b"#" * 16 + modules.encode() + b"#" * 16
    version = b"go1.22.3 X:none"
    info = b"\xff Go buildinf:\x08\x02" + b"\0" * 16
    return elf(info + varint(len(version)) + version + varint(len(text)) + text)


def rust_program():
    listed = {"packages": [{"name": "hello", "version": "0.1.0", "source": "local"}, {"name": "serde", "version": "1.0.200"}]}
    return elf(sections=[(b".dep-v0", zlib.compress(json.dumps(listed).encode()))])


EXPECTED = {
    "pkg:pypi/typing-extensions@4.12.2",
    "pkg:pypi/simplejson@3.19",
    "pkg:npm/left-pad@1.3.0",
    "pkg:npm/%40scope/name@2.0.0",
    "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10",
    "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1",
    "pkg:golang/hello",
    "pkg:golang/github.com/aws/aws-lambda-go@v1.47.0",
    "pkg:golang/example.com/new@v1.2.3",
    "pkg:golang/stdlib@1.22.3",
    "pkg:cargo/hello@0.1.0",
    "pkg:cargo/serde@1.0.200",
    "pkg:generic/thimble-emulator@0.1.0",
}


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    path = tmp_path_factory.mktemp("sbom") / "image"
    modules = "var/task/node_modules"
    layer = tar(
        file("lambda-entrypoint", elf(), mode=0o755),
        file("var/task/typing_extensions-4.12.2.dist-info/METADATA", METADATA),
        file("var/task/simplejson-3.19.dist-info/METADATA", OLD_METADATA),
        file(f"{modules}/left-pad/package.json", b'{"name": "left-pad", "version": "1.3.0", "license": "WTFPL"}'),
        file(f"{modules}/left-pad/test/package.json", b'{"name": "not-this", "version": "1"}'),
        file(f"{modules}/@scope/name/package.json", b'{"name": "@scope/name", "version": "2.0.0", "license": {"type": "x"}}'),
        file(f"{modules}/broken/package.json", b'{"name": "broken"'),
        file("var/task/package.json", b'{"name": "own", "version": "1"}'),
        file("var/lib/dpkg/status", STATUS),
        file("var/task/go", go_program(), mode=0o755),
        file("var/task/rust", rust_program(), mode=0o755),
    )
    write_layout(path, [tar(folder("var/task")), layer])
    return path


def sbom(layout, kind, epoch="1700000000"):
    result = thimble("inspect", layout, "--sbom", kind, env={**os.environ, "SOURCE_DATE_EPOCH": epoch})
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_package_is_found_once(layout):
    cyclonedx = json.loads(sbom(layout, "cyclonedx"))
    assert sorted(part["purl"] for part in cyclonedx["components"]) == sorted(EXPECTED)
    spdx = json.loads(sbom(layout, "spdx"))
    found = [part["externalRefs"][0]["referenceLocator"] for part in spdx["packages"] if "externalRefs" in part]
    assert sorted(found) == sorted(EXPECTED)


def test_licenses_that_are_no_expressions_stay_text(layout):
    parts = {part["name"]: part for part in json.loads(sbom(layout, "cyclonedx"))["components"]}
    assert parts["Typing_Extensions"]["licenses"] == [{"expression": "PSF-2.0"}]
    assert parts["simplejson"]["licenses"] == [{"license": {"name": "MIT License, or so"}}]
    assert "licenses" not in parts["@scope/name"]


def test_spdx_is_valid(layout, tmp_path):
    path = tmp_path / "image.spdx.json"
    path.write_text(sbom(layout, "spdx"))
    assert validate_full_spdx_document(parse_file(str(path))) == []


def test_cyclonedx_is_valid(layout):
    validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_5)
    assert validator.validate_str(sbom(layout, "cyclonedx")) is None


@pytest.mark.parametrize("kind", ["spdx", "cyclonedx"])
def test_the_same_image_gives_the_same_bytes(layout, kind):
    assert sbom(layout, kind) == sbom(layout, kind)
    assert "2023-11-14T22:13:20Z" in sbom(layout, kind)
    assert sbom(layout, kind).replace("2023-11-14T22:13:20Z", "1970-01-01T00:00:01Z") == sbom(layout, kind, "1")


@pytest.mark.parametrize("kind", ["spdx", "cyclonedx"])
def test_an_image_without_packages_has_a_valid_one(kind, tmp_path):
    write_layout(tmp_path / "image", [tar(file("x"))])
    text = sbom(tmp_path / "image", kind)
    if kind == "spdx":
        (tmp_path / "image.spdx.json").write_text(text)
        assert validate_full_spdx_document(parse_file(str(tmp_path / "image.spdx.json"))) == []
    else:
        assert make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_5).validate_str(text) is None
