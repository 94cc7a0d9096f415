"""Links lead somewhere: of the documents, in descriptions and comments, and models' decisions."""

import re
from pathlib import Path

import pytest

from productpulse.marts import described
from productpulse.paths import project_root

ROOT = project_root()
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGE = re.compile(r"(?<![\w/.-])docs/[\w/-]+\.\w+(?:#[\w-]+)?")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> list[str]:
    """The anchors that GitHub gives the headings of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    plain = [re.sub(r"[^\w\s-]", "", heading).lower() for heading in HEADING.findall(text)]
    return [heading.replace(" ", "-") for heading in plain]


# All but the titles of the pages.
DECISIONS = {
    f"{page.stem}#{anchor}"
    for page in (ROOT / "docs" / "decisions").glob("*.md")
    for anchor in anchors(page)[1:]
}
# Their decisions are about all models, or about none.
NOT_OF_A_MODEL = {"README", "builds", "loading", "ownership", "running", "simulator", "tests"}


def leads_somewhere(link: str, page: Path) -> bool:
    """Whether a link of a page has its file, and there its anchor."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name) if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


def test_a_link_to_nothing_is_noticed() -> None:
    page = ROOT / "docs" / "glossary.md"
    assert leads_somewhere("dialects.md#revenue", page)
    assert not leads_somewhere("dialects.md#no-such-heading", page)
    assert not leads_somewhere("no-such-page.md", page)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        assert link.startswith("http") or leads_somewhere(link, page), link


def test_the_readme_names_every_mart() -> None:
    named = set(re.findall(r"`(\w+)`", (ROOT / "README.md").read_text()))
    marts = {path.stem for path in (ROOT / "models" / "marts").rglob("*.sql")}
    assert marts and marts <= named, marts - named


def test_headings_of_a_decision_page_differ() -> None:
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert len(anchors(page)) == len(set(anchors(page))), page


def test_pages_named_in_code_exist() -> None:
    """Also in descriptions of models; a description that links does so from the root."""
    folders = ("models", "macros", "analyses", "tests", "scripts")
    kinds = {".sql", ".yml", ".py"}
    files = [path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in kinds]
    named = 0
    for path in [*files, ROOT / "Makefile", ROOT / "dbt_project.yml"]:
        text = path.read_text()
        links = [link for link in LINK.findall(text) if ".md" in link and path.suffix == ".yml"]
        for found in {*PAGE.findall(text), *links}:
            named += 1
            assert leads_somewhere(found, ROOT / "README.md"), f"{path}: {found}"
    assert named


def test_models_name_decisions_that_exist_and_every_decision_about_models_is_named() -> None:
    named: set[str] = set()
    for model in (ROOT / "models").rglob("*.sql"):
        meta = described(model).get("config", {}).get("meta", {})
        for decision in meta.get("decisions", []):
            assert decision in DECISIONS, f"{model.stem} names {decision}"
            named.add(decision)
    about_models = {each for each in DECISIONS if each.split("#")[0] not in NOT_OF_A_MODEL}
    assert about_models <= named, about_models - named
