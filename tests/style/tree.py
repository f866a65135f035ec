"""The files of the repository, as git sees them: what is ignored does not count."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*suffixes: str) -> list[pathlib.Path]:
    """All files, or those whose names end in one of `suffixes`; sorted, relative to ROOT."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (pathlib.Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if (ROOT / path).is_file() and (not suffixes or path.name.endswith(suffixes))]


def read(path: pathlib.Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def is_text(path: pathlib.Path) -> bool:
    """Whether `path` is for people to read; the inputs of the fuzz targets are not."""
    if path.parts[:2] == ("fuzz", "corpus"):
        return False
    return b"\0" not in (ROOT / path).read_bytes()
