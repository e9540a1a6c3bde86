"""Words burned into a film: there at their time and nowhere else, whatever members write."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pysubs2
import pytest

from bot.cutting import Cut, Encoding, Subtitles, Take, cut
from bot.subtitles import Layout, Line
from bot.subtitles.faces import CHINESE
from tests.cutting.takes import read_film, read_srt, read_tracks, write_take
from tests.fonts import BLOCK, write_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = (416, 240)
PLAIN = Encoding(loudness=None)
HOSTILE = [
    "{\\p1}m 0 0 l 600 0 600 300 0 300{\\p0}",
    "'; drawtext=text=x:fontsize=300; [out]",
    "{\\an8}{\\fs300}top",
    "one\\Ntwo\\nthree\\hfour \\",
    "a\nb\r\nc\u2028d\x00\x1be",
    "שלום עולם \u202egnirts\u202c",
    "😀👩‍👩‍👧 hi",
    "%{n} %d \ud800 <b>bold</b> 1\n00:00:01,000 --> 00:00:09,000",
    "long " * 100,
    "长" * 500,
]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_take(tmp_path_factory.mktemp("takes") / "take.mp4", 1, 72, size=SIZE, colour=60)


def written(frames: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return how many pixels of each frame are as white as letters; the takes' own numbers along the top left out."""
    return (frames[:, 40:] > 200).sum(axis=(1, 2))


async def test_captions_are_on_screen_at_their_time(clip: Path, tmp_path: Path) -> None:
    """Two shots with words and one without; the SRT says when, and the pixels agree frame by frame."""
    takes = (
        Take(clip, 72, (Line("你终于来了。", "You have come."), Line("我等了三年。", "Three years I waited."))),
        Take(clip, 48),
        Take(clip, 72, (Line(en="Forgive me."),), fade=12),
        Take(clip, 60),
    )
    done = await cut(Cut(takes, subtitles=Subtitles("both"), encoding=PLAIN), tmp_path / "film.mp4", tmp_path / "work")
    assert (set(done.srt), done.crowded) == ({"zh", "en"}, ())
    counts = written(read_film(done.path).frames)
    subtitles = pysubs2.load(str(done.srt["en"]))
    assert [event.plaintext for event in subtitles] == ["You have come.", "Three years I waited.", "Forgive me."]
    expected = np.zeros(done.frames, bool)
    for event in subtitles:
        # A time is rounded down to a millisecond, so the frame is the next.
        first, end = (-(-time * 24 // 1000) for time in (event.start, event.end))
        expected[first:end] = True
        assert event.end - event.start >= 1000
    assert ((counts > 30) == expected).all()
    assert not expected[72:120].any()
    assert not expected[180:192].any()  # the cross-fade
    chinese = pysubs2.load(str(done.srt["zh"]))
    assert [event.plaintext for event in chinese] == ["你终于来了。", "我等了三年。", "Forgive me."]
    assert read_tracks(done.path) == {"chi": read_srt(done.srt["zh"]), "eng": read_srt(done.srt["en"])}


@pytest.mark.parametrize("burn", ["zh", "both"])
async def test_hostile_words_stay_words(clip: Path, tmp_path: Path, burn: str) -> None:
    """Each is drawn as text at the bottom: no drawing, no jump to the top, nothing outside the safe width."""
    takes = tuple(Take(clip, 36, (Line(zh=words, en=words, speaker="{\\b1}'x"),)) for words in HOSTILE)
    plan = Cut(takes, subtitles=Subtitles("zh" if burn == "zh" else "both", names=True), encoding=PLAIN)
    done = await cut(plan, tmp_path / "film.mp4", tmp_path / "work")
    frames = read_film(done.path).frames
    for shot, words in enumerate(HOSTILE):
        pictures = frames[shot * 36 : shot * 36 + 36]
        letters = np.any(pictures > 200, axis=0)
        letters[:40] = False
        assert letters.any(), words
        assert not letters[:160].any(), words  # of 240 rows: two lines need far fewer
        assert not letters[:, :20].any(), words
        assert not letters[:, -20:].any(), words
    for path in done.srt.values():
        subtitles = pysubs2.load(str(path))
        assert len(subtitles) >= len(HOSTILE)
        for before, after in pairwise(subtitles):
            assert before.end <= after.start
        text = path.read_text("utf-8")
        assert text.count(" --> ") == len(subtitles)
        assert not set("{}\\\x00") & set(text)
    # Five hundred characters in a second and a half cannot be read; the caller is told.
    assert {8, 9} <= set(done.crowded)


async def test_words_of_one_take_do_not_encode_the_others(clip: Path, tmp_path: Path) -> None:
    takes = (Take(clip, 72), Take(clip, 72, (Line(en="Now."),)), Take(clip, 72))
    plan = Cut(takes, subtitles=Subtitles("en"), encoding=PLAIN)
    assert (await cut(plan, tmp_path / "film.mp4", tmp_path / "work")).encoded == 2  # the take and the probe
    attached = Cut(takes, encoding=PLAIN)
    done = await cut(attached, tmp_path / "film.mp4", tmp_path / "work")
    assert (done.encoded, set(done.srt)) == (0, {"en"})


async def test_words_can_stand_higher(clip: Path, tmp_path: Path) -> None:
    """Over the animatic's slate."""
    plan = Cut((Take(clip, 72, (Line(en="High"),)),), subtitles=Subtitles("en", bottom=0.5), encoding=PLAIN)
    film = read_film((await cut(plan, tmp_path / "film.mp4", tmp_path / "work")).path)
    rows = np.flatnonzero((film.frames[40, 40:] > 200).any(axis=1)) + 40
    assert 90 < rows.min() < rows.max() <= 120


async def test_a_font_that_was_chosen_draws_the_words(clip: Path, tmp_path: Path) -> None:
    """In its own shapes, as large as any other, whatever its file and its style are called; what it lacks as ever."""
    blocks = write_blocks(tmp_path / "it's: [a],\\N font.ttf", CHINESE)
    em = Layout(*SIZE).em
    lines = (Line(zh=CHINESE), Line(zh="永"))
    seen: list[NDArray[np.bool_]] = []
    for font in (blocks, None):
        plan = Cut((Take(clip, 72, lines),), subtitles=Subtitles("zh", font=font), encoding=PLAIN)
        done = await cut(plan, tmp_path / "film.mp4", tmp_path / "work")
        assert done.encoded == (2 if font else 1)  # with another font the words are burned in anew
        letters = read_film(done.path).frames > 200
        letters[:, :40] = False
        seen.append(letters)
    ours, packaged = seen
    first, second = 18, 60
    rows, columns = (np.flatnonzero(ours[first].any(axis=axis)) for axis in (1, 0))
    assert rows.size == pytest.approx(BLOCK * em, abs=1.5)
    assert columns.max() - columns.min() + 1 == pytest.approx((len(CHINESE) - 1 + BLOCK) * em, abs=2.5)
    assert ours[first].sum() > 2 * packaged[first].sum()
    assert (ours[second] == packaged[second]).all()
    assert ours[second].any()
