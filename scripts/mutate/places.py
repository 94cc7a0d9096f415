"""What is changed, and where the worlds and what came out are kept."""

from pathlib import Path

from productpulse.paths import project_root, state_dir

MUTATED_LAYERS = ("intermediate", "marts")


def model_names() -> list[str]:
    """What can be changed: staging is checked by what is quarantined, and left as it is."""
    folders = (project_root() / "models" / layer for layer in MUTATED_LAYERS)
    return sorted(path.stem for folder in folders for path in folder.rglob("*.sql"))


def mutation_dir() -> Path:
    """Where the databases and the reports are kept."""
    return state_dir() / "mutation"


def report_path(model: str) -> Path:
    """What came out last for a model, as JSON."""
    return mutation_dir() / "reports" / f"{model}.json"
