"""Lines of dialogue: as members type them, and those that the guards take out of a shot's words.

A member types a line a row, `沈月华: 你好 | Hello`: the speaker, then Chinese, English or both. A row that begins with
a colon has no speaker. In a slash command, which has one row, `//` stands between lines.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.refusal import Refused
from db.models import name_key
from db.writing import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.guards import Cue

_BETWEEN = re.compile(r"\n|\s//\s")
_SPEAKER = re.compile(r"(?P<speaker>[^:：|]*)[:：](?P<said>.*)", re.DOTALL)
_HAN = re.compile("[\u3400-\u9fff]")


def read(text: str) -> tuple[Line, ...]:
    """Return the lines that a member typed.

    Raises:
        Refused: a row has a speaker and no words, or more than two languages.
    """
    return tuple(_line(row.strip()) for row in _BETWEEN.split(text) if row.strip())


def typed(lines: Iterable[Line]) -> str:
    """Return `lines` as a member would type them: `read` gives the same lines again."""
    return "\n".join(_typed(line) for line in lines)


def bound(lines: Iterable[Line], names: Mapping[str, str]) -> tuple[Line, ...]:
    """Return `lines` with each speaker written as the character is; `names` maps `name_key`s to names.

    Somebody who is no character (a narrator, a crowd) may speak too.
    """
    return tuple(replace(line, speaker=names.get(name_key(line.speaker), line.speaker)) for line in lines)


def with_cues(lines: Sequence[Line], cues: Sequence[Cue], before: Sequence[Cue] = ()) -> tuple[Line, ...]:
    """Return the shot's lines after its words were changed.

    Args:
        lines: as they stood, or as the member gives them.
        cues: what the guards take out of the new words.
        before: what they took out of the old ones: those lines go, unless they are said still.
    """
    said = {_key(cue.text) for cue in cues}
    gone = {_key(cue.text) for cue in before} - said
    kept = [line for line in lines if not _keys(line) & gone]
    known = {key for line in kept for key in _keys(line)}
    new = [_from_cue(cue) for cue in cues if _key(cue.text) not in known]
    return (*kept, *new)


def _typed(line: Line) -> str:
    zh, en = (text.replace("|", "｜") for text in (line.zh, line.en))
    said = zh or en
    if (zh and en) or bool(zh) != bool(_HAN.search(said)):
        said = f"{zh} | {en}"
    # Without the colon, what stands before one in the line would be taken for the speaker.
    colon = ": " if line.speaker or ":" in said or "：" in said else ""
    return f"{line.speaker}{colon}{said}"


def _line(row: str) -> Line:
    match = _SPEAKER.fullmatch(row)
    speaker, said = (match["speaker"].strip(), match["said"]) if match else ("", row)
    texts = [text.strip() for text in said.split("|")]
    if not any(texts) or len(texts) > 2:  # noqa: PLR2004 - two languages
        raise Refused("refused-line", line=row)
    if len(texts) == 1:
        return Line(speaker, zh=texts[0]) if _HAN.search(texts[0]) else Line(speaker, en=texts[0])
    return Line(speaker, zh=texts[0], en=texts[1])


def _from_cue(cue: Cue) -> Line:
    speaker = cue.speaker or ""
    return Line(speaker, zh=cue.text) if cue.language == "zh" else Line(speaker, en=cue.text)


def _keys(line: Line) -> set[str]:
    return {_key(text) for text in (line.zh, line.en) if text}


def _key(text: str) -> str:
    """Return what makes two sayings the same: case, spaces and marks do not matter."""
    return re.sub(r"\W+", "", name_key(text))
