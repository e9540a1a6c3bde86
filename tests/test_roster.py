from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.config import Config, Data, Guards, Pictures
from bot.refusal import Refused
from bot.roster import MAX_DESCRIPTION, Roster, Sheet
from db import characters, guilds
from db.models import CastMember
from tests import rows
from tests.rows import ALICE, BOB, GUILD, OTHER_GUILD

if TYPE_CHECKING:
    from db.connection import Database


def picture(colour: str = "#806040", size: tuple[int, int] = (320, 400), kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return data.getvalue()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        data=Data(directory=str(tmp_path / "data")),
        guards=Guards(blocklist=("秘密", "forbidden")),
        pictures=Pictures(max_pixels=1_000_000, per_guild=2),
    )


@pytest.fixture
def roster(database: Database, config: Config) -> Roster:
    return Roster(database, config)


async def refusal(roster: Roster, sheet: Sheet, member: int = ALICE) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refused) as caught:
        await roster.add(GUILD, "zh-CN", member, sheet)
    return caught.value.key, caught.value.arguments


async def test_a_picture_is_stored_under_its_hash_relative_to_the_data(
    roster: Roster, database: Database, config: Config
) -> None:
    kept = await roster.add(GUILD, "zh-CN", ALICE, Sheet("沈月华", picture=picture(kind="JPEG")))
    who = kept.character
    row = await characters.named(database.reading(), GUILD, "沈月华")
    assert row is not None
    assert row.picture_path == f"pictures/{who.picture_sha256}.png"
    assert who.picture_path == str(config.directory / row.picture_path)
    assert (who.picture_width, who.picture_height) == (320, 400)
    with Image.open(who.picture_path) as stored:
        assert stored.format == "PNG"
    assert await guilds.locale_of(database.reading(), GUILD) == "zh-CN"
    assert kept.warnings  # there is nobody in a plain picture


async def test_names_are_tidied(roster: Roster) -> None:
    kept = await roster.add(GUILD, "en-US", ALICE, Sheet("  Ｓｈｅｎ　 Yuehua ", " a \n woman ", picture=picture()))
    assert (kept.character.name, kept.character.description) == ("Shen Yuehua", "a woman")
    assert kept.character.sharing == "server"


@pytest.mark.parametrize(
    ("sheet", "key"),
    [
        (Sheet("\u3000"), "refused-name-empty"),
        (Sheet("-_-"), "refused-name-empty"),
        (Sheet("x" * 41), "refused-name-too-long"),
        (Sheet("大秘密"), "refused-blocked-word"),
        (Sheet("A", outfit="FORBIDDEN fruit"), "refused-blocked-word"),
        (Sheet("A", description="x" * (MAX_DESCRIPTION + 1)), "refused-description-too-long"),
        (Sheet("A", picture=b"no picture"), "casting-refused-kind"),
        (Sheet("A", picture=picture(size=(1100, 1000))), "casting-refused-pixels"),
    ],
)
async def test_refusals_store_nothing(
    roster: Roster, database: Database, config: Config, sheet: Sheet, key: str
) -> None:
    if sheet.picture is None:
        sheet = Sheet(sheet.name, sheet.description, sheet.outfit, sheet.sharing, picture())
    assert (await refusal(roster, sheet))[0] == key
    assert await characters.count(database.reading(), GUILD) == 0
    assert not list(config.directory.rglob("*.png"))


async def test_a_sheet_for_a_new_character_is_whole(roster: Roster) -> None:
    for sheet in (Sheet("A"), Sheet(picture=picture())):
        with pytest.raises(ValueError, match="a name and a picture"):
            await roster.add(GUILD, "en-US", ALICE, sheet)


async def test_a_name_is_unique_in_its_guild_only(roster: Roster) -> None:
    await roster.add(GUILD, "en-US", ALICE, Sheet("Ada", picture=picture()))
    assert await refusal(roster, Sheet("ＡＤＡ", picture=picture()), BOB) == ("refused-name-taken", {"name": "ADA"})
    await roster.add(OTHER_GUILD, "en-US", ALICE, Sheet("Ada", picture=picture()))


async def test_two_members_cannot_take_one_name_at_once(roster: Roster, database: Database) -> None:
    results = await asyncio.gather(
        *(roster.add(GUILD, "en-US", member, Sheet("Ada", picture=picture())) for member in (ALICE, BOB)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert await characters.count(database.reading(), GUILD) == 1


async def test_a_guild_has_a_limit(roster: Roster) -> None:
    for name in ("A", "B"):
        await roster.add(GUILD, "en-US", ALICE, Sheet(name, picture=picture()))
    assert await refusal(roster, Sheet("C", picture=picture())) == ("refused-too-many-in-guild", {"most": 2})
    await roster.add(OTHER_GUILD, "en-US", ALICE, Sheet("C", picture=picture()))


async def test_an_edit_changes_what_is_named_and_nothing_else(roster: Roster) -> None:
    before = (await roster.add(GUILD, "en-US", ALICE, Sheet("A", "a woman", "silk", picture=picture()))).character
    after = (await roster.edit(GUILD, "a", ALICE, Sheet(outfit="rags"), may_manage=False)).character
    assert (after.name, after.description, after.outfit, after.picture_path) == (
        *("A", "a woman", "rags"),
        before.picture_path,
    )
    after = (
        await roster.edit(GUILD, "a", ALICE, Sheet(description="", picture=picture("#ff0000")), may_manage=False)
    ).character
    assert after.description == ""
    assert after.picture_path != before.picture_path
    # Queued shots have pins of their own: nothing needs the old one.
    assert not Path(before.picture_path).exists()


async def test_an_edit_to_a_taken_name_is_refused(roster: Roster) -> None:
    for name in ("A", "B"):
        await roster.add(GUILD, "en-US", ALICE, Sheet(name, picture=picture()))
    with pytest.raises(Refused) as caught:
        await roster.edit(GUILD, "A", ALICE, Sheet("ｂ"), may_manage=False)
    assert caught.value.key == "refused-name-taken"


@pytest.mark.parametrize(
    ("sharing", "member", "may_manage", "key"),
    [
        ("server", BOB, False, "refused-not-your-character"),
        ("owner", BOB, False, "refused-unknown-character"),
        ("owner", BOB, True, None),
        ("server", ALICE, False, None),
    ],
)
async def test_who_may_edit_and_remove(
    roster: Roster, database: Database, sharing: str, member: int, may_manage: bool, key: str | None
) -> None:
    await rows.add_character(database, "A", sharing=sharing)
    if key is None:
        assert (await roster.edit(GUILD, "A", member, Sheet(outfit="rags"), may_manage=may_manage)).character.outfit
        await roster.remove(GUILD, "A", member, may_manage=may_manage)
        assert await characters.count(database.reading(), GUILD) == 0
        return
    for change in (
        roster.edit(GUILD, "A", member, Sheet(outfit="rags"), may_manage=may_manage),
        roster.remove(GUILD, "A", member, may_manage=may_manage),
    ):
        with pytest.raises(Refused) as caught:
            await change
        assert caught.value.key == key


async def test_another_guilds_character_is_unknown(roster: Roster, database: Database) -> None:
    await rows.add_character(database, "A", guild=OTHER_GUILD)
    for change in (
        roster.show(GUILD, "A", ALICE),
        roster.edit(GUILD, "A", ALICE, Sheet(outfit="rags"), may_manage=True),
        roster.remove(GUILD, "A", ALICE, may_manage=True),
    ):
        with pytest.raises(Refused) as caught:
            await change
        assert caught.value.key == "refused-unknown-character"


async def test_removing_what_a_shot_needs_names_the_shots(roster: Roster, database: Database) -> None:
    who = await rows.add_character(database, "A")
    for _ in range(2):
        await rows.queue_shot(database, cast=[CastMember(who.name, who.look, who.id)])
    with pytest.raises(Refused) as caught:
        await roster.remove(GUILD, "A", ALICE, may_manage=False)
    assert caught.value.arguments == {"name": "A", "shots": "#1, #2"}


async def test_what_members_see(roster: Roster, database: Database, config: Config) -> None:
    await rows.add_character(database, "shared", picture_path="pictures/a.png")
    await rows.add_character(database, "hidden", sharing="owner")
    assert [who.name for who in await roster.visible_to(GUILD, ALICE)] == ["hidden", "shared"]
    assert [who.name for who in await roster.visible_to(GUILD, BOB)] == ["shared"]
    assert (await roster.show(GUILD, "SHARED", BOB)).picture_path == str(config.directory / "pictures/a.png")
    with pytest.raises(Refused):
        await roster.show(GUILD, "hidden", BOB)


@pytest.mark.parametrize("typed", ["A\u200bda", "\u202eAda", "Ada\u2066", "A\u00adda\ufeff", "A\x07da"])
async def test_what_is_not_seen_is_no_part_of_a_name(roster: Roster, typed: str) -> None:
    kept = await roster.add(GUILD, "en-US", ALICE, Sheet(typed, outfit="\u202ered dress", picture=picture()))
    assert (kept.character.name, kept.character.outfit) == ("Ada", "red dress")
    assert (await refusal(roster, Sheet("Ada", picture=picture())))[0] == "refused-name-taken"


async def test_joiners_belong_to_a_name(roster: Roster) -> None:
    for name in ("می\u200cخواهم", "Nguyễn Thị Ệ"):
        kept = await roster.add(GUILD, "en-US", ALICE, Sheet(name, picture=picture()))
        assert kept.character.name == name


async def test_marks_piled_on_a_letter_are_refused(roster: Roster) -> None:
    assert (await refusal(roster, Sheet("e" + "\u0301" * 39, picture=picture())))[0] == "refused-name-marks"


async def test_a_picture_goes_with_the_last_character_that_has_it(roster: Roster) -> None:
    one = await roster.add(GUILD, "en-US", ALICE, Sheet("One", picture=picture("red")))
    await roster.add(OTHER_GUILD, "en-US", BOB, Sheet("Same", picture=picture("red")))
    file = Path(one.character.picture_path)
    await roster.edit(GUILD, "One", ALICE, Sheet(picture=picture("blue")), may_manage=False)
    assert file.is_file()
    await roster.remove(OTHER_GUILD, "Same", BOB, may_manage=False)
    assert not file.exists()
    assert len(list(roster.pictures.iterdir())) == 1
    await roster.edit(GUILD, "One", ALICE, Sheet(outfit="a hat"), may_manage=False)
    assert Path((await roster.show(GUILD, "One", ALICE)).picture_path).is_file()


async def test_a_refused_character_leaves_no_picture(roster: Roster) -> None:
    await roster.add(GUILD, "en-US", ALICE, Sheet("One", picture=picture("red")))
    await roster.add(GUILD, "en-US", ALICE, Sheet("Two", picture=picture("green")))
    assert (await refusal(roster, Sheet("Three", picture=picture("blue"))))[0] == "refused-too-many-in-guild"
    assert len(list(roster.pictures.iterdir())) == 2
