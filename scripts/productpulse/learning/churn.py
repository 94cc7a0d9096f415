"""Predict who will leave: two models on the rules' signals, tested on months they did not see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from productpulse.errors import Exit, PulseError
from productpulse.learning.tables import AS_OF, Column, Table

RULES = "rules"
SCORE = "risk_score"
TEST_SHARE = 0.3
# Customers that must have left; with fewer a comparison means nothing.
FEWEST_TO_TRAIN, FEWEST_TO_TEST = 20, 10
FOLDS = 3
BINS = 10

EVALUATION = Table(
    "churn_model_evaluation",
    "One row per model, and one for the rules, with their quality in the test months.",
    key=("model",),
    columns={
        "model": Column(
            "text",
            "logistic_regression or gradient_boosting; or rules, the score of fct_churn_risk.",
        ),
        "trained_months": Column(
            "bigint", "Months that it was trained on; all are before the months it was tested on."
        ),
        "tested_months": Column("bigint", "Months that it was tested on."),
        "tested_accounts": Column(
            "bigint", "Paying accounts in these months, counted once for each month."
        ),
        "churned_accounts": Column("bigint", "How many of them left within the horizon."),
        "auc": Column(
            "double precision",
            "Chance that an account that left was ranked above one that stayed (area under the ROC "
            "curve); 0.5 is chance.",
        ),
        "average_precision": Column(
            "double precision",
            "Mean precision over the ranks of those who left (area under the precision-recall "
            "curve); chance is churned_accounts / tested_accounts.",
        ),
        "brier_score": Column(
            "double precision",
            "Mean squared distance between the probability and what happened; 0 is best.",
        ),
        "calibration_error": Column(
            "double precision",
            "Mean distance between the probability and the observed rate, over ten equal groups of "
            "accounts by probability; 0 is best.",
        ),
        "top_decile_recall_rate": Column(
            "double precision",
            "Share of those who left that were in the highest-ranked tenth.",
        ),
        "top_decile_arr_rate": Column(
            "double precision",
            "Share of the lost ARR that was in the highest-ranked tenth; null where none left.",
            may_be_null=True,
        ),
        **AS_OF,
    },
)
IMPORTANCE = Table(
    "churn_model_importance",
    "One row per model and signal, with the average precision lost without the signal.",
    key=("model", "signal"),
    columns={
        "model": Column("text", "logistic_regression or gradient_boosting."),
        "signal": Column("text", "Signal of fct_account_signals, or mrr_cents."),
        "importance": Column(
            "double precision",
            "How much average precision in the test months falls when the signal is shuffled "
            "among the accounts; about 0 or below: the model does not need it.",
        ),
        "importance_stddev": Column(
            "double precision", "Standard deviation of that over three shuffles."
        ),
        **AS_OF,
    },
)
SCORES = Table(
    "churn_model_scores",
    "One row per paying account with its chance of leaving within the horizon.",
    key=("account_id",),
    columns={
        "account_id": Column("text", "Paying account."),
        "model": Column(
            "text",
            "The learned model with the best average precision, trained again on all months.",
        ),
        "churn_probability": Column(
            "double precision", "Chance that the account leaves within the horizon, 0 to 1."
        ),
        **AS_OF,
    },
)


@dataclass(frozen=True)
class Evaluated:
    """`evaluation`: one row per model with its measures on the test months. `importance`: one row
    per model and signal. `scores`: the churn probability of every account now, by the best model.
    """

    evaluation: pd.DataFrame
    importance: pd.DataFrame
    scores: pd.DataFrame
    best: str


def learn(signals: pd.DataFrame, seed: int = 7) -> Evaluated:
    """Train on the earlier months, calibrate, and compare with the rules on the later ones.

    `signals` has one row per account and month: account_id, month, scoring_date, horizon_end_date,
    is_current, has_churned (missing while it is not known), mrr_cents, risk_score, and a column for
    each signal. A month is used for training only if its outcome was known when the first test
    month was scored. Raises PulseError when too few customers left.
    """
    signals = signals.sort_values(["month", "account_id"], kind="stable").reset_index(drop=True)
    known = signals[signals["has_churned"].notna()]
    train, test = _split(known)
    left = [int(part["has_churned"].astype(bool).sum()) for part in (train, test)]
    if left[0] < FEWEST_TO_TRAIN or left[1] < FEWEST_TO_TEST:
        raise PulseError(
            f"{left[0]} customers left in the training months and {left[1]} in the test months: "
            f"at least {FEWEST_TO_TRAIN} and {FEWEST_TO_TEST} are needed",
            Exit.TOO_FEW,
        )
    features = _features(signals)
    predicted = {RULES: _by_rules(train, test)}
    importance = []
    for name, make in MODELS.items():
        fitted = _fit(make(seed), train, features)
        predicted[name] = fitted.predict_proba(test[features])[:, 1]
        importance.append(_importance(name, fitted, test, features, seed))
    evaluation = pd.DataFrame(
        [_measures(name, test, chances, train) for name, chances in predicted.items()]
    )
    learned = evaluation[evaluation["model"] != RULES]
    best = str(learned.sort_values("average_precision")["model"].iloc[-1])
    # the scores of today use all that is known
    now = signals[signals["is_current"].astype(bool)]
    chances = _fit(MODELS[best](seed), known, features).predict_proba(now[features])[:, 1]
    scores = pd.DataFrame({
        "account_id": now["account_id"].to_numpy(), "model": best, "churn_probability": chances
    })  # fmt: skip
    return Evaluated(evaluation, pd.concat(importance, ignore_index=True), scores, best)


def _logistic(seed: int) -> Any:
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=1_000, random_state=seed),
    )


def _boosting(seed: int) -> Any:
    return HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=100, max_leaf_nodes=8, min_samples_leaf=40, random_state=seed
    )


MODELS: dict[str, Callable[[int], Any]] = {
    "logistic_regression": _logistic,
    "gradient_boosting": _boosting,
}


def _features(signals: pd.DataFrame) -> list[str]:
    about = {"account_id", "month", "scoring_date", "horizon_end_date", "is_current"}
    return sorted(set(signals.columns) - about - {"has_churned", SCORE})


def _split(known: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    months = sorted(known["month"].unique())
    if len(months) < 2:
        return known.iloc[:0], known.iloc[:0]
    first_test = months[min(int(len(months) * (1 - TEST_SHARE)), len(months) - 1)]
    test = known[known["month"] >= first_test]
    is_earlier = known["horizon_end_date"] <= test["scoring_date"].min()
    return known[is_earlier & (known["month"] < first_test)], test


def _labels(rows: pd.DataFrame) -> np.ndarray:
    return rows["has_churned"].astype(bool).to_numpy(dtype=int)


def _fit(model: Any, rows: pd.DataFrame, features: list[str]) -> Any:
    """A model calibrated on folds in which no account is on both sides."""
    labels = _labels(rows)
    folds = StratifiedGroupKFold(FOLDS).split(rows[features], labels, rows["account_id"])
    return CalibratedClassifierCV(model, method="sigmoid", cv=list(folds)).fit(
        rows[features], labels
    )


def _by_rules(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """The rate at which accounts with a score left, made monotonic."""
    rate = IsotonicRegression(out_of_bounds="clip").fit(train[SCORE], _labels(train))
    # the score itself breaks ties within a step, so that its order is kept
    return np.asarray(rate.predict(test[SCORE])) + 1e-9 * test[SCORE].to_numpy(dtype=float)


def _measures(
    name: str, test: pd.DataFrame, chances: np.ndarray, train: pd.DataFrame
) -> dict[str, Any]:
    labels = _labels(test)
    money = test["mrr_cents"].to_numpy(dtype=float)
    top = np.argsort(-chances, kind="stable")[: max(len(test) // 10, 1)]
    lost = float((money * labels).sum())
    return {
        "model": name,
        "trained_months": train["month"].nunique(),
        "tested_months": test["month"].nunique(),
        "tested_accounts": len(test),
        "churned_accounts": int(labels.sum()),
        "auc": float(roc_auc_score(labels, chances)),
        "average_precision": float(average_precision_score(labels, chances)),
        "brier_score": float(brier_score_loss(labels, chances.clip(0, 1))),
        "calibration_error": _calibration_error(labels, chances),
        "top_decile_recall_rate": float(labels[top].sum() / labels.sum()),
        "top_decile_arr_rate": float((money[top] * labels[top]).sum() / lost) if lost else None,
    }


def _calibration_error(labels: np.ndarray, chances: np.ndarray) -> float:
    """Mean distance of predicted and observed rate over bins of equal size, weighted by size."""
    order = np.argsort(chances, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    gaps = [abs(chances[part].mean() - labels[part].mean()) * len(part) for part in bins]
    return float(sum(gaps) / len(labels))


def _importance(
    name: str, fitted: Any, test: pd.DataFrame, features: list[str], seed: int
) -> pd.DataFrame:
    """How much average precision falls when a signal is shuffled among the accounts."""
    found = permutation_importance(
        fitted,
        test[features],
        _labels(test),
        scoring="average_precision",
        n_repeats=3,
        random_state=seed,
    )
    return pd.DataFrame({
        "model": name,
        "signal": features,
        "importance": found.importances_mean,
        "importance_stddev": found.importances_std,
    })  # fmt: skip
