"""Reading a YAML file that people write. What its entries mean is in ``relying_parties.py``."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml


class _NoTwice(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence: we refuse both."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _value in node.value]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"written twice in the mapping of line {line}: {', '.join(twice)}")
        return super().construct_mapping(node, deep)


def read_mapping(path: Path, problems: list[str]) -> dict[str, Any]:
    """The mapping at the root of the file; empty, and a problem noted, when there is none."""
    try:
        # A SafeLoader: only plain values are built.
        document = yaml.load(path.read_text("utf-8"), _NoTwice)  # noqa: S506
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not valid YAML: {' '.join(str(error).split())}")
        return {}
    if document is None:
        return {}
    if not isinstance(document, dict):
        problems.append(f"{path}: a mapping is expected")
        return {}
    return document
