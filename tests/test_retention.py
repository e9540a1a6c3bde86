"""What is thrown away and what is not: real rows, real files, and sweeps that are killed in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import retention
from bot.breakdown import Breakdown
from bot.config import Config, Data, Link
from bot.config import Retention as Rules
from bot.cutting_room import CuttingRoom
from bot.directing import Directing, Wish
from bot.episodes import Writing
from bot.intake import Intake
from bot.production import Production
from bot.publishing import Publisher
from bot.refusal import Refused
from bot.retention import DAY_S, Retention
from bot.rewriting import Rewriting
from bot.voting import Voting
from db import cuts, episodes, jobs, votes
from db.cuts import CutStatus, Piece
from db.models import ShotPin, Status
from tests import rows
from tests.rows import ALICE, BOB, GUILD
from tests.stories import write_episode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from db.connection import Database
    from db.cuts import CutRow
    from db.models import Job, Shot

NOW = time.time()
OLD = NOW - 100 * DAY_S
YOUNG = NOW - DAY_S / 2


class Consumer:
    def changed(self, job: Job) -> None: ...

    def stop(self, job_id: int) -> None: ...


@dataclass
class Attic:
    """A data folder, and a published one, in which everything has an age."""

    database: Database
    config: Config

    def sweeper(self) -> Retention:
        return Retention(self.database, self.config)

    def file(self, name: str, at: float = OLD) -> Path:
        path = self.config.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        os.utime(path, (at, at))
        return path

    def files(self, folder: str) -> set[str]:
        return {path.name for path in (self.config.directory / folder).rglob("*") if path.is_file()}

    async def shot(self, *pins: str, at: float = OLD) -> Shot:
        for pin in pins:
            self.file(f"pins/{pin}", at)
        shot = await rows.add_shot(
            self.database, pins=[ShotPin(8 * number, f"pins/{pin}") for number, pin in enumerate(pins)]
        )
        await self.write("UPDATE shots SET created_at = ? WHERE id = ?", at, shot.id)
        return shot

    async def take(self, shot: Shot, *, at: float = OLD, end: Any = jobs.posted) -> Job:
        """A take with its clip, in the status to which `end` leads."""
        take = await jobs.last_take(self.database.reading(), shot.id) + 1
        job = await rows.add_job(self.database, shot, take=take)
        clip = self.file(f"clips/{job.id}.mp4", at)
        await rows.move(self.database, jobs.start, job.id)
        relative = clip.relative_to(self.config.directory).as_posix()
        job = await rows.move(self.database, jobs.rendered, job.id, **rows.RENDERED | {"clip_path": relative})
        if end is jobs.fail:
            job = await rows.move(self.database, jobs.fail, job.id, failure="failure-clip")
        elif end is not None:
            job = await rows.move(self.database, end, job.id)
        await self.write("UPDATE jobs SET created_at = ?, ended_at = ? WHERE id = ?", at, at, job.id)
        return job

    async def cut(self, episode_id: int, plan: str, *, at: float, takes: Sequence[Job] = ()) -> CutRow:
        """A cut that was posted, with its film."""
        text = json.dumps({"title": plan, "takes": [{"job_id": take.id} for take in takes]})
        async with self.database.writing() as writer:
            row = await cuts.want(writer, episode_id, plan=text, plan_hash=plan, not_before=0)
            await cuts.start(writer, row.id)
            film = self.file(f"cuts/episode-{episode_id}/{plan}.mp4", at)
            srt = self.file(f"cuts/episode-{episode_id}/{plan}.zh.srt", at)
            names = [path.relative_to(self.config.directory).as_posix() for path in (film, srt)]
            await cuts.finished(writer, row.id, pieces=[Piece(names[0], (names[1],))], seconds=1)
            await cuts.posted(writer, row.id)
        await self.write("UPDATE cuts SET created_at = ?, ended_at = ? WHERE id = ?", at, at, row.id)
        return row

    async def write(self, query: str, *values: object) -> None:
        async with self.database.writing() as writer:
            await writer.execute(query, values)


@pytest.fixture
def attic(database: Database, tmp_path: Path) -> Attic:
    (tmp_path / "published").mkdir()
    return Attic(
        database,
        Config(
            data=Data(directory=str(tmp_path / "data")),
            link=Link(folder=str(tmp_path / "published"), url="https://films.example.org"),
        ),
    )


async def test_takes_that_were_not_chosen_go_after_their_time(attic: Attic) -> None:
    plain, liked, wanted, cast = [await attic.shot() for _ in range(4)]
    for shot in (plain, liked, wanted, cast):
        await attic.take(shot)
        await attic.take(shot)
    first, second, third, fourth, fifth, sixth, seventh, eighth = await jobs.with_status(
        attic.database.reading(), *Status
    )
    async with attic.database.writing() as writer:
        for job, at in ((third, OLD), (fifth, YOUNG)):
            await votes.cast(writer, job.id, BOB, "like")
            await writer.execute("UPDATE votes SET cast_at = ? WHERE job_id = ?", (at, job.id))
    # The newest cut of an episode was made from a take that nobody would choose now.
    episode = await write_episode(attic.database)
    await attic.cut(episode.id, "from-the-first", at=OLD, takes=[seventh])
    lone = await attic.take(await attic.shot())
    failed = await attic.take(await attic.shot(), end=jobs.fail)
    busy = await attic.shot()
    under_way = [await attic.take(busy), await attic.take(busy, end=None)]
    attic.file("clips/killed.mp4.part")
    attic.file("clips/rendering.mp4", YOUNG)
    await attic.sweeper().sweep(NOW)
    kept = [second, third, fifth, sixth, seventh, eighth, lone, *under_way]
    assert attic.files("clips") == {f"{job.id}.mp4" for job in kept} | {"rendering.mp4"}
    swept = [job.id for job in await jobs.with_status(attic.database.reading(), *Status) if job.swept_at]
    assert swept == [first.id, fourth.id, failed.id]
    # It is not chosen any more, whatever is voted, and whoever picks it reads how to get it again.
    async with attic.database.writing() as writer:
        await votes.cast(writer, first.id, BOB, "like")
    chosen = await votes.chosen_take(attic.database.reading(), plain.id)
    assert chosen is not None
    assert chosen.id == second.id


async def test_clips_of_shots_that_no_episode_holds_go_where_the_operator_says_so(attic: Attic) -> None:
    single, held, rewritten, voted, young = [await attic.shot("pin.png") for _ in range(5)]
    episode = await write_episode(attic.database)
    async with attic.database.writing() as writer:
        await episodes.set_queued(writer, episode.shots[0].id, held.id)
    alone, chosen, filmed, liked, new, waiting = [
        await attic.take(shot, at=at, end=end)
        for shot, at, end in (
            (single, OLD, jobs.posted),
            (held, OLD, jobs.posted),
            (rewritten, OLD, jobs.posted),
            (voted, OLD, jobs.posted),
            (young, NOW - 20 * DAY_S, jobs.posted),
            (await attic.shot(), OLD, None),
        )
    ]
    # Their clips could not be posted; three of them, or their shots, are needed all the same.
    failed, cast, beside, anew = [
        await attic.take(shot, at=NOW - 40 * DAY_S, end=jobs.fail)
        for shot in (await attic.shot(), await attic.shot(), held, await attic.shot())
    ]
    await attic.cut(episode.id, "of-what-was-rewritten", at=OLD, takes=[filmed, cast])
    async with attic.database.writing() as writer:
        await votes.cast(writer, liked.id, BOB, "like")
        await jobs.add(writer, shot_id=anew.shot_id, take=2, seed=7, requested_by=ALICE)
    everything = {f"{job.id}.mp4" for job in (alone, chosen, filmed, liked, new, waiting, failed, cast, beside, anew)}
    await attic.sweeper().sweep(NOW)
    assert attic.files("clips") == everything
    set_so = attic.config.model_copy(update={"retention": Rules(takes_days=0, shots_days=30)})
    await Retention(attic.database, set_so).sweep(NOW)
    assert attic.files("clips") == everything - {f"{alone.id}.mp4", f"{failed.id}.mp4"}
    for gone in (alone, failed):
        assert (await jobs.get(attic.database.reading(), gone.id)).swept_at is not None
    assert attic.files("pins") == {"pin.png"}


async def test_a_take_that_is_gone_cannot_be_picked_but_made_anew(attic: Attic) -> None:
    shot = await attic.shot()
    old, _ = await attic.take(shot), await attic.take(shot)
    await attic.sweeper().sweep(NOW)
    made: list[Job] = []
    intake = Intake(attic.database, attic.config, Consumer(), lambda: "ltx")
    voting = Voting(attic.database, attic.config, made.append)
    room = CuttingRoom(attic.database, attic.config)
    writing = Writing(attic.database, attic.config, intake, room)
    breakdown = Breakdown(attic.database, attic.config, intake)
    rewriting = Rewriting(attic.database, writing, Production(attic.database, intake, breakdown, room))
    directing = Directing(attic.database, attic.config, intake, voting, made.append, rewrite=rewriting)
    with pytest.raises(Refused, match="refused-take-swept"):
        await directing.pick(old.id, GUILD, ALICE, may_manage=False)
    ordered = await directing.again(old.id, GUILD, ALICE, Wish(shot.words, old.seed), may_manage=False)
    assert (ordered.job.take, ordered.job.seed) == (3, old.seed)


async def test_pins_stay_with_the_shots_that_may_need_them(attic: Attic) -> None:
    posted, queued, failed, young = [
        await attic.shot(name) for name in ("posted.png", "queued.png", "failed.png", "young.png")
    ]
    await attic.take(posted)
    await rows.add_job(attic.database, queued)
    await attic.take(failed, end=jobs.fail)
    await attic.write("UPDATE shots SET created_at = ? WHERE id = ?", YOUNG, young.id)
    held = await attic.shot("held.png")
    episode = await write_episode(attic.database)
    async with attic.database.writing() as writer:
        await episodes.set_queued(writer, episode.shots[0].id, held.id)
    attic.file("pins/of-a-quote.png")
    attic.file("pins/composed-just-now.png", YOUNG)
    await attic.sweeper().sweep(NOW)
    assert attic.files("pins") == {"posted.png", "queued.png", "young.png", "held.png", "composed-just-now.png"}


async def test_films_go_once_another_followed_and_work_once_it_rests(attic: Attic) -> None:
    episode = await write_episode(attic.database)
    await attic.cut(episode.id, "first", at=OLD)
    # The second film is as old as can be: nothing has followed it for long enough.
    await attic.cut(episode.id, "second", at=NOW - 40 * DAY_S)
    await attic.cut(episode.id, "third", at=NOW - 10 * DAY_S)
    attic.file(f"cuts/episode-{episode.id}/third-1.mp4.part")
    attic.file(f"cuts/episode-{episode.id}/work/pieces/a.mp4")
    attic.file("cuts/episode-77/gone.mp4")
    attic.file("cuts/episode-77/work/pieces/b.mp4", YOUNG)
    attic.file("cuts/of-the-operator/b.mp4")
    attic.file("previews/tmpx/film.mp4")
    os.utime(attic.config.directory / "previews" / "tmpx", (OLD, OLD))
    await attic.sweeper().sweep(NOW)
    assert attic.files("cuts") == {"second.mp4", "second.zh.srt", "third.mp4", "third.zh.srt", "b.mp4"}
    assert attic.files("cuts/of-the-operator") == {"b.mp4"}
    assert not list((attic.config.directory / "previews").iterdir())
    # The plan of the first may be wanted again: then it is cut again.
    async with attic.database.writing() as writer:
        again = await cuts.want(writer, episode.id, plan="{}", plan_hash="first", not_before=0)
    assert (again.status, again.pieces) == (CutStatus.QUEUED, ())
    attic.file(f"cuts/episode-{episode.id}/work/pieces/a.mp4")
    await attic.sweeper().sweep(NOW + 100 * DAY_S)
    assert attic.files(f"cuts/episode-{episode.id}") >= {"second.mp4", "third.mp4", "a.mp4"}


async def test_published_films_go_with_their_cuts_and_never_somebody_else_s(attic: Attic) -> None:
    published = Path(attic.config.link.folder)
    publisher = Publisher(attic.database, attic.config.link)
    (published / "index.html").write_text("ours", "utf-8")
    episode, other = await write_episode(attic.database), await write_episode(attic.database)
    names: dict[str, str] = {}
    for number, (plan, owner) in enumerate((("first", episode), ("second", episode), ("lost", other))):
        row = await attic.cut(owner.id, plan, at=OLD + number)
        film = attic.config.directory / f"cuts/episode-{owner.id}/{plan}.mp4"
        names[plan] = (await publisher.publish(film, row.id)).rpartition("/")[2]
    async with attic.database.writing() as writer:
        await episodes.remove(writer, other.id)
    (published / f".{names['lost']}.part").write_bytes(b"of a bot that was killed")
    sweeper = attic.sweeper()
    # From the day on which nothing needs them; not before, however old they are.
    await sweeper.sweep(NOW)
    assert {path.name for path in published.iterdir()} >= {*names.values(), "index.html"}
    published.rename(published.with_name("unmounted"))
    await sweeper.sweep(NOW + 31 * DAY_S)
    published.with_name("unmounted").rename(published)
    await sweeper.sweep(NOW + 32 * DAY_S)
    assert {path.name for path in published.iterdir()} == {names["second"], "index.html"}
    assert [row[0] for row in await attic.database.reading().execute_fetchall("SELECT name FROM links")] == [
        names["second"]
    ]


async def test_a_sweep_that_is_killed_is_finished_by_the_next(attic: Attic, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = await attic.shot()
    old, new = await attic.take(shot), await attic.take(shot)
    attic.file("cuts/episode-5/work.swept/pieces/a.mp4")
    attic.file("cuts/episode-5/work/pieces/b.mp4")

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retention, "_delete", killed)
        with pytest.raises(KeyboardInterrupt):
            await attic.sweeper()._takes(NOW)
    assert attic.files("clips") == {f"{old.id}.mp4", f"{new.id}.mp4"}
    await attic.sweeper().sweep(NOW)
    assert attic.files("clips") == {f"{new.id}.mp4"}
    assert attic.files("cuts") == set()


async def test_a_sweep_for_which_there_is_no_room_is_made_again_soon(
    attic: Attic,
    no_room: Callable[[], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(retention, "AGAIN_S", 0.01)
    shot = await attic.shot()
    old, new = await attic.take(shot), await attic.take(shot)
    both = {f"{old.id}.mp4", f"{new.id}.mp4"}
    sweeping = asyncio.create_task(attic.sweeper().run())
    try:
        async with asyncio.timeout(30):
            with no_room():  # the task begins at the first await
                while "what is old is thrown away later" not in caplog.text:
                    await asyncio.sleep(0.005)
                assert attic.files("clips") == both
            while attic.files("clips") == both:
                await asyncio.sleep(0.005)
    finally:
        sweeping.cancel()
        await asyncio.wait((sweeping,))
    assert attic.files("clips") == {f"{new.id}.mp4"}
    assert "Traceback" not in caplog.text


async def test_nothing_goes_where_everything_is_kept(attic: Attic) -> None:
    shot = await attic.shot("a.png")
    await attic.take(shot)
    await attic.take(shot)
    attic.file("pins/b.png")
    attic.file("cuts/episode-5/a.mp4")
    attic.file("cuts/episode-5/work/pieces/b.mp4")
    before = attic.files(".")
    kept = attic.config.model_copy(update={"retention": Rules(takes_days=0, work_days=0, films_days=0)})
    await Retention(attic.database, kept).sweep(NOW)
    assert attic.files(".") == before
