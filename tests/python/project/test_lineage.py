"""`productpulse lineage`: what a table is made of, as JSON and as a diagram."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.errors import Exit, PulseError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_HOME", str(tmp_path))


def test_a_table_is_told_with_all_that_it_is_made_of() -> None:
    told = json.loads(CliRunner().invoke(app, ["lineage", "stg_app__accounts", "--json"]).stdout)
    layers = {node["name"]: node["layer"] for node in told["nodes"]}
    assert layers["accounts"] == layers["loads"] == "raw"
    assert layers["base_app__accounts"] == layers["stg_clock__as_of"] == "staging"
    assert ["accounts", "base_app__accounts"] in told["edges"]
    assert ["base_app__accounts", "stg_app__accounts"] in told["edges"]
    assert not [name for name, layer in layers.items() if layer in ("intermediate", "marts")]
    # in this order, the parents of each come before it
    order = list(layers)
    assert all(order.index(parent) < order.index(child) for parent, child in told["edges"])


def test_the_picture_has_a_box_for_each_layer_and_an_arrow_for_each_edge() -> None:
    told = json.loads(CliRunner().invoke(app, ["lineage", "fct_mrr_daily", "--json"]).stdout)
    picture = CliRunner().invoke(app, ["lineage", "fct_mrr_daily"]).stdout
    assert picture.startswith("flowchart LR\n    subgraph raw\n")
    assert picture.count("subgraph") == len({node["layer"] for node in told["nodes"]})
    assert picture.count("-->") == len(told["edges"])
    assert "raw_subscriptions --> staging_base_billing__subscriptions" in picture


def test_a_wrong_name_is_told_with_the_one_most_like_it() -> None:
    done = CliRunner().invoke(app, ["lineage", "fct_user_dayz"])
    assert isinstance(done.exception, PulseError) and done.exception.exit_code == Exit.USAGE
    assert str(done.exception) == "fct_user_dayz: no such model: did you mean fct_user_days?"


def test_a_name_like_no_other_is_told_where_the_models_are() -> None:
    done = CliRunner().invoke(app, ["lineage", "xyz"])
    assert str(done.exception) == "xyz: no such model: they are in the folder models"
