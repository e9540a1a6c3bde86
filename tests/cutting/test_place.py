"""Films on disks that are full, locked, or gone: real ones, where this machine lets a test mount some."""

from __future__ import annotations

import asyncio
import errno
import json
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from bot.cutting import CutError, PlaceError, writing_into
from tests.cutting.takes import tone, write_take

if TYPE_CHECKING:
    from pathlib import Path

NO_MOUNTS = 77
"""Exit status of the script where it may not mount a disk."""

ON_A_DISK_OF_ITS_OWN = textwrap.dedent("""
    import asyncio, json, shutil, subprocess, sys
    from pathlib import Path
    from bot.cutting import Cut, PlaceError, Take, cut, fit

    disk, take = map(Path, sys.argv[1:3])
    mount = lambda *arguments: subprocess.run(["mount", *arguments, disk], check=True)
    try:
        mount("-t", "tmpfs", "-o", "size=16m", "tmpfs")
    except subprocess.CalledProcessError:
        sys.exit(int(sys.argv[3]))
    clip = Path(shutil.copy(take, disk))
    cuts = disk / "cuts"
    cuts.mkdir()
    film = Cut((Take(clip, 25, fade=2), Take(clip, 25)))

    async def tried():
        told = []
        for work in cut(film, cuts / "film.mp4", cuts / "work"), fit(clip, 60_000):
            try:
                await work
            except PlaceError as error:
                told.append([error.errno, type(error.__cause__).__name__, Path(error.filename).name])
            else:
                told.append("made")
        return [*told, sorted(path.name for path in disk.rglob("*") if path.suffix in {".part", ".f32", ".srt"})]

    async def main():
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - 8192))
        full = await tried()
        mount("-o", "remount,ro")
        locked = await tried()
        mount("-o", "remount,rw")
        ballast.unlink()
        print(json.dumps([full, locked, await tried()]))

    asyncio.run(main())
""")


async def test_a_disk_that_is_full_or_locked_is_told_and_afterwards_all_is_well(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    take = write_take(tmp_path / "take.mp4", 1, 25, size=(640, 352), sound=tone(25))
    (tmp_path / "script.py").write_text(ON_A_DISK_OF_ITS_OWN)
    try:
        child = await asyncio.create_subprocess_exec(
            *("unshare", "--map-root-user", "--mount", sys.executable, tmp_path / "script.py"),
            *(disk, take, str(NO_MOUNTS)),
            env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        pytest.skip("no unshare here")
    printed, complaint = await child.communicate()
    if child.returncode == NO_MOUNTS or complaint.startswith(b"unshare:"):
        pytest.skip(complaint.decode())
    assert child.returncode == 0, complaint.decode()
    full, locked, mended = json.loads(printed)
    assert full == [[errno.ENOSPC, "CutError", "cuts"], [errno.ENOSPC, "CutError", "disk"], []]
    assert locked == [[errno.EROFS, "OSError", "cuts"], [errno.EROFS, "CutError", "disk"], []]
    assert mended == ["made", "made", []]


async def test_a_place_is_tried_only_where_something_failed_and_nothing_stays_there(tmp_path: Path) -> None:
    with pytest.raises(CutError, match="of its own"):
        async with writing_into(tmp_path):
            raise CutError("a fault of its own")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(PlaceError) as told:
        async with writing_into(tmp_path, tmp_path / "away"):
            raise CutError("No such file or directory")
    assert (told.value.errno, told.value.filename) == (errno.ENOENT, str(tmp_path / "away"))
    async with writing_into(tmp_path / "away"):
        pass
