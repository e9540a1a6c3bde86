"""Rule 2 in Chinese: where a dark colour lies on a garment.

Chinese has no capitals. The colour is written out and doubled in force (黑袍 → 纯黑色长袍), glued to its noun, and the
closing sentence repeats it with the English capitals that the model was trained on: 长袍始终为纯黑色（BLACK）.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from bot.guards.dark_words_en import Dark
from bot.guards.reading import Edit, Passage, Token, like, strong_colours
from bot.guards.tables import kinds, phrase, table, words

_UNKNOWN = 3  # characters between a colour and its garment that the tables do not know
_COMPOUND_MOST = 3  # garments that make one word (西装外套)
_DENIED_MOST = 6  # tokens between a denial and the colour
_WALK_MOST = 14  # tokens between them at all
_IS = frozenset({"是", "为", "乃", "全是", "都是", "呈", "皆为", "皆"})
_PLAIN_END = frozenset("如似,，。.；;！!")  # a garment may be said to be dark without a verb: 长衣漆黑如墨
_ADVERBS = frozenset(
    {*"始终全都皆也却则原本曾仍竟", "始终", "全程", "原本", "本来", "原来", "曾经", "依旧", "依然", "也都"}
)
_AND = frozenset({"和", "与", "、", "及", "配", "加"})


def find(passage: Passage) -> list[Dark]:
    """Return the dark garments of `passage`, in order."""
    dark = words("zh", "dark_clothes", "dark") | strong_colours()
    tokens = passage.tokens
    found: list[Dark] = []
    for index, token in enumerate(tokens):
        if token.kind == "chinese" and token.text in dark:
            garment = _ahead(passage, index) or _behind(passage, index) or _dressed(passage, index)
            if garment and not _is_denied(tokens, index):
                found.append(garment)
    return found


def _ahead(passage: Passage, index: int) -> Dark | None:  # noqa: C901, PLR0911, PLR0912  (one question after the other)
    tokens = passage.tokens
    garments = kinds("zh", "dark_clothes", "garments").keys()
    colour = tokens[index]
    colours = strong_colours() | words("zh", "dark_clothes", "dark") | words("zh", "dark_clothes", "light")
    unknown = 0
    single = len(colour.text) == 1 and colour.text != "黑"
    position = index + 1
    while position < len(tokens) and position - index < _WALK_MOST:
        token = tokens[position]
        if token.text in garments or token.text in _english():
            break
        following = tokens[position + 1].text if position + 1 < len(tokens) else ""
        if token.text in _AND:
            if following not in colours:
                return None
        elif token.kind == "word":
            if not _is_cut(tokens, position):
                return None
        elif token.kind != "chinese" or token.text in words("zh", "dark_clothes", "things") | words(
            "zh", "dark_clothes", "stops"
        ):
            return None
        elif token.text not in words("zh", "dark_clothes", "materials") and token.text not in colours:
            unknown += len(token.text)
            if single or unknown > _UNKNOWN:
                return None
        position += 1
    if position >= len(tokens) or tokens[position].text not in garments | _english():
        return None
    first = position
    while (
        position + 1 < len(tokens)
        and position - first < _COMPOUND_MOST
        and tokens[position + 1].text in garments
        and tokens[position + 1].start == tokens[position].end
    ):
        position += 1
    start, end = tokens[first].start, tokens[position].end
    strong = _strong(passage, colour)
    noun = passage.text[start:end]
    whole = cast("dict[str, str]", table("zh", "dark_clothes")["whole"])
    full = like(whole[passage.folded[start:end]], passage.text) if passage.folded[start:end] in whole else noun
    person = position + 1 < len(tokens) and tokens[position + 1].text in words("zh", "grammar", "people")
    if first == index + 1 and person and len(noun) == 1:
        worn = like(phrase("zh", "dark_clothes", "wearing"), passage.text).format(garment=strong + full)
        return Dark(strong, full, colour.start, end, (Edit(colour.start, end, worn),))
    edits: list[Edit] = []
    if passage.text[colour.start : colour.end] != strong:
        edits.append(Edit(colour.start, colour.end, strong))
    if full != noun and first == index + 1:
        edits.append(Edit(start, end, full))
    return Dark(strong, full, colour.start, end, tuple(edits))


def _is_cut(tokens: list[Token], index: int) -> bool:
    """Return whether a Latin word tells the cut of the garment behind it (黑色oversize卫衣, 黑色V领毛衣)."""
    cut = words("zh", "dark_clothes", "cuts")
    last = index + 1 + (index + 1 < len(tokens) and tokens[index + 1].text in cut)
    known = kinds("zh", "dark_clothes", "garments").keys() | words("zh", "dark_clothes", "materials")
    return last < len(tokens) and tokens[last].text in known - {"的", "和", "、"}


def _is_denied(tokens: list[Token], index: int) -> bool:
    """Return whether nobody wears what begins at `index` (没穿那身黑西装)."""
    for token in reversed(tokens[max(0, index - _DENIED_MOST) : index]):
        if token.text in words("zh", "dark_clothes", "denied"):
            return True
        if token.text not in words("zh", "dark_clothes", "dressed") | words("zh", "dark_clothes", "pointing"):
            return False
    return False


@cache
def _english() -> frozenset[str]:
    """Return the English garments that a Chinese colour may stand before (黑色hoodie)."""
    return frozenset(kinds("en", "dark_clothes", "garments"))


def _behind(passage: Passage, index: int) -> Dark | None:
    """Return the garment before the colour (长袍是黑色的)."""
    tokens = passage.tokens
    garments = kinds("zh", "dark_clothes", "garments").keys() | _english()
    back = index - 1
    while back >= 0 and tokens[back].text in _ADVERBS | {"、", "通", "体"}:
        back -= 1
    if back < 0:
        return None
    following = tokens[index + 1].text if index + 1 < len(tokens) else "。"
    if tokens[back].text in _IS:
        back -= 1
    elif following != "得" and (len(tokens[index].text) == 1 or following not in _PLAIN_END):
        return None
    while back >= 0 and tokens[back].text in _ADVERBS:
        back -= 1
    if back < 0 or tokens[back].text not in garments:
        return None
    colour, garment = tokens[index], tokens[back]
    strong = _strong(passage, colour)
    said = f"{strong}，{passage.text[colour.start : colour.end]}" if following == "得" else strong  # 黑得发亮
    edits = (Edit(colour.start, colour.end, said),) if passage.text[colour.start : colour.end] != said else ()
    return Dark(strong, passage.text[garment.start : garment.end], garment.start, colour.end, edits)


def _dressed(passage: Passage, index: int) -> Dark | None:
    """Return clothes that are not named (一身黑，身着玄色的女子)."""
    tokens = passage.tokens
    back = index - 1
    while back > 0 and tokens[back].text in _IS | _ADVERBS:  # 从头到脚都是黑色
        back -= 1
    if back < 0 or tokens[back].text not in words("zh", "dark_clothes", "dressed"):
        return None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if after is not None and after.kind != "mark" and after.text != "的" and after.start == tokens[index].end:
        return None
    colour = tokens[index]
    strong = _strong(passage, colour)
    cloth = like(phrase("zh", "dark_clothes", "cloth"), passage.text)
    return Dark(strong, cloth, colour.start, colour.end, (Edit(colour.start, colour.end, strong + cloth),))


def _strong(passage: Passage, colour: Token) -> str:
    """Return the colour written out and doubled in force (黑 → 纯黑色), in the script of the text."""
    pure = phrase("zh", "dark_clothes", "pure")
    text = passage.text[colour.start : colour.end]
    if colour.text in {"漆黑", "乌黑", "墨黑", "纯黑", "全黑", "黝黑", "炭黑", "深黑", "乌"} or colour.text == "皂":
        text = "黑色"
    elif not colour.text.endswith("色"):
        text += "色"
    if colour.text.startswith(pure) and text.endswith("色") and text[0] in {"纯", "純"}:
        return text
    return like(pure, passage.text) + text


def closing(passage: Passage, darks: list[Dark]) -> str:
    """Return the sentence that repeats each garment's colour (长袍、靴子始终为纯黑色（BLACK）。)."""
    by_colour: dict[str, list[str]] = {}
    for dark in darks:
        garments = by_colour.setdefault(dark.colour, [])
        if dark.garment not in garments:
            garments.append(dark.garment)
    parts = [
        like(phrase("zh", "dark_clothes", "closing"), passage.text).format(
            garments=phrase("zh", "dark_clothes", "joint").join(garments), colour=colour, gloss=_gloss(colour)
        )
        for colour, garments in by_colour.items()
    ]
    return "，".join(parts) + "。"


def _gloss(colour: str) -> str:
    pairs = cast("list[list[str]]", table("zh", "dark_clothes")["gloss"])
    return next(capitals for sign, capitals in pairs if sign in Passage(colour).folded)
