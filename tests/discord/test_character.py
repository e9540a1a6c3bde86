from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from bot.i18n import speak
from db import characters
from db.models import CastMember
from tests import rows
from tests.discord.conftest import BLOCKED, CHINESE, ENGLISH, png

if TYPE_CHECKING:
    from simcord.actors import MemberActor

    from bot.config import Config
    from db.connection import Database
    from db.models import Character
    from tests.discord.conftest import Stage

BOTH = pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
SHARED = {ENGLISH: "Everyone on this server", CHINESE: "本服务器所有人"}
PICTURE = ("picture.png", png())


async def stored(stage: Stage, database: Database, name: str) -> Character | None:
    return await characters.named(database.reading(), stage.guild.id, name)


async def add(stage: Stage, member: MemberActor, name: str = "沈月华", **options: Any) -> str:
    return await stage.slash(member, "character add", name=name, **({"picture": PICTURE} | options))


@BOTH
async def test_a_character_is_added(stage: Stage, database: Database, config: Config, locale: str) -> None:
    stage.locale = locale
    text = await add(stage, stage.alice, " 沈　月华 ", description="年轻女子", outfit="白衣", sharing="server")
    assert text.splitlines()[0] == speak(locale)("reply-character-added", name="沈 月华", sharing=SHARED[locale])
    found = await stored(stage, database, "沈 月华")
    assert found is not None
    assert (found.owner_id, found.description, found.outfit, found.sharing) == (
        stage.alice.id,
        "年轻女子",
        "白衣",
        "server",
    )
    assert (config.directory / found.picture_path).is_file()
    # What the picture will suffer from is said in the member's language.
    warnings = text.splitlines()[1:]
    assert warnings
    assert all(line.startswith("- ") for line in warnings)


@BOTH
async def test_a_name_is_given_once(stage: Stage, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice, "Ada_")
    assert await add(stage, stage.bob, "ＡＤＡ_") == speak(locale)("refused-name-taken", name=r"ADA\_")


@BOTH
async def test_each_bad_sheet_is_refused(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    words = speak(locale)
    assert await add(stage, stage.alice, "***") == words("refused-name-empty")
    assert await add(stage, stage.alice, "㍿" * 11) == words("refused-name-too-long", most=40)
    assert await add(stage, stage.alice, f"{BLOCKED}人") == words("refused-blocked-word")
    assert await add(stage, stage.alice, description=BLOCKED) == words("refused-blocked-word")
    assert await characters.count(database.reading(), stage.guild.id) == 0


@BOTH
async def test_a_server_keeps_so_many_and_no_more(stage: Stage, locale: str) -> None:
    stage.locale = locale
    for name in ("A", "B", "C"):
        await add(stage, stage.alice, name)
    assert await add(stage, stage.alice, "D") == speak(locale)("refused-too-many-in-guild", most=3)


@BOTH
async def test_a_picture_over_the_cap_is_not_even_fetched(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    async def fetched(url: str) -> bytes:
        raise AssertionError(url)

    monkeypatch.setattr(stage.env.bot.http, "get_from_cdn", fetched)
    stage.locale = locale
    words = speak(locale)
    large = ("large.png", bytes(200_001))
    assert await add(stage, stage.alice, picture=large) == words("refused-upload-too-large", most=0.2)
    text = ("notes.txt", b"hello")
    assert await add(stage, stage.alice, picture=text) == words("refused-upload-no-picture", kind="text/plain")


@pytest.mark.parametrize("name", ["broken.png", "nothing.png", "unknown-type"])
@BOTH
async def test_a_file_that_is_no_picture_is_refused(stage: Stage, database: Database, name: str, locale: str) -> None:
    stage.locale = locale
    text = await add(stage, stage.alice, picture=(name, b"" if name == "nothing.png" else b"\x89PNG\r\n\x1a\nrubbish"))
    assert text
    assert "#" not in text
    assert "Error" not in text
    assert await stored(stage, database, "沈月华") is None


async def test_a_picture_that_does_not_come(stage: Stage) -> None:
    stage.env.backend.cdn._blobs = type("Empty", (dict,), {"__setitem__": lambda *_: None})()
    assert await add(stage, stage.alice) == speak(ENGLISH)("refused-upload-lost")


@BOTH
async def test_the_list(stage: Stage, locale: str) -> None:
    stage.locale = locale
    words = speak(locale)
    assert await stage.slash(stage.bob, "character list") == words("reply-no-characters")
    await add(stage, stage.alice, "沈*月华*")
    await add(stage, stage.alice, "Hidden", sharing="owner")
    assert (await stage.slash(stage.bob, "character list")).splitlines() == [
        words("reply-characters", count=1),
        rf"- **沈\*月华\*** · <@{stage.alice.id}> · {SHARED[locale]}",
    ]
    assert "Hidden" in await stage.slash(stage.alice, "character list")


async def test_a_long_list_has_pages(stage: Stage, database: Database) -> None:
    names = [f"角色{number:03}" for number in range(100)]
    for name in names:
        await rows.add_character(database, name, guild=stage.guild.id)
    pages = [await stage.slash(stage.bob, "character list", page=page) for page in (1, 2, 3, 4, 5)]
    assert all(len(page) <= 2000 for page in pages)
    shown = [line.split("**")[1] for page in dict.fromkeys(pages) for line in page.splitlines() if "**" in line]
    assert shown == names


@BOTH
async def test_a_character_is_shown_with_its_picture(stage: Stage, config: Config, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice, "沈_月华", description="*年轻*女子", outfit="白衣")
    result = await stage.command(stage.bob, "character show", name="沈_月华")
    assert result.response is not None
    (embed,) = result.response.embeds
    picture, framed = result.response.attachments
    assert (embed.title, embed.description) == (r"沈\_月华", r"\*年轻\*女子")
    words = speak(locale)
    fields = {field.name: field.value for field in embed.fields}
    assert fields[words("reply-outfit")] == "白衣"
    assert fields[words("reply-owner")] == f"<@{stage.alice.id}>"
    assert fields[words("reply-sharing")] == SHARED[locale]
    assert words("reply-warnings") in fields
    assert picture.filename == "reference.png"
    (kept,) = (config.directory / "pictures").glob("*.png")
    assert stage.env.backend.cdn.get(picture.url) == kept.read_bytes()
    shown = stage.env.backend.cdn.get(framed.url)
    assert shown is not None
    with Image.open(io.BytesIO(shown)) as canvas:
        assert canvas.size == (960, 544)
    assert embed.thumbnail.url is not None
    assert embed.thumbnail.url.endswith("reference.png")
    assert embed.image.url is not None
    assert embed.image.url.endswith("framed.png")
    assert embed.footer.text == words("reply-framed", found=words("casting-found-centre"))


@BOTH
async def test_a_lone_dash_empties_a_text(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice, "Ada", description="old", outfit="a hat")
    await stage.slash(stage.alice, "character edit", name="Ada", description="-")
    kept = await characters.named(database.reading(), stage.guild.id, "Ada")
    assert kept is not None
    assert (kept.description, kept.outfit) == ("", "a hat")
    await stage.slash(stage.alice, "character edit", name="Ada", outfit="-")
    kept = await characters.named(database.reading(), stage.guild.id, "Ada")
    assert kept is not None
    assert (kept.description, kept.outfit) == ("", "")


@BOTH
async def test_a_character_whose_picture_is_gone_is_still_shown(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    await rows.add_character(database, guild=stage.guild.id, description="", outfit="", picture_path="gone.png")
    result = await stage.command(stage.bob, "character show", name="沈月华")
    assert result.response is not None
    (embed,) = result.response.embeds
    words = speak(locale)
    assert embed.description == words("reply-no-description")
    assert embed.footer.text == words("reply-picture-missing")
    assert result.response.attachments == []


@BOTH
async def test_nobody_sees_what_its_owner_keeps(stage: Stage, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice, "Hidden", sharing="owner")
    unknown = speak(locale)("refused-unknown-character", name="hidden")
    assert await stage.slash(stage.bob, "character show", name="hidden") == unknown
    assert await stage.slash(stage.bob, "character edit", name="hidden", outfit="x") == unknown
    assert await stage.slash(stage.bob, "character remove", name="hidden") == unknown


@BOTH
async def test_an_owner_edits(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice)
    before = await stored(stage, database, "沈月华")
    text = await stage.slash(
        stage.alice,
        "character edit",
        name="沈月华",
        new_name="月华",
        outfit="红衣",
        picture=("n.png", png(colour="#0000ff")),
    )
    assert text.splitlines()[0] == speak(locale)("reply-character-edited", name="月华", sharing=SHARED[locale])
    after = await stored(stage, database, "月华")
    assert before is not None
    assert after is not None
    assert (after.id, after.outfit) == (before.id, "红衣")
    assert after.picture_sha256 != before.picture_sha256


async def test_a_manager_edits_and_others_do_not(stage: Stage, database: Database) -> None:
    await add(stage, stage.alice)
    words = speak(ENGLISH)
    theirs = words("refused-not-your-character", name="沈月华")
    assert await stage.slash(stage.bob, "character edit", name="沈月华", outfit="rags") == theirs
    assert await stage.slash(stage.bob, "character remove", name="沈月华") == theirs
    assert "is changed" in await stage.slash(stage.manager, "character edit", name="沈月华", outfit="silk")
    found = await stored(stage, database, "沈月华")
    assert found is not None
    assert (found.outfit, found.owner_id) == ("silk", stage.alice.id)


@BOTH
async def test_an_edit_that_changes_nothing_is_refused(stage: Stage, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice)
    assert await stage.slash(stage.alice, "character edit", name="沈月华") == speak(locale)("refused-nothing-to-change")


@BOTH
async def test_an_owner_removes(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice)
    answer = await stage.slash(stage.alice, "character remove", name="沈月华")
    assert answer == speak(locale)("reply-character-removed", name="沈月华")
    assert await stored(stage, database, "沈月华") is None


async def test_a_manager_removes(stage: Stage, database: Database) -> None:
    await add(stage, stage.alice)
    assert "is removed" in await stage.slash(stage.manager, "character remove", name="沈月华")
    assert await stored(stage, database, "沈月华") is None


@BOTH
async def test_a_character_that_queued_shots_need_stays(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    await add(stage, stage.alice)
    who = await stored(stage, database, "沈月华")
    assert who is not None
    for _ in range(2):
        await rows.queue_shot(database, guild=stage.guild.id, cast=[CastMember(who.name, who.look, who.id)])
    text = await stage.slash(stage.alice, "character remove", name="沈月华")
    assert "#1" in text
    assert "#2" in text
    assert await stored(stage, database, "沈月华") == who
