"""The demo: a short drama played through the real bot, and the page that it leaves."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest

from bot.config import Config, Renderer
from bot.demo import DemoError, demo
from bot.demo import play as playing
from bot.demo.markup import markup
from bot.demo.play import DemoResult, play
from bot.demo.weights import tiny

if TYPE_CHECKING:
    from collections.abc import Iterable

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

[[scenes.shots]]
words = "特写，固定镜头。沈月华微笑道：“此茶甚好。”"
cast = ["沈月华"]
seed = 7

[[scenes]]
title = "Act II"

[[scenes.shots]]
words = "Medium shot, slow push in. <script>alert(1)</script> **Murong** drinks tea in a garden at dusk."
cast = ["Murong <b>"]
"""


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

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def with_class(self, name: str) -> Iterable[str]:
        return [tag for tag, attributes in self.elements if name in attributes.get("class", "").split()]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "tea.toml").write_text(SCRIPT, "utf-8")
    shutil.copy(PALACE / "shen-yuehua.webp", folder / "shen.webp")
    shutil.copy(PALACE / "murong-jing.webp", folder / "murong.webp")
    return asyncio.run(play(Config(), folder / "out", "animatic", folder / "tea.toml"))


@pytest.fixture(scope="module")
def page(played: DemoResult) -> Page:
    return Page(played.page.read_text("utf-8"))


def test_result(played: DemoResult) -> None:
    assert (played.engine, played.clips, played.missing) == ("animatic", 2, ())
    assert played.film_s == pytest.approx(2 * 113 / 24)
    assert played.page.name == "index.html"
    assert {path.name for path in played.page.parent.iterdir()} == {"index.html", "media"}, "the house is gone"


def test_every_clip_plays(played: DemoResult, page: Page) -> None:
    videos = page.all("video")
    assert len(videos) == 2
    for video in videos:
        assert (video["width"], video["height"], video["preload"]) == ("960", "544", "metadata")
        with av.open(str(played.page.parent / video["src"])) as container:
            assert sum(1 for _ in container.decode(video=0)) == 113
        with av.open(str(played.page.parent / video["src"])) as container:
            assert sum(frame.samples for frame in container.decode(audio=0)) > 0


def test_everything_lies_beside_the_page(played: DemoResult, page: Page) -> None:
    addresses = [
        attributes[key] for _, attributes in page.elements for key in ("src", "poster", "href") if key in attributes
    ]
    files = [address for address in addresses if not address.startswith("#")]
    assert len(files) >= 10
    for address in files:
        assert re.fullmatch(r"media/[\w.-]+", address)
        assert (played.page.parent / address).stat().st_size > 500
    anchors = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {address[1:] for address in addresses if address.startswith("#")} <= anchors
    assert anchors == {"shot-1", "shot-2"}


def test_the_members_words_are_text(page: Page) -> None:
    assert not page.all("script")
    assert "<script>alert(1)</script> **Murong** drinks tea" in page.text
    assert "茶 & <Tea>" in page.text
    assert "Murong <b>" in page.text


def test_the_conversation(page: Page) -> None:
    for typed in (
        "小满 used /角色 添加",
        "Ada used /character add",
        "Ada used /character list",
        "小满 used /角色 查看",
    ):
        assert typed in page.text
    assert "小满 used /镜头" in page.text, "each member sees command names in their language"
    assert "Ada used /cancel" in page.text
    assert len(list(page.with_class("command"))) == 11
    assert len(list(page.with_class("pressed"))) == 5
    assert len(list(page.with_class("private"))) == 16, "each command has a private answer, and each button another"
    assert page.text.count("Only you can see this") == 16
    assert "Shot #3 is cancelled." in page.text
    assert "Shot #4 is cancelled." in page.text
    assert "I know no character called 慕容净" in page.text


def test_the_pages_before_the_queue(page: Page) -> None:
    assert "小满 pressed 渲染" in page.text
    assert "Ada pressed Edit and wrote: Medium shot, slow push in. <script>alert(1)</script>" in page.text
    assert "shot size and camera" in page.text.partition("Ada pressed Edit")[0], "what the edit adds was missing"
    assert "Ada pressed Split in two" in page.text
    assert "Shot 2 of 2: what the model reads 💬 Who goes there?" in page.text
    buttons = [attributes.get("class") for tag, attributes in page.elements if tag == "span"]
    assert {"success", "primary", "secondary", "primary off"} <= set(buttons)
    pictures = [attributes["src"] for attributes in page.all("img")]
    assert {"media/reference.png", "media/framed.png"} <= set(pictures)


def test_the_posts(page: Page) -> None:
    assert "#1.1 by @小满" in page.text
    assert "#2.1 by @Ada" in page.text
    assert "沈月华 · seed 7 · 960×544 · 4.7 s · take 1" in page.text
    assert "⏳ #1.1" in page.text, "the status message stands behind the clip"
    assert "#3.1" not in page.text, "the cancelled shot left nothing in the channel"


def test_the_guards_repair_is_seen(page: Page) -> None:
    prompt = page.text.partition("The prompt, after the guards")[2].partition("Pinned pictures")[0]
    assert "沈月华" in prompt
    assert "“" not in prompt


def test_it_says_what_it_is(played: DemoResult, page: Page) -> None:
    assert "not renders by the model" in page.text
    assert 'engine = "animatic"' in page.text
    assert "2 clips, 9.4 s" in page.text
    assert "Python 3." in page.text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**#1.1** by <@7>\nready", '<p><strong>#1.1</strong> by <span class="mention">@Ada</span><br>\nready</p>\n'),
        ("<@8> <b>", "<p>&lt;@8&gt; &lt;b&gt;</p>\n"),
        ("Fixed:\n- `a`\n- \\*b\\*", "<p>Fixed:</p>\n<ul>\n<li><code>a</code></li>\n<li>*b*</li>\n</ul>\n"),
        ("# [a](http://b) ![c](d) &amp;", "<p># [a](http://b) ![c](d) &amp;amp;</p>\n"),
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


async def test_an_engine_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await demo(Config(renderer=Renderer()), tmp_path / "out", "ltx") == 1
    assert '--engine ltx: engine = "ltx" needs the paths' in capsys.readouterr().err


async def test_the_page_and_the_time_are_printed_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = DemoResult(tmp_path / "index.html", "animatic", 7, 35.0, 41.2, ("shot 3 (failure-render)",))

    async def played(*_: object) -> DemoResult:
        return result

    monkeypatch.setattr(playing, "play", played)
    assert await demo(Config(), tmp_path, "auto") == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == f"{tmp_path}/index.html (open it in a browser) after 41 s"
    assert "shot 3" in printed.err


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
