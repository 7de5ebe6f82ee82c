"""Tables that ship with this package, as YAML: read by libyaml where PyYAML has it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# The same values as those of SafeLoader, in a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def table(name: str) -> Any:
    """The content of a YAML file of this package; one object for all who ask, so do not change it.

    Only for files of our own: what a study brings is read by `safe_yaml`.

    Args:
        name: path below the package, as `names.yaml` or `report/glossary.yaml`.
    """
    return yaml.load(files("analysis").joinpath(name).read_text("utf-8"), Loader=_LOADER)
