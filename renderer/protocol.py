"""What the bot and the renderer process say to each other: newline-delimited JSON over pipes.

Messages are small: paths and numbers, never pixels. This file imports neither torch nor an engine, because the bot
imports it too. The union is closed: an unknown `type` or field is an error on either side.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

FPS = 24
"""Frames a second of everything that this project renders (the model's native rate)."""

EngineName = Literal["ltx", "animatic"]

AHEAD = 16
"""Prompts that a `Prepare` names at most."""

Kernels = Literal["auto", "plain", "fused"]
Precision = Literal["exact", "fast"]
PlanName = Literal["resident", "text-streamed", "fp8", "half-streamed", "streamed"]


class Message(BaseModel):
    """Base of every wire message: frozen, and closed against unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Weights(Message):
    """Where the LTX-2.3 weight files lie. Only safetensors are ever loaded."""

    checkpoint: str
    upscaler: str
    lora: str
    gemma: str


class Encoding(Message):
    """How clips are encoded.

    Attributes:
        crf: x264's constant rate factor.
        preset: x264's preset.
        max_rate: bit/s of video that a clip may reach, averaged over a second; 0 for no bound. At the default a clip of
            five seconds stays under Discord's smallest upload limit, 10 MiB, whatever it shows.
        audio_bitrate: of the AAC track, in bit/s.
    """

    crf: int = Field(default=18, ge=0, le=40)
    preset: str = "veryfast"
    max_rate: int = Field(default=14_000_000, ge=0)
    audio_bitrate: int = Field(default=128_000, ge=32_000, le=320_000)


class Settings(Message):
    """What the child is started with (`python -m renderer --settings JSON`); constant for its life.

    Attributes:
        engine: `auto` takes `ltx` where a CUDA device and all weight files are present, else `animatic`.
        weights: the weight files, or None where the operator has none.
        device: a torch device (`cuda:0`, `cpu`), or `auto`.
        heartbeat_s: seconds between two heartbeats.
        font: path of a font with CJK glyphs for the animatic's slate.
        encoding: how clips are encoded.
        precision: of the transformer's large matrices: `exact` is bfloat16, `fast` float8, and prompts without padding
            (ltx only, as all below).
        kernels: `plain` renders the stock class's latents bit for bit, `fused` has kernels for a GPU; `auto` fuses
            where there is one.
        plan: how the models share device and host memory; `auto` goes by what is free (see `renderer.ltx.plans`).
        memory_limit: bytes of device memory to take at most; 0 for all.
        cache: folder for compiled kernels, encoded prompts and pictures that survive a restart; None for none.
        warm: sizes (width, height, frames) that are rendered once before READY.
        styles: files of the style LoRAs that a `Render` may name.
    """

    engine: Literal["auto", "ltx", "animatic"] = "auto"
    weights: Weights | None = None
    device: str = "auto"
    heartbeat_s: float = Field(default=2.0, gt=0)
    font: str | None = None
    encoding: Encoding = Encoding()
    precision: Precision = "exact"
    kernels: Kernels = "auto"
    plan: Literal["auto"] | PlanName = "auto"
    memory_limit: int = Field(default=0, ge=0)
    cache: str | None = None
    warm: tuple[tuple[int, int, int], ...] = ()
    styles: tuple[str, ...] = ()


class Pin(Message):
    """A reference picture held at a frame: `frame` 0 or a multiple of 8, `strength` 0–1."""

    path: str
    frame: int = Field(default=0, ge=0, multiple_of=8)
    strength: float = Field(default=0.9, gt=0, le=1)


class StyleLora(Message):
    """A LoRA that is fused beside the Dual-Character LoRA; `path` is one of `Settings.styles`."""

    path: str
    strength: float = Field(gt=0, le=2)


class Slate(Message):
    """Words that the animatic shows beside the picture; the ltx engine ignores them."""

    number: int
    take: int = 1
    title: str = ""
    names: tuple[str, ...] = ()
    description: str = ""


class Render(Message):
    """One take of one shot.

    Attributes:
        job: the job's id; every answer repeats it.
        width: width in pixels of the clip as delivered.
        height: height in pixels of the clip as delivered; the engine renders the next multiple of 64 and crops.
        frames: frames to render, 8k+1.
        styles: style LoRAs; the animatic engine ignores them.
        trim: frames at the end that are rendered and never encoded (they may smear).
        output: where the finished clip goes; written beside it first and renamed when complete.
    """

    type: Literal["render"] = "render"
    job: int
    prompt: str
    seed: int = Field(ge=0, lt=2**32)
    width: int = Field(ge=64, le=1920, multiple_of=2)
    height: int = Field(ge=64, le=1088, multiple_of=2)
    frames: int = Field(ge=9, le=361)
    pins: tuple[Pin, ...] = ()
    lora_strength: float = Field(default=0.8, ge=0, le=1)
    styles: tuple[StyleLora, ...] = Field(default=(), max_length=4)
    trim: int = Field(default=8, ge=0, le=16)
    output: str
    slate: Slate


class Prepare(Message):
    """What may be rendered next, in order; takes the place of what was told before.

    An engine that has nothing to render does what it can ahead of these shots; it never lets a shot wait for that.
    """

    type: Literal["prepare"] = "prepare"
    prompts: tuple[str, ...] = Field(max_length=AHEAD)


class Cancel(Message):
    """Stop `job` at the next step; answered by `Failed(kind="cancelled")`, or by `Done` where it was too late."""

    type: Literal["cancel"] = "cancel"
    job: int


class Shutdown(Message):
    """Finish nothing more; close and exit 0."""

    type: Literal["shutdown"] = "shutdown"


class Ready(Message):
    """The engine is built and waits.

    `reason` says why this engine was taken, in English, for the log and doctor; `plan` is the ltx engine's memory plan.
    """

    type: Literal["ready"] = "ready"
    engine: EngineName
    reason: str
    device: str
    device_memory: int = 0
    versions: dict[str, str] = {}
    seconds: float = 0.0
    plan: str = ""


class Progress(Message):
    """`step` of `steps` of `stage` is done (text, stage1, upsample, stage2, decode, encode; or draw)."""

    type: Literal["progress"] = "progress"
    job: int
    stage: str
    step: int
    steps: int
    preview: str | None = None


class Free(Message):
    """There is room for the next shot: of `job`, only what may go on beside another is left (decoding, encoding).

    Comes once for a job, if at all, and before its `Done` or `Failed`, which make room as well. So a parent that sends
    no shot while one that it sent is neither free nor decided never has more than two here.
    """

    type: Literal["free"] = "free"
    job: int


class Done(Message):
    """The clip is complete on disk.

    Attributes:
        frames: frames in the file (rendered less trimmed).
        stages: seconds by stage, in order.
        peak_memory: bytes of device memory at the peak (resident size for the animatic engine).
        plan: the memory plan that rendered it; empty for the animatic engine.
    """

    type: Literal["done"] = "done"
    job: int
    path: str
    width: int
    height: int
    frames: int
    stages: dict[str, float]
    peak_memory: int = 0
    plan: str = ""


FailureKind = Literal["rejected", "failed", "out_of_memory", "disk", "cancelled", "startup"]
"""`disk`: it is full, read-only or out of reach, which says nothing of the job."""


class Failed(Message):
    """`job` (None: the engine itself) did not come about. `message` is for the log, not for members."""

    type: Literal["failed"] = "failed"
    job: int | None
    kind: FailureKind
    retryable: bool
    message: str


class Heartbeat(Message):
    """The child lives; `jobs` is what it works at."""

    type: Literal["heartbeat"] = "heartbeat"
    jobs: tuple[int, ...] = ()


Request = Annotated[Render | Prepare | Cancel | Shutdown, Field(discriminator="type")]
Event = Annotated[Ready | Progress | Free | Done | Failed | Heartbeat, Field(discriminator="type")]

REQUEST: TypeAdapter[Render | Prepare | Cancel | Shutdown] = TypeAdapter(Request)
EVENT: TypeAdapter[Ready | Progress | Free | Done | Failed | Heartbeat] = TypeAdapter(Event)


def encode(message: Message) -> bytes:
    """Return `message` as one line."""
    return message.model_dump_json().encode() + b"\n"
