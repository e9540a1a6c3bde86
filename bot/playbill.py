"""What the channel reads of an episode: texts only. Titles are data: escaped, and nobody is ever mentioned.

Each text begins with a mark, by which the premiere finds a message again of which it does not know whether it was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.utils import escape_markdown, escape_mentions

from bot.announcements import duration_text
from bot.editing import credited
from bot.poster import Button
from db.cuts import CutStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.callsheet import CallSheet, Standing
    from bot.i18n import Speaker
    from db.cuts import CutRow
    from db.models import Job, Shot
    from db.writing import Episode

SIGNS: dict[Standing, str] = {"unqueued": "▫️", "waiting": "⏳", "rendering": "🎬", "done": "✅", "failed": "⚠️"}
BAR = 12
FAILURES_SHOWN = 5
SHOWN = 1900
"""Characters of a message that are filled."""


def status_mark(episode: Episode) -> str:
    """Return the words that an episode's live status begins with."""
    return f"🎞️ **E{episode.number}**"


def cut_mark(episode: Episode, ordinal: int, part: int, parts: int) -> str:
    """Return the words that a part of a cut begins with: `🍿 **E3.1**`, and which part where there are several."""
    return f"🍿 **E{episode.number}.{ordinal}**" + (f" {part}/{parts}" if parts > 1 else "")


def failed_mark(episode: Episode, ordinal: int) -> str:
    """Return the words that the message begins with which says that a cut failed."""
    return f"⚠️ **E{episode.number}.{ordinal}**"


def failed_text(words: Speaker, episode: Episode, mark: str, cut: CutRow) -> str:
    """Return what says that a cut failed, why, and what can be done."""
    return f"{mark} {_title(episode)} " + words("production-cut-failed", reason=words(cut.failure or "failure-cut"))


def link_mark(episode: Episode, ordinal: int, channel_id: int, message_id: int) -> str:
    """Return the words that a notice or a note begins with: where the cut is to be seen. Unique over all servers."""
    link = f"https://discord.com/channels/{episode.guild_id}/{channel_id}/{message_id}"
    return f"🍿 [**E{episode.number}.{ordinal}**]({link})"


def status_text(words: Speaker, sheet: CallSheet, progress: float = 0.0) -> str:
    """Return where the episode stands.

    Args:
        words: says sentences.
        sheet: the shots and the cut.
        progress: how much of the shot that renders is done, 0 to 1.
    """
    calls = sheet.calls
    rendering = any(call.standing == "rendering" for call in calls)
    done = (sheet.done + (progress if rendering else 0.0)) / max(1, len(calls))
    filled = round(done * BAR)
    lines = [
        f"{status_mark(sheet.episode)} {_title(sheet.episode)}",
        words(
            "production-progress",
            bar="█" * filled + "░" * (BAR - filled),
            percent=round(done * 100),
            done=sheet.done,
            total=len(calls),
        ),
        "  ".join(
            f"`{number}` " + "".join(SIGNS[call.standing] for call in scene)
            for number, scene in enumerate(sheet.scenes, 1)
            if scene
        ),
    ]
    failed = [call for call in calls if call.standing == "failed"]
    lines += [f"⚠️ `{call.label}` {words(call.failure or 'production-no-take')}" for call in failed[:FAILURES_SHOWN]]
    lines += _what_next(words, sheet, failed=bool(failed))
    return "\n".join(lines)[:SHOWN]


def _what_next(words: Speaker, sheet: CallSheet, *, failed: bool) -> list[str]:
    lines: list[str] = []
    if sheet.eta_s is not None and sheet.done_s is not None:
        eta, done = (duration_text(words, seconds) for seconds in (sheet.eta_s, sheet.done_s))
        lines.append(words("production-eta", eta=eta, done=done))
    elif failed and not any(call.standing == "rendering" for call in sheet.calls):
        lines.append(words("production-stuck"))
    if sheet.cut is not None:
        match sheet.cut.status:
            case CutStatus.QUEUED:
                lines.append(words(sheet.cut.failure or "production-cut-soon"))
            case CutStatus.CUTTING | CutStatus.CUT:
                lines.append(words("production-cutting"))
            case CutStatus.FAILED:
                lines.append(words("production-cut-failed", reason=words(sheet.cut.failure or "failure-cut")))
            case _:
                pass
    return lines


def cut_text(
    words: Speaker,
    episode: Episode,
    cut: CutRow,
    mark: str,
    *,
    rendered: Sequence[tuple[Job, Shot]],
    voters: Sequence[int],
    url: str = "",
    with_title: bool = True,
) -> str:
    """Return what a part of a cut comes with: its facts and its credits.

    Args:
        words: says sentences.
        episode: what was cut.
        cut: its row.
        mark: see `cut_mark`.
        rendered: its takes and their shots.
        voters: who voted on its takes.
        url: where the film is, if not in the message.
        with_title: False where AutoMod objects.
    """
    minutes, seconds = divmod(round(cut.seconds or 0.0), 60)
    lines = [
        f"{mark} {_title(episode)}" if with_title else mark,
        words("production-facts", length=f"{minutes}:{seconds:02}", shots=len(rendered)),
        *([words("production-link", url=url)] if url else []),
        words("production-written", members=_members([episode.owner_id, *sorted(episode.editors)])),
    ]
    if voters:
        lines.append(words("production-voted", members=_members(voters)))
    if models := credited([one for one in rendered if one[0].engine != "animatic"]):
        line = escape_mentions(escape_markdown(", ".join(models)))
        lines.append(words("production-model", models=line))
    if any(take.engine == "animatic" for take, _ in rendered):
        lines.append(words("post-animatic"))
    return "\n".join(lines)[:SHOWN]


def notice_text(words: Speaker, episode: Episode, mark: str, member_id: int | None = None) -> str:
    """Return the notice that an episode is done; `member_id` names whom it is for where others read it too."""
    if member_id is None:
        return f"{mark} " + words("production-notice", title=_title(episode))
    return f"{mark} " + words("production-notice-for", member=f"<@{member_id}>")


def note_text(words: Speaker, mark: str) -> str:
    """Return the line in the episode's thread that leads to the cut."""
    return f"{mark} " + words("production-note")


def notify_button(words: Speaker, episode: Episode) -> Button:
    """Return the button by which members ask to be told; `bot.views.production` answers."""
    return Button(f"notify:{episode.id}", words("button-notify"))


def _title(episode: Episode) -> str:
    return f"**{escape_mentions(escape_markdown(' '.join(episode.title.split())))}**"


def _members(member_ids: Sequence[int]) -> str:
    named = [f"<@{member_id}>" for member_id in member_ids[:20]]
    return ", ".join([*named, "…"] if len(member_ids) > len(named) else named)
