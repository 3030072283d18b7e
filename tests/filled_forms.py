"""What a form sends when a person changes nothing of it."""

import re
from html import unescape


def fields(html: str) -> dict[str, str]:
    """What the form of the page sends as it is shown."""
    areas = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\s*(.*?)</textarea>', html, re.DOTALL)
    inputs = re.findall(r'<input([^>]*) name="(\w+)"[^>]* value="([^"]*)"([^>]*)', html)
    kept = [(name, v) for kind, name, v, end in inputs if "radio" not in kind or "checked" in end]
    return {name: unescape(value) for name, value in (*areas, *kept)}
