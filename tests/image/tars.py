"""Images made of tar archives that no sane tool would write."""

import dataclasses
import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
THIMBLE = pathlib.Path(os.environ.get("THIMBLE", ROOT / "build/dev/bin/thimble"))

GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"


def thimble(*arguments, **options):
    """Runs the program; fails if it was killed or took long."""
    result = subprocess.run(
        [THIMBLE, *map(os.fspath, arguments)], capture_output=True, text=True, errors="replace", timeout=120, **options
    )
    assert result.returncode >= 0, f"killed by a signal: {result}"
    return result


def entry(name, kind=tarfile.REGTYPE, body=b"", target="", mode=0o644, **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(body)
    info.linkname = target
    info.mode = mode
    for field, value in fields.items():
        setattr(info, field, value)
    return info, body


def file(name, body=b"content\n", **fields):
    return entry(name, body=body, **fields)


def folder(name, **fields):
    return entry(name, tarfile.DIRTYPE, mode=fields.pop("mode", 0o755), **fields)


def symlink(name, target):
    return entry(name, tarfile.SYMTYPE, target=target, mode=0o777)


def hard_link(name, target):
    return entry(name, tarfile.LNKTYPE, target=target)


def tar(*entries, format=tarfile.PAX_FORMAT, pax=None):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, pax_headers=pax or {}) as archive:
        for info, body in entries:
            archive.addfile(info, io.BytesIO(body))
    return out.getvalue()


def octal(value, size):
    return b"%0*o\0" % (size - 1, value)


def raw(name, body=b"", kind=b"0", target=b"", size=None, mode=b"0000644\0", prefix=b"", magic=b"ustar\x0000", checksum=None):
    """A header block byte for byte as it is told, then the body, padded."""
    size = octal(len(body), 12) if size is None else size
    head = b"".join(
        part.ljust(length, b"\0")[:length]
        for part, length in [
            (name, 100), (mode, 8), (b"0000000\0", 8), (b"0000000\0", 8), (size, 12), (octal(0, 12), 12),
            (b" " * 8, 8), (kind, 1), (target, 100), (magic, 8), (b"", 32), (b"", 32), (b"", 8), (b"", 8), (prefix, 155), (b"", 12),
        ]
    )  # fmt: skip
    check = octal(sum(head), 7) + b" " if checksum is None else checksum
    head = head[:148] + check.ljust(8)[:8] + head[156:]
    return head + body + b"\0" * (-len(body) % 512)


END = b"\0" * 1024


def record(key, value):
    """A record of a pax header, its length as it should be."""
    rest = len(key) + len(value) + 3
    length = rest + 1
    while len(str(length)) + rest != length:
        length += 1
    return b"%d %s=%s\n" % (length, key, value)


def pax(*records, kind=b"x"):
    return raw(b"PaxHeaders/x", b"".join(records), kind=kind)


def gnu_long(name, kind=b"L"):
    return raw(b"././@LongLink", name + b"\0", kind=kind, magic=b"ustar  \0")


@dataclasses.dataclass
class Layer:
    """A layer's blob, and the archive that the configuration is told it holds."""

    blob: bytes
    archive: bytes
    media_type: str = GZIP


def gzipped(archive):
    return Layer(gzip.compress(archive, 6, mtime=0), archive)


def zstd_frame(*blocks):
    """A frame of raw blocks, or of (byte, count): RFC 8878 by hand, as there is no compressor in Python."""
    out = b"\x28\xb5\x2f\xfd\x00\x50"
    pieces = []
    for block in blocks:
        if isinstance(block, bytes):
            pieces += [(0, len(part), part) for part in (block[i : i + 65536] for i in range(0, len(block), 65536))]
        else:
            byte, count = block
            pieces += [(1, min(131072, count - i), byte) for i in range(0, count, 131072)]
    for i, (kind, size, body) in enumerate(pieces):
        out += (int(i == len(pieces) - 1) | kind << 1 | size << 3).to_bytes(3, "little") + body
    return out


def zstded(archive):
    return Layer(zstd_frame(archive), archive, ZSTD)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def write_layout(folder, layers, config=None, platform=("linux", "amd64"), history=None, annotations=None):
    """An OCI layout of one image; `layers` are archives or Layers. Its digest."""
    layers = [layer if isinstance(layer, Layer) else gzipped(layer) for layer in layers]
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data, media_type):
        (blobs / hashlib.sha256(data).hexdigest()).write_bytes(data)
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    text = {
        "os": platform[0],
        "architecture": platform[1],
        "config": config or {},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer.archive) for layer in layers]},
        "history": [{"created_by": "test"} for _ in layers] if history is None else history,
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": put(json.dumps(text).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [put(layer.blob, layer.media_type) for layer in layers],
    }
    if annotations:
        manifest["annotations"] = annotations
    described = put(json.dumps(manifest).encode(), manifest["mediaType"])
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [described]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return described["digest"]
