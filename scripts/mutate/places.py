"""What is changed, and where the worlds and the results are kept."""

from pathlib import Path

from productpulse.paths import project_root, state_dir

MUTATED_LAYERS = ("intermediate", "marts")


def model_names() -> list[str]:
    """The models that can be changed; staging stays: what is quarantined checks it."""
    folders = (project_root() / "models" / layer for layer in MUTATED_LAYERS)
    return sorted(path.stem for folder in folders for path in folder.rglob("*.sql"))


def mutation_dir() -> Path:
    """Where the databases and the reports are kept."""
    return state_dir() / "mutation"


def report_path(model: str) -> Path:
    """The last result for a model, as JSON."""
    return mutation_dir() / "reports" / f"{model}.json"
