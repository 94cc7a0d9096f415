"""Which models and tests use which var, macro and other model, read from the project's own files.

A var comes into SQL only by `checked_var('name')`, in a model, a test, or a macro that these call.
A macro counts as called where its name stands before a bracket: this may find a use too many, but
never one too few. In the same way a model reads the models that it names in quotes.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\s*\(.*?{%-?\s*endmacro\s*-?%}", re.S)
JINJA = re.compile(r"{{.*?}}|{%.*?%}", re.S)
CALL = re.compile(r"(\w+)\s*\(")
NAMED = re.compile(r"checked_var\(\s*['\"](\w+)['\"]")
DISPATCHED = re.compile(r"dispatch\(\s*['\"](\w+)['\"]")
REFERENCE = re.compile(r"\bref\(\s*['\"](\w+)['\"]")
QUOTED = re.compile(r"['\"](\w+)['\"]")
POLICY = re.compile(r"'(\w+)':\s*{\s*'profiled': true")
ENGINES = ("default", "postgres", "duckdb")

# These look at every var without naming it: to check all of them, and to record what an incremental
# model was made of, for which each model lists its own vars.
OF_ALL_VARS = {"check_vars", "checked_var", "fingerprint", "metric_parameters"}
# What calls this shows the value of every var.
SHOWING = "metric_parameters"
# dbt calls these itself.
CALLED_BY_DBT = {"generate_schema_name", "should_full_refresh", "get_incremental_replace_sql"}


@dataclass(frozen=True)
class Usage:
    """The vars that each model or test uses, and the vars on which all of them depend.

    `macros`: the SQL of each. For each model or test `called` has the macros that it reaches, and
    `parents` the models and seeds that it reads.
    """

    by_node: dict[str, set[str]]
    by_all: set[str]
    policies: set[str]
    macros: dict[str, str]
    called: dict[str, set[str]]
    parents: dict[str, set[str]]

    @property
    def known(self) -> set[str]:
        """All vars that are used somewhere."""
        return self.by_all.union({"revenue_profile"}, *self.by_node.values())

    def users_of(self, variables: set[str]) -> set[str]:
        """The names of the models and tests that use one of the vars."""
        if "revenue_profile" in variables:
            variables = variables | self.policies
        return {node for node, used in self.by_node.items() if used & variables}


@cache
def usage(root: Path) -> Usage:
    """The usage of vars in the project of a folder.

    Raises ValueError for a macro that uses a var whose name is not written in it.
    """
    macros = {
        match[1]: match[0]
        for path in sorted((root / "macros").rglob("*.sql"))
        for match in MACRO.finditer(path.read_text(encoding="utf-8"))
    }

    def reached(text: str) -> set[str]:
        """The macros that a piece of SQL calls, directly or through others."""
        found: set[str] = set()
        waiting = [text]
        while waiting:
            text = waiting.pop()
            called = set(CALL.findall(text))
            for name in DISPATCHED.findall(text):
                called |= {f"{engine}__{name}" for engine in ENGINES}
            new = (called & macros.keys()) - found - OF_ALL_VARS
            found |= new
            waiting += [macros[name] for name in new]
        return found

    for name in macros.keys() - OF_ALL_VARS:
        if len(re.findall(r"checked_var\(", macros[name])) != len(NAMED.findall(macros[name])):
            raise ValueError(f"macro {name} uses a var whose name is not written in it")

    def used(text: str) -> set[str]:
        texts = [text, *(macros[name] for name in reached(text))]
        return {variable for text in texts for variable in NAMED.findall(text)}

    declared = set(yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))["vars"])
    models = {path.stem for path in (root / "models").rglob("*.sql")}
    by_node, called, parents = {}, {}, {}
    for path in [*(root / "models").rglob("*.sql"), *(root / "tests" / "dbt").rglob("*.sql")]:
        text = path.read_text(encoding="utf-8")
        described = path.with_suffix(".yml")
        if described.is_file():
            text += "\n".join(JINJA.findall(described.read_text(encoding="utf-8")))
        by_node[path.stem] = used(text) | (declared if SHOWING in CALL.findall(text) else set())
        called[path.stem] = reached(text)
        texts = [text, *(macros[name] for name in called[path.stem])]
        named = {name for each in texts for name in QUOTED.findall(each)} & models
        given = {name for each in texts for name in REFERENCE.findall(each)}
        parents[path.stem] = (named | given) - {path.stem}
    project = "\n".join(JINJA.findall((root / "dbt_project.yml").read_text(encoding="utf-8")))
    return Usage(
        by_node=by_node,
        by_all=used(project + " ".join(f"{name}()" for name in sorted(CALLED_BY_DBT))),
        policies=set(POLICY.findall(macros["var_rules"])),
        macros=macros,
        called=called,
        parents=parents,
    )
