"""Members' words without the characters that are not seen."""

from __future__ import annotations

import re

# What makes two names of one or turns the rest of a line around: controls, the soft hyphen, zero-width
# spaces, the marks and overrides of writing direction. Joiners stay: Persian, Indic scripts and emoji need them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)


def visible(text: str) -> str:
    """Return `text` without controls and invisible marks; white space stays as it is."""
    return INVISIBLE.sub("", text)
