"""Rule 1 in English: is a quotation spoken, and how does the sentence go on without it?

The order of the questions matters: a verb of speech before the words, a name or a piece of writing, a speech tag after
them, a label, and only then what the quotation looks like. Each answer is a grammatical sentence without the words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.inflection import Verb, inflect, verb_forms, with_plurals
from bot.guards.reading import Edit, Token
from bot.guards.speech import Decision, Scene, is_chinese_at, unquote
from bot.guards.tables import phrase, table, words

if TYPE_CHECKING:
    from bot.guards.quotes import Quote

_ENDS = ".!?…"
_TAIL = 12


def decide(scene: Scene, quote: Quote) -> Decision:
    """Return what `quote` is in its English sentence (see the module's docstring)."""
    before = scene.before(quote.start)
    inner = scene.folded[quote.inner_start : quote.inner_end].strip()
    if not re.search(r"\w", inner):
        return Decision("name", (Edit(quote.start, quote.end, ""),))
    written = [token for token in before if token.kind == "word"]
    if scene.is_continued(quote.start):
        return _drop(scene, quote, scene.speaker)
    if _is_named(written, inner):
        return Decision("name", unquote(scene.text, quote))
    governed = governing_verb(before)
    if governed is not None and _is_writing(before, governed):
        return Decision("writing", unquote(scene.text, quote))
    if governed is not None:
        return _after_verb(scene, quote, before, governed)
    tagged = None if _joins_scare(scene, quote, written, inner) else _tag(scene, quote, before)
    if tagged is not None:
        return tagged
    if before and before[-1].text == ":" and len(before) > 1:
        return _after_colon(scene, quote, before)
    if not written:
        return _alone(scene, quote, inner)
    return _inside(scene, quote, before, inner)


def governing_verb(before: list[Token]) -> int | None:
    """Return the index of the verb of speech that governs what follows the tokens `before`, or None."""
    marked = bool(before) and before[-1].text in {":", ","}
    colon = bool(before) and before[-1].text == ":"
    seen = 0
    for index in range(len(before) - 1, -1, -1):
        token = before[index]
        if token.kind != "word":
            if token.text in {"(", ")"}:
                return None
            continue
        seen += 1
        if seen > _TAIL:
            return None
        verb = speech_verbs().get(token.text)
        if verb is None:
            if token.text in {"nothing", "about"}:
                return None
            if not marked and (token.text in words("en", "grammar", "joins") or token.text == "who"):
                return None
            continue
        tail = [t.text for t in before[index + 1 :] if t.kind == "word"]
        if _is_noun(before, index):
            if not colon:
                return None
            continue
        if verb.lemma in words("en", "dialogue", "weak") and tail and not (colon and len(tail) < 4):
            if tail[0] not in {"out", "to", "on", "softly", "quietly", "loudly"} and not tail[0].endswith("ly"):
                continue
        if not marked and tail and tail[-1] in {"of", "with", "like", "as", "against", "from"}:
            return None
        return index
    return None


def _after_verb(scene: Scene, quote: Quote, before: list[Token], index: int) -> Decision:
    verb_token = before[index]
    verb = speech_verbs()[verb_token.text]
    after = [token for token in before[index + 1 :] if token.kind == "word"]
    last = next(token for token in reversed(before) if token.kind != "mark")
    speaker = _subject(scene, before, index)
    indirect, swallowed = _indirect(scene, verb, verb_token, after)
    edits = [Edit(verb_token.start, swallowed, indirect)]
    start = max(swallowed, last.end)
    if after and after[-1].text == "that":
        start = max(swallowed, after[-1].start)
    edits.append(Edit(start, quote.end, _ending(scene, quote)))
    return Decision("spoken", tuple(edits), speaker)


def _indirect(scene: Scene, verb: Verb, token: Token, after: list[Token]) -> tuple[str, int]:
    """Return the indirect phrase for a verb of speech, and where the words end that it stands for."""
    forms = cast("dict[str, dict[str, str]]", table("en", "dialogue")["verbs"])[verb.lemma]
    end = token.end
    if after and after[0].text in {"out", "back", "up", "on"} and after[0].start - end <= 1:
        end = after[0].end
        after = after[1:]
    lemma = forms["alone"]
    if after and _is_object(scene, after[0]) and after[0].start - end <= 1:
        lemma = forms.get("object", lemma + " to")
    capital = scene.text[token.start].isupper()
    said = inflect(lemma, verb.form)
    return (said[0].upper() + said[1:] if capital else said), end


def _is_object(scene: Scene, token: Token) -> bool:
    if token.text in words("en", "grammar", "objects") or token.text in words("en", "grammar", "determiners"):
        return True
    return scene.text[token.start].isupper()


def _tag(scene: Scene, quote: Quote, before: list[Token]) -> Decision | None:
    """Return the decision where a speech tag follows ("…," she says · "…," says the old man)."""
    gap = scene.folded[quote.end : quote.end + 3].lstrip(" ")
    if gap[:1] in _ENDS + "\n;:" and gap[:1]:
        return None
    after = [token for token in scene.after(quote.end, 9) if token.start - quote.end < 80]
    if after and after[0].text in {",", "-", "—", "–"}:
        after = after[1:]
    if not after or is_chinese_at(scene.folded[after[0].start : after[0].end]):
        return None
    for index, token in enumerate(after):
        if token.kind != "word":
            return None
        verb = speech_verbs().get(token.text)
        if verb is None and _is_told(scene, quote, after, index):
            return _told(scene, quote, after, index)
        if verb is None or verb.form in {"ing", "base"} or (index and after[index - 1].text in {"a", "the", "an"}):
            if index > 5 or (index and token.text in words("en", "grammar", "joins")):
                return None
            continue
        subject = _inverted(scene, after, index) if index == 0 else (after[0].start, after[index - 1].end)
        if subject is None:
            return None
        if index and not _is_subject(scene, after[:index]):
            return None
        start, end = subject
        rest = [t for t in after if t.start >= max(end, token.end) and t.kind == "word"]
        indirect, swallowed = _indirect(scene, verb, token._replace(end=max(end, token.end)) if index == 0 else token, rest)
        name = _name_in(scene, start, end, quote.start)
        fresh = scene.is_fresh(quote.start) or not before
        subject_text = scene.text[start:end]
        if fresh and not (scene.done and not scene.is_fresh(quote.start)):
            subject_text = subject_text[0].upper() + subject_text[1:]
        indirect = indirect[0].lower() + indirect[1:]
        return Decision("spoken", (Edit(quote.start, swallowed, f"{subject_text} {indirect}"),), name)
    return None


def is_tagged(scene: Scene, quote: Quote) -> bool:
    """Return whether a speech tag follows `quote`."""
    return _tag(scene, quote, []) is not None


def _is_told(scene: Scene, quote: Quote, after: list[Token], index: int) -> bool:
    """Return whether an unknown verb stands where a speech tag's would ("Fear not!" he thunders · "Nice," she smiles)."""
    inner = scene.text[quote.inner_start : quote.inner_end].rstrip()
    token = after[index]
    if inner[-1:] not in ",!?…" or not scene.text[token.start].islower() or not scene.is_fresh(quote.start):
        return False
    if len(token.text) < 4 or not token.text.endswith(("s", "ed")) or token.text.endswith(("ss", "'s")):  # noqa: PLR2004  (letters)
        return False
    if index == 0:
        return inner[-1:] != "," and _inverted(scene, after, 0) is not None
    subject = after[:index]
    if subject[0].text in words("en", "grammar", "pronouns"):
        return index == 1 or subject[-1].text.endswith("ly")
    return inner[-1:] == "," and _is_subject(scene, subject)


def _told(scene: Scene, quote: Quote, after: list[Token], index: int) -> Decision:
    """Keep the unknown verb of a speech tag and add that the subject speaks (She smiles, speaking)."""
    verb = after[index]
    start, end = (_inverted(scene, after, 0) or (0, 0)) if index == 0 else (after[0].start, after[index - 1].end)
    subject = scene.text[start:end]
    said = f"{subject[0].upper()}{subject[1:]} {scene.text[verb.start : verb.end]}, {phrase('en', 'dialogue', 'aside')}"
    return Decision("spoken", (Edit(quote.start, max(end, verb.end), said),), _name_in(scene, start, end, quote.start))


def _inverted(scene: Scene, after: list[Token], index: int) -> tuple[int, int] | None:
    """Return the span of the subject after the verb (says the old man)."""
    rest = after[index + 1 :]
    if not rest or rest[0].kind != "word":
        return None
    first = rest[0]
    if first.text in words("en", "grammar", "pronouns"):
        return first.start, first.end
    end = None
    if first.text in words("en", "grammar", "determiners"):
        for token in rest[1:5]:
            if token.kind != "word" or token.text in words("en", "grammar", "breaks") or token.text.endswith(("ly", "ing")):
                break
            end = token.end
    else:
        for token in rest[:3]:
            if token.kind != "word" or not scene.text[token.start].isupper():
                break
            end = token.end
    return None if end is None else (first.start, end)


def _is_subject(scene: Scene, tokens: list[Token]) -> bool:
    first = tokens[0]
    if first.text in words("en", "grammar", "pronouns") or scene.text[first.start].isupper():
        return True
    return first.text in words("en", "grammar", "determiners") and len(tokens) <= 6


def _after_colon(scene: Scene, quote: Quote, before: list[Token]) -> Decision:
    """Decide after a colon without a verb of speech: a speaker's label, or a clause (She smiles: …)."""
    label = before[:-1]
    aside = next((index for index, token in enumerate(label) if token.text == "("), len(label))
    label = label[:aside] or label  # JOEY (deadpan): …
    first, last = label[0], label[-1]
    name = scene.folded[first.start : last.end]
    if name in words("en", "dialogue", "labels"):
        return Decision("name", unquote(scene.text, quote))
    mention = scene.named(first.start, last.end)
    capitals = len(label) <= 4 and all(scene.text[t.start].isupper() or t.kind != "word" for t in label)
    whole = bool(mention) and mention[0].start == first.start and mention[0].end >= last.end - 1
    if capitals or whole or len(label) <= 2:
        speaker = mention[0].name if mention else scene.text[first.start : last.end] if capitals else None
        if first.text in words("en", "grammar", "pronouns") | words("en", "grammar", "determiners"):
            speaker = _subject(scene, before, len(before) - 1)
        return Decision("spoken", (Edit(last.end, quote.end, " speaks" + _ending(scene, quote)),), speaker)
    speaker = _subject(scene, before, len(before) - 1)
    return Decision("spoken", (Edit(last.end, quote.end, ", " + phrase("en", "dialogue", "aside") + _ending(scene, quote)),), speaker)


def _alone(scene: Scene, quote: Quote, inner: str) -> Decision:
    """Decide for a quotation that begins its sentence and has no tag."""
    after = scene.after(quote.end, 3)
    following = after[0] if after else None
    touching = following is not None and following.start - quote.end <= 1 and following.kind == "word"
    if touching and following is not None and scene.text[following.start].islower() and inner[-1:] not in ".!?":
        if following.text in verb_forms(tuple(sorted(words("en", "dialogue", "sounding")))):
            speaker = phrase("en", "dialogue", "voice")
            return Decision("spoken", (Edit(quote.start, quote.end, speaker),), None)
        if len(inner.split()) <= 4 and not _is_spoken(inner):
            return Decision("name", unquote(scene.text, quote))
    beat = scene.beat(quote)
    if beat is not None:
        return Decision("spoken", (Edit(quote.start, quote.end, ""),), beat)
    named = scene.named(0, quote.start)
    speaker = scene.antecedent(quote.start) if named or len(scene.cast) == 1 else None
    sentence = phrase("en", "dialogue", "sentence").format(name=speaker) if speaker else phrase("en", "dialogue", "nobody")
    if touching and following is not None and scene.text[following.start].islower():
        sentence = sentence[:-1] + ("" if following.text in {"and", "then"} else ",")
    lead = "" if not quote.start or scene.text[quote.start - 1].isspace() else " "
    return Decision("spoken", (Edit(quote.start, quote.end, lead + sentence),), speaker)


def _inside(scene: Scene, quote: Quote, before: list[Token], inner: str) -> Decision:
    """Decide for a quotation within a sentence that has no verb of speech, by its looks and the word before it."""
    last = before[-1]
    spoken = _is_spoken(inner)
    speaker = _subject(scene, before, len(before) - 1)
    if last.kind == "mark" and last.text in {",", "-", "—", "–", "…"} and (spoken or len(inner.split()) > 2):
        start = before[-2].end if len(before) > 1 else last.start
        return Decision("spoken", (Edit(start, quote.end, ", " + phrase("en", "dialogue", "aside") + _ending(scene, quote)),), speaker)
    if not spoken:
        return Decision("name", unquote(scene.text, quote))
    determiners = words("en", "grammar", "determiners")
    near = [token.text for token in before[-3:]]
    if last.text == "of":
        return Decision("spoken", (Edit(last.start - 1, quote.end, _ending(scene, quote)),), speaker)
    if any(word in determiners for word in near) and last.kind == "word" and not _is_verbal(near, determiners):
        return Decision("spoken", (Edit(quote.start, quote.end, phrase("en", "dialogue", "remark") + _ending(scene, quote)),), speaker)
    if last.text in words("en", "grammar", "breaks"):
        return Decision("spoken", (Edit(quote.start, quote.end, phrase("en", "dialogue", "words") + _ending(scene, quote)),), speaker)
    return Decision("spoken", (Edit(last.end, quote.end, ", " + phrase("en", "dialogue", "aside") + _ending(scene, quote)),), speaker)


def _is_verbal(near: list[str], determiners: frozenset[str]) -> bool:
    """Return whether the words after the last determiner already hold a noun (his hand "stop" …)."""
    rest = near[max(index for index, word in enumerate(near) if word in determiners) + 1 :]
    return bool(rest) and not rest[-1].endswith(("y", "t", "d", "e", "l", "r", "c", "m", "p")) or len(rest) > 1


def _drop(scene: Scene, quote: Quote, speaker: str | None) -> Decision:
    """Take the second half of a divided speech away ("…," she says, "…")."""
    start = quote.start
    while start > scene.done and scene.text[start - 1] in " ,:—–-":
        start -= 1
    ending = "" if scene.text[start - 1 : start] in {".", "!", "?"} else _ending(scene, quote)
    return Decision("spoken", (Edit(start, quote.end, ending),), speaker)


def _is_named(written: list[Token], inner: str) -> bool:
    """Return whether the words before say that a name follows, or a short quotation stands behind an article."""
    if not written:
        return False
    last = written[-1].text
    count = len(inner.split())
    if last in words("en", "dialogue", "naming") and count <= 8:
        return True
    if count > 5 or _is_spoken(inner):
        return False
    if len(written) > 1 and written[-2].text in {"so-called", "called", "named"}:
        return True
    return last in words("en", "grammar", "determiners") or last.endswith("'s")


def _joins_scare(scene: Scene, quote: Quote, written: list[Token], inner: str) -> bool:
    return bool(written) and not _is_spoken(inner) and not scene.is_fresh(quote.start) and len(inner.split()) <= 2


def _is_writing(before: list[Token], index: int) -> bool:
    carriers = _carriers()
    return any(token.text in carriers for token in before[max(0, index - 6) : index])


@cache
def _carriers() -> frozenset[str]:
    return with_plurals(words("en", "dialogue", "writing"))


def _is_noun(before: list[Token], index: int) -> bool:
    """Return whether a word that looks like a verb of speech is a noun here (her answer, a cry, with a whisper)."""
    if speech_verbs()[before[index].text].form not in {"base", "s"}:
        return False
    if index and (before[index - 1].text in words("en", "grammar", "determiners") or before[index - 1].text.endswith("'s")):
        return before[index - 1].text not in {"that", "this", "both", "everyone", "some", "any", "each", "one", "another"}
    if index > 1 and before[index - 2].text in {"a", "an", "the", "his", "her", "their"}:
        return speech_verbs()[before[index].text].form == "base" and not before[index - 1].text.endswith("ly")
    return False


def _is_spoken(inner: str) -> bool:
    """Return whether a quotation looks spoken: it ends like a sentence, speaks of I and you, or is a call."""
    stripped = inner.rstrip("'\"’” ")
    if stripped[-1:] in ".!?…," or stripped.endswith(("—", "--")):
        return True
    found = re.findall(r"[a-z]+(?:'[a-z]+)*", inner)
    if any(word in words("en", "grammar", "spoken") for word in found):
        return True
    if found and found[0] in words("en", "dialogue", "interjections") and len(found) <= 3:
        return True
    return len(found) > 5


def _ending(scene: Scene, quote: Quote) -> str:
    """Return the mark that the sentence needs where the words went: theirs ended it and nothing follows in it."""
    inner = scene.text[quote.inner_start : quote.inner_end].rstrip()
    rest = scene.text[quote.end : quote.end + 40]
    following = rest.lstrip(" \t")
    if following[:1] in ".,;:!?)—–" and following[:1]:
        return ""
    ended = inner[-1:] in _ENDS + "。！？" or not quote.balanced
    if not following or following[0] == "\n":
        return "."
    if following[0].isupper() and (ended or following[:2] not in {"I ", "I'"}):
        return "."
    if ended and not following[0].islower():
        return "."
    return ""


def _subject(scene: Scene, before: list[Token], index: int) -> str | None:
    """Return who does what the verb at `index` says, where the text names a character."""
    if not before:
        return scene.speaker
    verb_start = before[index].start
    names = scene.named(before[0].start, verb_start)
    gap = {n: sum(1 for t in before[:index] if t.start >= n.end) for n in names}
    joined = bool(index) and before[index - 1].text in {"and", "then", "but"}
    if names and ((gap[names[-1]] <= 1 and not joined) or any(t.text == "who" and t.start >= names[-1].end for t in before[:index])):
        return names[-1].name if not _is_governed(before, names[-1].start) or gap[names[-1]] else _first(names, before)
    pronoun = [t for t in before[:index] if t.text in {"he", "she", "they"}]
    if pronoun and (not names or pronoun[-1].start > names[-1].start):
        inside = [name for name in names if name.start < pronoun[-1].start]
        return _first(inside, before) or scene.antecedent(before[0].start)
    if names:
        return _first(names, before)
    lead = _leading_name(scene, before, index)
    if lead is not None:
        return lead
    guess = before[index - 1] if index else None
    if guess is not None and not scene.cast and guess.kind == "word" and scene.text[guess.start].isupper():
        stop = words("en", "grammar", "pronouns") | words("en", "grammar", "determiners") | words("en", "grammar", "joins")
        if guess.text not in stop:
            first = index - 1
            while first and scene.text[before[first - 1].start].isupper() and before[first - 1].text not in stop:
                first -= 1
            return scene.text[before[first].start : guess.end]
    if before[0].start > 0 and index == 0:
        return scene.speaker
    return None


def _leading_name(scene: Scene, before: list[Token], index: int) -> str | None:
    """Return the capitalised words that begin the sentence, where they look like a name and no cast was given."""
    if scene.cast or not index:
        return None
    grammar = ("pronouns", "determiners", "joins", "breaks")
    stop = frozenset().union(*(words("en", "grammar", key) for key in grammar))
    last = -1
    while last + 1 < index and before[last + 1].kind == "word" and scene.text[before[last + 1].start].isupper():
        last += 1
    if last < 0 or last > 2 or before[0].text in stop or before[0].text.endswith(("ing", "ly")):
        return None
    following = before[last + 1].text
    if last + 1 < index and following != "," and not (following.endswith("s") or following == "and"):
        return None
    return scene.text[before[0].start : before[last].end]


def _first(names: list, before: list[Token]) -> str | None:  # pyright: ignore
    for mention in names:
        if not _is_governed(before, mention.start):
            return mention.name
    return names[0].name if names else None


def _is_governed(before: list[Token], start: int) -> bool:
    previous = [token for token in before if token.end <= start]
    return bool(previous) and previous[-1].text in {"to", "at", "of", "with", "behind", "beside", "by", "toward", "towards", "near", "for", "from", "facing", "past", "against", "around"}


def _name_in(scene: Scene, start: int, end: int, position: int) -> str | None:
    names = scene.named(start, end)
    if names:
        return names[0].name
    text = scene.text[start:end]
    if scene.folded[start:end] in {"he", "she", "they"}:
        return scene.antecedent(position)
    first = scene.folded[start:end].split()[0]
    if not scene.cast and text[0].isupper() and first not in words("en", "grammar", "determiners") | words("en", "grammar", "pronouns"):
        return text
    return None


@cache
def speech_verbs() -> dict[str, Verb]:
    """Return every form of every English verb of speech."""
    return verb_forms(tuple(cast("dict[str, object]", table("en", "dialogue")["verbs"])))
