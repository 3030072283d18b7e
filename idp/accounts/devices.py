"""A device in words, « Firefox sur Windows », from what a browser says of itself.

Families only: versions change every month and tell the person nothing. The libraries that know every device
(``ua-parser``) compile a thousand expressions in each process to tell what nobody reads here; what is not in
these tables is said to be unknown, never guessed. It proves nothing: a browser may say what it likes.
"""

UNKNOWN_BROWSER = "Navigateur inconnu"
_READ_CHARS = 400

# In order: each of the first ones also says the names that come after it.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Opera", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"), ("YaBrowser", "Yandex"), ("FxiOS", "Firefox"), ("Firefox", "Firefox"),
    ("CriOS", "Chrome"), ("Chromium", "Chromium"), ("Chrome", "Chrome"), ("Trident", "Internet Explorer"),
    ("MSIE", "Internet Explorer"), ("Version/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("CrOS", "ChromeOS"), ("Macintosh", "Mac"), ("Linux", "Linux"), ("X11", "Linux"),
)  # fmt: skip


def in_words(user_agent: str | None) -> str:
    """The browser and the system, in French."""
    said = (user_agent or "")[:_READ_CHARS]
    browser = next((name for mark, name in _BROWSERS if mark in said), UNKNOWN_BROWSER)
    system = next((name for mark, name in _SYSTEMS if mark in said), None)
    return f"{browser} sur {system}" if system else browser
