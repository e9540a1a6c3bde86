"""The words for framing and camera moves, in English and Chinese.

Chinese is matched in simplified characters; `simplified` folds the traditional ones that our words use. A word
that also means something else in a story is matched only in its camera sense: a sword is "pulled out", a door is
推开, a head is 摇, and 手持长剑 holds no camera.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

_TRADITIONAL = (
    "鏡頭寫遠搖橫過雙廣機視動攝極後進開輕靜態軌宮寢書園樓燭燈籠霧靄陽曉黃內帳廳廚館棧樹叢門廟閣鐵廈馬臺晝辦兩"
)
_SIMPLIFIED = "镜头写远摇横过双广机视动摄极后进开轻静态轨宫寝书园楼烛灯笼雾霭阳晓黄内帐厅厨馆栈树丛门庙阁铁厦马台昼办两"
_FOLD = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


class Framing(Enum):
    """How much of the scene the frame holds; the value is its label on the slate."""

    WIDE = "远景 WIDE"
    FULL = "全景 FULL"
    TWO_SHOT = "双人 TWO-SHOT"
    OVER_SHOULDER = "过肩 OTS"
    MEDIUM = "中景 MEDIUM"
    MEDIUM_CLOSE = "近景 MCU"
    CLOSE = "特写 CLOSE-UP"
    EXTREME_CLOSE = "大特写 ECU"


class Move(Enum):
    """How the camera moves; the value is its label on the slate."""

    STATIC = "固定 STATIC"
    PUSH = "推 PUSH IN"
    PULL = "拉 PULL OUT"
    PAN_LEFT = "左摇 PAN LEFT"
    PAN_RIGHT = "右摇 PAN RIGHT"
    TILT_UP = "上摇 TILT UP"
    TILT_DOWN = "下摇 TILT DOWN"


def simplified(text: str) -> str:
    """Return `text` in NFKC with the traditional characters of camera and setting words folded to simplified ones.

    NFKC may change a text's length; positions found in the result are positions in the result only.
    """
    return unicodedata.normalize("NFKC", text).translate(_FOLD)


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_SHOT = r"[- ](?:dialogue |group )?(?:shot|view|framing|angle)s?\b"
_ADVERB = r"(?:[- ](?:slowly|slow|gently|smoothly|across|over))*"
_OBJECT = r"(?! (?:a|an|the|his|her|their|its|my|one|some)\b)"
_ZH = (
    "[^,。;!?.不没无]"  # within one clause that denies nothing (NFKC makes full-width marks ASCII, save the full stop)
)

FRAMINGS: dict[Framing, re.Pattern[str]] = {
    Framing.EXTREME_CLOSE: _words(
        r"\b(?:extreme|very tight|tight|big) close[- ]?ups?\b",
        r"\bmacro shot\b",
        r"(?-i:\b(?:ECU|XCU|BCU)\b)",
        "大特写|极特写|超特写|极近",
    ),
    Framing.MEDIUM_CLOSE: _words(
        r"\b(?:medium|mid)[- ]close(?:[- ]?ups?|[- ]shot)\b",
        r"\bchest[- ]up\b",
        r"(?-i:\bMCU\b)",
        "中近景|近景",
    ),
    Framing.CLOSE: _words(r"\bclose[- ]?ups?\b", r"\bclose" + _SHOT, r"(?-i:\bCU\b)", "特写"),
    Framing.OVER_SHOULDER: _words(r"\bover[- ](?:the|his|her)[- ]shoulder\b", r"(?-i:\bOTS\b)", "过肩"),
    Framing.TWO_SHOT: _words(
        r"\b(?:two|three|2|3)[- ]?shots?\b",
        r"\b(?:medium |wide )?(?:two|three|2|3)[- ](?:person|character|people)" + _SHOT,
        "[双两三]人(?:中|近|全)?(?:镜头|景|同框)",
    ),
    Framing.MEDIUM: _words(
        r"\b(?:medium|mid)" + _SHOT,
        r"\bmidshot\b|^medium(?=\s*[,.;:])",
        r"\b(?:waist|knees?)[- ]up\b",
        r"\bcowboy shot\b",
        r"(?-i:\bMS\b)",
        "中景|半身",
    ),
    Framing.FULL: _words(
        r"\bfull(?:[- ](?:body|length|figure))?" + _SHOT,
        r"\bmedium[- ](?:wide|long)\b",
        "全景|全身",
    ),
    Framing.WIDE: _words(
        r"\b(?:(?:extreme|very|super|ultra)[- ])?(?:wide|long|establishing|master|aerial)" + _SHOT,
        r"\bwide[- ]establishing\b|^wide\b",
        r"(?-i:\b(?:WS|EWS|LS|ELS)\b)",
        "大?远景|大全景|广角|空镜|航拍",
    ),
}

MOVES: dict[Move, re.Pattern[str]] = {
    Move.STATIC: _words(
        r"\bstatic\b",
        r"\b(?:locked[- ]?(?:off|down)?|fixed|still|stationary|motionless|unmoving)[- ](?:camera|shot|frame|framing)\b",
        r"\bcamera (?:is |stays |remains |holds |keeps )*(?:still|fixed|locked|motionless|stationary)\b",
        r"\bno camera (?:moves?|movements?|motion)\b",
        r"\bcamera (?:does not|doesn't|never) moves?\b",
        r"\btripod\b",
        "固定(?:的)?(?:镜头|机位|视角|拍摄)|定镜|定机位|静[止态](?:的)?(?:镜头|机位|画面)",
        "(?:镜头|机位)(?:保持)?(?:固定|静止|不动)",
    ),
    Move.PUSH: _words(
        r"\b(?:push|zoom|doll(?:y|i)|creep|track|inch)(?:es|s|ing)?"
        r"(?:[- ](?:slowly|gently|smoothly))*[- ]in(?:to|wards?)?\b" + _OBJECT,
        r"\bdolly(?:ing)? forward\b",
        r"\bcamera [^.,;]{0,24}?\b(?:closer|forward|(?:moves|glides|drifts|eases) in)\b",
        r"\b(?:slow|gentle|subtle) (?:push|zoom)\b(?![- ](?:out|back))",
        "推(?:进)?(?:镜|近|轨)|(?:缓|慢|轻|渐)推(?![开门])|变焦推",
        f"镜头{_ZH}{{0,8}}?(?:推(?![开门])|前移|拉近)",
    ),
    Move.PULL: _words(
        r"\b(?:zoom|doll(?:y|i)|track)(?:es|s|ing)?(?:[- ](?:slowly|gently|smoothly))*[- ](?:out|back)\b",
        r"\bcamera [^.,;]{0,24}?\b(?:pull(?:s|ing)?|moves|drifts|glides)[- ](?:out|back|away)\b",
        r"\b(?:slow|gentle|subtle) pull\b",
        r"\bpull[- ]?back shot\b",
        r"\bpull(?:s|ing)?[- ](?:out|back) to (?:reveal|show|an?\b|the\b)",
        r"\bpull(?:s|ing)?[- ]out\b" + _OBJECT,
        "拉远|拉镜|后拉",
        f"镜头{_ZH}{{0,8}}?(?:后拉|拉开|拉出|拉远|后移|后退)",
    ),
    Move.PAN_LEFT: _words(
        r"\b(?:pan|truck|track)(?:s|ning|king|ing)?"
        + _ADVERB
        + r"[- ](?:to |towards? )?(?:the |screen |camera )?left\b",
        r"\bleft(?:ward)?[- ]pan\b",
        "左摇|摇向左|摇左|横[摇移](?:向|至|到)?左|左横[摇移]|向左(?:平移|缓?慢?摇)|摇镜头?向?左",
        f"镜头{_ZH}{{0,8}}?左(?:移|摇|平移|横移)",
    ),
    Move.PAN_RIGHT: _words(
        r"\b(?:pan|truck|track)(?:s|ning|king|ing)?"
        + _ADVERB
        + r"[- ](?:to |towards? )?(?:the |screen |camera )?right\b",
        r"\bright(?:ward)?[- ]pan\b",
        r"\b(?:slow|gentle|smooth|camera) pan(?:s|ning)?\b(?![^.;]{0,24}\b(?:left|up|down)\b)",
        "右摇|摇向右|摇右|横[摇移](?:向|至|到)?右|右横[摇移]|向右(?:平移|缓?慢?摇)|摇镜头?向?右",
        f"镜头{_ZH}{{0,8}}?右(?:移|摇|平移|横移)",
        f"(?:横[摇移]|摇镜|平移镜)(?!{_ZH}{{0,4}}左)",
    ),
    Move.TILT_UP: _words(
        r"\b(?:tilt|crane|pan|boom)(?:s|ning|ing)?" + _ADVERB + r"[- ]up(?:wards?)?\b" + _OBJECT,
        f"上摇|仰摇|摇上|向上缓?慢?摇|镜头{_ZH}{{0,8}}?(?:上移|上升|升起|抬起|上扬)",
    ),
    Move.TILT_DOWN: _words(
        r"\b(?:tilt|crane|pan|boom)(?:s|ning|ing)?" + _ADVERB + r"[- ]down(?:wards?)?\b" + _OBJECT,
        f"下摇|俯摇|摇下|向下缓?慢?摇|镜头{_ZH}{{0,8}}?(?:下移|下降|落下|降下)",
    ),
}

HANDHELD = _words(
    r"\bhand[- ]?held\b",
    r"\bshaky[- ]?cam(?:era)?\b",
    "手持(?:的)?(?:镜头|摄影|摄像|拍摄|跟拍|机位|相机|运镜|晃动|感|风格)",
    "手持(?=[,。;、 ]|$)",
)

NEGATED = re.compile(
    r"(?:\b(?:no|not|never|without|avoid)|n't|不|不要|无|没有|避免)\s*(?:any |camera |的)?$", re.IGNORECASE
)
"""What, right before a camera word, takes it back."""
