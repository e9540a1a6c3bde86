"""What the child writes elsewhere, and what it is told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from bot import config_file
from bot.renderer_client import RenderFailed
from tests.renderer_fakes.listeners import Steps
from tests.renderer_fakes.support import shot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.renderer_fakes.listeners import Start


async def test_a_flood_on_stderr_neither_blocks_nor_fills_the_log(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = start()
    assert (await client.render(shot(tmp_path, "flood_stderr", job=12), Steps())).job == 12
    await client.close()  # the rest of stderr is read by then
    (warning,) = [record for record in caplog.records if "the water rises" in record.getMessage()]
    assert (warning.levelname, warning.__dict__["job"]) == ("WARNING", 12)
    assert warning.getMessage() == "[job 12] WARNING flood: the water rises"
    assert any("more lines, left out" in record.getMessage() for record in caplog.records)
    assert max(len(record.getMessage()) for record in caplog.records) < 10_000


async def test_a_traceback_is_logged_with_its_job(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = start()
    with pytest.raises(RenderFailed):
        await client.render(shot(tmp_path, "stumble", job=9), Steps())
    await client.close()
    assert "[job 9] Traceback (most recent call last):" in caplog.messages
    assert "[job 9] ValueError: unexpected noise" in caplog.messages


async def test_what_is_printed_is_logged_with_the_job_and_does_not_disturb(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = start()
    await client.render(shot(tmp_path, "print_everywhere", job=3), Steps())
    await client.render(shot(tmp_path, job=4), Steps())
    for text in ("printed by Python", "written to fd 1", "printed by C", "printed by a program"):
        assert f"[job 3] {text}" in caplog.messages


async def test_the_token_is_not_handed_down(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config_file.TOKEN_VARIABLE, "a.very.secret")
    monkeypatch.setenv("TWOHANDER_TEST", "handed down")
    done = await start().render(shot(tmp_path, "write_environment"), Steps())
    names = (tmp_path / "clip-1.mp4").read_text().splitlines()
    assert done.job == 1
    assert "TWOHANDER_TEST" in names
    assert config_file.TOKEN_VARIABLE not in names
