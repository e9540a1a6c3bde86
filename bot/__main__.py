"""The command line: `twohander run | demo | render | guard | doctor`.

Exit codes: 0 done, 1 it failed or a prompt was refused, 2 the command or the configuration is wrong, 130 stopped with
Ctrl-C, 143 with SIGTERM (`run`: 0).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import config_file

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bot.config import Config

OK, FAILED, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 128 + signal.SIGINT, 128 + signal.SIGTERM
DEFAULT_CONFIG = Path("config.toml")
LANGUAGE: Any = {"choices": ["en", "zh-CN"], "help": "of the sentences (default: as the environment's LANG says)"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    path = _config_path(options.config, required=options.command == "run")
    try:
        config = config_file.load(path)
    except config_file.ConfigError as error:
        print(error, file=sys.stderr)
        return USAGE
    logging.basicConfig(
        level=_log_level(options, config), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", stream=sys.stderr
    )
    # discord.py logs every gateway heartbeat at debug.
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLogger().level))
    try:
        if options.command == "guard":
            return _guard(options, config)
        terminated = OK if options.command == "run" else TERMINATED
        return asyncio.run(_until_stopped(_command(options, config, path), terminated))
    except KeyboardInterrupt:
        return INTERRUPTED


def _guard(options: argparse.Namespace, config: Config) -> int:
    from bot.reviewing import UsageError, guard

    try:
        return guard(
            config,
            options.text,
            characters=options.character,
            language=options.language,
            as_json=options.json,
            by_line=options.lines,
        )
    except UsageError as error:
        print(error, file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        # Whoever read has enough (`| head`). The interpreter flushes once more at its end, which must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _command(options: argparse.Namespace, config: Config, path: Path | None) -> Coroutine[None, None, int]:
    # Imported here: `--help` and `doctor` answer at once, and the demo's needs stay out of `run`.
    match options.command:
        case "run":
            from bot.serve import serve

            return serve(config)
        case "demo":
            from bot.demo import demo

            return demo(config, Path(options.out), options.engine)
        case "render":
            from bot.offline import render

            return render(
                _with_engine(config, options.engine),
                Path(options.script),
                Path(options.out),
                language=options.language,
                as_json=options.json,
            )
        case _:
            from bot.doctor import doctor

            return doctor(config, path, as_json=options.json)


def _with_engine(config: Config, engine: str | None) -> Config:
    """Return `config` with another engine; None leaves it as it is."""
    if engine is None:
        return config
    return config.model_copy(update={"renderer": config.renderer.model_copy(update={"engine": engine})})


async def _until_stopped(work: Coroutine[None, None, int], terminated: int) -> int:
    """Run `work`; SIGINT and SIGTERM cancel it, so that everything closes in order. `terminated`: SIGTERM's code."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        # Asked to stop, and stopped: for a service manager's SIGTERM to `run` that is success.
        return INTERRUPTED if received[0] == signal.SIGINT else terminated


def _log_level(options: argparse.Namespace, config: Config) -> int:
    """Return how much is logged: a command that ends by itself says what matters on stdout, so it logs trouble only."""
    level = logging.getLevelNamesMapping()[config.log.level.upper()]
    if options.verbose:
        return min(level, logging.INFO)
    if options.command != "run" and level == logging.INFO:
        return logging.WARNING
    return level


def _config_path(named: str | None, *, required: bool) -> Path | None:
    """Return the file to read: the named one, else config.toml where it is there (or must be), else none."""
    if named is not None:
        return Path(named)
    return DEFAULT_CONFIG if required or DEFAULT_CONFIG.is_file() else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twohander",
        description="Short dramas in a Discord server, rendered by LTX-2.3 with the Dual-Character LoRA.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", metavar="FILE", help="the configuration (default: config.toml where it is there)")
    common.add_argument("-v", "--verbose", action="store_true", help="log what is being done, to stderr")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "run",
        parents=[common],
        help="start the bot",
        description="Start the bot. The token comes from TWOHANDER_TOKEN, or from the file in discord.token_file.",
    )
    demo = commands.add_parser(
        "demo",
        parents=[common],
        help="play the palace drama on a stand-in for Discord and write a page",
        description="Play the palace drama through the real bot on a stand-in for Discord, and write a page to open.",
    )
    demo.add_argument(
        "--engine",
        choices=["auto", "animatic", "ltx", "ltx-tiny"],
        default="auto",
        help="which engine renders; ltx-tiny: the LTX code on random weights, without a GPU (default: auto, which takes"
        " ltx where weights and GPU are there, else animatic)",
    )
    demo.add_argument("--out", metavar="DIR", default="demo", help="where the page goes (default: demo)")
    render = commands.add_parser(
        "render",
        parents=[common],
        help="render an episode from its script, without Discord",
        description="Render and cut the episode that a script (TOML) tells, with the bot's own guards, queue, renderer "
        "and cutter. DIR gets NAME.mp4, its subtitle files and each shot's clip. What is there as it is written is not "
        "rendered again: after Ctrl-C or an edit, give the same command again.",
    )
    render.add_argument("script", metavar="SCRIPT", help="the script, such as examples/palace.toml")
    render.add_argument("-o", "--out", metavar="DIR", required=True, help="where the film goes")
    render.add_argument(
        "--engine", choices=["auto", "animatic", "ltx"], help="which engine renders (default: the configuration's)"
    )
    render.add_argument("--language", **LANGUAGE)
    render.add_argument("--json", action="store_true", help="print one JSON object a line instead of text")
    guard = commands.add_parser(
        "guard",
        parents=[common],
        help="show what the prompt guards make of a prompt",
        description="Show what the prompt guards make of a prompt. Exit code 1: it is refused.",
    )
    guard.add_argument("text", metavar="TEXT", nargs="?", help="the prompt; - reads it from standard input")
    guard.add_argument(
        "--character",
        metavar="NAME=LOOK",
        action="append",
        default=[],
        help="who is in the shot, and their looks; up to three times",
    )
    guard.add_argument("--json", action="store_true", help="print one JSON object")
    guard.add_argument(
        "--lines", action="store_true", help="each line (of standard input, without TEXT) is a prompt; JSON lines out"
    )
    guard.add_argument("--language", **LANGUAGE)
    doctor = commands.add_parser(
        "doctor",
        parents=[common],
        help="check what this machine has and what is missing",
        description="Check the configuration, the data folder, ffmpeg, the font, the face detector, the weights and "
        "the engine. Changes nothing; ends with 1 where something keeps the bot from working.",
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
