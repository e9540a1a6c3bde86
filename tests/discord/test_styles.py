"""Style LoRAs through the commands: suggested, refused by name, kept, and handed to the renderer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.styles import Loras, Style
from bot.worker import Worker as RealWorker
from db import episodes, jobs, shots
from db.models import Status
from renderer.protocol import Done, Ready, StyleLora
from tests.discord.conftest import CHINESE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.client import Services
    from bot.config import Config
    from db.connection import Database
    from db.writing import Episode
    from renderer.protocol import Progress, Render
    from tests.discord.conftest import Stage

INK, CLAY = (Style(file=f"/styles/{name}.safetensors", strength=0.7) for name in ("ink", "clay"))


@pytest.fixture
def config(config: Config) -> Config:
    return config.model_copy(update={"loras": Loras(styles={"水墨": INK, "Clay": CLAY})})


class Renderer:
    """Notes what it is asked to render."""

    def __init__(self) -> None:
        self.asked: list[Render] = []

    async def start(self) -> Ready:
        return Ready(engine="ltx", reason="a test", device="cpu")

    async def render(self, shot: Render, on_progress: Callable[[Progress], None]) -> Done:
        del on_progress
        self.asked.append(shot)
        Path(shot.output).write_bytes(b"clip")
        return Done(job=shot.job, path=shot.output, width=shot.width, height=shot.height, frames=113, stages={})

    def prepare(self, prompts: Sequence[str]) -> None: ...

    def cancel(self, job: int) -> None: ...


async def rendered(services: Services, config: Config) -> list[Render]:
    """Works the queue off with a real worker, and returns what the renderer was asked for."""
    renderer = Renderer()
    worker = RealWorker(services.database, renderer, config)
    while (job := await worker.take_next()) is not None:
        await worker.see_through(job)
    return renderer.asked


async def the_episode(stage: Stage, database: Database) -> Episode:
    found = await episodes.by_number(database.reading(), stage.guild.id, 1)
    assert found is not None
    return found


async def test_a_shot_s_style_is_suggested_and_reaches_the_renderer(
    stage: Stage, services: Services, config: Config
) -> None:
    assert await stage.suggest(stage.alice, "shot", "style_lora", "", prompt="x") == ["水墨", "Clay"]
    assert await stage.suggest(stage.alice, "shot", "style_lora", "c", prompt="x") == ["Clay"]
    unknown = await stage.slash(stage.alice, "shot", prompt="A lake at dawn.", style_lora="oil")
    assert unknown == "I know no style LoRA called **oil**. These are set up here: 水墨, Clay."
    page = await stage.page(stage.alice, prompt="A lake at dawn, wide shot.", style_lora="clay", lora=0.9)
    shown = str(page.embeds[0].to_dict())
    assert "style LoRA Clay 0.7" in shown
    assert "Beside a style LoRA, the character LoRA goes at 0.3 to 0.5: 0.5 instead of 0.9." in shown
    await stage.press(stage.alice, page, "render")
    (asked,) = await rendered(services, config)
    assert asked.styles == (StyleLora(path="/styles/clay.safetensors", strength=0.7),)
    assert asked.lora_strength == 0.5


async def test_shots_scenes_and_episodes_each_name_a_style(
    stage: Stage, services: Services, config: Config, database: Database
) -> None:
    await stage.slash(stage.alice, "episode new", title="Tea", style_lora="水墨")
    await stage.slash(stage.alice, "episode scene", episode=1, title="Garden")
    await stage.slash(stage.alice, "episode scene", episode=1, title="Hall", style_lora="Clay")
    for scene, style in ((1, None), (1, "none"), (2, None)):
        given = {} if style is None else {"style_lora": style}
        await stage.slash(stage.alice, "episode add", episode=1, scene=scene, prompt=f"A hall, take {style}.", **given)
    offered = await stage.suggest(stage.alice, "episode edit", "style_lora", "", episode=1)
    assert offered == ["水墨", "Clay", "No style LoRA", "As what is around it"]
    refused = await stage.slash(stage.alice, "episode edit", episode=1, part="2", style_lora="oil")
    assert "there is no style LoRA oil here; set up are: 水墨, Clay" in refused
    episode = await the_episode(stage, database)
    assert (episode.style_lora, [scene.style_lora for scene in episode.scenes]) == ("水墨", ["", "Clay"])
    quoted = await stage.command(stage.alice, "episode render", episode=1)
    assert quoted.response is not None
    await stage.alice.click(quoted.response, custom_id=quoted.response.components[0]["components"][0]["custom_id"])
    asked = await rendered(services, config)
    assert [[style.path for style in one.styles] for one in asked] == [[INK.file], [], [CLAY.file]]
    assert [one.lora_strength for one in asked] == [0.4, 0.8, 0.4]
    # Only what has another style now is outdated: the shot of the scene that is changed.
    await stage.slash(stage.alice, "episode edit", episode=1, part="2", style_lora="-")
    again = await stage.command(stage.alice, "episode render", episode=1)
    assert again.response is not None
    await stage.alice.click(again.response, custom_id=again.response.components[0]["components"][0]["custom_id"])
    (anew,) = await rendered(services, config)
    assert [style.path for style in anew.styles] == [INK.file]


async def test_a_file_with_an_unknown_style_is_told_line_and_key(stage: Stage) -> None:
    stage.locale = CHINESE
    await stage.slash(stage.alice, "episode new", title="Tea")
    text = 'title = "Tea"\n\n[[scenes]]\nstyle_lora = "oil"\n[[scenes.shots]]\nwords = "A hall."\n'
    answer = await stage.slash(stage.alice, "episode script", episode=1, file=("tea.toml", text.encode()))
    assert "第 4 行: `scenes[1].style_lora`: 没有风格 LoRA oil；已配置：水墨, Clay" in answer


async def test_a_style_that_is_gone_fails_its_shots_with_a_reason(
    stage: Stage, services: Services, config: Config
) -> None:
    await stage.shot(stage.alice, prompt="A lake at dawn, wide shot.", style_lora="Clay")
    reader = services.database.reading()
    assert await rendered(services, config.model_copy(update={"loras": Loras()})) == []
    (job,) = await jobs.with_status(reader, Status.FAILED)
    assert job.failure == "failure-style-gone"
    assert (await shots.get(reader, job.shot_id)).style_lora == "Clay"
