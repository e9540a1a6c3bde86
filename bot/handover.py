"""Puts what an episode's rows name into a folder for people: each shot's chosen clip, the film, its subtitle files."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db import votes

if TYPE_CHECKING:
    from pathlib import Path

    from aiosqlite import Connection

    from db.cuts import CutRow
    from db.models import Job
    from db.writing import Episode

_OURS = re.compile(r"[0-9]+\.[0-9]+\.mp4")
_LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Folder:
    """Where files go: `path/NAME.mp4`, `path/NAME.zh.srt`, `path/NAME-shots/2.1.mp4`. What is there is replaced."""

    path: Path
    name: str

    def put_clips(self, takes: dict[str, Job], directory: Path) -> dict[str, Path]:
        """Copy each shot's take under the shot's label, and remove those of shots that are no more. Blocking.

        Args:
            takes: by label.
            directory: the data folder, which the takes' paths are relative to.

        Raises:
            OSError: a file cannot be read or written.
        """
        shots = self.path / f"{self.name}-shots"
        shots.mkdir(exist_ok=True)
        put = {label: shots / f"{label}.mp4" for label in takes}
        for path in shots.iterdir():
            if _OURS.fullmatch(path.name) and path.stem not in put:
                path.unlink()
        for label, take in takes.items():
            _copy(directory / (take.clip_path or ""), put[label])
        return put

    def put_film(self, cut: CutRow, directory: Path) -> tuple[Path, list[Path]]:
        """Copy a cut and its subtitle files, and remove earlier cuts from the data folder. Blocking.

        Raises:
            OSError: a file cannot be read or written.
        """
        (piece,) = cut.pieces
        film = self.path / f"{self.name}.mp4"
        source = directory / piece.path
        _copy(source, film)
        subtitles: list[Path] = []
        for language in _LANGUAGES:
            path = film.with_suffix(f".{language}.srt")
            if (beside := source.with_suffix(f".{language}.srt")).relative_to(directory).as_posix() in piece.beside:
                _copy(beside, path)
                subtitles.append(path)
            else:
                path.unlink(missing_ok=True)
        kept = {piece.path, *piece.beside}
        for path in source.parent.iterdir():
            if path.is_file() and path.relative_to(directory).as_posix() not in kept:
                path.unlink()
        return film, subtitles


async def chosen_takes(reader: Connection, episode: Episode) -> dict[str, Job]:
    """Return the take that stands for each shot, by its label; shots without one are left out."""
    found: dict[str, Job] = {}
    for label, _, written in episode.numbered():
        take = None if written.shot_id is None else await votes.chosen_take(reader, written.shot_id)
        if take is not None:
            found[label] = take
    return found


def _copy(source: Path, target: Path) -> None:
    """Copy under another name first, so that nobody sees half a file."""
    part = target.with_name(f"{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
