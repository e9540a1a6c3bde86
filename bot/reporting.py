"""What `twohander render` prints: a sentence an event in the user's language, or one JSON object a line."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from bot.reviewing import findings_told
from db.models import Job, Shot, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bot import casting
    from bot.i18n import Speaker
    from bot.proofs import Note
    from renderer.protocol import Progress, Ready

TOLD = ("changed", "warning")
"""Findings that are printed as text; JSON has the hints too."""


class Reporter:
    """Prints events as they come; hears of jobs as `bot.worker.Listener`.

    Attributes:
        news: set with every event of a job or a cut.
    """

    def __init__(self, words: Speaker, *, as_json: bool) -> None:
        self.words = words
        self.news = asyncio.Event()
        self._as_json = as_json
        self._labels: dict[int, str] = {}
        self._stage: dict[int, str] = {}

    def job_changed(self, job: Job) -> None:
        """Tell of a take that is rendered again because it is flawed."""
        self.news.set()
        faults: list[str] = job.inspection.get("faults", [])
        if job.status is Status.RENDERED and faults:
            label = self._labels.get(job.shot_id, "")
            key = "render-flawed-twice" if job.cause == "inspection" else "render-flawed"
            self._line("flawed", self.words(key, shot=label, what=self._named(faults)), shot=label, faults=faults)

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        """Tell of a stage when it begins."""
        del shot
        if self._stage.get(job.id) != progress.stage:
            self._stage[job.id] = progress.stage
            label = self._labels.get(job.shot_id, "")
            text = self.words("render-stage", shot=label, stage=progress.stage)
            self._line("stage", text, shot=label, stage=progress.stage)

    def engine(self, ready: Ready) -> None:
        """Tell which engine renders."""
        told = ready.model_dump(mode="json", exclude={"type"})
        self._line("engine", self.words("render-engine", engine=ready.engine, reason=ready.reason), **told)

    def findings(self, note: Note, place: str) -> None:
        """Tell what the guards changed in a shot and what they would look at again; `place` is its file and line."""
        explained = [
            finding.as_dict(lambda each: self.words(each.reason, **dict(each.args))) for finding in note.report.findings
        ]
        told = [finding for finding in note.report.findings if finding.level in TOLD]
        text = "\n".join([f"{place}: {note.label}", *(f"  {line}" for line in findings_told(self.words, told))])
        if told or self._as_json:
            self._line("guards", text, shot=note.label, place=place, prompt=note.report.prompt, findings=explained)

    def warning(self, name: str, warning: casting.Warning) -> None:
        """Tell what a character's picture will suffer from."""
        text = self.words(warning.key, **warning.args).replace("**", "")
        self._line("picture", f"⚠️ {name}: {text}", character=name, reason=text)

    def begins(self, labels: Mapping[int, str], waiting: int) -> None:
        """Tell how many shots are to be rendered; `labels` says what each row of the episode's `shots` is called."""
        self._labels = dict(labels)
        text = self.words("render-begins", waiting=waiting, total=len(labels))
        self._line("begins", text, waiting=waiting, total=len(labels))

    def clip(self, label: str, take: Job, path: Path) -> None:
        """Tell where a shot's clip is."""
        facts = {"seed": take.seed, "take": take.take, "engine": take.engine, "frames": take.clip_frames}
        text = self.words(
            "render-clip", shot=label, path=str(path), engine=take.engine, seed=str(take.seed), frames=take.clip_frames
        )
        self._line(
            "clip",
            text,
            shot=label,
            path=str(path),
            stages=take.stages,
            faults=take.inspection.get("faults", []),
            **facts,
        )

    def film(self, path: Path, subtitles: Sequence[Path], seconds: float) -> None:
        """Tell where the film is."""
        minutes, rest = divmod(round(seconds), 60)
        text = self.words("render-film", path=str(path), length=f"{minutes}:{rest:02}")
        told = [text, *(self.words("render-subtitles", path=str(each)) for each in subtitles)]
        self._line(
            "film", "\n".join(told), path=str(path), seconds=seconds, subtitles=[str(each) for each in subtitles]
        )

    def failed(self, label: str, failure: str | None, place: str) -> None:
        """Tell of a shot that has no take; `failure` is the key of why, `place` its file and line."""
        reason = self.words(failure or "production-no-take").replace("**", "")
        self._line("failed", f"{place}: {label}: {reason}", shot=label, place=place, reason=failure)

    def no_film(self, failure: str | None) -> None:
        """Tell that there is no film: shots failed (None), or the cut did."""
        text = self.words("render-no-takes" if failure is None else "render-no-film")
        self._line("no-film", text, reason=failure)

    def stopped(self, done: int, total: int) -> None:
        """Tell what is done after Ctrl-C."""
        self._line("stopped", self.words("render-stopped", done=done, total=total), done=done, total=total)

    def _named(self, faults: Sequence[str]) -> str:
        return self.words("review-list-mark").join(self.words(f"fault-{fault}") for fault in faults)

    def _line(self, event: str, text: str, **data: Any) -> None:
        print(json.dumps({"event": event, **data}, ensure_ascii=False) if self._as_json else text, flush=True)
