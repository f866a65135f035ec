"""The pages of docs/protocol: every row of a table names tests that exist, every link has its target."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(page for page in (ROOT / "docs/protocol").glob("*.md") if page.name != "README.md")

TEST = re.compile(r"`((?:[\w./-]+/)?(?:test_\w+\.py|\w+_test\.cc))(?:::(\w+))?`")


def rows(page):
    """The cells of each table row, without the head's."""
    lines = page.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("|") and not line.startswith("|---") and not lines[number + 1].startswith("|---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def columns(page):
    return [line.count("|") - 1 for line in page.read_text().splitlines() if line.startswith("|---")]


def missing(file, function):
    """What there is not: the file, or the function in it; nothing if both are there."""
    path = ROOT / (file if "/" in file else f"tests/conformance/{file}")
    if not path.is_file():
        return file
    if function and not re.search(rf"^def {function}\(", path.read_text(), flags=re.M):
        return f"{file}::{function}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_row_names_tests_that_exist(page):
    found = list(rows(page))
    assert found
    assert {len(cells) for cells in found} <= set(columns(page)), "a row has a cell too many or too few"
    assert [cells[0] for cells in found if not TEST.search(cells[-1])] == [], "rows that name no test"
    named = [match.groups() for cells in found for match in TEST.finditer(cells[-1])]
    assert [gap for gap in (missing(*one) for one in named) if gap] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_the_tables_leads_somewhere(page):
    text = page.read_text()
    targets = set(re.findall(r"^\[([^]]+)\]: https://\S+$", text, flags=re.M))
    used = set(re.findall(r"\[([A-Za-z][^]\n]*)\](?![:(])", re.sub(r"`[^`\n]*`", "", text)))
    assert used == targets


def test_the_first_page_names_all_others():
    text = (ROOT / "docs/protocol/README.md").read_text()
    assert [page.name for page in PAGES if f"({page.name})" not in text] == []
