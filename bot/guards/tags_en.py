"""Speech tags in English: "…," she says · "…!" shouts the old man."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.guards.indirect_en import indirect, speech_verbs
from bot.guards.reading import Edit
from bot.guards.speech import Decision, is_chinese_at
from bot.guards.subjects_en import name_in
from bot.guards.tables import phrase, words

if TYPE_CHECKING:
    from bot.guards.inflection import Verb
    from bot.guards.quotes import Quote
    from bot.guards.reading import Token
    from bot.guards.speech import Scene

_ENDS = ".!?…"
_REACH = 80  # characters behind the quotation
_SUBJECT_MOST = 6  # words
_VERB_LEAST = 4  # letters of a verb that the tables do not know


def tag_of(scene: Scene, quote: Quote, before: list[Token]) -> Decision | None:  # noqa: C901, PLR0911  (one question after the other)
    """Return the decision where a speech tag follows ("…," she says · "…," says the old man)."""
    gap = scene.folded[quote.end : quote.end + 3].lstrip(" ")
    if gap[:1] in _ENDS + "\n;:" and gap[:1]:
        return None
    after = [token for token in scene.after(quote.end, 9) if token.start - quote.end < _REACH]
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
        if verb is not None and not _is_plausible(scene, quote, verb, after, index):
            return None
        if verb is None or verb.form == "ing" or (index and after[index - 1].text in {"a", "the", "an"}):
            if index >= _SUBJECT_MOST or (index and token.text in words("en", "grammar", "joins")):
                return None
            continue
        subject = _inverted(scene, after, index) if index == 0 else (after[0].start, after[index - 1].end)
        if subject is None:
            return None
        if index and not _is_subject(scene, after[:index]):
            return None
        start, end = subject
        rest = [t for t in after if t.start >= max(end, token.end) and t.kind == "word"]
        said, swallowed = indirect(scene, verb, token._replace(end=max(end, token.end)) if index == 0 else token, rest)
        name = name_in(scene, start, end, quote.start)
        fresh = scene.is_fresh(quote.start) or not before
        subject_text = scene.text[start:end]
        if fresh and not (scene.done and not scene.is_fresh(quote.start)):
            subject_text = subject_text[0].upper() + subject_text[1:]
        said = said[0].lower() + said[1:]
        return Decision("spoken", (Edit(quote.start, swallowed, f"{subject_text} {said}"),), name)
    return None


def _is_plausible(scene: Scene, quote: Quote, verb: Verb, after: list[Token], index: int) -> bool:
    """Return whether a known verb can be a tag's: bare forms need I or they, doubtful verbs a comma ("…," he goes)."""
    if verb.form == "base" and not (index and after[index - 1].text in {"i", "we", "you", "they"}):
        return False
    inner = scene.text[quote.inner_start : quote.inner_end].rstrip()
    sure = inner[-1:] == "," or scene.text[after[0].start].islower()
    return sure or verb.lemma not in words("en", "dialogue", "weak")


def is_tagged(scene: Scene, quote: Quote) -> bool:
    """Return whether a speech tag follows `quote`."""
    return tag_of(scene, quote, []) is not None


def _is_told(scene: Scene, quote: Quote, after: list[Token], index: int) -> bool:
    """Return whether an unknown verb stands where a speech tag's would ("Fear not!" he fumes · "Nice," she smiles)."""
    inner = scene.text[quote.inner_start : quote.inner_end].rstrip()
    token = after[index]
    if inner[-1:] not in ",!?…" or not scene.text[token.start].islower() or not scene.is_fresh(quote.start):
        return False
    if inner[-1:] != "," and scene.text[after[0].start].isupper() and not scene.named(after[0].start, after[0].end):
        return False  # "No!" He drops to his knees.
    if len(token.text) < _VERB_LEAST or not token.text.endswith(("s", "ed")) or token.text.endswith(("ss", "'s")):
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
    return Decision("spoken", (Edit(quote.start, max(end, verb.end), said),), name_in(scene, start, end, quote.start))


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
            if (
                token.kind != "word"
                or token.text in words("en", "grammar", "breaks")
                or token.text.endswith(("ly", "ing"))
            ):
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
    return first.text in words("en", "grammar", "determiners") and len(tokens) <= _SUBJECT_MOST
