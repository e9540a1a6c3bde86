"""`/episode scene`, `add`, `edit`, `move` and `remove`: an episode's scenes and shots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot import arranging
from bot import dialogue as lines
from bot.commands import episode_suggestions as suggestions
from bot.commands.answer import answering
from bot.commands.episode_answer import stored, who
from bot.commands.episode_given import Given
from bot.commands.episode_group import episode
from bot.commands.episode_whole import SUBTITLE_CHOICES, Number, Phrase, Title
from bot.commands.localisation import command, options
from bot.commands.shot import LENGTH_CHOICES, QUALITY_CHOICES, StyleName
from bot.commands.suggestions import castable
from bot.commands.wording import escaped
from bot.orders import SEED_BITS, Quality, Seconds
from bot.roster import MAX_NAME
from bot.script.schema import MAX_CROSSFADE, MAX_SCAFFOLDING, MAX_WORDS
from bot.styles import AS_AROUND
from bot.views.episode import open_editor
from db.writing import Scene, SceneShot, Subtitles

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from db.writing import Line

Words = app_commands.Range[str, 1, MAX_SCAFFOLDING]
Prompt = app_commands.Range[str, 1, MAX_WORDS]
Name = app_commands.Range[str, 1, MAX_NAME]
Seed = app_commands.Range[int, 0, 2**SEED_BITS - 1]
Lora = app_commands.Range[float, 0.3, 1.0]
Pin = app_commands.Range[float, 0.7, 0.95]
Crossfade = app_commands.Range[int, 0, MAX_CROSSFADE]
Dialogue = app_commands.Range[str, 1, 1000]
Part = app_commands.Range[str, 1, 9]


@command("command-episode-scene", episode)
@options(
    episode="option-episode",
    title="option-title",
    place="option-place",
    light="option-light",
    words="option-scaffolding",
    style_lora="option-style-lora",
    seed="option-scene-seed",
    at="option-at",
)
@app_commands.autocomplete(episode=suggestions.editable)
@app_commands.autocomplete(style_lora=suggestions.styles)
async def scene(
    interaction: discord.Interaction[TwohanderClient],
    *,
    episode: Number,
    title: Title | None = None,
    place: Phrase | None = None,
    light: Phrase | None = None,
    words: Words | None = None,
    style_lora: StyleName | None = None,
    seed: Seed | None = None,
    at: app_commands.Range[int, 1] | None = None,
) -> None:
    """Add a scene."""
    async with answering(interaction) as answer:
        new = Scene(title or "", place or "", light or "", words or "", seed, style_lora=_style(style_lora) or "")
        changed = await interaction.client.services.writing.change(
            who(answer), episode, lambda before: arranging.with_scene(before, new, at)
        )
        number = min(at or len(changed.episode.scenes), len(changed.episode.scenes))
        sentence = answer.words("reply-episode-scene", number=str(episode), part=str(number))
        await answer.give(stored(answer.words, sentence, changed))


@command("command-episode-add", episode)
@options(
    episode="option-episode",
    prompt="option-prompt",
    scene="option-scene",
    character1="option-character1",
    character2="option-character2",
    character3="option-character3",
    dialogue="option-dialogue",
    length="option-length",
    seed="option-shot-seed",
    lora="option-lora",
    pin="option-pin",
    style_lora="option-style-lora",
    staggered="option-staggered",
    crossfade="option-crossfade",
    at="option-at",
)
@app_commands.choices(length=LENGTH_CHOICES)
@app_commands.autocomplete(episode=suggestions.editable, scene=suggestions.scenes)
@app_commands.autocomplete(character1=castable, character2=castable, character3=castable)
@app_commands.autocomplete(style_lora=suggestions.styles)
async def add(
    interaction: discord.Interaction[TwohanderClient],
    *,
    episode: Number,
    prompt: Prompt,
    scene: app_commands.Range[int, 1] | None = None,
    character1: Name | None = None,
    character2: Name | None = None,
    character3: Name | None = None,
    dialogue: Dialogue | None = None,
    length: Seconds | None = None,
    seed: Seed | None = None,
    lora: Lora | None = None,
    pin: Pin | None = None,
    style_lora: StyleName | None = None,
    staggered: bool = False,
    crossfade: Crossfade = 0,
    at: app_commands.Range[int, 1] | None = None,
) -> None:
    """Add a shot to a scene."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        shot = SceneShot(
            words=prompt,
            cast=_cast(character1, character2, character3),
            seconds=length or services.config.defaults.seconds,
            seed=seed,
            lora_strength=lora,
            pin_strength=pin,
            style_lora=_style(style_lora) or "",
            staggered=staggered,
            crossfade=crossfade,
            lines=_lines(dialogue),
        )
        changed = await services.writing.change(
            who(answer), episode, lambda before: arranging.with_shot(before, shot, scene, at)
        )
        label = changed.notes[0].label
        sentence = answer.words("reply-episode-shot", number=str(episode), part=label)
        await answer.give(stored(answer.words, sentence, changed))


@command("command-episode-edit", episode)
@options(
    episode="option-episode",
    part="option-part",
    prompt="option-new-prompt",
    character1="option-character1",
    character2="option-character2",
    character3="option-character3",
    dialogue="option-dialogue",
    length="option-length",
    seed="option-shot-seed",
    lora="option-lora",
    pin="option-pin",
    style_lora="option-style-lora",
    staggered="option-staggered",
    crossfade="option-crossfade",
    title="option-title",
    place="option-place",
    light="option-light",
    words="option-scaffolding",
    style="option-style",
    quality="option-quality",
    subtitles="option-subtitles",
    speaker_names="option-speaker-names",
    title_card="option-title-card",
    end_card="option-end-card",
)
@app_commands.choices(length=LENGTH_CHOICES)
@app_commands.choices(quality=QUALITY_CHOICES, subtitles=SUBTITLE_CHOICES)
@app_commands.autocomplete(episode=suggestions.editable)
@app_commands.autocomplete(style_lora=suggestions.styles)
@app_commands.autocomplete(part=suggestions.parts, character1=castable, character2=castable, character3=castable)
async def edit(
    interaction: discord.Interaction[TwohanderClient],
    *,
    episode: Number,
    part: Part | None = None,
    prompt: Prompt | None = None,
    character1: Name | None = None,
    character2: Name | None = None,
    character3: Name | None = None,
    dialogue: Dialogue | None = None,
    length: Seconds | None = None,
    seed: Seed | None = None,
    lora: Lora | None = None,
    pin: Pin | None = None,
    style_lora: StyleName | None = None,
    staggered: bool | None = None,
    crossfade: Crossfade | None = None,
    title: Title | None = None,
    place: Phrase | None = None,
    light: Phrase | None = None,
    words: Words | None = None,
    style: Phrase | None = None,
    quality: Quality | None = None,
    subtitles: Subtitles | None = None,
    speaker_names: bool | None = None,
    title_card: bool | None = None,
    end_card: bool | None = None,
) -> None:
    """Change what is named of an episode, a scene or a shot; where nothing is named, open an editor on its texts."""
    cast = _cast(character1, character2, character3) or None
    of_shot = {
        "words": prompt,
        "cast": cast,
        "seconds": length,
        "lora_strength": lora,
        "pin_strength": pin,
        "staggered": staggered,
        "crossfade": crossfade,
    }
    of_scene = {"place": place, "light": light, "words": words}
    of_episode = {
        "style": style,
        "quality": quality,
        "subtitles": subtitles,
        "speaker_names": speaker_names,
        "title_card": title_card,
        "end_card": end_card,
    }
    given = Given(
        *(of_shot, of_scene, of_episode),
        title=title,
        seed=seed,
        style_lora=_style(style_lora),
        lines=_lines(dialogue),
    )
    if given.nothing:
        await open_editor(interaction, episode, part)
        return
    async with answering(interaction) as answer:
        changed = await interaction.client.services.writing.change(
            who(answer), episode, lambda before: given.applied(before, part)
        )
        sentence = answer.words("reply-episode-edited", number=str(episode), part=part or "–")
        await answer.give(stored(answer.words, sentence, changed))


@command("command-episode-move", episode)
@options(episode="option-episode", part="option-part", to="option-to")
@app_commands.autocomplete(episode=suggestions.editable)
@app_commands.autocomplete(part=suggestions.parts, to=suggestions.parts)
async def move(interaction: discord.Interaction[TwohanderClient], episode: Number, part: Part, to: Part) -> None:
    """Move a scene or a shot."""
    async with answering(interaction) as answer:
        changed = await interaction.client.services.writing.change(
            who(answer), episode, lambda before: arranging.moved(before, part, to)
        )
        sentence = answer.words("reply-episode-moved", number=str(episode), part=escaped(part), to=escaped(to))
        await answer.give(stored(answer.words, sentence, changed))


@command("command-episode-remove", episode)
@options(episode="option-episode", part="option-part")
@app_commands.autocomplete(episode=suggestions.editable)
@app_commands.autocomplete(part=suggestions.parts)
async def remove(interaction: discord.Interaction[TwohanderClient], episode: Number, part: Part) -> None:
    """Remove a scene with its shots, or a shot."""
    async with answering(interaction) as answer:
        changed = await interaction.client.services.writing.change(
            who(answer), episode, lambda before: arranging.without(before, part)
        )
        sentence = answer.words("reply-episode-part-removed", number=str(episode), part=escaped(part))
        await answer.give(stored(answer.words, sentence, changed))


def _cast(*names: str | None) -> tuple[str, ...]:
    return tuple(name for name in names if name is not None)


def _style(name: str | None) -> str | None:
    return "" if name == AS_AROUND else name


def _lines(text: str | None) -> tuple[Line, ...]:
    return lines.read(text) if text else ()
