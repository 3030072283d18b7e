"""The provider, over HTTP, for clients written by others."""

from collections.abc import Iterator

import pytest
from visitor import Provider, served

from idp.config import Settings


@pytest.fixture(scope="session")
def provider(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One for the run."""
    with served(settings, tmp_path_factory.mktemp("interop")) as started:
        yield started
