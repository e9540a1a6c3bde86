"""What every command of `/episode` answers: that it is stored, and what the guards make of what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands.errors import quoted
from bot.commands.wording import escaped, excerpt
from bot.episodes import Who

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.commands.answer import Answer
    from bot.episodes import Changed, Note
    from bot.i18n import Speaker
    from db.edits import Edit

CUE_SHOWN = 80


def who(answer: Answer) -> Who:
    """Return the member who waits for the answer."""
    return Who(answer.guild_id, answer.channel_id, answer.member_id, answer.guild_locale, answer.may_manage)


def stored(words: Speaker, sentence: str, changed: Changed) -> str:
    """Return `sentence`, which says what was stored, and below it what the guards found, shot by shot."""
    return "\n".join([sentence, *_notes(words, changed.notes)])


def since(words: Speaker, edits: Iterable[Edit]) -> list[str]:
    """Return who changed what, an edit a line."""
    mark = words("review-list-mark")
    lines: list[str] = []
    for edit in edits:
        what = [
            words(
                f"edit-{change.what}",
                part=change.part or words("edit-episode"),
                fields=mark.join(words(f"edit-field-{field.replace('_', '-')}") for field in change.fields),
            )
            for change in edit.changes
        ]
        lines.append(f"- <@{edit.member_id}>: {'; '.join(what) or words('edit-nothing')}")
    return lines


def _notes(words: Speaker, notes: Iterable[Note]) -> list[str]:
    lines: list[str] = []
    for note in notes:
        found = [finding for finding in note.report.findings if finding.level != "note"]
        cues = note.report.cues
        if found or cues:
            lines.append(words("reply-episode-notes", part=note.label))
        # The same sentence may be about several garments: it is said once a shot.
        lines += dict.fromkeys(f"- {words(finding.reason, **quoted(dict(finding.args)))}" for finding in found)
        lines += [f"- 💬 {escaped(cue.speaker or '—')}: {escaped(excerpt(cue.text, CUE_SHOWN))}" for cue in cues]
    return lines
