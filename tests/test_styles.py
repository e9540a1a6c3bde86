"""Style LoRAs by name: the operator's list, which of them holds, and what a shot keeps of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import styles
from bot.config import Config, Data
from bot.editing import credited
from bot.intake import Intake
from bot.orders import ShotOrder
from bot.refusal import Refused
from bot.styles import ChosenStyle, Loras, Style
from db import jobs, shots
from tests import rows
from tests.rows import ALICE, CHANNEL, GUILD

if TYPE_CHECKING:
    from pathlib import Path

    from db.connection import Database
    from db.models import Job

LORAS = Loras(
    styles={"水墨": Style(file="ink.safetensors", strength=0.6, words="ink wash"), "Clay": Style(file="c.safetensors")}
)
ORDER = ShotOrder(GUILD, CHANNEL, ALICE, "en-US", "A lake at dawn, wide shot.", lora_strength=0.8, style="cinematic")


class Worker:
    def changed(self, job: Job) -> None: ...

    def stop(self, job_id: int) -> None: ...


def intake_with(database: Database, folder: Path, loras: Loras) -> Intake:
    return Intake(database, Config(data=Data(directory=str(folder)), loras=loras), Worker(), lambda: "ltx")


@pytest.mark.parametrize(
    ("named", "holds"),
    [
        (("", "", "Clay"), "Clay"),
        (("", "水墨", "Clay"), "水墨"),
        (("Clay", "水墨", ""), "Clay"),
        (("", "none", "Clay"), ""),
        (("Clay", "none", ""), "Clay"),
        (("NONE", "", "Clay"), ""),
        (("", "", ""), ""),
    ],
)
def test_the_innermost_name_holds(named: tuple[str, str, str], holds: str) -> None:
    assert styles.innermost(*named) == holds


def test_a_name_is_found_in_any_writing() -> None:
    assert styles.chosen("ＣＬＡＹ", LORAS) == ChosenStyle("Clay", 0.8, "")
    assert styles.chosen("", LORAS) == ChosenStyle()
    with pytest.raises(Refused) as caught:
        styles.chosen("oil", LORAS)
    assert (caught.value.key, caught.value.arguments) == (
        "refused-unknown-style",
        {"name": "oil", "known": "水墨, Clay"},
    )


async def test_the_row_of_a_shot_keeps_the_style(database: Database, tmp_path: Path) -> None:
    intake = intake_with(database, tmp_path, LORAS)
    prepared = await intake.prepare(replace(ORDER, style_lora="水墨"))
    assert "guard-framing-lora-styled" in {finding.reason for finding in prepared.report.findings}
    (accepted,) = await intake.accept(prepared)
    shot = await shots.get(database.reading(), accepted.shot.id)
    assert (shot.style_lora, shot.style_strength, shot.lora_strength) == ("水墨", 0.6, 0.5)
    assert "cinematic, ink wash" in shot.prompt
    plain = await intake.prepare(ORDER)
    assert (plain.report.lora_strength, "ink wash" in plain.report.prompt) == (0.8, False)


async def test_a_shot_whose_style_changed_is_another(database: Database, tmp_path: Path) -> None:
    intake = intake_with(database, tmp_path, LORAS)
    order = replace(ORDER, lora_strength=0.4, style_lora="Clay")
    (accepted,) = await intake.accept(await intake.prepare(order))
    assert await intake.is_as_queued(await intake.prepare(order), accepted.shot)
    for other in (replace(order, style_lora="水墨"), replace(order, style_lora="")):
        assert not await intake.is_as_queued(await intake.prepare(other), accepted.shot)
    stronger = intake_with(database, tmp_path, Loras(styles={"Clay": Style(file="c.safetensors", strength=1)}))
    assert not await stronger.is_as_queued(await stronger.prepare(order), accepted.shot)


async def test_credits_name_the_style_behind_the_model_that_used_it(database: Database) -> None:
    made: list[tuple[str, str]] = [("ltx", ""), ("ltx", "水墨"), ("ltx", "Clay"), ("ltx", "水墨"), ("animatic", "Clay")]
    rendered = []
    for engine, style in made:
        shot, job = await rows.queue_shot(database, style_lora=style, style_strength=0.8)
        await rows.move(database, jobs.start, job.id)
        rendered.append((await rows.move(database, jobs.rendered, job.id, **rows.RENDERED | {"engine": engine}), shot))
    assert credited(rendered) == ["LTX-2.3 · Dual-Character LoRA · Style LoRA: 水墨, Clay", "Animatic"]
    assert credited(rendered[:1]) == ["LTX-2.3 · Dual-Character LoRA"]
