"""An episode as a TOML file: characters, scenes, shots and lines. Reads files; knows no Discord and no database.

The schema is in docs/scripts.md. Every problem is told with its line and its key's path, as a key of the catalogues;
in a path, scenes and shots count from 1: `scenes[2].shots[1].cast`.
"""

from bot.script.problems import Location, Problem, ScriptError
from bot.script.reading import MAX_BYTES, Found, check, load, located, parse, read
from bot.script.schema import Character, Line, Scene, Script, Shot
from bot.script.writing import write

__all__ = [
    "MAX_BYTES",
    "Character",
    "Found",
    "Line",
    "Location",
    "Problem",
    "Scene",
    "Script",
    "ScriptError",
    "Shot",
    "check",
    "load",
    "located",
    "parse",
    "read",
    "write",
]
