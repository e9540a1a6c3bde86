"""From a written episode to jobs: what is queued, what is not, and what it would take."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot import arranging
from bot.breakdown import Breakdown
from bot.callsheet import sheet_of
from bot.config import Config, Data, Guards, Queue
from bot.cutting_room import CuttingRoom
from bot.episodes import Writing
from bot.intake import Intake
from bot.orders import ShotOrder
from bot.production import Production
from bot.refusal import Refused
from bot.roster import Roster, Sheet
from db import bulletins, cuts, episodes, guilds, jobs, members, shots
from db.models import Job, Status
from db.writing import EpisodeStatus, Scene, SceneShot
from tests import rows
from tests.rows import ALICE, BOB, CHANNEL, GUILD
from tests.standin.consumer import Consumer
from tests.stories import WHO, reword, write_episode

if TYPE_CHECKING:
    from pathlib import Path

    from aiosqlite import Connection

    from db.connection import Database
    from db.models import Shot
    from db.writing import Episode


SINGLE = ShotOrder(GUILD, CHANNEL, ALICE, "en-US", "A lake at dawn, wide shot.")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = Config(
        data=Data(directory=str(tmp_path / "data")),
        queue=Queue(per_member=6, per_guild=8),
        guards=Guards(blocklist=("绝密",)),
    )
    made.directory.mkdir()
    return made


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def intake(database: Database, config: Config, consumer: Consumer) -> Intake:
    return Intake(database, config, consumer, lambda: "animatic")


@pytest.fixture
def breakdown(database: Database, config: Config, intake: Intake) -> Breakdown:
    return Breakdown(database, config, intake)


@pytest.fixture
def production(database: Database, config: Config, intake: Intake, breakdown: Breakdown) -> Production:
    return Production(database, intake, breakdown, CuttingRoom(database, config))


async def queued(database: Database) -> list[Shot]:
    reader = database.reading()
    return [await shots.get(reader, job.shot_id) for job in await jobs.with_status(reader, Status.QUEUED)]


async def finish(database: Database, config: Config) -> None:
    """Renders all that is queued."""
    for job in await jobs.with_status(database.reading(), Status.QUEUED):
        (config.directory / f"{job.id}.mp4").write_bytes(b"x" * 50_000)
        async with database.writing() as writer:
            await jobs.start(writer, job.id)
            await jobs.rendered(writer, job.id, engine="animatic", clip_path=f"{job.id}.mp4", frames=113, stages={})


async def refusal(production: Production, episode: Episode) -> str:
    with pytest.raises(Refused) as caught:
        await production.render(episode.id, episode.version, WHO)
    return caught.value.key


async def test_each_shot_is_queued_with_its_scene(
    database: Database, production: Production, consumer: Consumer
) -> None:
    episode = await write_episode(database)
    accepted = await production.render(episode.id, episode.version, WHO)
    made = await queued(database)
    assert [one.shot.id for one in accepted] == [shot.id for shot in made]
    assert len({shot.seed for shot in made}) == 1
    for shot in made:
        assert "a palace, morning light, mist" in shot.prompt
        assert "a palace" not in shot.words
        assert (shot.width, shot.height, shot.frames) == (960, 544, 121)
    now = await episodes.get(database.reading(), episode.id)
    assert now.status is EpisodeStatus.RENDERING
    assert [shot.shot_id for shot in now.shots] == [shot.id for shot in made]
    assert now.version == episode.version
    assert [job.id for job in consumer.changes] == [one.job.id for one in accepted]


async def test_the_reference_is_pinned_again_at_frame_0_of_each_shot(
    database: Database, config: Config, production: Production, breakdown: Breakdown
) -> None:
    data = io.BytesIO()
    Image.new("RGB", (320, 400), (160, 90, 120)).save(data, "PNG")
    await Roster(database, config).add(GUILD, "en-US", ALICE, Sheet("Ada", "a person", picture=data.getvalue()))
    episode = await write_episode(database)
    scene = replace(episode.scenes[0], shots=tuple(replace(shot, cast=("Ada",)) for shot in episode.shots), seed=99)
    async with database.writing() as writer:
        episode = await episodes.edit(writer, episode.with_scenes((scene,)))
    await production.render(episode.id, episode.version, WHO)
    made = await queued(database)
    assert [[pin.frame for pin in shot.pins] for shot in made] == [[0]] * 3
    assert {shot.seed for shot in made} == {99}
    await finish(database, config)
    # Another picture means other takes; the words are the same.
    Image.new("RGB", (320, 400), (20, 90, 220)).save(data := io.BytesIO(), "PNG")
    await Roster(database, config).edit(GUILD, "Ada", ALICE, Sheet(picture=data.getvalue()), may_manage=False)
    assert len((await breakdown.quote(await episodes.get(database.reading(), episode.id), WHO)).needed) == 3


async def test_only_what_was_changed_is_rendered_again(
    database: Database, config: Config, production: Production, breakdown: Breakdown
) -> None:
    episode = await write_episode(database)
    await production.render(episode.id, episode.version, WHO)
    await finish(database, config)
    episode = await episodes.get(database.reading(), episode.id)
    assert (await breakdown.quote(episode, WHO)).needed == ()
    changed = await reword(database, episode, "1.2", "A harbour at night, wide shot.")
    quote = await breakdown.quote(changed, WHO)
    assert [one.written.words for one in quote.needed] == ["A harbour at night, wide shot."]
    (accepted,) = await production.render(changed.id, changed.version, WHO)
    now = await episodes.get(database.reading(), episode.id)
    assert [shot.shot_id for shot in now.shots] == [
        episode.shots[0].shot_id,
        accepted.shot.id,
        episode.shots[2].shot_id,
    ]
    # A change of the scene changes every shot of it.
    async with database.writing() as writer:
        now = await episodes.edit(writer, now.with_scenes((replace(now.scenes[0], light="moonlight"),)))
    assert len((await breakdown.quote(now, WHO)).needed) == 3


async def test_what_waits_is_not_queued_twice_and_what_is_outdated_is_cancelled(
    database: Database, production: Production, consumer: Consumer
) -> None:
    episode = await write_episode(database)
    first = await production.render(episode.id, episode.version, WHO)
    assert await production.render(episode.id, episode.version, WHO) == []
    assert len(await queued(database)) == 3
    changed = await reword(database, await episodes.get(database.reading(), episode.id), "1.1", "A bridge, wide shot.")
    await production.render(changed.id, changed.version, WHO)
    assert (await jobs.get(database.reading(), first[0].job.id)).status is Status.CANCELLED
    assert consumer.stopped == [first[0].job.id]
    assert len(await queued(database)) == 3


async def test_an_edit_that_changes_no_picture_is_stored_with_a_take(
    database: Database, production: Production
) -> None:
    episode = await write_episode(database)
    first, *_ = await production.render(episode.id, episode.version, WHO)
    now = await episodes.get(database.reading(), episode.id)

    async def keep(writer: Connection) -> None:
        await episodes.edit(writer, now)

    async def another(writer: Connection) -> Job:
        return await jobs.add(writer, shot_id=first.shot.id, take=2, seed=7, requested_by=ALICE)

    async def refused(writer: Connection) -> Job:
        del writer
        raise Refused("refused-same-take")

    with pytest.raises(Refused, match="refused-same-take"):
        await production.retake(now, now.shots[0].id, WHO, keep, refused)
    assert await episodes.get(database.reading(), episode.id) == now, "the edit goes with its take"
    made = await production.retake(now, now.shots[0].id, WHO, keep, another)
    assert isinstance(made, Job)
    assert (await episodes.get(database.reading(), episode.id)).version == now.version + 1
    assert [shot.id for shot in await queued(database)].count(first.shot.id) == 2
    assert len(await queued(database)) == 4


async def test_an_edit_makes_a_quote_void(database: Database, production: Production) -> None:
    episode = await write_episode(database)
    await reword(database, episode, "1.1", "A bridge, wide shot.")
    assert await refusal(production, episode) == "refused-episode-changed"
    assert await queued(database) == []


async def test_two_who_press_at_once_queue_it_once(database: Database, production: Production) -> None:
    episode = await write_episode(database)
    async with database.writing() as writer:
        await episodes.share(writer, episode.id, BOB, "editor")
    results = await asyncio.gather(
        *(production.render(episode.id, episode.version, replace(WHO, member_id=who)) for who in (ALICE, BOB)),
        return_exceptions=True,
    )
    assert len(await queued(database)) == 3
    assert [isinstance(result, Refused) for result in results].count(True) == 1


async def test_an_episode_is_taken_whole_and_comes_in_line_as_there_is_room(
    database: Database, config: Config, intake: Intake, production: Production, breakdown: Breakdown
) -> None:
    episode = await write_episode(database, shots=9)
    quote = await breakdown.quote(episode, WHO)
    assert (len(quote.needed), quote.film_s) == (9, pytest.approx(9 * 113 / 24))
    accepted = await production.render(episode.id, episode.version, WHO)
    assert len({one.shot.number for one in accepted}) == 9
    assert [place.owed for place in await intake.estimates.line()] == [False] * 6 + [True] * 3
    # The rows alone say so: what is started anew sees the same line.
    restarted = Intake(database, config, Consumer(), lambda: "animatic").estimates
    assert await restarted.line() == await intake.estimates.line()
    # What the same member asks for by itself is next; a shot that waits makes room for it.
    single = (await intake.accept(await intake.prepare(SINGLE)))[0]
    assert single.place == 1
    line = await intake.estimates.line()
    assert [(place.job.episode_id, place.owed) for place in line] == [
        (None, False),
        *[(episode.id, False)] * 5,
        *[(episode.id, True)] * 4,
    ]
    for done in (single.job, accepted[0].job):
        await rows.move(database, jobs.start, done.id)
        assert [place.owed for place in await intake.estimates.line()].count(False) == 5
        await rows.move(database, jobs.rendered, done.id, **rows.RENDERED)
    assert [place.owed for place in await intake.estimates.line()] == [False] * 6 + [True] * 2
    # An edit of one shot is taken, too, and the rest is not queued twice.
    changed = await reword(database, await episodes.get(database.reading(), episode.id), "1.9", "A bridge, wide shot.")
    await production.render(changed.id, changed.version, WHO)
    assert len(await queued(database)) == 8
    stopped = await production.cancel(changed)
    assert (len(stopped.takes), stopped.clips, stopped.film) == (8, 1, False)
    assert await intake.estimates.line() == []


async def test_a_member_has_one_long_episode_at_a_time(database: Database, production: Production) -> None:
    long, other = [await write_episode(database, shots=7) for _ in range(2)]
    await production.render(long.id, long.version, WHO)
    assert await refusal(production, other) == "refused-episodes-waiting"
    assert len(await queued(database)) == 7
    assert (await episodes.get(database.reading(), other.id)).status is EpisodeStatus.WRITING
    async with database.writing() as writer:
        await episodes.share(writer, other.id, BOB, "editor")
    assert len(await production.render(other.id, other.version, replace(WHO, member_id=BOB))) == 7


async def test_what_waits_of_a_removed_shot_is_cancelled(
    database: Database, config: Config, intake: Intake, production: Production, consumer: Consumer
) -> None:
    writing = Writing(database, config, intake, CuttingRoom(database, config))
    episode = await write_episode(database, shots=7)
    accepted = await production.render(episode.id, episode.version, WHO)
    await writing.change(WHO, episode.number, lambda before: arranging.without(before, "1.7"))
    assert consumer.stopped == [accepted[6].job.id]
    assert len(await queued(database)) == 6
    with pytest.raises(Refused, match="refused-episode-under-way"):
        await writing.remove(WHO, episode.number)


async def test_a_shot_that_the_guards_refuse_refuses_all(database: Database, production: Production) -> None:
    episode = await write_episode(database)
    changed = await reword(database, episode, "1.3", "她拿着一份绝密文件。")
    assert (await refusal(production, changed)).startswith("guard-")
    assert await queued(database) == []


async def test_an_episode_without_shots_is_refused(database: Database, production: Production) -> None:
    episode = await write_episode(database, shots=0)
    assert await refusal(production, episode) == "refused-empty-episode"


async def test_a_quote_is_measured_here(database: Database, config: Config, breakdown: Breakdown) -> None:
    await rows.queue_shot(database, guild=GUILD, author=BOB)
    episode = await write_episode(database)
    guess = await breakdown.quote(episode, WHO)
    # Bob's shot goes first; Alice has three.
    assert (len(guess.needed), guess.forecast.place) == (3, 2)
    assert guess.film_s == pytest.approx(3 * 113 / 24)
    assert guess.forecast.eta_s > guess.forecast.seconds > 0
    # Nothing was cut here yet: the quiet period is all that is known to follow.
    assert guess.done_s == pytest.approx(guess.forecast.eta_s + config.episodes.quiet_s)
    async with database.writing() as writer:
        cut = await cuts.want(writer, episode.id, plan="{}", plan_hash="0", not_before=0)
        await cuts.start(writer, cut.id)
        await cuts.finished(writer, cut.id, pieces=[], seconds=100.0)
        await writer.execute("UPDATE cuts SET ended_at = started_at + 50")
    known = await breakdown.quote(episode, WHO)
    assert known.done_s - known.forecast.eta_s == pytest.approx(config.episodes.quiet_s + known.film_s / 2)
    await finish(database, config)
    async with database.writing() as writer:
        await writer.execute("UPDATE jobs SET ended_at = started_at + 100")
    measured = await breakdown.quote(episode, WHO)
    a_shot = 121 * 960 * 544 / (121 * 1280 * 704)
    assert measured.forecast.seconds == pytest.approx(300 * a_shot)
    assert measured.size == pytest.approx(150_000 * a_shot)
    # A disk on which no file can be looked at: here, one whose names are too long.
    async with database.writing() as writer:
        await writer.execute("UPDATE jobs SET clip_path = hex(zeroblob(200)) || id")
    assert (await breakdown.quote(episode, WHO)).size == guess.size


async def test_shots_of_an_episode_yield_to_a_single_shot(
    database: Database, intake: Intake, production: Production
) -> None:
    episode = await write_episode(database, shots=6)
    await production.render(episode.id, episode.version, WHO)
    _, single = await rows.queue_shot(database, guild=GUILD, author=BOB)
    line = [place.job for place in await intake.estimates.line()]
    assert [job.member_id for job in line[:2]] == [ALICE, BOB]
    assert line[1].job_id == single.id
    # The rows alone decide: another process sees the same order.
    again = Intake(database, intake._config, Consumer(), lambda: "animatic")
    assert [place.job for place in await again.estimates.line()] == line


async def test_cancelling_stops_what_waits_and_renders(
    database: Database, intake: Intake, production: Production, consumer: Consumer
) -> None:
    episode = await write_episode(database)
    accepted = await production.render(episode.id, episode.version, WHO)
    async with database.writing() as writer:
        await jobs.start(writer, accepted[0].job.id)
    stopped = await production.cancel(episode)
    assert (len(stopped.takes), stopped.clips) == (3, 0)
    assert consumer.stopped == [one.job.id for one in accepted]
    sheet = await sheet_of(database.reading(), episode.id, intake.estimates.line)
    assert {call.standing for call in sheet.calls} == {"failed"}
    assert sheet.episode.status is EpisodeStatus.CANCELLED
    # And again from the start.
    assert len(await production.render(episode.id, episode.version, WHO)) == 3


async def test_a_call_sheet_tells_each_shot_apart(database: Database, intake: Intake, production: Production) -> None:
    episode = await write_episode(database, shots=4)
    first, second, third, _ = await production.render(episode.id, episode.version, WHO)
    async with database.writing() as writer:
        for job_id in (first.job.id, second.job.id, third.job.id):
            await jobs.start(writer, job_id)
        await jobs.rendered(writer, first.job.id, engine="animatic", clip_path="1.mp4", frames=113, stages={})
        await jobs.fail(writer, third.job.id, "failure-memory")
        scene = (await episodes.get(writer, episode.id)).scenes[0]
        shots_now = (*scene.shots, SceneShot("A new one."))
        await episodes.edit(writer, replace(episode, scenes=(replace(scene, shots=shots_now), Scene(title="empty"))))
    sheet = await sheet_of(database.reading(), episode.id, intake.estimates.line)
    assert [(call.label, call.standing) for call in sheet.calls] == [
        ("1.1", "done"),
        ("1.2", "rendering"),
        ("1.3", "failed"),
        ("1.4", "waiting"),
        ("1.5", "unqueued"),
    ]
    assert sheet.calls[2].failure == "failure-memory"
    assert sheet.done == 1
    assert sheet.eta_s is not None
    assert not sheet.cutting


async def test_members_ask_to_be_told(database: Database, production: Production) -> None:
    episode = await write_episode(database)
    assert (await production.subscribe(episode.id, BOB)).number == 1
    async with database.writing() as writer:
        await guilds.remember(writer, GUILD, "en-US")
        await members.set_notices_off(writer, GUILD, BOB, off=True)
    with pytest.raises(Refused, match="refused-notices-off"):
        await production.subscribe(episode.id, BOB)
    with pytest.raises(Refused, match="refused-episode-gone"):
        await production.subscribe(episode.id + 1, BOB)
    assert await bulletins.owed(database.reading()) == []
