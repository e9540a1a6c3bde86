"""How the renderer's stderr becomes log lines: fed through a real stream reader."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.renderer_client.stderr import LINE_LIMIT, LINES_A_SECOND, TAIL, StderrLog


async def drained(*chunks: bytes, jobs: tuple[int, ...] = ()) -> list[str]:
    """Return the tail after each of `chunks` was read by itself."""
    stream = asyncio.StreamReader()
    stderr = StderrLog(stream, lambda: jobs)
    task = asyncio.create_task(stderr.drain())
    for chunk in chunks:
        stream.feed_data(chunk)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    stream.feed_eof()
    await task
    return list(stderr.tail)


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_lines_are_put_together_from_pieces_and_labelled(caplog: pytest.LogCaptureFixture) -> None:
    assert await drained(b"fir", b"st\r\nsec", b"ond\n\n  \nthi", b"rd", jobs=(12,)) == ["first", "second", "third"]
    assert caplog.messages == ["[job 12] first", "[job 12] second", "[job 12] third"]
    assert {record.__dict__["job"] for record in caplog.records} == {12}


async def test_without_a_job_the_label_is_the_renderer(caplog: pytest.LogCaptureFixture) -> None:
    await drained(b"waiting\n")
    assert caplog.messages == ["[renderer] waiting"]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (b"ERROR renderer: no", logging.ERROR),
        (b"DEBUG renderer: so", logging.DEBUG),
        (b"NOTSET renderer: hm", logging.INFO),
        (b"Traceback (most recent call last):", logging.INFO),
    ],
)
async def test_the_childs_level_is_kept(caplog: pytest.LogCaptureFixture, line: bytes, level: int) -> None:
    await drained(line + b"\n")
    assert [record.levelno for record in caplog.records] == [level]


async def test_a_progress_bar_is_one_line_as_it_is_seen_at_last() -> None:
    bars = b"".join(b"\r%3d%%|####|" % percent for percent in range(101))
    assert await drained(bars, b"\nnext\n") == ["100%|####|", "next"]
    assert await drained(bars * 100, b"\r100%|done|\nnext\n") == ["100%|done|", "next"]


async def test_an_overlong_line_is_cut_and_the_next_one_is_whole() -> None:
    first, second = await drained(*[b"x" * 50_000] * 20, b"x\nshort\n")
    assert first == "x" * LINE_LIMIT + " …"
    assert second == "short"
    assert (await drained(b"y" * (LINE_LIMIT + 1) + b"\nshort\n"))[1] == "short"


async def test_control_characters_and_broken_utf_8_do_not_reach_the_terminal() -> None:
    assert await drained("\x1b[31m红\x07\tred\n".encode(), b"\xff\xfe\n") == ["\ufffd[31m红\ufffd\tred", "\ufffd\ufffd"]


async def test_a_flood_is_counted_not_logged_and_the_tail_is_right(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    tail = await drained(b"".join(b"%d\n" % number for number in range(1000)))
    assert tail == [str(number) for number in range(1000 - TAIL, 1000)]
    assert len(caplog.messages) == LINES_A_SECOND + 1
    assert caplog.messages[-1] == f"[renderer] … {1000 - LINES_A_SECOND} more lines, left out"
    assert caplog.records[-1].levelno == logging.WARNING
