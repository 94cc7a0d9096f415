"""Places at which the server pauses, so that a fault can be caused exactly there."""

import subprocess
from contextlib import closing
from dataclasses import dataclass

from warehouse import Warehouse

from productpulse.database import connect

from .waiting import until

# A sleeping statement does not notice that its client is gone.
PAUSE = """
create schema pauses;
create table pauses.over (is_over boolean);
create function pauses.pause() returns void language plpgsql as
    $$ begin
        while current_setting('pauses.are_on', true) = 'yes' and not exists (table pauses.over) loop
            perform pg_sleep(1);
        end loop;
    end $$;
create function pauses.in_trigger() returns trigger language plpgsql as
    $$ begin perform pauses.pause(); return new; end $$;
create function pauses.in_command() returns event_trigger language plpgsql as
    $$ begin
        if position('"node_id": "{place}"' in current_query()) > 0
        then perform pauses.pause(); end if;
    end $$;
"""


@dataclass(frozen=True)
class Pause:
    """A place where the server pauses; `statement` creates the trigger."""

    name: str
    place: str
    statement: str

    def __str__(self) -> str:
        return self.name


def amid_rows(table: str, condition: str) -> Pause:
    """In the COPY of a raw table, at the first row `new` that meets the condition."""
    return Pause(
        f"amid the rows of {table}",
        "",
        f"create trigger pause before insert on raw.{table} for each row"
        f" when ({condition}) execute function pauses.in_trigger()",
    )


def before_the_ledger(table: str) -> Pause:
    """After the rows of a raw table, before its row of the ledger."""
    return Pause(
        f"between the rows of {table} and its entry in the ledger",
        "",
        "create trigger pause before insert on audit.loads for each row"
        f" when (new.table_name = '{table}') execute function pauses.in_trigger()",
    )


def amid_model(model: str, command: str) -> Pause:
    """Before a command, such as DROP TABLE, with which dbt builds a model."""
    return Pause(
        f"{command} of {model}",
        f"model.productpulse.{model}",
        f"create event trigger pause on ddl_command_start when tag in ('{command}')"
        " execute function pauses.in_command()",
    )


def before_remembering(model: str) -> Pause:
    """After the rows of an incremental model, before its build is remembered."""
    return Pause(
        f"between the rows of {model} and the memory of its build",
        "",
        "create trigger pause before insert on audit.incremental_builds for each row"
        f" when (new.model_name = '{model}') execute function pauses.in_trigger()",
    )


def put(pause: Pause, warehouse: Warehouse) -> None:
    """Let statements of connections that are made from now on pause there."""
    _execute(
        warehouse,
        PAUSE.format(place=pause.place) + pause.statement,
        f"alter database {warehouse.url.database} set pauses.are_on = 'yes'",
    )


def wait_for(warehouse: Warehouse, process: subprocess.Popen) -> None:
    """Wait until a statement pauses."""
    until(lambda: are_asleep(warehouse), process)


def are_asleep(warehouse: Warehouse) -> int:
    """How many statements are paused."""
    ((count,),) = warehouse.rows(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event = 'PgSleep'"
    )
    return int(count)


def lift(warehouse: Warehouse) -> None:
    """Let connections that are made from now on pass; paused statements stay paused."""
    _execute(warehouse, f"alter database {warehouse.url.database} reset pauses.are_on")


def end(warehouse: Warehouse) -> None:
    """Let all statements go on."""
    _execute(warehouse, "insert into pauses.over values (true)")


def _execute(warehouse: Warehouse, *statements: str) -> None:
    with closing(connect(warehouse.url)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
