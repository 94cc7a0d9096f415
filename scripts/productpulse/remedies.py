"""What to do about rows that are set apart, by the reason that `audit.set_apart_rows` gives."""

REMEDIES = {
    "implausible_timestamp": "set min_plausible_date to an earlier date, or mend the times",
    "future_timestamp": "mend the times; how they are written, `timestamps` in load.yml can say",
    "blank_key": "fill the keys",
    "no_exchange_rate": "add rates to seeds/exchange_rates.csv, or set reporting_currency",
    "conflicting_key": "give every row a key of its own",
    "unreadable": "mend the rows, and load the file again",
}
# Of the others, which name a column, the beginning.
OF_COLUMNS = {
    "unknown_": "use the words that the contract lists",
    "out_of_range_": "mend the numbers",
}


def remedy(reason: str) -> str:
    """What may help, as the end of a line."""
    found = (told for prefix, told in OF_COLUMNS.items() if reason.startswith(prefix))
    return REMEDIES.get(reason) or next(found)
