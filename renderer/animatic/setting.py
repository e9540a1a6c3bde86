"""Where and when a shot plays, as far as its words say: what the scene card and the ambient sound are made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from renderer.animatic.vocabulary import simplified

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Time(Enum):
    """Time of day."""

    NIGHT = "night"
    DAWN = "dawn"
    DUSK = "dusk"
    DAY = "day"


class Place(Enum):
    """What the scene card draws."""

    INTERIOR = "interior"
    PALACE = "palace"
    GARDEN = "garden"
    WATER = "water"
    FOREST = "forest"
    CITY = "city"
    OPEN = "open"


class Weather(Enum):
    """What falls or drifts."""

    RAIN = "rain"
    SNOW = "snow"
    FOG = "fog"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Setting:
    """Time, place and weather; day, open country and clear where nothing is said."""

    time: Time = Time.DAY
    place: Place = Place.OPEN
    weather: Weather = Weather.CLEAR


def _words(english: str, chinese: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{english})\b|{chinese}", re.IGNORECASE)


_TIMES: dict[Time, re.Pattern[str]] = {
    Time.NIGHT: _words(
        "night(?:time|fall)?|midnight|moon(?:light|lit|rise)?|starlight|starry|candle(?:light|lit)|lanterns?",
        "夜|深更|三更|月光|月色|月下|星空|烛|灯笼",
    ),
    Time.DAWN: _words("dawn|sunrise|daybreak|morning|first light", "晨|清早|早上|黎明|拂晓|日出|破晓|朝阳|朝霞"),
    Time.DUSK: _words("dusk|sunset|twilight|evening|golden hour", "黄昏|傍晚|日落|夕阳|暮|晚霞|薄暮"),
    Time.DAY: _words("day(?:light|time)?|noon|afternoon|sunny|sunlit|sunlight", "白天|白昼|正午|中午|午后|阳光|晴"),
}

_PLACES: dict[Place, re.Pattern[str]] = {
    Place.INTERIOR: _words(
        "chambers?|rooms?|bedroom|study|interior|indoors?|inside|hall|office|kitchen|tavern|teahouse|inn|restaurant|bar",
        "室内|屋内|屋里|殿内|殿中|宫室|寝宫|寝殿|卧房|闺房|书房|房间|客栈|茶馆|茶楼|酒楼|办公室|厨房|餐厅|内室|帐中",
    ),
    Place.GARDEN: _words(
        "gardens?|courtyards?|pavilion|blossoms?|orchard|park|peonies|bamboo",
        "花园|御花园|庭院|院子|后院|院中|亭|花丛|花下|桃花|梅花|牡丹|竹",
    ),
    Place.WATER: _words(
        "lakes?|rivers?|sea|ocean|shore|beach|pond|boats?|harbou?r|waterfall|stream",
        "湖|河|江边|江上|江面|海|溪|池|船|舟|瀑布|岸",
    ),
    Place.FOREST: _words("forests?|woods|woodland|jungle|trees", "森林|树林|林间|林中|丛林|竹林|密林"),
    Place.CITY: _words(
        "city|cities|streets?|skyline|rooftops?|skyscrapers?|alley|neon|subway|downtown|caf[eé]",
        "城市|都市|街|马路|天台|霓虹|大厦|高楼|巷|地铁|咖啡",
    ),
    Place.PALACE: _words(
        "palaces?|temples?|throne|castle|gates?|pagoda|imperial|forbidden city",
        "宫|殿|皇城|紫禁城|庙|寺|城门|城楼|塔|阁",
    ),
}

_WEATHERS: dict[Weather, re.Pattern[str]] = {
    Weather.RAIN: _words("rain(?:s|y|ing|storm)?|storm|thunder(?:storm)?|downpour|drizzle", "雨|雷"),
    Weather.SNOW: _words("snow(?:s|y|ing|fall|flakes?)?|blizzard", "雪"),
    Weather.FOG: _words("fog(?:gy)?|mist(?:y|s)?|haze|hazy", "雾|霭|烟岚"),
}

_Named = TypeVar("_Named", Time, Place, Weather)


def read_setting(texts: Iterable[str]) -> Setting:
    """Return the setting that `texts` tell; an earlier text counts before a later one, and an earlier word likewise."""
    folded = [simplified(text) for text in texts]
    return Setting(
        _first(_TIMES, folded, Time.DAY),
        _first(_PLACES, folded, Place.OPEN),
        _first(_WEATHERS, folded, Weather.CLEAR),
    )


def _first(words: Mapping[_Named, re.Pattern[str]], texts: Iterable[str], otherwise: _Named) -> _Named:
    for text in texts:
        found = [
            (match.start(), -match.end(), named) for named, pattern in words.items() if (match := pattern.search(text))
        ]
        if found:
            return min(found, key=lambda item: item[:2])[2]
    return otherwise
