"""What `productpulse.yml` in the folder of one's own says."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from productpulse.errors import PulseError
from productpulse.paths import SETTINGS, own_folder, project_root


class Settings(BaseModel):
    """The keys of productpulse.yml; one that is missing or empty is as here."""

    model_config = ConfigDict(extra="forbid", strict=True)

    vars: dict[str, Any] = Field(default_factory=dict)
    """Parameters by name, as dbt takes them: dates as text."""
    schema_prefix: str = ""
    sources: dict[str, Any] = Field(default_factory=dict)

    @field_validator("vars", "sources", mode="before")
    @classmethod
    def _json(cls, given: Any) -> Any:
        return _as_json(given)

    @field_validator("vars", mode="after")
    @classmethod
    def _at_home(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name in ("schema_prefix", "sources"):
            if name in given:
                raise ValueError(f"has {name}, which is a key beside vars: put it there")
        return given


def settings() -> Settings:
    """The settings of the folder of one's own; in the checkout, none.

    Raises PulseError, in one line, for a file that cannot be read or says something unknown.
    """
    folder = own_folder()
    return _read(folder / SETTINGS) if folder else Settings()


def project_vars() -> dict[str, Any]:
    """The parameters of a build without --vars: those of dbt_project.yml, and the settings."""
    project = (project_root() / "dbt_project.yml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = yaml.safe_load(project)["vars"]
    return defaults | settings_vars()


def settings_vars() -> dict[str, Any]:
    """What of the settings dbt knows as vars."""
    said = settings()
    return said.vars | ({"sources": said.sources} if said.sources else {})


def _read(path: Path) -> Settings:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"{path}, line {line + 1}" if line is not None else str(path)
        reason = getattr(error, "problem", None) or "it is not UTF-8"
        raise PulseError(f"{where}: not readable as YAML ({reason}): mend it") from error
    except OSError as error:
        raise PulseError(f"{path}: {error.strerror}: mend that") from error
    if said is None:
        said = {}
    if not isinstance(said, dict):
        raise PulseError(f"{path}: it should say name: value, line by line; see productpulse init")
    try:
        return Settings(**{str(k): v for k, v in said.items() if v is not None})
    except ValidationError as error:
        raise PulseError(f"{path}: {_first(error)}") from error


def _as_json(value: Any) -> Any:
    """The same with names and dates as text, which JSON has alone, and moments in UTC."""
    if isinstance(value, dict):
        return {str(name): _as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value


def _first(error: ValidationError) -> str:
    """What is wrong first, and what would be right."""
    found = error.errors()[0]
    place = ".".join(map(str, found["loc"]))
    if found["type"] == "extra_forbidden":
        return f"{place}: there is no such key, there are {', '.join(Settings.model_fields)}"
    said = found["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{place}: {str(found['input'])!r} {said}"
