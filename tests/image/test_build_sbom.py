"""The list of packages that `thimble build --sbom` writes: the image's own, this machine's, and crates."""

import json

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from build_support import attempt, build, environment, write_files


@pytest.fixture
def project(tmp_path):
    """A program of this machine's that needs its libc."""
    return write_files(tmp_path / "project", {"thimble.toml": '[function]\nname = "hello"\ncommand = "./true"\n'})


@pytest.fixture
def env(project, tmp_path):
    (project / "true").write_bytes(open("/bin/true", "rb").read())
    (project / "true").chmod(0o755)
    return environment(tmp_path)


def test_spdx_names_this_machines_packages(project, env, tmp_path):
    digest = build(project, "--sbom", tmp_path / "hello.spdx.json", env=env)
    document = json.loads((tmp_path / "hello.spdx.json").read_text())
    names = {package["name"] for package in document["packages"]}
    assert {"hello", "libc6", "thimble-emulator"} <= names
    assert document["packages"][0]["versionInfo"] == digest
    assert validate_full_spdx_document(parse_file(str(tmp_path / "hello.spdx.json"))) == []


def test_cyclonedx_is_valid_too(project, env, tmp_path):
    build(project, "--sbom", tmp_path / "hello.cdx.json", env=env)
    text = (tmp_path / "hello.cdx.json").read_text()
    assert make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_5).validate_str(text) is None
    assert any(component["name"] == "libc6" for component in json.loads(text)["components"])


def test_a_name_that_says_no_format_is_refused_before_anything_is_built(project, env, tmp_path):
    done = attempt("build", project, "--sbom", tmp_path / "hello.json", env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert "spdx.json" in done.stderr
    assert not (project / ".thimble").exists()
