"""`productpulse churn-model`: predict which customers will leave, from those who left."""

from typing import Annotated

import typer
from rich.table import Table

from productpulse.console import out, step
from productpulse.errors import PulseError
from productpulse.schemas import schema_of

SIGNALS = """
select
    account_id, month, scoring_date, horizon_end_date, is_current, has_churned, mrr_cents,
    signal, signal_value, as_of_date
from {marts}.fct_account_signals
"""
COLUMNS = {
    "auc": "AUC",
    "average_precision": "avg. precision",
    "calibration_error": "calibration error",
    "top_decile_recall_rate": "leavers in top tenth",
    "top_decile_arr_rate": "ARR in top tenth",
}


def churn_model(
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same models.")] = 7,
) -> None:
    """Train churn models on the signals and compare them with the rules; needs the extra ml.

    They are trained on earlier months and tested on later ones. Writes the tables
    learning.churn_model_evaluation, churn_model_importance and churn_model_scores. Exit code 4:
    too few customers have left.
    """
    try:
        from productpulse.learning import store
        from productpulse.learning.churn import EVALUATION, IMPORTANCE, SCORES, learn
    except ImportError as error:
        raise PulseError(f"{error.name} is missing: install productpulse[ml]") from error

    with store.open_store() as opened:
        tall = store.read(opened, SIGNALS.format(marts=schema_of("marts")))
        keys = [name for name in tall.columns if name not in ("signal", "signal_value")]
        wide = (
            tall.drop_duplicates(keys[:2])[keys]
            .merge(
                tall.pivot(index=keys[:2], columns="signal", values="signal_value")
                .astype(float)
                .reset_index()
            )
            .drop(columns="as_of_date")
        )
        with step("training"):
            found = learn(wide, seed)
        as_of = {"as_of_date": tall["as_of_date"].iloc[0]}
        store.write(
            opened,
            [
                (EVALUATION, found.evaluation.assign(**as_of)),
                (IMPORTANCE, found.importance.assign(**as_of)),
                (SCORES, found.scores.assign(**as_of)),
            ],
        )
    shown = Table(box=None, pad_edge=False)
    shown.add_column("model", no_wrap=True)
    for heading in COLUMNS.values():
        shown.add_column(heading, justify="right")
    for row in found.evaluation.to_dict("records"):
        numbers = (row[name] for name in COLUMNS)
        shown.add_row(str(row["model"]), *("–" if n is None else f"{n:.3f}" for n in numbers))
    out.print(shown)
    weights = found.importance[found.importance["model"] == found.best]
    top = weights.sort_values("importance", ascending=False)["signal"].head(3)
    out.print(f"{found.best} depends most on {', '.join(top)}", markup=False)
    out.print(
        f"next: select * from {schema_of('learning')}.churn_model_scores"
        " order by churn_probability desc",
        markup=False,
    )
