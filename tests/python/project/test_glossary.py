"""One word per thing: what docs/glossary.md says is not used is not used."""

import re
import subprocess
from functools import cache

import pytest

from productpulse.paths import project_root

ROOT = project_root()
TEXT = (ROOT / "docs" / "glossary.md").read_text()
# History, the words of others, what a program wrote, and the table itself.
ELSEWHERE = ("CHANGELOG.md", "LICENSE", "requirements.lock", "findings/", "docs/generated/")
NOT_SEARCHED = (*ELSEWHERE, "docs/glossary.md", "tests/python/project/test_glossary.py")


def rows(heading: str) -> list[list[str]]:
    """The cells of each row of the first table below a heading."""
    below = TEXT[TEXT.index(f"## {heading}") :]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


UNUSED = rows("Words that are not used")


@cache
def searched() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\n") if name]
    found = {}
    for name in names:
        if not name.startswith(NOT_SEARCHED) and (ROOT / name).is_file():
            try:
                found[name] = (ROOT / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return found


def uses(text: str, words: list[str], allowed: list[str]) -> list[str]:
    """The lines of a text that have one of the words outside the phrases that may hold it."""
    word = re.compile(rf"(?<![A-Za-z])({'|'.join(words)})(?![A-Za-z])", re.IGNORECASE)
    found = []
    for line in text.splitlines():
        bare = line
        for phrase in allowed:
            bare = bare.replace(phrase, "")
        if word.search(bare):
            found.append(line.strip())
    return found


@pytest.mark.parametrize("row", UNUSED, ids=lambda row: row[0].split(",")[0])
def test_a_word_that_is_not_used_is_nowhere(row: list[str]) -> None:
    words = [word.strip().replace(" ", r"\s+") for word in row[0].split(",")]
    allowed = [phrase.strip().strip("`") for phrase in row[2].split(",") if phrase.strip()]
    found = {
        name: lines for name, text in searched().items() if (lines := uses(text, words, allowed))
    }
    assert not found, f"say {row[1]}"


def test_the_search_finds_a_word_in_a_name_and_in_a_sentence_and_not_in_another_word() -> None:
    assert uses("the Bill is due", ["bill"], []) and uses("open_bill_date", ["bill"], [])
    assert not uses("billing and billed", ["bill"], [])
    assert not uses("contracts enforced", ["contracts"], ["contracts enforced"])
    assert uses("contracts enforced, two contracts", ["contracts"], ["contracts enforced"])
    assert len(UNUSED) > 5 and all(len(row) == 3 for row in UNUSED)


def test_each_word_is_explained_once() -> None:
    words = re.findall(r"^\| ([^|]+?) \| [A-Z]", TEXT, re.MULTILINE)
    assert 40 <= len(words) == len(set(words))
