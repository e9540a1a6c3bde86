"""`python -m bot` as a shell user meets it: exit codes, what stands on stdout, what on stderr, and no traceback."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import AsyncMock

import av
import pysubs2
import pytest
from aiohttp import web
from PIL import Image

from bot import doctor as doctors
from bot import offline
from bot.app import AlreadyRunningError, open_house
from bot.config import Config, Data, Link
from bot.doctor import doctor
from bot.renderer_client import RendererClient, RendererDied
from bot.styles import Loras, Style
from db import jobs
from db.connection import shipped_migrations
from renderer.protocol import Ready

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.Gabcde.abcdefghijklmnopqrstuvwxyz-_0123456789"
NOBODY_THERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "TWOHANDER_TOKEN": TOKEN}

EPISODE = """title = "Jade"
quality = "preview"

[[characters]]
name = "Ada"
picture = "ada.png"

[[scenes]]
place = "a palace"
[[scenes.shots]]
words = "Wide shot, static camera. Rain on an empty courtyard."
crossfade = 12
[[scenes.shots]]
words = 'Medium shot. Ada says: "You came."'
cast = ["Ada"]
lines = [{ speaker = "Ada", zh = "你来了。", en = "You came." }]
"""


def environment(**more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name != "TWOHANDER_TOKEN"}
    # Warnings are errors in this process; what libraries deprecate is not this test's business.
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **more}


def twohander(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('[renderer]\nengine = "animatic"\n[clip]\npreset = "ultrafast"\n', "utf-8")
    (tmp_path / "jade.toml").write_text(EPISODE, "utf-8")
    Image.new("RGB", (512, 512), "grey").save(tmp_path / "ada.png")
    return tmp_path


def test_help_says_what_there_is(tmp_path: Path) -> None:
    done = twohander(tmp_path, "--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("run", "demo", "render", "doctor"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "required: COMMAND"),
        (("rendr",), "invalid choice: 'rendr'"),
        (("run",), "config.toml: no such file; copy config.example.toml there and edit it"),
        (("render", "no.toml", "-o", "out"), "no.toml: cannot be read: No such file or directory"),
        (("render", "broken.toml", "-o", "out"), "broken.toml:1: this is no TOML: Invalid value"),
        (("doctor", "--config", "wrong.toml"), "wrong.toml: clip.crf: Input should be a valid integer"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "broken.toml").write_text("title = x", "utf-8")
    (tmp_path / "wrong.toml").write_text("[clip]\ncrf = 'x'", "utf-8")
    done = twohander(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


CARD, TAKE, FADE = 72, 113, 12
"""Frames of a card, a take of 5 s and each cross-fade."""


def test_an_episode_is_rendered_from_its_script(folder: Path) -> None:
    done = twohander(folder, "render", "jade.toml", "-o", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "jade.toml:14: 1.2\n  ✏️ Quoted dialogue (rule 1)" in done.stdout
    assert "2 of 2 shots to render\n1.1: draw\n1.2: draw\n1.1: out/jade-shots/1.1.mp4 (animatic, seed " in done.stdout
    film = folder / "out" / "jade.mp4"
    assert done.stdout.splitlines()[-3:] == [
        *("film: out/jade.mp4 (0:14)", "subtitles: out/jade.zh.srt", "subtitles: out/jade.en.srt")
    ]
    expected = 2 * (CARD + TAKE) - 3 * FADE
    assert counted(film) == (expected, expected)
    assert counted(folder / "out" / "jade-shots" / "1.2.mp4") == (TAKE, TAKE)
    second = (CARD + TAKE - 2 * FADE) * 1000 // 24
    for language, text in (("zh", "你来了。"), ("en", "You came.")):
        (caption,) = pysubs2.load(str(film.with_suffix(f".{language}.srt")))
        assert caption.plaintext == text
        assert second <= caption.start < caption.end <= second + TAKE * 1000 // 24

    # Edited and given again: only what says something else now is rendered, and of no other shot anything is left.
    before = (folder / "out" / "jade-shots" / "1.2.mp4").read_bytes()
    (folder / "jade.toml").write_text(EPISODE.replace("Rain on", "Snow on").replace('zh = "你来了。", ', ""), "utf-8")
    again = twohander(folder, "render", "jade.toml", "-o", "out", "--json", "--language", "zh-CN", "--verbose")
    assert again.returncode == 0
    events = [json.loads(line) for line in again.stdout.splitlines()]
    told = ["picture", "guards", "guards", "engine", "begins", "stage", "clip", "clip", "film"]
    assert [event["event"] for event in events] == told
    assert "引号" in events[2]["findings"][0]["reason"]
    assert (events[2]["place"], events[4]["waiting"], events[5]["shot"]) == ("jade.toml:14", 1, "1.1")
    assert events[-1]["subtitles"] == ["out/jade.en.srt"]
    assert {path.name for path in (folder / "out").iterdir()} == {
        *(".twohander", "jade.mp4", "jade.en.srt", "jade-shots")
    }
    assert (folder / "out" / "jade-shots" / "1.2.mp4").read_bytes() == before
    assert counted(film) == (expected, expected)


def test_what_is_refused_is_named_with_its_line(folder: Path) -> None:
    (folder / "jade.toml").write_text(EPISODE.replace("You came", "你来了。" * 700), "utf-8")
    (folder / "ada.png").write_bytes(b"GIF89a")
    done = twohander(folder, "render", "jade.toml", "-o", "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "jade.toml:14: scenes[1].shots[2].words: 2" in done.stderr
    (folder / "jade.toml").write_text(EPISODE, "utf-8")
    done = twohander(folder, "render", "jade.toml", "-o", "out", "--language", "en")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "jade.toml:6: characters[1].picture: That file is no picture that I can read. Send a PNG, JPEG or WebP.\n"
    )
    Image.new("RGB", (512, 512), "grey").save(folder / "ada.png")
    (folder / "config.toml").write_text('[guards]\nblocklist = ["courtyard"]', "utf-8")
    done = twohander(folder, "render", "jade.toml", "-o", "out", "--language", "en")
    assert done.returncode == 2
    assert done.stderr.startswith("jade.toml:11: scenes[1].shots[1].words: ")


def test_a_folder_that_cannot_be_written_to_is_named(folder: Path) -> None:
    (folder / "file").touch()
    done = twohander(folder, "render", "jade.toml", "-o", "file/clips")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "file/clips: Not a directory\n"


def test_a_run_that_was_stopped_goes_on(folder: Path) -> None:
    (folder / "config.toml").write_text(
        '[renderer]\nengine = "animatic"\n[queue]\nattempts = 1\nper_member = 1', "utf-8"
    )
    (folder / "jade.toml").write_text(EPISODE + "seconds = 15\n", "utf-8")
    stopped, printed = interrupted(folder, lambda process: process.send_signal(signal.SIGINT))
    assert stopped == 130
    assert printed.splitlines()[0].startswith("1.1: out/jade-shots/1.1.mp4 (animatic")
    assert printed.splitlines()[1:] == ["Stopped: 1 of 2 shots are rendered. The same command goes on from here."]
    assert {path.name for path in (folder / "out").iterdir()} == {".twohander", "jade-shots"}
    # And where the renderer dies, it says of which shot.
    failed, printed = interrupted(folder, kill_renderer)
    assert failed == 1
    assert "\njade.toml:14: 1.2: The renderer stopped working on this shot" in printed
    assert printed.splitlines()[-1].startswith("No film: these shots have no take.")
    assert interrupted(folder, lambda process: process.send_signal(signal.SIGTERM))[0] == 143


@pytest.mark.parametrize("trouble", ["a full disk", "no renderer"])
async def test_what_breaks_in_the_middle_is_said_and_ends_with_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], trouble: str
) -> None:
    broken: Exception
    if trouble == "a full disk":
        broken = sqlite3.OperationalError("database or disk is full")
        said = f"{folder}/out/.twohander/jade: database or disk is full\n"
        monkeypatch.setattr(jobs, "start", AsyncMock(side_effect=broken))
    else:
        broken = RendererDied("its last words")
        said = "The renderer does not start: its last words\n"
        ready = Ready(engine="animatic", reason="a test", device="cpu")
        monkeypatch.setattr(RendererClient, "start", AsyncMock(side_effect=[ready, broken]))
    config = Config.model_validate({"renderer": {"engine": "animatic"}})
    assert await offline.render(config, folder / "jade.toml", folder / "out", language="en") == 1
    assert capsys.readouterr().err == said


def interrupted(folder: Path, how: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str]:
    """Renders until the second shot is begun; returns the exit code and what was printed after that."""
    command = [sys.executable, "-m", "bot", "render", "jade.toml", "-o", "out"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as rendering:
        assert rendering.stdout is not None
        while not rendering.stdout.readline().startswith("1.2: draw"):
            assert rendering.poll() is None
        how(rendering)
        printed, _ = rendering.communicate(timeout=60)
    return rendering.returncode, printed


def kill_renderer(process: subprocess.Popen[str]) -> None:
    for children in Path(f"/proc/{process.pid}/task").glob("*/children"):
        for child in children.read_text().split():
            if b"renderer" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)


def counted(film: Path) -> tuple[int, int]:
    """Returns frames, and how many the sound is long: its last packet of 1024 samples may be longer. All is decoded."""
    with av.open(str(film)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    with av.open(str(film)) as container:
        return frames, sum(frame.samples for frame in container.decode(audio=0)) // 2000


def test_a_bot_without_a_token_says_what_to_set(folder: Path) -> None:
    done = twohander(folder, "run")
    assert done.returncode == 2
    assert "set TWOHANDER_TOKEN" in done.stderr


@pytest.mark.parametrize("trouble", ["no network", "no database", "newer", "no folder"])
def test_a_bot_that_cannot_start_says_why_and_ends_with_1(folder: Path, trouble: str) -> None:
    data = folder / "data"
    match trouble:
        case "no network":
            said = "Discord cannot be reached"
        case "no database":
            data.mkdir()
            (data / "twohander.sqlite3").write_bytes(b"This is no database. " * 100)
            said = "file is not a database"
        case "newer":
            data.mkdir()
            newer_database(data / "twohander.sqlite3")
            said = "start the newer Twohander"
        case _:
            data.touch()
            said = "the data folder data cannot be used"
    with (folder / "config.toml").open("a") as file:
        file.write('[log]\nlevel = "debug"\n')
    done = twohander(folder, "run", **NOBODY_THERE)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr + done.stdout


async def test_two_in_one_folder_are_refused(tmp_path: Path) -> None:
    config = Config(data=Data(directory=str(tmp_path)))
    async with open_house(config):
        with pytest.raises(AlreadyRunningError, match="another Twohander works in"):
            async with open_house(config):
                pass


def newer_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE schema_migrations (version INTEGER, name TEXT, sha256 TEXT, applied_at REAL)")
        database.execute("INSERT INTO schema_migrations VALUES (9999, 'later', '', 0)")
        database.commit()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def examined(capsys: pytest.CaptureFixture[str], config: Config, code: int) -> dict[str, tuple[str, str]]:
    assert await doctor(config, Path("config.toml"), as_json=True) == code
    return {check["name"]: (check["state"], check["text"]) for check in json.loads(capsys.readouterr().out)}


async def test_the_doctor_finds_nothing_wrong_and_touches_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = await examined(capsys, Config(), 0)
    assert {name for name, (state, _) in found.items() if state == "ok"} >= {
        *("python", "config", "data", "database", "ffmpeg", "font", "engine")
    }
    assert found["token"][0] == found["weights"][0] == "warning"
    assert "detector" in found
    assert list(home.iterdir()) == []


async def test_the_doctor_does_not_bring_a_database_up_to_date(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "data" / "twohander.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE schema_migrations (version INTEGER)")
        database.execute("INSERT INTO schema_migrations VALUES (0)")
        database.commit()
    before = path.read_bytes()
    state, text = (await examined(capsys, Config(), 0))["database"]
    newest = shipped_migrations()[-1].version
    assert (state, text.partition(", ")[2]) == ("ok", f"version 0, brought to version {newest} at the next start")
    assert path.read_bytes() == before


async def test_the_doctor_names_what_is_wrong(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "data").mkdir()
    newer_database(home / "data" / "twohander.sqlite3")
    weights = {key: str(home / key) for key in ("checkpoint", "upscaler", "lora", "gemma")}
    config = Config.model_validate(
        {
            "renderer": {"font": str(home / "no.ttf"), "weights": weights},
            "clip": {"ffmpeg": "/bin/true"},
            "episodes": {"subtitle_font": str(home / "none.ttf")},
        }
    )
    config = config.model_copy(update={"loras": Loras(styles={"ink": Style(file=str(home / "no.safetensors"))})})
    found = await examined(capsys, config, 1)
    assert found["style"] == ("problem", f"ink: no file {home / 'no.safetensors'}")
    assert {name for name, (state, _) in found.items() if state == "problem"} >= {
        "database",
        "font",
        "subtitles",
        "ffmpeg",
        *weights,
    }
    assert found["ffmpeg"][1].startswith("/bin/true lacks aac, ass, ebur128, libx264, ")
    assert "is at version 9999" in found["database"][1]
    (home / "data" / "twohander.sqlite3").write_bytes(b"This is no database. " * 100)
    assert (await examined(capsys, config, 1))["database"][1].endswith("file is not a database")


@pytest.mark.parametrize(
    ("served", "listed", "said"),
    [
        ("published", False, ("ok", "shows what is in")),
        ("published", True, ("problem", "lists its files")),
        ("elsewhere", False, ("problem", "does not show what is in")),
        (None, False, ("warning", "cannot be reached from here")),
    ],
)
async def test_the_doctor_asks_for_a_published_file_as_members_would(
    home: Path, served: str | None, listed: bool, said: tuple[str, str]
) -> None:
    for name in ("published", "elsewhere"):
        (home / name).mkdir()
    application = web.Application()
    if served:
        application.router.add_static("/drama", home / served, show_index=listed)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    if served is None:
        await runner.cleanup()
    folder = home / "published"
    (check,) = await doctors._link(Link(folder=str(folder), url=f"http://127.0.0.1:{port}/drama"))
    await runner.cleanup()
    assert check.state == said[0]
    assert said[1] in check.text
    assert list(folder.iterdir()) == []


async def test_the_doctor_names_a_folder_that_cannot_be_published(home: Path) -> None:
    assert await doctors._link(Link()) == []
    (check,) = await doctors._link(Link(folder=str(home / "nowhere"), url="https://films.example.org"))
    assert check.state == "problem"
    assert "cannot be written to" in check.text
