"""Rule 4 in Chinese: who touches whom, and hands that do something intricate."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.phrases import Match, Phrases
from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.reading import Passage, Token

_HIM = "(?:他们|她们|他|她|佢|对方|彼此|敌人|对手)"
_KINDS = ("embrace", "kiss", "fight", "hands")
_FIGURE_MOST = 6  # tokens between a contact and what it is a figure of speech for
_WITH = frozenset({"与", "和", "跟", "同", "向"})
_STATE = r"(?:起|了|好|上|紧|完|个|一个|几个|一?[支把曲首架根条只枚双]|[正在])*"
_DOING = r"(?:着|起|了|好|一?[支把曲首架根条只枚双])*"
_NO = r"(?![盒包架店房谱手师声凳果束婚局合论构实])"  # 琴盒, 结果
_FIDDLED = re.compile(
    # What hands play, tie, sew and fold. 系着领带, 绣着花 only tell what somebody wears.
    rf"(?P<hands>[弹拉吹敲打拨][奏弄]?{_DOING}[\u3400-\u9fff]{{0,2}}?(?:琴|笛子?|箫|琵琶|古筝|吉他|二胡|唢呐|小?鼓|算盘){_NO}"
    rf"|[系绑扎]{_STATE}[\u3400-\u9fff]{{0,2}}?(?:鞋带|领结|蝴蝶结|丝带|绳结)"
    rf"|打{_STATE}(?:[\u3400-\u9fff]{{0,3}}?结{_NO}|毛[衣线])"
    rf"|(?<![手针棉机纺])织{_DOING}(?:[\u3400-\u9fff]{{0,2}}?(?:毛衣|围巾|毛线|手套|帽子)|布|锦|渔?网){_NO}"
    rf"|缝[补制]?{_DOING}(?:[\u3400-\u9fff]{{0,2}}?(?:衣|扣子|被|袜|荷包|香囊|鞋|裙)|补丁)"
    rf"|编织?{_DOING}(?!成)[\u3400-\u9fff]?(?:篮|筐|席|花环|花冠|辫|草鞋|蚂蚱|蟋蟀)|纳{_DOING}鞋底|穿{_DOING}[针珠]"
    rf"|[包捏]{_DOING}(?:饺子|粽子|馄饨|汤圆|包子|泥人|面人|糖人)|折{_DOING}(?:千?纸[鹤飞船]|星星)|剪{_DOING}窗花"
    rf"|削{_DOING}(?:苹果|梨|土豆|木|竹))"
)


def find(passage: Passage) -> list[Match]:
    """Return the contacts of `passage`; a match's kind is a key of the table's `contact` section."""
    if passage.text.isascii():
        return []
    tokens = passage.tokens
    found = [
        match
        for match in _phrases().all(tokens)
        if match.kind != "except" and not (_is_denied(tokens, match.first) or _is_figure(tokens, match))
    ]
    return [*found, *_held(tokens), *_handled(passage)]


def _is_denied(tokens: list[Token], first: int) -> bool:
    """Return whether the contact at token `first` does not happen (不吻)."""
    return first > 0 and tokens[first - 1].text in words("zh", "contact", "denied")


def _is_figure(tokens: list[Token], match: Match) -> bool:
    """Return whether the contact is with nobody (拥抱更大的世界；与病魔搏斗；夕阳吻着海面)."""
    harmless = words("zh", "contact", "harmless")
    for token in tokens[match.last + 1 : match.last + 1 + _FIGURE_MOST]:
        if token.kind != "chinese":
            break
        if token.text in harmless:
            return True
        if token.text in words("zh", "grammar", "people") | words("zh", "grammar", "pronouns"):
            break
    before = [token.text for token in tokens[max(0, match.first - _FIGURE_MOST) : match.first]]
    return any(
        word in harmless and any(w in {"与", "和", "跟", "同", "向"} for w in before[:at])
        for at, word in enumerate(before)
    )


def _held(tokens: list[Token]) -> list[Match]:
    """Return whose hand or face somebody takes by name (拉住萧云霄的手), which no list of phrases can hold."""
    held: list[Match] = []
    for index, token in enumerate(tokens):
        if token.kind != "chinese" or token.text[0] not in "拉牵握挽抓执捧抚":
            continue
        window = [t.text for t in tokens[index + 1 : index + 9]]
        for offset, text in enumerate(window[:-1]):
            if text in {",", "，", "。", "自", "自己"}:
                break
            if text == "的" and window[offset + 1] in {"手", "双手", "手腕", "脸", "脸颊", "脸庞", "面颊"}:
                held.append(Match(index, index + offset + 2, "", "hands"))
                break
    return held


def _handled(passage: Passage) -> list[Match]:
    """Return a person who is held, shoved or struck, and intricate hands (将他按在桌上；手搭在他肩上；打了个结)."""
    starts = [token.start for token in passage.tokens]
    found: list[Match] = []
    for match in [*_handled_people().finditer(passage.folded), *_FIDDLED.finditer(passage.folded)]:
        first, last = bisect_right(starts, match.start()) - 1, bisect_right(starts, match.end() - 1) - 1
        kind = match.lastgroup or "fight"
        if not _is_denied(passage.tokens, first):
            found.append(Match(first, last, "", kind))
    return found


@cache
def _phrases() -> Phrases:
    known = [(phrase, "except") for phrase in words("zh", "contact", "except")]
    for kind in _KINDS:
        entry = cast("dict[str, list[str]]", table("zh", "contact")[kind])
        known += [(phrase, kind) for phrase in entry["phrases"]]
    return Phrases(known)


@cache
def _handled_people() -> re.Pattern[str]:
    """Return what finds a person who is held, struck or tended ; its groups are the kinds of contact."""
    people = sorted(words("zh", "grammar", "people") | words("zh", "contact", "kin"), key=len, reverse=True)
    somebody = rf"(?:着|了|住|起)[\u3400-\u9fff]{{0,4}}?(?:{'|'.join(people)})(?![的车])"
    return re.compile(
        rf"(?P<embrace>[把将]{_HIM}[\u3400-\u9fff]{{0,3}}?[抱搂揽扛背拥]"
        rf"|[抱搂揽扛背]{somebody}|[抱搂揽扛](?:了|着|住|紧|起)*{_HIM}(?![的\u3400-\u9fff]*[猫狗书琴]))"
        rf"|(?P<fight>[把将]{_HIM}[\u3400-\u9fff]{{0,3}}?[按推摔压拉拽踢打撞绑拖扯拎捆踹扑拦绊掐揪]"
        rf"|[推拖拽按掐踢绑揪踹]{somebody}"
        rf"|[推踢打揍踹拽咬掐捶撞扯揪拖绑](?:了|着|住|开|倒|翻|飞|晕|伤)*{_HIM}(?![的电]))"
        rf"|(?P<hands>[搭放按靠枕伏趴倚扶](?:在|上|着|住|了|起)*{_HIM}的?(?:肩|背|胸|腿|头|脸|手|腰|怀|膝|胳膊)"
        rf"|[扶搀]{somebody}|[扶搀](?:着|住|起|扶|了)*{_HIM}(?!的)"
        rf"|[为替给]{_HIM}(?:整理衣|擦[泪汗眼脸嘴]|拭[泪汗]|梳|包扎|喂|揉|按摩|画眉|描眉|束发|系[腰扣领鞋])"
        rf"|[拍揉摸抚捏撩刮戳](?:了|着|一下|一?[拍揉摸捏])*{_HIM}的?(?:肩|背|头|脸|手|发|耳|鼻|下巴|额|腮)|反剪[\u3400-\u9fff]{{0,2}}{_HIM})"
    )
