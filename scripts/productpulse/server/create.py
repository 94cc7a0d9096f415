"""Create an embedded server and its data directory."""

import hashlib
import os
import secrets
import shutil
from pathlib import Path

from productpulse.paths import state_dir
from productpulse.server import programs, record, root
from productpulse.server.record import Server
from productpulse.server.root import Account


def new(account: Account | None) -> Server:
    """A server with a random password and the newest installed Postgres."""
    return Server(
        port=0,  # Chosen when the server starts.
        user="pulse",
        password=secrets.token_urlsafe(24),
        database="productpulse",
        data_dir=default_data_dir(account),
        major=programs.newest(),
    )


def default_data_dir(account: Account | None) -> str:
    """The data directory: beside the record, or where the account can reach it."""
    if account is None or root.reaches(account, state_dir()):
        return "postgres"
    name = hashlib.sha256(os.fsencode(state_dir())).hexdigest()[:12]
    return str(root.system_dir() / name)


def initialise(server: Server, binaries: Path, account: Account | None) -> None:
    """Create the data directory beside its place and move it there when it is complete."""
    data = record.data_dir(server)
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        password = draft / "password"
        password.touch(mode=0o600)
        password.write_text(server.password)
        root.give_to(draft, account)
        root.give_to(password, account)
        locale = ["--no-locale"]  # Needs no locale of the machine and sorts the same everywhere.
        if server.major >= 17:  # Sorts the same; upper() and lower() know all letters.
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        programs.run(
            binaries / "bin" / "initdb",
            *locale,
            "--encoding=UTF8",
            f"--username={server.user}",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            account=account,
            PGDATA=str(draft / "data"),
        )
        with (draft / "data" / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'productpulse.conf'\n")
        settings = draft / "data" / "productpulse.conf"
        settings.touch()
        root.give_to(settings, account)
        programs.run(
            binaries / "bin" / "postgres",
            "--single",
            "postgres",
            say=f"create database {server.database};\n",
            account=account,
            PGDATA=str(draft / "data"),
        )
        # Before the data, because a database whose password is lost is useless.
        record.write(server)
        (draft / "data").rename(data)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
