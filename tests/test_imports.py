"""The table "who may import whom" in docs/architecture.md, held against the code."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# For files that begin with the key: prefixes of modules that they must not import.
FORBIDDEN = {
    "bot/config.py": ("discord", "db", "bot.config_file"),
    "bot/config_file.py": ("discord", "db", "renderer"),
    "bot/commands": ("bot.worker", "bot.renderer_client", "bot.outbox", "bot.posting", "bot.app", "renderer"),
    "bot/views": ("bot.worker", "bot.renderer_client", "bot.outbox", "bot.posting", "bot.app", "renderer"),
    "bot/orders.py": ("discord", "aiosqlite", "db.connection", "bot.intake", "renderer"),
    "bot/limits.py": ("discord", "aiosqlite", "db.connection", "bot.intake", "renderer"),
    "bot/scheduling.py": ("discord", "aiosqlite", "db.connection", "bot.intake", "renderer"),
    "bot/intake.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.outbox", "bot.app", "renderer"),
    "bot/estimates.py": ("discord", "bot.commands", "bot.worker", "bot.intake", "bot.app", "renderer"),
    "bot/pinning.py": ("discord", "aiosqlite", "db.connection", "bot.intake", "renderer"),
    "bot/drafting.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.outbox", "renderer"),
    "bot/reviewing.py": ("discord", "db", "bot.intake", "renderer"),
    "bot/guards": ("discord", "aiosqlite", "db", "torch", "renderer"),
    "bot/casting": ("discord", "aiosqlite", "db", "torch", "renderer"),
    "bot/script": ("discord", "aiosqlite", "db.connection", "db.episodes", "torch", "renderer"),
    "bot/cutting": ("discord", "aiosqlite", "db", "torch", "renderer"),
    "bot/subtitles": ("discord", "aiosqlite", "db", "torch", "renderer", "bot.cutting"),
    "bot/inspection.py": ("discord", "aiosqlite", "db", "torch", "renderer", "bot"),
    "bot/scripting.py": ("discord", "aiosqlite", "db.connection", "db.episodes", "renderer"),
    "bot/dialogue.py": ("discord", "aiosqlite", "db.connection", "db.episodes", "renderer"),
    "bot/arranging.py": ("discord", "aiosqlite", "db.connection", "db.episodes", "renderer"),
    "bot/styles.py": ("discord", "aiosqlite", "db.connection", "db.episodes", "renderer", "bot.config"),
    "bot/storyboard.py": ("discord", "aiosqlite", "db", "renderer"),
    "bot/episodes.py": ("discord", "bot.commands", "bot.worker", "bot.outbox", "bot.posting", "bot.app"),
    "bot/proofs.py": ("discord", "bot.commands", "bot.worker", "bot.outbox", "bot.posting", "bot.app"),
    "bot/worker.py": ("discord", "bot.commands", "bot.outbox", "bot.posting", "bot.intake", "bot.app"),
    "bot/ledger.py": ("discord", "bot.commands", "bot.outbox", "bot.worker", "bot.renderer_client", "bot.app"),
    "bot/render_request.py": ("discord", "aiosqlite", "db.connection", "bot.worker", "bot.renderer_client", "bot.app"),
    "bot/outbox.py": ("discord", "bot.commands", "bot.worker", "bot.intake", "bot.posting", "bot.app"),
    "bot/voting.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.outbox", "bot.app"),
    "bot/ballots.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.outbox", "bot.app"),
    "bot/directing.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.outbox", "bot.posting", "bot.app"),
    "bot/rewriting.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.outbox", "bot.app"),
    "bot/revisions.py": ("discord", "aiosqlite", "db.connection", "db.episodes", "bot"),
    "bot/breakdown.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.production", "bot.app"),
    "bot/production.py": (
        "discord",
        "bot.commands",
        "bot.views",
        "bot.worker",
        "bot.outbox",
        "bot.premiere",
        "bot.app",
    ),
    "bot/callsheet.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.outbox", "bot.app"),
    "bot/editing.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.outbox", "bot.app"),
    "bot/cutting_room.py": (
        "discord",
        "bot.commands",
        "bot.views",
        "bot.worker",
        "bot.intake",
        "bot.outbox",
        "bot.app",
    ),
    "bot/finishing.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.outbox", "bot.app"),
    "bot/footage.py": ("discord", "aiosqlite", "db", "bot.app", "renderer"),
    "bot/end_credits.py": ("discord", "db", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.app"),
    "bot/publishing.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.outbox", "bot.app"),
    "bot/retention.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.intake", "bot.outbox", "bot.app"),
    "bot/rehearsal.py": ("discord", "bot.commands", "bot.views", "bot.worker", "bot.outbox", "bot.app"),
    "bot/dailies.py": ("discord", "db", "renderer"),
    "bot/delivery.py": ("discord", "bot.commands", "bot.worker", "bot.intake", "bot.posting", "bot.app"),
    "bot/premiere.py": ("discord", "bot.commands", "bot.worker", "bot.intake", "bot.posting", "bot.app"),
    "bot/live_status.py": ("discord", "bot.commands", "bot.worker", "bot.delivery", "bot.premiere", "bot.app"),
    "bot/offline.py": ("discord", "bot.commands", "bot.views", "bot.outbox", "bot.premiere", "bot.posting"),
    "bot/taking_in.py": ("discord", "bot.commands", "bot.views", "bot.outbox", "bot.premiere", "bot.posting"),
    "bot/handover.py": ("discord", "bot", "renderer"),
    "bot/reporting.py": ("discord", "bot.commands", "bot.views", "bot.app"),
    "bot/app.py": ("discord", "bot.commands", "bot.client"),
    "bot/renderer_client": ("bot.", "db", "discord", "renderer"),
    "bot": ("torch", "ltx_core", "ltx_pipelines", "transformers"),
    "db": ("bot", "renderer", "discord"),
    "renderer": ("bot", "db", "discord"),
}
ALLOWED = {"bot/renderer_client": ("bot.renderer_client", "renderer.protocol")}
TORCH = ("torch", "ltx_core", "ltx_pipelines", "transformers", "safetensors", "torchaudio")


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def begins(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix.rstrip(".") or module.startswith(prefix.rstrip(".") + ".") for prefix in prefixes)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_go_one_way(folder: str) -> None:
    place = ROOT / folder
    files = [place] if place.suffix else sorted(place.rglob("*.py"))
    for path in files:
        for module in imports_of(path):
            if not begins(module, ALLOWED.get(folder, ())):
                assert not begins(module, FORBIDDEN[folder]), f"{path.relative_to(ROOT)} imports {module}"


def test_torch_stays_under_renderer_ltx() -> None:
    for path in sorted((ROOT / "renderer").rglob("*.py")):
        if ROOT / "renderer" / "ltx" not in path.parents:
            assert not {module for module in imports_of(path) if begins(module, TORCH)}, path


@pytest.mark.parametrize("module", ["bot.__main__", "bot.app", "bot.client", "renderer.protocol", "renderer.__main__"])
def test_imports_stay_light(module: str) -> None:
    heavy = f"import {module}, sys; print([m for m in {TORCH!r} if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-W", "ignore", "-c", heavy], check=True, capture_output=True, text=True)
    assert printed.stdout.strip() == "[]"
