"""What the tests of push and pull share: images made of a few bytes, registries, certificates."""

import gzip
import hashlib
import io
import json
import os
import socket
import subprocess
import tarfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THIMBLE = Path(os.environ.get("THIMBLE", ROOT / "build/dev/bin/thimble"))

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

DEADLINE = 60  # Seconds until a test that waits gives up.


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(data: bytes, media_type: str, **more) -> dict:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data), **more}


def layer_of(content: bytes, name: str = "file") -> tuple[bytes, str]:
    """A compressed layer with one file, and its diffID."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return gzip.compress(archive.getvalue(), 1, mtime=0), digest_of(archive.getvalue())


@dataclass
class Image:
    """One image in memory: blobs by digest, and the bytes of its manifest."""

    contents: list[bytes]
    architecture: str = "amd64"
    blobs: dict[str, bytes] = field(default_factory=dict)
    layers: list[str] = field(default_factory=list)
    manifest: bytes = b""

    def __post_init__(self):
        diff_ids = []
        descriptors = []
        for number, content in enumerate(self.contents):
            layer, diff_id = layer_of(content, f"file{number}")
            self.blobs[digest_of(layer)] = layer
            self.layers.append(digest_of(layer))
            diff_ids.append(diff_id)
            descriptors.append(descriptor(layer, LAYER))
        config = json.dumps(
            {
                "architecture": self.architecture,
                "os": "linux",
                "config": {"Cmd": ["/file0"]},
                "rootfs": {"type": "layers", "diff_ids": diff_ids},
                "history": [{"created_by": "test"} for _ in diff_ids],
            }
        ).encode()
        self.config = digest_of(config)
        self.blobs[self.config] = config
        self.manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": descriptor(config, CONFIG),
                "layers": descriptors,
            }
        ).encode()

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)

    @property
    def platform(self) -> dict:
        return {"os": "linux", "architecture": self.architecture}

    def entry(self) -> dict:
        return descriptor(self.manifest, MANIFEST, platform=self.platform)


def index_of(*images: Image) -> bytes:
    return json.dumps(
        {"schemaVersion": 2, "mediaType": INDEX, "manifests": [image.entry() for image in images]}
    ).encode()


def write_layout(folder: Path, *images: Image) -> Path:
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    for image in images:
        for digest, data in {**image.blobs, image.digest: image.manifest}.items():
            (blobs / digest.removeprefix("sha256:")).write_bytes(data)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_bytes(index_of(*images))
    return folder


def read_blob(layout: Path, digest: str) -> bytes:
    return (layout / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """Nothing of whoever runs the tests: no credentials, no configuration, no proxy."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(tmp_path), **more}


@dataclass
class Result:
    code: int
    out: str
    err: str


def thimble(tmp_path: Path, *arguments, env: dict[str, str] | None = None) -> Result:
    finished = subprocess.run(
        [THIMBLE, *map(str, arguments)],
        env=environment(tmp_path, **(env or {})),
        cwd=tmp_path,
        capture_output=True,
        timeout=DEADLINE * 2,
        check=False,
    )
    err = finished.stderr.decode(errors="replace")
    assert "\x1b" not in err and "AddressSanitizer" not in err, err
    return Result(finished.returncode, finished.stdout.decode(), err)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def docker_config(tmp_path: Path, text: dict, name: str = "docker") -> dict[str, str]:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(text))
    return {"DOCKER_CONFIG": str(folder)}


@dataclass
class Certificates:
    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path, names: str = "DNS:localhost,IP:127.0.0.1") -> Certificates:
    """A server's certificate, and that of the authority that signed it."""

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    folder.mkdir(parents=True, exist_ok=True)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    certificate, key, request = folder / "server.pem", folder / "server.key", folder / "server.csr"
    extensions = folder / "extensions"
    extensions.write_text(f"subjectAltName={names}\n")
    openssl("req", "-x509", *curve, "-subj", "/CN=test authority", "-days", 2,
            "-keyout", authority_key, "-out", authority)  # fmt: skip
    openssl("req", *curve, "-subj", "/CN=test server", "-keyout", key, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key,
            "-CAcreateserial", "-days", 2, "-extfile", extensions, "-out", certificate)  # fmt: skip
    return Certificates(authority, certificate, key)


class DockerRegistry:
    """Debian's docker-registry; `http` and `auth` are those parts of its configuration."""

    def __init__(self, folder: Path, http: dict | None = None, auth: dict | None = None):
        self.folder = folder
        self.port = free_port()
        folder.mkdir()
        config = folder / "config.json"  # JSON is YAML.
        config.write_text(
            json.dumps(
                {
                    "version": 0.1,
                    "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
                    "http": {"addr": f"127.0.0.1:{self.port}", **(http or {})},
                    **({"auth": auth} if auth else {}),
                }
            )
        )
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            ["docker-registry", "serve", config], stdout=self.log, stderr=self.log
        )
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / "log").read_text()) from None
                time.sleep(0.02)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def get(self, path: str, **headers: str) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.read()

    def requests(self) -> list[str]:
        """The request lines of its access log."""
        self.log.flush()
        lines = (self.folder / "log").read_text().splitlines()
        return [line.split('"')[1] for line in lines if " - - [" in line]
