"""Images unpacked as they are: archives of GNU tar and of Python in every format, layers on top of each other, owners."""

import os
import stat
import subprocess
import tarfile

import pytest

from tars import entry, file, folder, hard_link, symlink, tar, thimble, write_layout

NAMES = ["plain", "a b'c\"d", "line\nfeed", "caf\u00e9", "cafe\u0301", "\u65e5\u672c/\U0001f41f", "n" * 90, "e" * 60 + "/" + "f" * 30]
LONG = ["m" * 150, "g" * 150 + "/" + "h" * 90, "k" * 200 + "/" + "l" * 200]


def describe(root):
    """Every path below: kind, mode, content or target, time; and which files are one."""
    found, links = {}, {}
    for where, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(where, name)
            status = os.lstat(path)
            relative = os.path.relpath(path, root)
            if stat.S_ISLNK(status.st_mode):
                found[relative] = os.readlink(path)
                continue
            content = open(path, "rb").read() if stat.S_ISREG(status.st_mode) else None
            found[relative] = (status.st_mode, content, int(status.st_mtime))
            if content is not None:
                links.setdefault(status.st_ino, set()).add(relative)
    return found, sorted(map(sorted, links.values()))


def make_tree(root, names):
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * number * 300)
        path.chmod(0o755 if number % 2 else 0o640)
        os.utime(path, (1_600_000_000 + number,) * 2)
    (root / "empty").mkdir(mode=0o750)
    (root / "link").symlink_to("../outside/" + "x" * 50)
    os.link(root / "plain", root / "same")
    for where, _, _ in os.walk(root, topdown=False):
        os.utime(where, (1_500_000_000,) * 2)


@pytest.mark.parametrize("format", ["v7", "oldgnu", "gnu", "ustar", "pax"])
def test_archives_of_gnu_tar(format, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    # Long ones do not fit into the first format, nor some of them into ustar.
    make_tree(source, NAMES + (LONG if format not in ("v7", "ustar") else []))
    made = subprocess.run(
        ["tar", f"--format={format}", "--sort=name", "-cf", "-", "-C", source, "."], capture_output=True, check=True
    )
    write_layout(tmp_path / "layout", [made.stdout])
    result = thimble("unpack", tmp_path / "layout", tmp_path / "target", env={"LC_ALL": "C"})
    assert result.returncode == 0, result.stderr
    assert describe(tmp_path / "target") == describe(source)


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_archives_of_python(format, tmp_path):
    names = ["a", "caf\u00e9", "d/" + "e" * 98, "x" * 90 + "/" + "y" * 90]
    layer = tar(*[file(name, name.encode()) for name in names], symlink("l", "t" * 100), format=format)
    write_layout(tmp_path / "layout", [layer])
    result = thimble("unpack", tmp_path / "layout", tmp_path / "target", env={"LC_ALL": "C"})
    assert result.returncode == 0, result.stderr
    for name in names:
        assert (tmp_path / "target" / name).read_bytes() == name.encode()
    assert os.readlink(tmp_path / "target/l") == "t" * 100


def test_layers_are_put_on_each_other(tmp_path):
    layers = [
        tar(file("a", b"1"), file("b", b"1"), folder("d"), file("d/old", b"1"), file("e/f", b"1"), symlink("s", "d")),
        tar(file("a", b"2"), file(".wh.b", b""), file("d/new", b"2"), file("s/through", b"2")),
        tar(file("d/.wh.old", b""), file("e", b"3"), hard_link("h", "a")),
    ]
    write_layout(tmp_path / "layout", layers)
    assert thimble("unpack", tmp_path / "layout", tmp_path / "target").returncode == 0
    found, links = describe(tmp_path / "target")
    contents = {path: what if isinstance(what, str) else what[1] for path, what in found.items()}
    assert contents == {
        "a": b"2", "h": b"2", "d": None, "d/new": b"2", "d/through": b"2", "e": b"3", "s": "d",
    }  # fmt: skip
    assert ["a", "h"] in links


def test_owners_are_kept_when_asked(tmp_path):
    if os.geteuid() != 0:
        write_layout(tmp_path / "layout", [tar(file("f"))])
        result = thimble("unpack", "--owners", tmp_path / "layout", tmp_path / "target")
        assert result.returncode == 2 and "root" in result.stderr
        return
    layer = tar(
        file("f", mode=0o4755, uid=1234, gid=5678),
        entry("d", tarfile.DIRTYPE, mode=0o2750, uid=5, gid=6),
        entry("l", tarfile.SYMTYPE, target="f", uid=7, gid=8),
    )
    write_layout(tmp_path / "layout", [layer])
    assert thimble("unpack", "--owners", tmp_path / "layout", tmp_path / "kept").returncode == 0
    assert thimble("unpack", tmp_path / "layout", tmp_path / "plain").returncode == 0
    kept = {name: os.lstat(tmp_path / "kept" / name) for name in "fdl"}
    assert [(s.st_uid, s.st_gid) for s in kept.values()] == [(1234, 5678), (5, 6), (7, 8)]
    assert stat.S_IMODE(kept["f"].st_mode) == 0o4755 and stat.S_IMODE(kept["d"].st_mode) == 0o2750
    plain = {name: os.lstat(tmp_path / "plain" / name) for name in "fdl"}
    assert {s.st_uid for s in plain.values()} == {0}
    assert stat.S_IMODE(plain["f"].st_mode) == 0o755


def test_an_empty_folder_is_taken_and_its_name_may_end_in_a_slash(tmp_path):
    write_layout(tmp_path / "layout", [tar(file("f"))])
    (tmp_path / "target").mkdir()
    result = thimble("unpack", tmp_path / "layout", f"{tmp_path}/target/")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "target/f").read_text() == "content\n"
    assert sorted(os.listdir(tmp_path)) == ["layout", "target"]
