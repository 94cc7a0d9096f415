"""What the loader predicts is what staging does, by the oracle's rules for it."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from oracle.inputs import Params, read_reference
from oracle.staging import classify
from oracle.worlds import edge_world, write_world

from productpulse.loader.load import check
from productpulse.paths import project_root


@pytest.mark.parametrize("seed", range(3))
def test_check_quarantines_what_staging_does_and_for_the_same_reason(
    tmp_path: Path, seed: int
) -> None:
    reference = read_reference(project_root() / "seeds")
    raw = edge_world(seed, reference)
    write_world(raw, tmp_path)
    # Without the other files `check` does not know the as-of date: the future begins now.
    classified = classify(raw, Params(as_of_date=datetime.now(UTC).date()), reference)
    expected = Counter(
        (table, row.reason)
        for table, rows in classified.items()
        for row in rows
        # whether a user was merged before is known only with all links
        if row.status == "rejected" and row.reason not in ("already_merged", "circular_merge")
    )
    found = Counter(
        {
            (file.table, unusable.reason): unusable.rows
            for file in check(tmp_path).files
            for unusable in file.quarantined
        }
    )
    assert found == expected
    assert len({reason for _, reason in found}) >= 10
