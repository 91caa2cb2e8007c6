"""The starter rules: six good topics that show the language, for a first start."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from feedproxy.errors import ConfigError

STARTER = "topics.yaml"


def is_missing(folder: Path) -> bool:
    """Whether there is nothing at `folder`; False if that cannot be told."""
    try:
        folder.stat()
    except OSError as error:
        return isinstance(error, FileNotFoundError | NotADirectoryError)
    return False


def write_starter_rules(folder: Path) -> Path:
    """Write them into `folder`, made if need be. Raises ConfigError; overwrites nothing."""
    path = folder / STARTER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
        _fill(path)
    except FileExistsError as error:
        if folder.is_dir():
            raise ConfigError(f"{path} is there already: edit it, or remove it first") from error
        meant = f"FEEDPROXY_RULES must name a folder, such as {folder.parent}"
        raise ConfigError(f"{folder} is a file: {meant}") from error
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    return path


def _fill(path: Path) -> None:
    """Half of the rules would be worse than none, and stand in the way of the next attempt."""
    try:
        path.write_text(files(__name__).joinpath(STARTER).read_text("utf-8"), "utf-8")
    except BaseException:
        path.unlink()
        raise
