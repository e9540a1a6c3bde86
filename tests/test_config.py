from __future__ import annotations

import logging
import re
import tomllib
import traceback
from pathlib import Path

import pytest

from bot import config_file
from bot.config import Config
from bot.config_file import ConfigError
from bot.styles import Style
from bot.subtitles.faces import CHINESE
from tests.fonts import write_blocks

EXAMPLE = Path(__file__).resolve().parents[1] / "config.example.toml"
SECRET = "MTIz.not-a-real-token.abc"


def load(tmp_path: Path, text: str, **environment: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    return config_file.load(path, environment)


def refusal(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environment)
    return str(caught.value)


def test_no_file_is_every_default() -> None:
    assert config_file.load(None, {}) == Config()


def test_the_example_is_every_default() -> None:
    assert config_file.load(EXAMPLE, {}) == Config()
    # JSON, as TOML, has lists where the model has tuples.
    assert tomllib.loads(EXAMPLE.read_text("utf-8")) == Config().model_dump(mode="json")


def test_every_key_of_the_example_is_commented() -> None:
    commented = False
    for number, line in enumerate(EXAMPLE.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            commented = False
        elif line.startswith("#"):
            commented = True
        elif re.match(r"\w+ *=", line):
            # A comment above covers the keys that follow it without a blank line; one beside covers its own.
            assert commented or "#" in line, f"line {number}: {line}"


def test_values_are_taken(tmp_path: Path) -> None:
    found = load(
        tmp_path, '[clip]\ntrim_frames = 6\n[guards]\nblocklist = ["spoiler", "剧透"]\n[data]\ndirectory = "x"'
    )
    assert found.clip.trim_frames == 6
    assert found.guards.blocklist == ("spoiler", "剧透")
    assert found.directory == Path("x")


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        ("[clip]\ntrim_frame = 6", "clip.trim_frame", "unknown key; did you mean trim_frames?"),
        ("[clip]\nzzz = 6", "clip.zzz", "known here: trim_frames, crf, preset, max_rate, audio_bitrate"),
        ("[renderer.weights]\nloras = ''", "renderer.weights.loras", "did you mean lora?"),
        ("[rendrer]\nengine = 'ltx'", "rendrer", "did you mean renderer?"),
        ("[clip]\ntrim_frames = 17", "clip.trim_frames", "less than or equal to 16"),
        ("[clip]\ntrim_frames = '8'", "clip.trim_frames", "valid integer"),
        ("[clip]\npreset = 'fastest'", "clip.preset", "'ultrafast', 'superfast'"),
        ("[defaults]\nseconds = 6", "defaults.seconds", "5, 8, 10 or 15"),
        ("[defaults]\nlora_strength = 0.2", "defaults.lora_strength", "greater than or equal to 0.3"),
        ("[discord]\nsync_commands = 1", "discord.sync_commands", "valid boolean"),
        ("[guards]\nblocklist = 'a'", "guards.blocklist", "valid"),
        ("[renderer]\nengine = 'ltx'", "renderer", 'engine = "ltx" needs the paths in [renderer.weights]'),
        ("[renderer.weights]\nlora = 'a'", "renderer.weights", "checkpoint, upscaler, gemma is empty"),
        ("[renderer.deadlines]\njob_s = 20.0", "renderer.deadlines", "silence_s must not be longer than job_s"),
        ("[queue]\nper_member = 101", "queue", "per_member must not be larger than per_guild"),
        ("[renderer.deadlines]\nready_s = inf", "renderer.deadlines.ready_s", "finite number"),
        ("[renderer.deadlines]\nsilence_s = 1.0", "renderer.deadlines.silence_s", "greater than or equal to 10"),
        ("[renderer]\ndevice = ''", "renderer.device", "at least 1 character"),
        ("[data]\ndirectory = ''", "data.directory", "at least 1 character"),
        ("[guards]\nblocklist = ['']", "guards.blocklist.0", "at least 1 character"),
        ("[clip]\ncrf = 0", "clip.crf", "greater than or equal to 1"),
        ("[loras.styles.ink]\nfile = 'a.ckpt'", "loras.styles.ink.file", "a.ckpt is no .safetensors file"),
        ("[loras.styles.ink]\nfil = 'a'", "loras.styles.ink.fil", "unknown key; did you mean file?"),
        ("[loras.styles.ink]\nfile = 'a.safetensors'\nstrength = 0", "loras.styles.ink.strength", "greater than 0"),
        ("[loras.styles.None]\nfile = 'a.safetensors'", "loras.styles", "'None' means none at all"),
        ("[loras.styles.'-']\nfile = 'a.safetensors'", "loras.styles", "'-' is no name"),
        (
            "[loras.styles.A]\nfile = 'a.safetensors'\n[loras.styles.a]\nfile = 'b.safetensors'",
            "loras.styles",
            "'A' and 'a' are the same name",
        ),
        ("[link]\nfolder = '/srv/films'", "link", "url is empty"),
        ("[link]\nfolder = '/srv'\nurl = 'films.example.org'", "link", "like https://films.example.org/twohander"),
        ("[link]\nfolder = '/srv'\nurl = 'https://me:pw@films.example.org'", "link", "url must be like"),
        ("[link]\nfolder = '/srv'\nurl = 'https://films.example.org/?film='", "link", "must end with a path"),
        ("[retention]\ntakes_days = -1", "retention.takes_days", "greater than or equal to 0"),
        ("[pictures]\nmax_bytes = 5", "pictures.max_bytes", "greater than or equal to 10000"),
    ],
)
def test_a_refusal_names_the_path_and_what_is_allowed(tmp_path: Path, text: str, path: str, said: str) -> None:
    message = refusal(tmp_path, text)
    assert f": {path}: " in message
    assert said in message


def test_style_loras_are_taken_and_handed_to_the_renderer(tmp_path: Path) -> None:
    found = load(tmp_path, "[loras.styles.'水墨']\nfile = 'ink.safetensors'\nstrength = 1.0\nwords = 'ink wash'")
    name, style = found.loras.find("水墨") or ("", None)
    assert (name, style) == ("水墨", Style(file="ink.safetensors", strength=1.0, words="ink wash"))
    assert found.renderer_settings().styles == ("ink.safetensors",)


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[clip]\ntrim_frames = 99\ncrf = -1\n[queue]\nattempts = 0")
    assert [line.split(": ")[1] for line in message.splitlines()] == ["clip.trim_frames", "clip.crf", "queue.attempts"]


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; copy config\.example\.toml there"):
        config_file.load(tmp_path / "config.toml", {})


def test_a_file_that_is_no_toml_is_refused_with_its_place(tmp_path: Path) -> None:
    assert "line 2" in refusal(tmp_path, "[clip]\ncrf = = 3")
    (tmp_path / "latin.toml").write_bytes(b"# \xff")
    with pytest.raises(ConfigError, match=r"latin\.toml"):
        config_file.load(tmp_path / "latin.toml", {})


def test_a_font_for_subtitles_is_looked_at(tmp_path: Path) -> None:
    def told(font: Path) -> str:
        return refusal(tmp_path, f"[episodes]\nsubtitle_font = '{font}'")

    assert told(tmp_path / "no.ttf") == f"episodes.subtitle_font: {tmp_path / 'no.ttf'}: no such file"
    assert told(EXAMPLE).startswith(f"episodes.subtitle_font: {EXAMPLE} is no font that can be used: ")
    latin = write_blocks(tmp_path / "latin.ttf", "abc")
    assert told(latin) == f"episodes.subtitle_font: {latin} has no Chinese characters; choose a font that has"
    tagged = write_blocks(tmp_path / "tagged.ttf", CHINESE, family="{\\an8}Blocks")
    assert told(tagged).endswith("its name '{\\\\an8}Blocks' cannot be written into subtitles")
    fine = write_blocks(tmp_path / "fine.ttf", CHINESE)
    whole = fine.read_bytes()
    for table, length in (("OS/2", 10), ("name", 4), ("head", 77), ("glyf", 4)):
        damaged = tmp_path / "damaged.ttf"
        length_at = whole.index(table.encode()) + 12  # in the directory of tables, behind checksum and place
        damaged.write_bytes(whole[:length_at] + length.to_bytes(4, "big") + whole[length_at + 4 :])
        assert told(damaged).startswith(f"episodes.subtitle_font: {damaged} is no font that can be used: "), table
    assert load(tmp_path, f"[episodes]\nsubtitle_font = '{fine}'").episodes.subtitle_font == str(fine)


def test_a_token_comes_from_the_environment(tmp_path: Path) -> None:
    found = load(tmp_path, "", TWOHANDER_TOKEN=f" {SECRET}\n")
    assert found.token is not None
    assert found.token.get_secret_value() == SECRET


def test_a_token_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n", "utf-8")
    found = load(tmp_path, f"[discord]\ntoken_file = '{tmp_path / 'token'}'")
    assert found.token is not None
    assert found.token.get_secret_value() == SECRET


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[discord]\ntoken_file = '/nowhere/token'")
    assert message == "discord.token_file: /nowhere/token cannot be read: No such file or directory"


def test_a_token_where_a_file_is_named_is_not_repeated(tmp_path: Path) -> None:
    pasted = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.Gabcde.abcdefghijklmnopqrstuvwxyz-_0123456789"
    message = refusal(tmp_path, f"[discord]\ntoken_file = '{pasted}'")
    assert pasted not in message
    assert "names a file" in message


@pytest.mark.parametrize("wrong", [f"Bot {SECRET}", f'"{SECRET}"', f"{SECRET}\n{SECRET}", "令牌" + SECRET])
def test_what_no_token_can_be_is_refused_and_not_repeated(tmp_path: Path, wrong: str) -> None:
    message = refusal(tmp_path, "", TWOHANDER_TOKEN=wrong)
    assert message.startswith("TWOHANDER_TOKEN: not a token alone")
    assert SECRET not in message


def test_no_token_is_none(tmp_path: Path) -> None:
    assert load(tmp_path, "").token is None


@pytest.mark.parametrize("text", [f"token = '{SECRET}'", f"[discord]\ntoken = '{SECRET}'", f"[clip]\ncrf = '{SECRET}'"])
def test_a_token_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_token_never_shows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = load(tmp_path, "", TWOHANDER_TOKEN=SECRET)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("%s %r %s", found, found, found.model_dump())
    shown = [repr(found), str(found), f"{found.token}", repr(found.model_dump()), found.model_dump_json(), caplog.text]
    assert not [text for text in shown if SECRET in text]
    assert SECRET not in "".join(traceback.format_exception(RuntimeError(found)))


def test_the_renderer_gets_no_weights_where_none_are_set(tmp_path: Path) -> None:
    assert Config().renderer_settings().weights is None
    paths = "\n".join(f"{key} = '/w/{key}'" for key in ("checkpoint", "upscaler", "lora", "gemma"))
    weights = load(tmp_path, f"[renderer.weights]\n{paths}").renderer_settings().weights
    assert weights is not None
    assert weights.gemma == "/w/gemma"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("again = 0", "voting.again: Input should be greater than or equal to 1"),
        ("again = 0.5", "voting.again: Input should be a valid integer"),
        ("again_share = 1.5", "voting.again_share: Input should be less than or equal to 1"),
        ("most = -1", "voting.most: Input should be greater than or equal to 0"),
        ("cooldown_s = -1.0", "voting.cooldown_s: Input should be greater than or equal to 0"),
        ("agian = 3", "voting.agian: unknown key; did you mean again?"),
    ],
)
def test_rules_of_voting_that_cannot_be_are_refused(tmp_path: Path, line: str, said: str) -> None:
    assert said in refusal(tmp_path, f"[voting]\n{line}")


def test_rules_of_voting_are_taken(tmp_path: Path) -> None:
    found = load(tmp_path, "[voting]\nagain = 2\nagain_share = 0.5\nmost = 0\ncooldown_s = 0.0").voting
    assert (found.again, found.again_share, found.most, found.cooldown_s) == (2, 0.5, 0, 0.0)
