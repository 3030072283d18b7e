"""The provider served over HTTP by a real server; clients may register."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from conftest import a_database, another_app
from visitor import Provider
from werkzeug.serving import make_server

from idp import migrations
from idp.config import Registration, Settings, database_url


@pytest.fixture(scope="session")
def provider(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Clients may register; on a database of its own."""
    server = make_server("localhost", 0, _nothing_yet, threaded=True)
    issuer = f"http://localhost:{server.server_port}"
    with a_database(tmp_path_factory.mktemp("interop")) as url:
        own = replace(
            settings,
            issuer=issuer,
            database_url=database_url(url),
            registration=Registration.OPEN,
        )
        with another_app(own) as app:
            with app.app_context():
                migrations.upgrade()
            server.app = app
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield Provider(app, issuer)
            server.shutdown()
            thread.join()


def _nothing_yet(_environ: Any, _start_response: Any) -> list[bytes]:
    raise RuntimeError("the application is not there yet")
