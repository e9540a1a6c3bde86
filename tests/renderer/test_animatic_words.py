"""Shot words → camera direction and setting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.animatic.direction import Direction, read_direction
from renderer.animatic.setting import Place, Setting, Time, Weather, read_setting
from renderer.animatic.vocabulary import Framing, Move


@pytest.mark.parametrize(
    ("text", "framing"),
    [
        ("A close-up of her face", Framing.CLOSE),
        ("Close up on the pendant", Framing.CLOSE),
        ("extreme close-up, her eyes", Framing.EXTREME_CLOSE),
        ("ECU of the ring", Framing.EXTREME_CLOSE),
        ("Medium close-up of the prince", Framing.MEDIUM_CLOSE),
        ("MEDIUM SHOT in the hall", Framing.MEDIUM),
        ("a mid-shot of both", Framing.MEDIUM),
        ("Medium dialogue framing", Framing.MEDIUM),
        ("Medium two-shot by the well", Framing.TWO_SHOT),
        ("a two person shot", Framing.TWO_SHOT),
        ("Over-the-shoulder from behind Xiao", Framing.OVER_SHOULDER),
        ("full body shot on the stairs", Framing.FULL),
        ("wide establishing shot of the palace", Framing.WIDE),
        ("an extreme wide shot", Framing.WIDE),
        ("wide, she is alone", Framing.WIDE),
        ("特写沈月华的手", Framing.CLOSE),
        ("大特写:玉佩", Framing.EXTREME_CLOSE),
        ("大特寫", Framing.EXTREME_CLOSE),
        ("近景,她低头", Framing.MEDIUM_CLOSE),
        ("中近景", Framing.MEDIUM_CLOSE),
        ("中景,两人对坐", Framing.MEDIUM),
        ("全景:御花园", Framing.FULL),
        ("大全景", Framing.WIDE),
        ("遠景,雪山", Framing.WIDE),
        ("過肩鏡頭", Framing.OVER_SHOULDER),
        ("雙人鏡頭", Framing.TWO_SHOT),
        ("Her eyes grow wide as the door closes up behind him", None),
        ("she stands close to him, a medium built man, full of long hopes", None),
        ("", None),
    ],
)
def test_framing(text: str, framing: Framing | None) -> None:
    assert read_direction([text]).framing is framing


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("slow push in on her face", Move.PUSH),
        ("the camera slowly pushes in", Move.PUSH),
        ("Dolly in.", Move.PUSH),
        ("the lens zooms in to his hand", Move.PUSH),
        ("camera glides gently forward", Move.PUSH),
        ("zoom out", Move.PULL),
        ("the camera slowly pulls back", Move.PULL),
        ("pull out to reveal the hall", Move.PULL),
        ("Slow pull-back shot", Move.PULL),
        ("pan left across the court", Move.PAN_LEFT),
        ("the camera pans slowly to the right", Move.PAN_RIGHT),
        ("slow pan to the left", Move.PAN_LEFT),
        ("the camera pans over the crowd", Move.PAN_RIGHT),
        ("truck left", Move.PAN_LEFT),
        ("tilt up to the roof", Move.TILT_UP),
        ("tilts slowly down", Move.TILT_DOWN),
        ("crane up", Move.TILT_UP),
        ("static shot", Move.STATIC),
        ("locked-off camera", Move.STATIC),
        ("The camera remains still", Move.STATIC),
        ("no camera movement, no zoom in", Move.STATIC),
        ("推镜头", Move.PUSH),
        ("推鏡頭", Move.PUSH),
        ("镜头缓缓推近", Move.PUSH),
        ("慢推", Move.PUSH),
        ("拉遠", Move.PULL),
        ("镜头慢慢拉开", Move.PULL),
        ("横摇向左", Move.PAN_LEFT),
        ("镜头向右平移", Move.PAN_RIGHT),
        ("向左摇", Move.PAN_LEFT),
        ("橫搖", Move.PAN_RIGHT),
        ("镜头上摇", Move.TILT_UP),
        ("镜头缓缓下降", Move.TILT_DOWN),
        ("固定镜头", Move.STATIC),
        ("固定機位", Move.STATIC),
        ("he pulls out a dagger", None),
        ("he pulls out his sword and pushes in the door", None),
        ("she tilts her head up to him", None),
        ("a frying pan on the left", None),
        ("她推开门,摇头不语", None),
        ("他拉开抽屉,把信推给她", None),
        ("without zooming in", None),
        ("镜头不要推近", None),
    ],
)
def test_move(text: str, move: Move | None) -> None:
    assert read_direction([text]).move is move


@pytest.mark.parametrize(
    ("text", "handheld"),
    [
        ("handheld camera", True),
        ("Hand-held, nervous", True),
        ("手持镜头,轻微晃动", True),
        ("中景,手持。", True),
        ("他手持长剑立于阶前", False),
        ("not handheld", False),
    ],
)
def test_handheld(text: str, handheld: bool) -> None:
    assert read_direction([text]).handheld is handheld


def test_a_push_or_pull_may_name_where_it_ends() -> None:
    assert read_direction(["Wide shot; the camera pushes in to a close-up."]) == Direction(
        Framing.WIDE, Move.PUSH, Framing.CLOSE
    )
    assert read_direction(["从特写拉远至全景"]) == Direction(Framing.CLOSE, Move.PULL, Framing.FULL)
    later = read_direction(["Slow push in. Then they talk for a while in a medium shot."])
    assert (later.framing, later.end) == (Framing.MEDIUM, None)


def test_the_description_counts_before_the_prompt() -> None:
    said = read_direction(["特写,固定镜头", "A wide shot, pan left, handheld"])
    assert (said.framing, said.move) == (Framing.CLOSE, Move.STATIC)
    filled = read_direction(["她转身离去", "A wide shot, pan left"])
    assert (filled.framing, filled.move) == (Framing.WIDE, Move.PAN_LEFT)


def test_a_close_up_knows_whom_it_is_of() -> None:
    names = ("沈月华 Shen Yuehua", "萧云霄 Xiao Yunxiao")
    assert read_direction(["特写萧云霄,低声警告"], names).subject == 1
    assert read_direction(["Close-up of shen yuehua as Xiao leaves"], names).subject == 0
    assert read_direction(["特写。萧云霄走来"], names).subject is None
    assert read_direction(["特写"], names).subject is None


def test_the_label_names_what_was_said() -> None:
    said = read_direction(["Close-up, push in, handheld"])
    assert said.label == "特写 CLOSE-UP · 推 PUSH IN · 手持 HANDHELD"
    assert not Direction().label


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("月光下的御花园", Setting(Time.NIGHT, Place.GARDEN)),
        ("In a palace chamber at night", Setting(Time.NIGHT, Place.PALACE)),
        ("a candlelit room", Setting(Time.NIGHT, Place.INTERIOR)),
        ("寝殿内,深夜", Setting(Time.NIGHT, Place.INTERIOR)),
        ("清晨,湖上泛舟,薄雾", Setting(Time.DAWN, Place.WATER, Weather.FOG)),
        ("宮殿,黃昏", Setting(Time.DUSK, Place.PALACE)),
        ("rainy city street at dusk", Setting(Time.DUSK, Place.CITY, Weather.RAIN)),
        ("snow falls on the forest", Setting(Time.DAY, Place.FOREST, Weather.SNOW)),
        ("They talk.", Setting()),
    ],
)
def test_setting(text: str, setting: Setting) -> None:
    assert read_setting([text]) == setting


@given(st.lists(st.text(max_size=80), max_size=3), st.lists(st.text(max_size=8), max_size=3))
def test_any_words_have_a_reading(texts: list[str], names: list[str]) -> None:
    said = read_direction(texts, names)
    assert said.subject is None or said.subject < len(names)
    assert said.end is None or said.move in {Move.PUSH, Move.PULL}
    assert read_setting(texts).time in Time
