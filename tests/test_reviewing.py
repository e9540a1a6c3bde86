"""`twohander guard`: the command as a process, and what it prints."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.config import Config, Defaults, Guards
from bot.guards import Draft, review
from bot.i18n import CHINESE, ENGLISH, speak
from bot.reviewing import UsageError, guard, spoken_here

TEXT = 'A man in a black robe spins; his hat flies off. "Wait!" he shouts.'
CORPUS = Path(__file__).parent / "guards" / "corpus"


def run(*arguments: str, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "guard", *arguments],
        input=typed,
        capture_output=True,
        check=False,
        timeout=60,
    )


def printed(text: str | None, config: Config | None = None, **options: Any) -> str:
    out = io.StringIO()
    guard(config or Config(), text, out=out, **options)
    return out.getvalue()


def test_the_report_as_json() -> None:
    report = json.loads(printed(TEXT, as_json=True, language=ENGLISH))
    plain = review(Draft(TEXT))
    assert report["prompt"] == plain.prompt
    assert [cue["text"] for cue in report["cues"]] == ["Wait!"]
    assert report["pin_strength"] == pytest.approx(0.95)
    assert report["refused"] is False
    first = report["findings"][0]
    assert {"rule", "level", "span", "before", "after", "reason"} <= first.keys()
    assert (first["rule"], first["level"]) == ("quoted_dialogue", "changed")
    assert TEXT[slice(*first["span"])] == first["before"]
    assert first["reason"] == speak(ENGLISH)("guard-dialogue-spoken")


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
def test_the_report_as_text(language: str) -> None:
    words = speak(language)
    first, gap, *lines = printed(TEXT, language=language).splitlines()
    assert first == review(Draft(TEXT)).prompt
    assert gap == ""
    told = "\n".join(lines)
    for rule in ("quoted_dialogue", "dark_clothes", "detaching_objects"):
        assert words(f"guard-rule-{rule}") in told
    assert words("guard-dialogue-spoken") in told
    assert "hat flies off → hat STAYS ON" in told
    assert "💬 Wait!" in told
    assert lines[-1] == words("review-strengths", pin="0.95", lora="0.8")
    assert "**" not in told


def test_characters_and_their_looks_are_in_the_prompt() -> None:
    told = json.loads(
        printed("They bow. Wide shot.", characters=["Shen=pale green robe", "Xiao=black armour"], as_json=True)
    )
    assert "Shen, pale green robe." in told["prompt"]
    assert "Xiao, BLACK armour." in told["prompt"]
    assert told["pin_strength"] == pytest.approx(0.95)
    assert "Ada" in json.loads(printed("She bows.", characters=["Ada"], as_json=True))["prompt"]


def test_lines_in_lines_out() -> None:
    prompts = ["A lake.", "", "他说：“走吧。”", "\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace")]
    source = io.BytesIO("\n".join(prompts).encode() + b"\r\nlast \xff one")
    lines = printed(None, by_line=True, source=source).splitlines()
    reports = [json.loads(line) for line in lines]
    assert len(reports) == len(prompts) + 1
    assert reports[0]["prompt"] == "A lake."
    assert reports[1]["prompt"] == ""
    assert [cue["text"] for cue in reports[2]["cues"]] == ["走吧。"]
    assert "last \ufffd one" in reports[-1]["prompt"]


def test_the_corpus_line_by_line_is_the_corpus_one_by_one() -> None:
    texts = [json.loads(line)["text"] for line in (CORPUS / "zh-heldout-1.jsonl").read_text("utf-8").splitlines()]
    texts = [text for text in texts if text.splitlines() == [text]]
    source = io.BytesIO("".join(f"{text}\n" for text in texts).encode())
    prompts = [json.loads(line)["prompt"] for line in printed(None, by_line=True, source=source).splitlines()]
    assert prompts == [review(Draft(text)).prompt for text in texts]


def test_the_servers_words_and_strengths_count() -> None:
    config = Config(guards=Guards(blocklist=("forbidden",)), defaults=Defaults(pin_strength=0.8))
    out = io.StringIO()
    assert guard(config, "A FORBIDDEN lake.", language=ENGLISH, out=out) == 1
    assert "forbidden" in out.getvalue().casefold()
    assert json.loads(printed("A lake.", config, as_json=True))["pin_strength"] == pytest.approx(0.8)


def test_one_refused_line_is_enough() -> None:
    config = Config(guards=Guards(blocklist=("forbidden",)))
    out = io.StringIO()
    assert guard(config, None, by_line=True, source=io.BytesIO(b"fine\nforbidden\nfine\n"), out=out) == 1
    assert [json.loads(line)["refused"] for line in out.getvalue().splitlines()] == [False, True, False]


@pytest.mark.parametrize("options", [{"text": None}, {"text": "x", "characters": ["=robe"]}])
def test_what_cannot_be_asked(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        guard(Config(), out=io.StringIO(), **options)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, ENGLISH),
        ({"LANG": "de_DE.UTF-8"}, ENGLISH),
        ({}, ENGLISH),
    ],
)
def test_the_environments_language(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str) -> None:
    for key in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert spoken_here() == language


def test_as_a_command() -> None:
    done = run(TEXT, "--character", "Shen=red robe", "--json", "--language", "zh-CN")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"][0]["reason"].startswith("引号里的话")
    done = run("-", typed="他说：“走吧。”\n".encode())
    assert done.returncode == 0, done.stderr
    assert "走吧。" in done.stdout.decode()
    assert run("x" * 2001).returncode == 1
    usage = run()
    assert (usage.returncode, usage.stdout) == (2, b"")
    assert usage.stderr


def test_a_reader_that_has_enough_is_no_failure() -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "bot", "guard", "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b"A lake at dawn.\n" * 300)
        process.stdin.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def test_it_starts_without_discord_and_the_renderer() -> None:
    heavy = (
        "import sys, bot.__main__, bot.reviewing; print([m for m in ('discord', 'torch', 'av') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", heavy], capture_output=True, check=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_main_returns_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guard", "A lake.", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["prompt"] == "A lake."
