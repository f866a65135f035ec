"""Layers that want to write, read or link to something outside of the folder they are unpacked into, use up the memory
or the disk, or are damaged. `thimble unpack` either refuses them and leaves nothing, or unpacks them inside of the
folder; files around it stay as they are."""

import dataclasses
import gzip
import os
import stat
import subprocess
import tarfile
import typing

import pytest

from tars import (
    END, GZIP, ZSTD, Layer, digest, file, entry, folder, gnu_long, gzipped, hard_link, octal, pax, raw, record, symlink,
    tar, thimble, write_layout, zstd_frame, zstded,
)  # fmt: skip

REFUSED = "refused"
SECRET = "a canary\n"


@dataclasses.dataclass
class Case:
    name: str
    layers: list
    expect: typing.Any = None  # REFUSED; files and what they hold; None: either.
    says: str = ""


CASES = []


def case(name, *layers, expect=None, says=""):
    assert all(name != other.name for other in CASES), name
    CASES.append(Case(name, list(layers), expect, says))


# --- Names that lead out. CANARY is put in place of the canary's folder, which only the test knows.

ESCAPES = [
    "..", "../secret", "../canary/secret", "../../secret", "./../secret", "/../secret", "a/../../secret", "a/..",
    "a/b/../../../secret", "..//secret", ".//../secret", "a/./../../secret", "../../../../../../../../etc/shadow",
]  # fmt: skip
for name in ESCAPES:
    case(f"file {name}", tar(file(name)), expect=REFUSED, says="out of its folder")
    case(f"folder {name}", tar(folder(name)), expect=REFUSED)
    case(f"link {name}", tar(symlink(name, "x")), expect=REFUSED)
    case(f"hard link {name}", tar(file("x"), hard_link(name, "x")), expect=REFUSED)
    case(f"hard link to {name}", tar(hard_link("x", name)), expect=REFUSED)
for name in ["/etc/passwd", "//etc/passwd", "///etc//passwd", "/./etc/./passwd", "./etc/passwd", "././/etc/passwd"]:
    case(f"file {name}", tar(file(name)), expect={"etc/passwd": "content\n"})
case("file at the canary", lambda canary: tar(file(f"{canary}/secret")))
case("folder at the canary", lambda canary: tar(folder(f"{canary}"), file(f"{canary}/secret")))
case("raw absolute name in prefix", raw(b"secret", b"x", prefix=b"/etc") + END, expect={"etc/secret": "x"})
case("raw escape in prefix", raw(b"secret", b"x", prefix=b"..") + END, expect=REFUSED)
case("raw escape across prefix", raw(b"./secret", b"x", prefix=b"a/../..") + END, expect=REFUSED)

# --- Writing through links.

TARGETS = {
    "up": "../canary", "further up": "../../canary", "absolute": "CANARY", "root": "/", "etc": "/etc", "dots": "..",
    "many dots": "../" * 30 + "tmp", "proc root": "/proc/self/root", "proc cwd": "/proc/self/cwd", "dot": ".",
    "roundabout": "a/../../canary", "empty parts": "..//canary//",
}  # fmt: skip
for label, target in TARGETS.items():

    def link_to(canary, target=target):
        return symlink("d", target.replace("CANARY", str(canary)))

    case(f"write through {label}", lambda canary, to=link_to: tar(to(canary), file("d/secret")))
    case(
        f"write through {label}, next layer",
        lambda canary, to=link_to: tar(to(canary)),
        tar(file("d/secret"), folder("d/sub"), symlink("d/link", "x")),
    )
    case(
        f"whiteout through {label}",
        lambda canary, to=link_to: tar(to(canary), file("keep")),
        tar(file("d/.wh.secret"), file("d/.wh..wh..opq"), file("d/.wh.canary")),
    )
case("write into what a link names", tar(symlink("f", "../canary/secret"), file("f")), expect={"f": "content\n"})
case("the same, next layer", tar(symlink("f", "../canary/secret")), tar(file("f")), expect={"f": "content\n"})
case("folder over a link", tar(symlink("d", "../canary"), folder("d"), file("d/secret")), expect={"d/secret": "content\n"})
case("chain", tar(symlink("c", "../canary"), symlink("b", "c"), symlink("a", "b"), file("a/secret")))
case("nested links", tar(folder("x"), symlink("x/y", ".."), symlink("x/y/z", ".."), file("x/y/z/secret")))
case("loop of two", tar(symlink("a", "b"), symlink("b", "a"), file("a/x")), expect=REFUSED, says="too many")
case("loop of one", tar(symlink("a", "a"), file("a/x")), expect=REFUSED, says="too many")
case("loop that grows", tar(symlink("a", "a/a/a"), file("a/x")), expect=REFUSED)
case("chain of 60", tar(*[symlink(f"l{i}", f"l{i + 1}") for i in range(60)], file("l0/x")), expect=REFUSED)
case("chain of 30", tar(folder("l30"), *[symlink(f"l{i}", f"l{i + 1}") for i in range(30)], file("l0/x")),
     expect={"l30/x": "content\n"})  # fmt: skip
case("link to a file, used as a folder", tar(file("f"), symlink("d", "f"), file("d/x")), expect=REFUSED)
case("file used as a folder", tar(file("f"), file("f/x")), expect=REFUSED, says="no folder")
case("link over a folder with files", tar(file("d/a"), symlink("d", "../canary"), file("d/secret")))
case("link to nothing", raw(b"l", kind=b"2") + END, expect=REFUSED)
case("link of 5000 bytes", tar(symlink("l", "x/" * 2500)), expect=REFUSED)
case("link with escape sequences", tar(symlink("l\x1b[2J", "\x1b]0;x\x07")), expect={})

# --- Hard links.

case("hard link outside", lambda canary: tar(hard_link("h", f"{canary}/secret")), expect=REFUSED, says="no file of the image")
case("hard link to /etc/passwd", tar(hard_link("h", "/etc/passwd")), expect=REFUSED)
case("hard link to nothing", raw(b"h", kind=b"1") + END, expect=REFUSED)
case("hard link to root", tar(hard_link("h", "/")), expect=REFUSED)
case("hard link to dot", tar(hard_link("h", ".")), expect=REFUSED)
case("hard link to a folder", tar(folder("d"), hard_link("h", "d")), expect=REFUSED)
case("hard link to a later file", tar(hard_link("h", "f"), file("f")), expect=REFUSED)
case("hard link to itself", tar(hard_link("h", "h")), expect=REFUSED)
case("hard link through a link", tar(symlink("d", "../canary"), hard_link("h", "d/secret")), expect=REFUSED)
case("hard link to a link, then written", tar(symlink("l", "../canary/secret"), hard_link("h", "l"), file("h")),
     expect={"h": "content\n"})  # fmt: skip
case("hard link, one end written", tar(file("f", b"1"), hard_link("h", "f"), file("h", b"2")), expect={"f": "1", "h": "2"})
# Links have no content, whatever their header says, for Docker neither: what follows has to be a header.
case("hard link with a body", raw(b"f", b"x") + raw(b"h", b"0123", kind=b"1", target=b"f") + END, expect=REFUSED)
case("hard link to lower layer", tar(file("f", b"1")), tar(hard_link("h", "f")), expect={"h": "1"})
case("hard link to what is whited out", tar(file("f")), tar(file(".wh.f"), hard_link("h", "f")), expect=REFUSED)
case("hard link to a device", tar(entry("dev", tarfile.CHRTYPE, devmajor=1, devminor=3), hard_link("h", "dev")), expect={})

# --- Devices, pipes and odd types.

case("character device", tar(entry("null", tarfile.CHRTYPE, devmajor=1, devminor=3)), expect={}, says="'null', a device")
case("block device", tar(entry("sda", tarfile.BLKTYPE, devmajor=8)), expect={}, says="'sda', a device")
case("pipe", tar(entry("pipe", tarfile.FIFOTYPE)), expect={}, says="'pipe', a device or a pipe")
case("file below a device", tar(entry("null", tarfile.CHRTYPE), file("null/x")), expect=REFUSED)
case("device over a file", tar(file("f")), tar(entry("f", tarfile.CHRTYPE)), expect={})
case("contiguous file", raw(b"f", b"x", kind=b"7") + END, expect={"f": "x"})
case("unknown type", raw(b"f", b"x", kind=b"Q") + END)
case("type NUL", raw(b"f", b"x", kind=b"\0") + END, expect={"f": "x"})
case("volume header", raw(b"volume", kind=b"V") + raw(b"f", b"x") + END)
case("multi-volume", raw(b"f", b"x", kind=b"M") + END)
case("dump folder", raw(b"d/", b"Yf\0\0", kind=b"D", magic=b"ustar  \0") + END)
case("setuid file", tar(file("su", mode=0o6755)), expect={"su": "content\n"})
case("mode with high bits", raw(b"f", b"x", mode=b"7777777\0") + END)
case("folder nobody may enter", tar(folder("d", mode=0), file("d/f")), expect={"d/f": "content\n"})

# --- Names.

case("line feed", tar(file("a\nb")), expect={"a\nb": "content\n"})
case("escape sequence", tar(file("a\x1b[31mb")), expect={"a\x1b[31mb": "content\n"})
case("refused with an escape sequence", tar(file("../a\x1b[31m\nb")), expect=REFUSED, says="\\x1b[31m\\x0ab")
case("tab and bell", tar(file("a\t\x07")), expect={"a\t\x07": "content\n"})
case("right to left", tar(file("a\u202egnp.exe")), expect={"a\u202egnp.exe": "content\n"})
case("not UTF-8", raw(b"a\xff\xfe", b"x") + END, expect={os.fsdecode(b"a\xff\xfe"): "x"})
case("Latin-1", raw(b"caf\xe9", b"x") + END, expect={os.fsdecode(b"caf\xe9"): "x"})
case("both ways to write an accent", tar(file("\u00e9", b"1"), file("e\u0301", b"2")), expect={"\u00e9": "1", "e\u0301": "2"})
case("case collision", tar(file("README", b"1"), file("readme", b"2")), expect={"README": "1", "readme": "2"})
case("options", tar(file("-rf"), file("--help"), file("~root"), file("$HOME"), file("*")), expect={"-rf": "content\n"})
case("backslashes", tar(file("..\\..\\secret")), expect={"..\\..\\secret": "content\n"})
case("drive letter", tar(file("C:\\x"), file("C:/y")), expect={"C:/y": "content\n"})
case("three dots", tar(file(".../x")), expect={".../x": "content\n"})
case("255 bytes", tar(file("n" * 255)), expect={"n" * 255: "content\n"})
case("256 bytes", tar(file("n" * 256)), expect=REFUSED, says="too long")
case("5000 bytes", tar(file("n/" * 2500 + "x")), expect=REFUSED, says="too long")
case("5000 bytes, GNU", tar(file("n/" * 2500 + "x"), format=tarfile.GNU_FORMAT), expect=REFUSED, says="too long")
case("400 folders deep", tar(file("d/" * 400 + "x")), expect={"d/" * 400 + "x": "content\n"})
case("long behind links", tar(folder("d" * 255), symlink("l", "/".join(["d" * 255] * 15)), *[
     symlink("d" * 255 + "/" + "d" * 255, ".")], file("l/x")))  # fmt: skip
case("no name", raw(b"", b"x") + END, expect=REFUSED)
case("only slashes", raw(b"///", b"x") + END, expect=REFUSED)
case("dot", raw(b".", b"x") + END, expect=REFUSED)
case("root folder", raw(b"./", kind=b"5") + END, expect={})
case("root folder as a link", raw(b"./", kind=b"2", target=b"/etc") + END, expect=REFUSED)
case("NUL in a pax name", pax(record(b"path", b"a\0/../../secret")) + raw(b"f", b"x") + END, expect=REFUSED, says="NUL")
case("NUL in a GNU name", gnu_long(b"a\0/../../secret") + raw(b"f", b"x") + END, expect=REFUSED, says="NUL")
case("empty parts", tar(file("a//b///c")), expect={"a/b/c": "content\n"})
case("file with a slash behind", raw(b"f/", b"", kind=b"0") + END)

# --- pax.

case("pax path escapes", pax(record(b"path", b"../secret")) + raw(b"f", b"x") + END, expect=REFUSED)
case("pax path is absolute", pax(record(b"path", b"/etc/x")) + raw(b"f", b"x") + END, expect={"etc/x": "x"})
case("pax linkpath escapes", pax(record(b"linkpath", b"../canary/secret")) + raw(b"h", kind=b"1", target=b"f") + END, expect=REFUSED)
case("pax path is empty", pax(record(b"path", b"")) + raw(b"f", b"x") + END)
case("pax path twice", pax(record(b"path", b"a"), record(b"path", b"../b")) + raw(b"f", b"x") + END, expect=REFUSED)
case("pax path not UTF-8", pax(record(b"path", b"a\xff")) + raw(b"f", b"x") + END, expect={os.fsdecode(b"a\xff"): "x"})
case("pax charset binary", pax(record(b"hdrcharset", b"BINARY"), record(b"path", b"a\xff")) + raw(b"f", b"x") + END)
case("pax size larger", pax(record(b"size", b"100000")) + raw(b"f", b"x") + END, expect=REFUSED)
case("pax size negative", pax(record(b"size", b"-1")) + raw(b"f", b"x") + END)
case("pax size huge", pax(record(b"size", b"99999999999999999999")) + raw(b"f", b"x") + END, expect=REFUSED)
case("pax size no number", pax(record(b"size", b"x")) + raw(b"f", b"x") + END)
case("pax size 11 GB", pax(record(b"size", b"11811160064")) + raw(b"f", b"x") + END, expect=REFUSED)
case("pax record too short", pax(b"5 path=../x\n") + raw(b"f", b"x") + END)
case("pax record too long", pax(b"99 path=../x\n") + raw(b"f", b"x") + END)
case("pax record of 0", pax(b"0 path=../x\n") + raw(b"f", b"x") + END)
case("pax record of -1", pax(b"-1 path=../x\n") + raw(b"f", b"x") + END)
case("pax record of 10^30", pax(b"1" + b"0" * 30 + b" path=x\n") + raw(b"f", b"x") + END)
case("pax record without =", pax(b"9 path..\n") + raw(b"f", b"x") + END)
case("pax record without line feed", pax(b"12 path=../x.") + raw(b"f", b"x") + END)
case("pax record without key", pax(record(b"", b"x")) + raw(b"f", b"x") + END)
case("pax header alone", pax(record(b"path", b"x")) + END)
case("pax header of pax header", pax(record(b"path", b"a")) + pax(record(b"path", b"../b")) + raw(b"f", b"x") + END)
case("pax of 3 MB", pax(record(b"comment", b"x" * 3_000_000)) + raw(b"f", b"x") + END)
case("pax of 50000 records", pax(*[record(b"k%d" % i, b"v") for i in range(50_000)]) + raw(b"f", b"x") + END)
case("pax claims 4 GB", raw(b"PaxHeaders/x", b"", kind=b"x", size=b"37777777777\0") + raw(b"f", b"x") + END, expect=REFUSED)
case("global pax path", pax(record(b"path", b"../secret"), kind=b"g") + raw(b"f", b"x") + END)
case("global pax size", pax(record(b"size", b"100000"), kind=b"g") + raw(b"f", b"x") + END)
case("pax times", pax(record(b"mtime", b"nan"), record(b"atime", b"9" * 40)) + raw(b"f", b"x") + END)
case("pax owner", pax(record(b"uid", b"-5"), record(b"gid", b"9" * 30)) + raw(b"f", b"x") + END)
case("xattr", pax(record(b"SCHILY.xattr.security.capability", b"\1\0\0\2" + b"\xff" * 16)) + raw(b"f", b"x") + END)

# --- GNU.

case("GNU name escapes", gnu_long(b"../" * 50 + b"secret") + raw(b"f", b"x") + END, expect=REFUSED)
case("GNU link escapes", gnu_long(b"../canary/secret", b"K") + raw(b"h", kind=b"1", target=b"f") + END, expect=REFUSED)
case("GNU name alone", gnu_long(b"x" * 200) + END)
case("GNU name is empty", raw(b"././@LongLink", b"", kind=b"L", magic=b"ustar  \0") + raw(b"f", b"x") + END)
case("GNU name claims 4 GB", raw(b"././@LongLink", b"x", kind=b"L", size=b"37777777777\0") + raw(b"f", b"x") + END, expect=REFUSED)
case("GNU name twice", gnu_long(b"a") + gnu_long(b"../b") + raw(b"f", b"x") + END)
case("size in base 256, huge", raw(b"f", b"x", size=b"\x80" + b"\xff" * 11) + END, expect=REFUSED)
case("size in base 256, negative", raw(b"f", b"x", size=b"\xff" * 12) + END, expect=REFUSED)
case("size in base 256, fine", raw(b"f", b"x", size=b"\x80" + b"\0" * 10 + b"\1") + END, expect={"f": "x"})
case("size of 7s", raw(b"f", b"x", size=b"7" * 12) + END, expect=REFUSED)
case("size that is no number", raw(b"f", b"", size=b"zzzzzzzzzzz\0") + END)
case("size with a sign", raw(b"f", b"", size=b"-0000000001\0") + END)
case("size with spaces", raw(b"f", b"x", size=b"          1\0") + END, expect={"f": "x"})


def old_sparse(pieces, real_size, body):
    """A header of GNU's old sparse format: up to four (offset, size)."""
    head = bytearray(raw(b"f", b"", kind=b"S", size=octal(len(body), 12), magic=b"ustar  \0"))
    at = 386
    for offset, size in pieces:
        head[at : at + 24] = octal(offset, 12) + octal(size, 12)
        at += 24
    head[483:495] = octal(real_size, 12)
    head[148:156] = b" " * 8
    head[148:156] = octal(sum(head), 7) + b" "
    return bytes(head) + body + b"\0" * (-len(body) % 512)


case("sparse", old_sparse([(1000, 4)], 2000, b"data") + END, expect=REFUSED, says="without --sparse")
case("sparse overlaps", old_sparse([(0, 4), (2, 4)], 10, b"datadata") + END)
case("sparse goes backwards", old_sparse([(100, 4), (0, 4)], 200, b"datadata") + END)
case("sparse beyond its end", old_sparse([(1000, 4)], 10, b"data") + END)
case("sparse bomb", old_sparse([(8_000_000_000, 4)], 8_000_000_004, b"data") + END, expect=REFUSED)
case("sparse with more than there is", old_sparse([(0, 4000)], 4000, b"data") + END)
case("sparse 1.0 escapes", pax(record(b"GNU.sparse.major", b"1"), record(b"GNU.sparse.minor", b"0"),
     record(b"GNU.sparse.name", b"../secret"), record(b"GNU.sparse.realsize", b"4")) +
     raw(b"f", b"1\n0\n4\n".ljust(512, b"\0") + b"data") + END, expect=REFUSED)  # fmt: skip
case("sparse 1.0 with a bad map", pax(record(b"GNU.sparse.major", b"1"), record(b"GNU.sparse.minor", b"0"),
     record(b"GNU.sparse.realsize", b"4")) + raw(b"f", b"99999999\n".ljust(512, b"1") + b"data") + END)  # fmt: skip
case("sparse 0.1 with a bad map", pax(record(b"GNU.sparse.map", b"0,4,,,-1")) + raw(b"f", b"data") + END)

# --- The same path twice.

case("file twice", tar(file("f", b"1"), file("f", b"2")), expect={"f": "2"})
case("file, then folder", tar(file("p"), folder("p"), file("p/x")), expect={"p/x": "content\n"})
case("folder, then file", tar(file("p/x"), file("p", b"1")), expect={"p": "1"})
case("file, then link", tar(file("p"), symlink("p", "../canary/secret")))
case("20000 times", tar(*[file("f", b"%d" % i) for i in range(20_000)]), expect={"f": "19999"})

# --- Whiteouts.

for name in [".wh.", ".wh...", ".wh..", "a/.wh.", "a/.wh...", "a/.wh.."]:
    case(f"whiteout {name}", tar(file("a/f")), tar(file(name, b"")), expect=REFUSED, says="no whiteout")
case("whiteout escapes", tar(file("../.wh.secret", b"")), expect=REFUSED)
case("whiteout with escape behind", tar(file(".wh.../secret", b"")))
case("whiteout of nothing", tar(file(".wh.nothing", b"")), expect={})
case("whiteout", tar(file("f"), file("d/g")), tar(file(".wh.f", b""), file("d/.wh.g", b"")), expect={})
case("whiteout of a folder", tar(file("d/e/f")), tar(file(".wh.d", b"")), expect={})
case("whiteout in its own layer", tar(file(".wh.f", b""), file("f")), expect={"f": "content\n"})
case("whiteout behind its file", tar(file("f"), file(".wh.f", b"")), expect={"f": "content\n"})
case("opaque", tar(file("d/old")), tar(file("d/new"), file("d/.wh..wh..opq", b"")), expect={"d/new": "content\n"})
case("opaque root", tar(file("old")), tar(file(".wh..wh..opq", b""), file("new")), expect={"new": "content\n"})
case("opaque escapes", tar(file("../.wh..wh..opq", b"")), expect=REFUSED)
case("AUFS's own", tar(file(".wh..wh.aufs", b""), folder(".wh..wh.plnk")), expect={})
case("whiteout as a folder", tar(file("d/f")), tar(folder(".wh.d"), file(".wh.d/x")))
case("whiteout as a link", tar(file("f")), tar(symlink(".wh.f", "../canary")))

# --- Damage.

GOOD = tar(file("f", b"x" * 2000), file("g"))
case("wrong checksum", raw(b"f", b"x", checksum=b"000001\0 ") + END, expect=REFUSED)
case("wrong checksum behind", raw(b"f", b"x") + raw(b"g", b"x", checksum=b"000001\0 ") + raw(b"h", b"x") + END, expect=REFUSED)
case("checksum no number", raw(b"f", b"x", checksum=b"zzzzzzzz") + END, expect=REFUSED)
case("ends in a header", GOOD[:100], expect=REFUSED)
case("ends in content", GOOD[:1000], expect=REFUSED)
case("ends in padding", raw(b"f", b"x")[:600])
case("no end", raw(b"f", b"x"), expect={"f": "x"})
case("one empty block at the end", raw(b"f", b"x") + b"\0" * 512, expect={"f": "x"})
case("hidden behind the end", raw(b"f", b"x") + END + raw(b"../secret", b"x") + END, expect={"f": "x"})
case("garbage behind the end", raw(b"f", b"x") + END + b"garbage" * 1000, expect={"f": "x"})
case("garbage between", raw(b"f", b"x") + b"garbage!" * 64 + raw(b"g", b"x") + END, expect=REFUSED)
case("text", b"this is no archive\n" * 100, expect=REFUSED, says="damaged")
case("ELF", open("/proc/self/exe", "rb").read(100_000), expect=REFUSED)
case("zip", b"PK\x03\x04" + b"\0" * 600, expect=REFUSED)
case("nothing", b"", expect={})
case("only zeros", b"\0" * 10240, expect={})
case("a tar in a gzip in a gzip", gzip.compress(GOOD, mtime=0), expect=REFUSED)
case("not compressed", Layer(GOOD, GOOD, "application/vnd.oci.image.layer.v1.tar"), expect={"g": "content\n"})

# --- Compression.


def bad_gzip(name, blob, archive=GOOD, **more):
    case(name, Layer(blob, archive), **more)


SQUEEZED = gzip.compress(GOOD, mtime=0)
bad_gzip("gzip ends early", SQUEEZED[:-20], expect=REFUSED, says="ends early")
bad_gzip("gzip without its checksum", SQUEEZED[:-8], expect=REFUSED)
bad_gzip("gzip with a wrong checksum", SQUEEZED[:-8] + b"\0" * 8, expect=REFUSED)
bad_gzip("gzip header alone", SQUEEZED[:10], expect=REFUSED)
bad_gzip("two bytes of gzip", b"\x1f\x8b", expect=REFUSED)
bad_gzip("garbage behind gzip", SQUEEZED + b"garbage", expect=REFUSED)
bad_gzip("zeros behind gzip", SQUEEZED + b"\0" * 512, expect=REFUSED)
bad_gzip("gzip in members", gzip.compress(GOOD[:700]) + gzip.compress(GOOD[700:]), expect={"g": "content\n"})
bad_gzip("gzip with an empty member", gzip.compress(b"") + SQUEEZED, expect={"g": "content\n"})
bad_gzip("second member is damaged", gzip.compress(GOOD[:700]) + gzip.compress(GOOD[700:])[:-4], expect=REFUSED)
bad_gzip("gzip with other content", gzip.compress(tar(file("f"))), expect=REFUSED, says="diff_id")
bad_gzip("a flipped bit", SQUEEZED[:40] + bytes([SQUEEZED[40] ^ 16]) + SQUEEZED[41:], expect=REFUSED)


def bomb(size):
    """A file of that many zeros, in gzip members of 64 MB each."""
    head = raw(b"zeros", size=octal(size, 12))
    return gzip.compress(head, mtime=0) + gzip.compress(b"\0" * (64 << 20), mtime=0) * (size >> 26)


case("gzip bomb", lambda _: Layer(bomb(8 << 30), b""), expect=REFUSED, says="times its size")
case("zstd", zstded(GOOD), expect={"g": "content\n"})
case("zstd in frames", Layer(zstd_frame(GOOD[:700]) + zstd_frame(GOOD[700:]), GOOD, ZSTD), expect={"g": "content\n"})
case("zstd with a skippable frame", Layer(b"\x50\x2a\x4d\x18\4\0\0\0skip" + zstd_frame(GOOD), GOOD, ZSTD), expect={"g": "content\n"})
case("zstd called gzip", Layer(zstd_frame(GOOD), GOOD, GZIP), expect={"g": "content\n"})
case("zstd ends early", Layer(zstd_frame(GOOD)[:-20], GOOD, ZSTD), expect=REFUSED, says="ends early")
case("garbage behind zstd", Layer(zstd_frame(GOOD) + b"garbage", GOOD, ZSTD), expect=REFUSED)
case("zstd header alone", Layer(b"\x28\xb5\x2f\xfd", GOOD, ZSTD), expect=REFUSED)
case("zstd wants a window of 4 GB", Layer(b"\x28\xb5\x2f\xfd\x00\xb0" + zstd_frame(GOOD)[6:], GOOD, ZSTD), expect=REFUSED)
case("zstd bomb", Layer(zstd_frame(raw(b"zeros", size=octal(4 << 30, 12)), (b"\0", 4 << 30)), b"", ZSTD), expect=REFUSED,
     says="times its size")  # fmt: skip


def snapshot(top, but):
    """Every path around, with what it is and holds."""
    found = {}
    for where, folders, files in os.walk(top):
        if where == os.fspath(but):
            folders[:] = []
            continue
        for name in folders + files:
            path = os.path.join(where, name)
            status = os.lstat(path)
            if path == os.fspath(but):
                continue
            content = open(path).read() if stat.S_ISREG(status.st_mode) else None
            found[path] = (status.st_mode, status.st_ino, status.st_nlink, status.st_mtime_ns, content)
    return found


def unpacked(root):
    """What is a file, a folder or a link in the folder: its path, and a file's content."""
    found = {}
    for where, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(where, name)
            status = os.lstat(path)
            assert stat.S_IFMT(status.st_mode) in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK), path
            assert not stat.S_ISREG(status.st_mode) or status.st_mode & 0o6000 == 0, f"setuid: {path}"
            if stat.S_ISREG(status.st_mode):
                found[os.path.relpath(path, root)] = open(path, encoding="latin-1", newline="").read(10_000)
    return found


@pytest.fixture(autouse=True)
def nothing_deep_stays(tmp_path):
    """pytest's own cleaning up ends in a RecursionError in folders as deep as paths may be long."""
    yield
    subprocess.run(["rm", "-rf", tmp_path / "around"], check=True)


def test_there_are_many():
    assert len(CASES) >= 160


@pytest.mark.parametrize("hostile", CASES, ids=lambda case: case.name.encode("unicode_escape").decode()[:60])
def test_nothing_outside_is_touched(hostile, tmp_path):
    around = tmp_path / "around"
    canary = around / "canary"
    canary.mkdir(parents=True)
    (canary / "secret").write_text(SECRET)
    (around / "secret").write_text(SECRET)
    target = around / "target"
    layers = [layer(canary) if callable(layer) else layer for layer in hostile.layers]
    write_layout(tmp_path / "layout", layers)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = snapshot(around, target)

    result = thimble("unpack", tmp_path / "layout", target, env={"LC_ALL": "C", "TMPDIR": str(scratch)})

    assert snapshot(around, target) == before
    assert not list(scratch.iterdir())
    assert result.returncode in (0, 3), result
    assert not set(result.stderr) & {chr(byte) for byte in range(32) if byte != 10}, "it would drive a terminal"
    assert hostile.says in result.stderr
    if result.returncode == 3:
        assert hostile.expect in (REFUSED, None), result.stderr
        assert not target.exists(), "what was refused leaves nothing"
        assert result.stderr.startswith("thimble: ") and result.stderr.count("\n") == 1
        return
    assert hostile.expect != REFUSED
    found = unpacked(target)
    for path, content in (hostile.expect or {}).items():
        assert found.get(path) == content
    if hostile.expect == {}:
        assert found == {}


def test_a_folder_that_holds_something_is_not_touched(tmp_path):
    write_layout(tmp_path / "layout", [tar(file("f"))])
    target = tmp_path / "target"
    target.mkdir()
    (target / "mine").write_text("mine")
    result = thimble("unpack", tmp_path / "layout", target)
    assert result.returncode == 3 and "choose another" in result.stderr
    assert os.listdir(target) == ["mine"]


def test_a_blob_that_is_not_what_its_digest_says_is_refused(tmp_path):
    layer = gzipped(tar(file("f")))
    write_layout(tmp_path / "layout", [layer])
    blob = tmp_path / "layout/blobs/sha256" / digest(layer.blob).removeprefix("sha256:")
    blob.write_bytes(gzip.compress(layer.archive, 1, mtime=0))
    result = thimble("unpack", tmp_path / "layout", tmp_path / "target")
    assert result.returncode == 3 and "digest" in result.stderr
    assert not (tmp_path / "target").exists()
