"""A take as the renderer is asked for it: rows and configuration in, a message of the protocol out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer import protocol

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config
    from db.models import Job, Shot


def of_take(job: Job, shot: Shot, config: Config, clips: Path) -> protocol.Render:
    """Return what is asked for a take.

    Args:
        job: the take; its seed and number are its own.
        shot: what it is a take of. A style LoRA that is not configured any more is left out.
        config: where pins and style LoRAs lie, and how many frames are trimmed.
        clips: the folder of the clip, whose name tells shot, take and job.
    """
    style = config.loras.find(shot.style_lora)
    return protocol.Render(
        job=job.id,
        prompt=shot.prompt,
        seed=job.seed,
        width=shot.width,
        height=shot.height,
        frames=shot.frames,
        pins=tuple(
            protocol.Pin(path=str(config.directory / pin.path), frame=pin.frame, strength=shot.pin_strength)
            for pin in shot.pins
        ),
        lora_strength=shot.lora_strength,
        styles=(protocol.StyleLora(path=style[1].file, strength=shot.style_strength),) if style else (),
        trim=config.clip.trim_frames,
        output=str(clips / f"shot-{shot.number:04}-take-{job.take}-job-{job.id}.mp4"),
        slate=protocol.Slate(
            number=shot.number,
            take=job.take,
            names=tuple(member.name for member in shot.cast),
            description=shot.words,
        ),
    )
