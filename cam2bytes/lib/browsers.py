"""Browsers by their User-Agent: a name that people know. What a browser says of itself is no proof."""

import re

MAX_LENGTH = 300
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|Chromium|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]*.* Safari/"),
)
"""In this order: most of them also name the ones below."""
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(user_agent: str) -> str:
    """ "Chrome 126 on Linux"; without a browser that is known, the first word, as "curl/8.5"; "" of nothing."""
    found = ((name, re.search(pattern, user_agent)) for name, pattern in BROWSERS)
    name = next((f"{name} {match[1]}" for name, match in found if match), "")
    if not name:
        return user_agent.split(" ")[0]
    system = next((system for mark, system in SYSTEMS if mark in user_agent), "")
    return f"{name} on {system}" if system else name


def user_agent_of(request) -> str:
    """As the request says it, cut to what a row holds."""
    return request.headers.get("User-Agent", "").replace("\x00", "")[:MAX_LENGTH]
