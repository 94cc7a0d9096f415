"""The settings in `productpulse.yml` of the user's folder."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from productpulse.errors import PulseError
from productpulse.paths import SETTINGS, own_folder, project_root


class Settings(BaseModel):
    """The keys of productpulse.yml, with the value of a missing or empty one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    vars: dict[str, Any] = Field(default_factory=dict)
    """Parameters by name, in the form that dbt accepts: dates as text."""
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
    """The settings of the user's folder; none in the checkout.

    Raises PulseError, in one line, for a file that cannot be read or has something unknown.
    """
    folder = own_folder()
    return _read(folder / SETTINGS) if folder else Settings()


def project_vars() -> dict[str, Any]:
    """The parameters of a build without --vars: those of dbt_project.yml, and the settings."""
    project = (project_root() / "dbt_project.yml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = yaml.safe_load(project)["vars"]
    return defaults | settings_vars()


def settings_vars() -> dict[str, Any]:
    """The settings that dbt knows as vars."""
    said = settings()
    return said.vars | ({"sources": said.sources} if said.sources else {})


def _read(path: Path) -> Settings:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"{path}, line {line + 1}" if line is not None else str(path)
        reason = getattr(error, "problem", None) or "it is not UTF-8"
        raise PulseError(f"{where}: cannot be read as YAML ({reason}): fix it") from error
    except OSError as error:
        raise PulseError(f"{path}: {error.strerror}: fix that") from error
    if said is None:
        said = {}
    if not isinstance(said, dict):
        raise PulseError(f"{path}: write name: value in each line; see `productpulse init`")
    try:
        return Settings(**{str(k): v for k, v in said.items() if v is not None})
    except ValidationError as error:
        raise PulseError(f"{path}: {_first(error)}") from error


def _as_json(value: Any) -> Any:
    """The same with names and dates as text, as JSON needs them, and moments in UTC."""
    if isinstance(value, dict):
        return {str(name): _as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value


def _first(error: ValidationError) -> str:
    """The first error, and what would be right."""
    found = error.errors()[0]
    place = ".".join(map(str, found["loc"]))
    if found["type"] == "extra_forbidden":
        return f"{place}: no such key: use one of {', '.join(Settings.model_fields)}"
    said = found["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{place}: {str(found['input'])!r} {said}"
