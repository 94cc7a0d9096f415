"""`productpulse env`: the variables with which dbt alone does what `productpulse build` does."""

import shlex

import typer


def env() -> None:
    """Print `export` lines for the shell, so that dbt run by hand uses the same database.

    eval "$(productpulse env)" && dbt build
    """
    from productpulse import dbt
    from productpulse.catalogue.read import catalogue
    from productpulse.database import URL_VARIABLE, database_url, url_text
    from productpulse.own import check_seeds
    from productpulse.settings import project_vars

    check_seeds()
    url = database_url()
    said = {URL_VARIABLE: url_text(url), **dbt.USUAL, **dbt.project_environment()}
    said |= dbt.metric_environment(catalogue().metrics.values(), project_vars())
    for name, value in said.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
