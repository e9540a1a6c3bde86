"""What can be configured: one frozen model, a class for each table of the file that `bot.config_file` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from bot.sections import Section, Text
from bot.styles import Loras
from renderer import protocol

X264_PRESETS = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"]


class Discord(Section):
    """`[discord]`: how the bot signs in."""

    token_file: str = ""
    sync_commands: bool = True


class Data(Section):
    """`[data]`: where the database, reference pictures and clips lie."""

    directory: Text = "data"


class WeightFiles(Section):
    """`[renderer.weights]`: the LTX-2.3 weight files; all empty where there are none."""

    checkpoint: str = ""
    upscaler: str = ""
    lora: str = ""
    gemma: str = ""

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        values: dict[str, str] = self.model_dump()
        missing = [key for key, value in values.items() if not value]
        if missing and len(missing) < len(values):
            raise ValueError(f"set all four paths or none: {', '.join(missing)} is empty")
        return self

    def for_renderer(self) -> protocol.Weights | None:
        """Return the paths as the renderer process takes them, or None where none are set."""
        if not self.checkpoint:
            return None
        return protocol.Weights(checkpoint=self.checkpoint, upscaler=self.upscaler, lora=self.lora, gemma=self.gemma)


class Deadlines(Section):
    """`[renderer.deadlines]`: seconds after which the renderer is taken for dead."""

    ready_s: float = Field(default=600.0, gt=0)
    # At least some of the heartbeats, which come every 2 s.
    silence_s: float = Field(default=60.0, ge=10)
    job_s: float = Field(default=1800.0, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.silence_s > self.job_s:
            raise ValueError("silence_s must not be longer than job_s")
        return self


WarmSize = tuple[int, int, int]
"""Width, height and frames of a shot."""


class Renderer(Section):
    """`[renderer]`: which engine renders, and with what."""

    engine: Literal["auto", "ltx", "animatic"] = "auto"
    device: Text = "auto"
    font: str = ""
    precision: protocol.Precision = "exact"
    plan: Literal["auto"] | protocol.PlanName = "auto"
    cache: str = ""
    warm: tuple[WarmSize, ...] = ()
    weights: WeightFiles = WeightFiles()
    deadlines: Deadlines = Deadlines()

    @model_validator(mode="after")
    def _weights_for_ltx(self) -> Self:
        if self.engine == "ltx" and not self.weights.checkpoint:
            raise ValueError('engine = "ltx" needs the paths in [renderer.weights]; or take engine = "auto"')
        return self


class Clip(Section):
    """`[clip]`: how clips are trimmed and encoded."""

    trim_frames: int = Field(default=8, ge=0, le=16)
    # Not 0: that is H.264's lossless profile, which no browser plays.
    crf: int = Field(default=18, ge=1, le=40)
    preset: X264_PRESETS = "veryfast"
    max_rate: int = Field(default=14_000_000, ge=0)
    audio_bitrate: int = Field(default=128_000, ge=32_000, le=320_000)
    ffmpeg: str = ""


class Defaults(Section):
    """`[defaults]`: what `/shot` takes where the member says nothing. The ranges are the model card's."""

    seconds: Literal[5, 8, 10, 15] = 5
    quality: Literal["preview", "full"] = "full"
    lora_strength: float = Field(default=0.8, ge=0.3, le=1.0)
    pin_strength: float = Field(default=0.9, ge=0.7, le=0.95)


class Queue(Section):
    """`[queue]`: how much may wait, and how often a job is tried."""

    per_member: int = Field(default=20, ge=1, le=1000)
    per_guild: int = Field(default=100, ge=1, le=10_000)
    attempts: int = Field(default=3, ge=1, le=10)

    @model_validator(mode="after")
    def _member_within_guild(self) -> Self:
        if self.per_member > self.per_guild:
            raise ValueError("per_member must not be larger than per_guild")
        return self


class Voting(Section):
    """`[voting]`: when reactions on a take have its shot rendered again."""

    again: int = Field(default=3, ge=1, le=1000)
    again_share: float = Field(default=0.0, ge=0.0, le=1.0)
    most: int = Field(default=5, ge=0, le=1000)
    cooldown_s: float = Field(default=60.0, ge=0.0, le=86_400.0)


class Episodes(Section):
    """`[episodes]`: how episodes are cut and told of."""

    quiet_s: float = Field(default=60.0, ge=0, le=3600)
    cut_attempts: int = Field(default=3, ge=1, le=10)
    subtitle_font: str = ""


class Link(Section):
    """`[link]`: a folder that the operator's web server publishes, for films that no channel takes; empty: none."""

    folder: str = ""
    url: str = ""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.folder) != bool(self.url):
            raise ValueError(f"set folder and url or neither: {'url' if self.folder else 'folder'} is empty")
        address = urlsplit(self.url)
        if self.url and (address.scheme not in {"http", "https"} or not address.hostname or "@" in address.netloc):
            raise ValueError("url must be like https://films.example.org/twohander")
        if address.query or address.fragment:
            raise ValueError("url must end with a path: films' names are put behind it")
        return self

    def address(self, name: str) -> str:
        """Return where the file `name` of the folder is found."""
        return f"{self.url.rstrip('/')}/{name}"


class Retention(Section):
    """`[retention]`: days for which files are kept that nothing needs any more; 0 keeps them for ever."""

    takes_days: int = Field(default=90, ge=0, le=36_500)
    shots_days: int = Field(default=0, ge=0, le=36_500)
    work_days: int = Field(default=7, ge=0, le=36_500)
    films_days: int = Field(default=30, ge=0, le=36_500)


class Pictures(Section):
    """`[pictures]`: limits on uploaded reference pictures."""

    max_bytes: int = Field(default=10_000_000, ge=10_000, le=100_000_000)
    max_pixels: int = Field(default=40_000_000, ge=10_000, le=200_000_000)
    per_guild: int = Field(default=500, ge=1, le=100_000)


class Guards(Section):
    """`[guards]`: what the server's owner does not want to see."""

    blocklist: tuple[Text, ...] = ()


class Log(Section):
    """`[log]`: how much is logged to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """The whole configuration. `token` is None where there is none: the demo and `render` need none."""

    discord: Discord = Discord()
    data: Data = Data()
    renderer: Renderer = Renderer()
    loras: Loras = Loras()
    clip: Clip = Clip()
    defaults: Defaults = Defaults()
    queue: Queue = Queue()
    voting: Voting = Voting()
    episodes: Episodes = Episodes()
    link: Link = Link()
    retention: Retention = Retention()
    pictures: Pictures = Pictures()
    guards: Guards = Guards()
    log: Log = Log()
    token: SecretStr | None = Field(default=None, exclude=True)

    @property
    def directory(self) -> Path:
        """The data directory."""
        return Path(self.data.directory)

    def renderer_settings(self) -> protocol.Settings:
        """Return what the renderer process is started with."""
        return protocol.Settings(
            engine=self.renderer.engine,
            weights=self.renderer.weights.for_renderer(),
            device=self.renderer.device,
            font=self.renderer.font or None,
            precision=self.renderer.precision,
            plan=self.renderer.plan,
            cache=self.renderer.cache or None,
            warm=self.renderer.warm,
            styles=tuple(dict.fromkeys(style.file for style in self.loras.styles.values())),
            encoding=protocol.Encoding(
                crf=self.clip.crf,
                preset=self.clip.preset,
                max_rate=self.clip.max_rate,
                audio_bitrate=self.clip.audio_bitrate,
            ),
        )
