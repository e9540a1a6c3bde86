"""What Discord is told of the commands, held against its rules for names and descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from bot.config import Defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.discord.conftest import Stage

# Discord: ^[-_'\p{L}\p{N}…]{1,32}$ and lower case; \w is letters, digits and underscore of every script.
NAME = re.compile(r"[-\w']{1,32}")
OURS = {"zh-CN", "zh-TW"}
SUBCOMMANDS = {1, 2}

Spec = dict[str, Any]


@pytest_asyncio.fixture
async def commands(stage: Stage) -> list[Spec]:
    (sync,) = [request for request in stage.env.http_requests if request.path.endswith("/commands")]
    assert sync.method == "PUT"
    assert isinstance(sync.json, list)
    return sync.json


def walk(specs: list[Spec]) -> Iterator[Spec]:
    for spec in specs:
        yield spec
        yield from walk(spec.get("options") or [])


def leaves(commands: list[Spec]) -> dict[str, Spec]:
    found: dict[str, Spec] = {}
    for command in commands:
        inner = [option for option in command.get("options") or [] if option["type"] in SUBCOMMANDS]
        found |= {f"{command['name']} {option['name']}": option for option in inner} or {command["name"]: command}
    return found


def test_all_commands_are_there(commands: list[Spec]) -> None:
    assert set(leaves(commands)) == {
        "shot",
        *(f"character {verb}" for verb in ("add", "list", "show", "edit", "remove")),
        *(
            f"episode {verb}"
            for verb in (
                *("new", "scene", "add", "edit", "move", "remove", "show", "script", "share", "delete"),
                *("render", "preview", "status", "cut", "cancel"),
            )
        ),
        "queue",
        "cancel",
        "vote on",
        "vote off",
        "settings",
        "help",
    }


def test_commands_are_for_servers_only(commands: list[Spec]) -> None:
    for command in commands:
        assert command["contexts"] == [0] or command["dm_permission"] is False, command["name"]


def test_names_and_descriptions_keep_to_discords_rules(commands: list[Spec]) -> None:
    for spec in walk(commands):
        names = [spec["name"], *spec["name_localizations"].values()]
        for name in names:
            assert NAME.fullmatch(name), name
            assert name == name.lower()
        for text in (spec["description"], *spec["description_localizations"].values()):
            assert 1 <= len(text) <= 100, text
        for choice in spec.get("choices") or []:
            for text in (choice["name"], *choice["name_localizations"].values()):
                assert 1 <= len(text) <= 100, text


def test_everything_is_said_in_chinese_for_both_chinas(commands: list[Spec]) -> None:
    for spec in walk(commands):
        for kind in ("name_localizations", "description_localizations"):
            assert set(spec[kind]) == OURS, spec["name"]
            assert len(set(spec[kind].values())) == 1
        for choice in spec.get("choices") or []:
            assert set(choice["name_localizations"]) == OURS


def test_names_differ_beside_each_other_in_each_language(commands: list[Spec]) -> None:
    def check(siblings: list[Spec]) -> None:
        for names in (
            [spec["name"] for spec in siblings],
            [spec["name_localizations"]["zh-CN"] for spec in siblings],
        ):
            assert len(names) == len(set(names)), names
        for spec in siblings:
            check(spec.get("options") or [])

    check(commands)


def test_shot_has_its_options(commands: list[Spec]) -> None:
    options = {option["name"]: option for option in leaves(commands)["shot"]["options"]}
    assert [name for name, option in options.items() if option.get("required")] == ["prompt"]
    assert all(options[f"character{number}"]["autocomplete"] for number in (1, 2, 3))
    assert [choice["value"] for choice in options["length"]["choices"]] == [5, 8, 10, 15]
    assert options["length"]["choices"][0]["name"] == "5 seconds"
    assert [choice["value"] for choice in options["quality"]["choices"]] == ["preview", "full"]
    assert options["quality"]["choices"][1]["name_localizations"]["zh-CN"] == "完整（1280×704）"
    assert (options["seed"]["min_value"], options["seed"]["max_value"]) == (0, 2**32 - 1)
    for option, field in (("lora", "lora_strength"), ("pin", "pin_strength")):
        allowed = {type(rule).__name__: rule for rule in Defaults.model_fields[field].metadata}
        assert options[option]["min_value"] == allowed["Ge"].ge
        assert options[option]["max_value"] == allowed["Le"].le


def test_chinese_names_are_chinese(commands: list[Spec]) -> None:
    shot = leaves(commands)["shot"]
    assert shot["name_localizations"]["zh-TW"] == "镜头"
    assert shot["description_localizations"]["zh-CN"] == "描述一个镜头，加入渲染队列"
