"""The demo: a short drama played through the real bot, and the page that it leaves."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pysubs2
import pytest

from bot.config import Clip, Config, Renderer
from bot.demo import DemoError, demo
from bot.demo import play as playing
from bot.demo.markup import markup
from bot.demo.play import DemoResult, play
from bot.demo.weights import tiny

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

PALACE = Path(__file__).parents[1] / "examples" / "palace"

SCRIPT = """\
title = "茶 & <Tea>"
quality = "preview"

[[characters]]
name = "沈月华"
picture = "shen.webp"
outfit = "pale aqua hanfu"

[[characters]]
name = "Murong <b>"
picture = "murong.webp"

[[scenes]]
title = "Act I"
place = "a <tea> house"

[[scenes.shots]]
words = "特写，固定镜头。沈月华微笑道：“此茶甚好。”"
cast = ["沈月华"]
seed = 7
lines = [{ speaker = "沈月华", zh = "此茶甚好。", en = "What fine tea." }]

[[scenes]]
title = "Act II"

[[scenes.shots]]
words = "Medium shot, slow push in. <script>alert(1)</script> **Murong** drinks tea in a garden at dusk."
cast = ["Murong <b>"]
seed = 8
"""
CARD, FADE, TAKE = 72, 12, 113
FILM = 2 * (TAKE + CARD - FADE)
"""Frames of a card, of its cross-fade, of a take, and of the film."""


class Page(HTMLParser):
    """Gathers the elements of a page and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._hidden = False
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        self._hidden = tag == "style"
        if tag in {"b", "dd", "small", "span"}:  # apart to the eye
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def with_class(self, name: str) -> list[str]:
        return [tag for tag, attributes in self.elements if name in attributes.get("class", "").split()]

    def between(self, start: str, end: str) -> str:
        return self.text.partition(start)[2].partition(end)[0]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "tea.toml").write_text(SCRIPT, "utf-8")
    shutil.copy(PALACE / "shen-yuehua.webp", folder / "shen.webp")
    shutil.copy(PALACE / "murong-jing.webp", folder / "murong.webp")
    config = Config(clip=Clip(preset="ultrafast"))
    return asyncio.run(play(config, folder / "out", "animatic", folder / "tea.toml"))


@pytest.fixture(scope="module")
def page(played: DemoResult) -> Page:
    return Page(played.page.read_text("utf-8"))


@pytest.fixture(scope="module")
def films(played: DemoResult) -> list[list[NDArray[Any]]]:
    """The grey pictures of both cuts, at a quarter of their size."""
    found: list[list[NDArray[Any]]] = []
    for number in (1, 2):
        with av.open(str(played.page.parent / "media" / f"E1-cut{number}.mp4")) as film:
            found.append([frame.to_ndarray(format="gray")[::4, ::4] for frame in film.decode(video=0)])
    return found


def test_result(played: DemoResult) -> None:
    assert (played.engine, played.clips, played.films, played.missing) == ("animatic", 4, 2, ())
    assert played.film_s == pytest.approx(FILM / 24)
    assert played.page.name == "index.html"
    assert {path.name for path in played.page.parent.iterdir()} == {"index.html", "media"}, "the house is gone"


def test_every_clip_plays(played: DemoResult, page: Page) -> None:
    videos = page.all("video")
    # A shot alone, two of the episode, one of them again, both cuts, and the last one at the top of the page.
    assert len(videos) == 4 + 2 + 1
    assert videos[0]["src"] == "media/E1-cut2.mp4"
    for video in videos:
        assert (video["preload"], bool(video["aria-label"])) == ("metadata", True)
        with av.open(str(played.page.parent / video["src"])) as container:
            stream = container.streams.video[0]
            assert (str(stream.width), str(stream.height)) == (video["width"], video["height"])
            assert stream.frames == (FILM if "cut" in video["src"] else TAKE)
            assert sum(frame.samples for frame in container.decode(audio=0)) > 0


def test_only_the_shot_that_was_voted_for_differs_between_the_cuts(films: list[list[NDArray[Any]]]) -> None:
    assert [len(film) for film in films] == [FILM, FILM]
    same = [np.array_equal(old, new) for old, new in zip(*films, strict=True)]
    voted = CARD - FADE + TAKE  # where the second shot begins
    assert all(same[:voted])
    assert not all(same[voted : voted + TAKE])


def test_both_languages_are_subtitles(played: DemoResult, page: Page, films: list[list[NDArray[Any]]]) -> None:
    media = played.page.parent / "media"
    for number, film in enumerate(films, 1):
        chinese, english = (pysubs2.load(str(media / f"E1-cut{number}.{language}.srt")) for language in ("zh", "en"))
        assert [event.plaintext for event in chinese] == ["此茶甚好。", "我等你们很久了。"]
        assert [event.plaintext for event in english] == ["What fine tea.", "I have waited long for you both."]
        said = chinese[1]
        assert said.start == english[1].start, "both are read at the same time"
        spoken, silent = film[(said.start + said.end) // 2 * 24 // 1000], film[said.start * 24 // 1000 - 2]
        rows = slice(int(spoken.shape[0] * 0.58), int(spoken.shape[0] * 0.715))
        assert (spoken[rows] > 230).sum() > (silent[rows] > 230).sum() + 100, "the words stand above the slate"
    assert "E1-cut2.zh.srt" in page.text
    assert "此茶甚好。" in page.between("E1-cut1.zh.srt", "E1-cut1.en.srt")


def test_everything_lies_beside_the_page(played: DemoResult, page: Page) -> None:
    addresses = [
        attributes[key] for _, attributes in page.elements for key in ("src", "poster", "href") if key in attributes
    ]
    files = [address for address in addresses if not address.startswith("#")]
    assert len(files) >= 20
    for address in files:
        assert re.fullmatch(r"media/[\w.-]+", address)
        assert (played.page.parent / address).stat().st_size > 100
    anchors = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {address[1:] for address in addresses if address.startswith("#")} <= anchors
    assert {"cast", "guards", "script", "render", "votes"} <= anchors
    assert all(picture["alt"] for picture in page.all("img"))


def test_the_members_words_are_text(page: Page) -> None:
    assert not page.all("script")
    assert "<script>alert(1)</script> **Murong** drinks tea" in page.text
    assert "茶 & <Tea>" in page.text
    assert "Murong <b>" in page.text


def test_the_conversation(page: Page) -> None:
    for typed in (
        "小满 used /角色 添加",
        "Ada used /character add",
        "小满 used /角色 查看",
        "Ada used /shot",
        "小满 used /剧集 剧本",
        "Ada used /episode edit",
        "小满 used /剧集 渲染",
        "Ada used /queue",
        "Noor pressed Notify me",
        "阿哲 pressed Notify me",
    ):
        assert typed in page.text, "each member sees command names in their language"
    assert "权限 可以编辑" in page.text
    assert "tea.toml" in page.text
    assert "第 1 集现在以文件为准：2 场，2 个镜头。" in page.text
    assert page.text.count("Only you can see this") == len(page.with_class("private"))
    assert "I will write to you when E1 is done. Only you can see this (Noor)" in page.text


def test_the_page_before_the_queue(page: Page) -> None:
    shown = page.between("Ada used /shot", "Ada pressed Render")
    assert "black cloak → BLACK cloak" in shown
    assert "💬 Murong <b>: Who goes there?" in shown
    buttons = [attributes.get("class") for tag, attributes in page.elements if tag == "span"]
    assert {"success", "primary", "secondary", "primary off"} <= set(buttons)
    pictures = [attributes["src"] for attributes in page.all("img")]
    assert {"media/reference.png", "media/framed.png"} <= set(pictures)
    prompt = page.between("The prompt, after the guards", "Pinned pictures")
    assert "BLACK cloak" in prompt
    assert "“" not in prompt


def test_the_storyboard_and_its_thread(page: Page) -> None:
    (board,) = [picture for picture in page.all("img") if picture["alt"].startswith("Storyboard: ")]
    assert board["src"] == "media/storyboard-1-1.jpg"
    shots = page.between("E1 茶 & <Tea> thread", "A quote, a press")
    assert "🎬 1.1 · 5 s · 沈月华 a <tea> house 特写" in shots
    assert "💬 Murong <b>: 我等你们很久了。 | I have waited long for you both." in shots


def test_the_quote_and_the_live_status(page: Page) -> None:
    assert "需要渲染：共 2 个镜头中的 2 个。" in page.between("/剧集 渲染", "小满 pressed 开始渲染")
    status = page.between("小满 pressed 开始渲染", "Noor pressed Notify me")
    assert "Notify me" in status
    assert "deleted when there was nothing more to tell" in status


def test_a_vote_renders_one_shot_again_and_the_votes_choose(page: Page) -> None:
    assert [len(re.findall(rf"🎬 #{name} by", page.text)) for name in ("1.1", "2.1", "3.1", "3.2")] == [1, 1, 1, 1]
    assert not re.search(r"#[12]\.2|#3\.3", page.text), "no other shot is rendered again"
    first, again = page.between("🎬 #3.1", "Behind"), page.between("🎬 #3.2", "Behind")
    assert "by @小满 · E1 · 2.1 Murong <b> · seed 8" in first
    assert "🔁 4 Ada, 阿哲, 小满 👍 2 Noor" in first, "the bot's own reactions count too"
    assert "Rendered again because members voted for it on take 1." in again
    assert "seed 8 ·" not in again
    assert "🔁 1 👍 3 Ada, 阿哲" in again


def test_the_film_is_cut_anew_and_who_asked_is_told_once(page: Page) -> None:
    assert page.text.index("🍿 E1.1 茶") < page.text.index("🎬 #3.2") < page.text.index("🍿 E1.2 茶")
    assert "Voted by @Noor, @Ada, @阿哲, @小满" in page.between("🍿 E1.2 茶", "E1-cut2.zh.srt")
    assert "Voted by" not in page.between("🍿 E1.1 茶", "E1-cut1.zh.srt")
    told = page.between("🍿 E1.1 The episode is cut.", "Members choose")
    assert "@ 小满 direct message" in told
    assert "@ Noor direct message" in told
    assert len(re.findall(r"🍿 E1.1 剧集 茶 & <Tea> 完成了。", told)) == 2, "小满 owns it, 阿哲 asked"
    assert len(re.findall(r"🍿 E1.1 The episode 茶 & <Tea> is done.", told)) == 1
    assert page.text.count("direct message") == 3


def test_it_says_what_it_is(played: DemoResult, page: Page) -> None:
    assert "not renders by the model" in page.text
    assert 'engine = "animatic"' in page.text
    assert "4 takes, 2 cuts; the film is 0:14 long" in page.text
    assert "Python 3." in page.text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**#1.1** by <@7>\nready", '<p><strong>#1.1</strong> by <span class="mention">@Ada</span><br>\nready</p>\n'),
        ("<@8> <b>", "<p>&lt;@8&gt; &lt;b&gt;</p>\n"),
        ("Fixed:\n- `a`\n- \\*b\\*", "<p>Fixed:</p>\n<ul>\n<li><code>a</code></li>\n<li>*b*</li>\n</ul>\n"),
        ("- a\nb", "<ul>\n<li>a</li>\n</ul>\n<p>b</p>\n"),
        ("# [a](http://b) &amp;", '<p># <a class="elsewhere">a</a> &amp;amp;</p>\n'),
        ("[**E1**](https://discord.com/channels/1/2/3)", '<p><a href="#m3"><strong>E1</strong></a></p>\n'),
        ("[a](javascript:b) ![c](d)", '<p>[a](javascript:b) !<a class="elsewhere">c</a></p>\n'),
    ],
)
def test_markup(text: str, html: str) -> None:
    assert markup(text, {7: "Ada"}).replace("<br />", "<br>") == html


def test_names_in_a_mention_are_text() -> None:
    assert "<i>" not in markup("<@7>", {7: "<i>"})


async def test_a_script_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.toml").write_text("title = 1", "utf-8")
    with pytest.raises(DemoError, match=r"bad\.toml:1: title: "):
        await play(Config(), tmp_path / "out", "animatic", tmp_path / "bad.toml")
    assert not (tmp_path / "out").exists()


async def test_an_output_folder_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("a file")
    assert await demo(Config(), tmp_path / "out", "animatic") == 1
    assert f"--out {tmp_path / 'out'}: File exists" in capsys.readouterr().err


async def test_an_engine_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await demo(Config(renderer=Renderer()), tmp_path / "out", "ltx") == 1
    assert '--engine ltx: engine = "ltx" needs the paths' in capsys.readouterr().err


async def test_the_page_and_the_time_are_printed_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = DemoResult(tmp_path / "index.html", "animatic", 7, 1, 35.0, 41.2, ("take #3.1 (failure-render)",))

    async def played(*_: object, tell: Callable[[str], None]) -> DemoResult:
        tell("the characters")
        return result

    monkeypatch.setattr(playing, "play", played)
    assert await demo(Config(), tmp_path, "auto") == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("… the characters\n")
    assert printed.out.splitlines()[-1] == f"{tmp_path}/index.html (open it in a browser) after 41 s"
    assert "take #3.1" in printed.err


async def test_without_the_demo_extra(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "simcord", None)
    for module in ("bot.demo.play", "bot.demo.stage", "bot.demo.page"):
        monkeypatch.delitem(sys.modules, module)
    assert await demo(Config(), tmp_path, "auto") == 1
    assert "the demo needs simcord: pip install" in capsys.readouterr().err


@pytest.mark.ltx
async def test_tiny_weights_are_there(tmp_path: Path) -> None:
    weights = await tiny()
    assert all(Path(path).exists() for path in weights.model_dump().values())


async def test_an_installed_package_says_where_the_drama_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "site-packages" / "examples" / "palace.toml"
    monkeypatch.setattr(playing, "PALACE", gone)
    with pytest.raises(DemoError, match="clone it and `make demo`"):
        await play(Config(), tmp_path / "out", "animatic", gone)
