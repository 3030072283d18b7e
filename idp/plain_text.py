"""Texts for mails and letters: templates of words, without page, request nor markup."""

from typing import Any

from flask import current_app


def render(template: str, **context: Any) -> str:
    """``templates/<template>``; unlike a page, it may be written outside a request."""
    return current_app.jinja_env.get_template(template).render(**context)
