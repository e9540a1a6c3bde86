"""Rule 4: close contact, intricate hands, and more action than the steps carry."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import cast

from bot.guards.complexity import BOUNDARY, RULE, complexity
from bot.guards.inflection import verb_forms
from bot.guards.model import Finding, Option
from bot.guards.phrases import Match, Phrases
from bot.guards.reading import Passage, Token, like
from bot.guards.tables import table, words

_OBJECT_MOST = 5  # words between a verb of contact and its object
_PARTICLES = frozenset({"back", "off", "down", "with", "against", "through", "for", "over", "up"})
_OWNERS = {"he": frozenset({"his", "its"}), "she": frozenset({"her", "its"})}
_OWNED = frozenset({"his", "her"})
_LIMBS = frozenset({"hand", "hands", "finger", "fingers", "arm", "arms", "palm", "palms", "fist", "head", "forehead"})
_ONTO = frozenset({"around", "round", "on", "upon", "onto", "over", "against", "about"})
_HIM = "(?:他们|她们|他|她|佢|对方|彼此|敌人|对手)"


def contact_and_complexity(passage: Passage) -> list[Finding]:
    """Warn of close contact (with a reframing) and of more actions than the 8 steps carry (with a split).

    Rule: hugging, wrestling and hands on hands deform; the 8-step budget caps how complex an action can be
    (MODEL_FACTS, limits). Source: the model card.

    Nothing is changed: whether a fight may be reframed is the member's judgement. Large motions count one, small ones
    half; more than the tables' budget is too much, one after the other or at once.

    Limits: the budget is a rule of thumb (the card gives no number); verbs are known words, not parsed ones.
    """
    findings: list[Finding] = []
    seen: set[str] = set()
    tokens = passage.tokens
    for match in [*_contacts(tokens), *_handled_zh(passage)]:
        if match.kind in seen:
            continue
        seen.add(match.kind)
        findings.append(_contact(passage, match))
    return [*findings, *complexity(passage)]


def _contacts(tokens: list[Token]) -> list[Match]:
    found = [
        match
        for match in _phrases().all(tokens)
        if match.kind != "except"
        and not (_is_noun(tokens, match) or _is_denied(tokens, match) or _is_harmless(tokens, match))
    ]
    return [*found, *_compounds(tokens), *_held(tokens), *_touched(tokens), *_laid(tokens), *_handled(tokens)]


def _is_denied(tokens: list[Token], match: Match) -> bool:
    """Return whether the contact does not happen (no fighting; 不吻), or a participle describes a thing (knitted)."""
    before = [token.text for token in tokens[max(0, match.first - 2) : match.first]]
    first = tokens[match.first]
    if first.kind == "chinese":
        return bool(before) and before[-1] in words("zh", "contact", "denied")
    made = match.kind == "hands" and match.first == match.last and first.text.endswith("ed")
    if made and not {"he", "she", "they", "i", "we"} & set(before[-1:]):
        return True
    return any(word in words("en", "contact", "denied") for word in before)


def _is_harmless(tokens: list[Token], match: Match) -> bool:
    """Return whether a verb of contact has an object that is nobody (hugs the coast, fights back a yawn)."""
    if tokens[match.first].kind != "word":
        return False
    harmless, breaks = words("en", "contact", "harmless"), words("en", "grammar", "breaks")
    determiners = words("en", "grammar", "determiners")
    for offset, token in enumerate(tokens[match.last + 1 : match.last + 1 + _OBJECT_MOST]):
        if token.kind != "word":
            return False
        if token.text in harmless and (offset or token.text not in breaks):
            return True
        if token.text in breaks and token.text not in determiners and (offset or token.text not in _PARTICLES):
            return False
    return False


def _compounds(tokens: list[Token]) -> list[Match]:
    """Return contact at the end of a compound (play-fight, bear-hug)."""
    phrases, apart = _phrases(), words("en", "contact", "apart")
    found: list[Match] = []
    for index, token in enumerate(tokens):
        if token.kind != "word" or "-" not in token.text:
            continue
        head, _, last = token.text.rpartition("-")
        match = phrases.at([token._replace(text=last)], 0)
        if match and match.kind != "except" and head not in apart and not phrases.at(tokens, index):
            found.append(Match(index, index, match.phrase, match.kind))
    return found


def _touched(tokens: list[Token]) -> list[Match]:
    """Return a hand laid on somebody else: the owner is named, or of the other sex than who acts (he … her cheek)."""
    verbs, touched = _touches(), words("en", "contact", "touched")
    found: list[Match] = []
    actor = ""
    for index, token in enumerate(tokens):
        if token.text in _OWNERS:
            actor = token.text
        if token.kind != "word" or token.text not in verbs:
            continue
        for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens) - 1)):
            owner = tokens[at].text
            if tokens[at].kind != "word" or owner in {"and", "or", "from", "with"}:
                break
            others = owner.endswith("'s") or (actor and owner in _OWNED and owner not in _OWNERS[actor])
            noun = next((t for t in tokens[at + 1 : at + 3] if t.text in touched), None) if others else None
            if noun is not None:
                found.append(Match(index, tokens.index(noun, at), "", "hands"))
                break
    return found


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


def _laid(tokens: list[Token]) -> list[Match]:
    """Return a hand or an arm laid on somebody else (fingers close around his throat; her hand on his shoulder)."""
    touched = words("en", "contact", "touched")
    found: list[Match] = []
    for index, token in enumerate(tokens):
        if token.text not in _LIMBS or (index and tokens[index - 1].text in {"by", "to"}):
            continue
        whose = tokens[index - 1].text if index else ""
        for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens) - 1)):
            if tokens[at].kind != "word":
                break
            owner = tokens[at + 1].text
            behind = tokens[at + 2] if at + 2 < len(tokens) else None
            closed = behind is None or behind.kind != "word" or behind.text in words("en", "grammar", "breaks")
            if tokens[at].text in {"around", "round"} and owner in {"him", "her", "them"} and closed and whose != owner:
                found.append(Match(index, at + 1, "", "embrace"))
                break
            if tokens[at].text not in _ONTO or not (owner in {"his", "her", "their"} or owner.endswith("'s")):
                continue
            noun = next((t for t in range(at + 2, min(at + 4, len(tokens))) if tokens[t].text in touched), None)
            if (
                noun is not None
                and owner != whose
                and (whose in _OWNED or token.text != "hand" or owner.endswith("'s"))
            ):
                found.append(Match(index, noun, "", "hands"))
            break
    return found


def _handled_zh(passage: Passage) -> list[Match]:
    """Return a person who is held, shoved or struck in Chinese (将他按在桌上；推了她；手搭在他肩上)."""
    if passage.text.isascii():
        return []
    starts = [token.start for token in passage.tokens]
    found: list[Match] = []
    for match in _handled_people().finditer(passage.folded):
        first, last = bisect_right(starts, match.start()) - 1, bisect_right(starts, match.end() - 1) - 1
        kind = match.lastgroup or "fight"
        if not any(
            token.text in words("zh", "contact", "denied") for token in passage.tokens[max(0, first - 1) : first]
        ):
            found.append(Match(first, last, "", kind))
    return found


def _handled(tokens: list[Token]) -> list[Match]:
    """Return a person who is carried, shoved or struck (hoists the princess, drags him)."""
    verbs, people, harmless = _handles(), words("en", "dark_clothes", "people"), words("en", "contact", "harmless")
    breaks, determiners = words("en", "grammar", "breaks"), words("en", "grammar", "determiners")
    found: list[Match] = []
    for index, token in enumerate(tokens[:-1]):
        verb = verbs.get(token.text)
        if verb is None or token.kind != "word" or (index and tokens[index - 1].text in determiners):
            continue
        following = tokens[index + 1].text
        after = tokens[index + 2] if index + 2 < len(tokens) else None
        free = after is None or after.kind != "word" or after.text in breaks or after.text.endswith("ly")
        if following in {"him", "them"} or (following == "her" and free):
            found.append(Match(index, index + 1, "", verb))
        elif following in {"the", "a", "an", "his", "her", "their", "another"}:
            window = tokens[index + 2 : index + 4]
            noun = next((t for t in window if t.text in people and t.text not in harmless), None)
            if noun is not None and all(
                t.kind == "word" and t.text not in breaks for t in window[: window.index(noun)]
            ):
                last = tokens.index(noun, index)
                behind = tokens[last + 1] if last + 1 < len(tokens) else None
                if behind is None or behind.kind != "word" or behind.text in breaks:
                    found.append(Match(index, last, "", verb))
    return found


def _is_noun(tokens: list[Token], match: Match) -> bool:
    """Return whether a single verb form is the first part of a compound (kiss-curl, fight club)."""
    following = tokens[match.last + 1].text if match.last + 1 < len(tokens) else ""
    return match.first == match.last and following in {"club", "card", "poster", "music", "sequence", "cake", "bowl"}


def _contact(passage: Passage, match: Match) -> Finding:
    tokens = passage.tokens
    start, end = tokens[match.first].start, tokens[match.last].end
    chinese = tokens[match.first].kind == "chinese"
    kinds = table("zh" if chinese else "en", "contact")
    reframe = cast("str", kinds[match.kind]["reframe"])
    if chinese:
        reframe = like(reframe, passage.text)
    return Finding(
        RULE,
        "warning",
        passage.source(start, end),
        passage.text[start:end],
        reframe,
        f"guard-contact-{match.kind}",
        (("words", passage.text[start:end]),),
        soft=True,
        options=(Option("reframe", (_reframed(passage, start, reframe),)),),
    )


def _reframed(passage: Passage, start: int, reframe: str) -> str:
    """Return the text with the sentence that holds the contact replaced by the reframing."""
    begin, end = 0, len(passage.text)
    for match in BOUNDARY.finditer(passage.text):
        if match.end() <= start:
            begin = match.end()
        else:
            end = match.start()
            break
    lead = passage.text[begin:end]
    gap = lead[: len(lead) - len(lead.lstrip())]
    tail = "" if end < len(passage.text) else "。" if not reframe.isascii() else "."
    return passage.text[:begin] + gap + reframe[0].upper() + reframe[1:] + tail + passage.text[end:]


@cache
def _phrases() -> Phrases:
    known: list[tuple[str, str]] = []
    for kind, entry in table("en", "contact").items():
        if kind in {"harmless", "touch", "touched", "apart", "denied", "handle"}:
            continue
        if kind == "except":
            known += [(phrase, "except") for phrase in cast("list[str]", entry)]
            continue
        known += [(form, kind) for form in verb_forms(tuple(cast("list[str]", entry["verbs"])))]
        known += [(phrase, kind) for phrase in cast("list[str]", entry["phrases"])]
    for kind, entry in table("zh", "contact").items():
        if kind in {"denied", "kin"}:
            continue
        listed = cast("list[str]", entry if kind == "except" else entry["phrases"])
        known += [(phrase, kind) for phrase in listed]
    return Phrases(known)


@cache
def _handles() -> dict[str, str]:
    """Return every form of the verbs that one does to a person → which contact that is."""
    lists = cast("dict[str, list[str]]", table("en", "contact")["handle"])
    return {form: kind for kind, lemmas in lists.items() for form in verb_forms(tuple(lemmas))}


@cache
def _handled_people() -> re.Pattern[str]:
    """Return what finds a person who is held, struck or tended in Chinese; its groups are the kinds of contact."""
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
        rf"|拍(?:了|着)?拍?{_HIM}的?(?:肩|背|头|脸|手)|反剪[\u3400-\u9fff]{{0,2}}{_HIM})"
    )


@cache
def _touches() -> frozenset[str]:
    return frozenset(verb_forms(tuple(sorted(words("en", "contact", "touch")))))


__all__ = ["contact_and_complexity"]
