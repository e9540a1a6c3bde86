from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.casting import placement, stagger

S, X, M = "沈月华", "萧云霄", "慕容静"
SHEN, XIAO = "Shen Yuehua", "Xiao Yunxiao"


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        # side after the name
        ("Shen on the left, Xiao on the right", [SHEN, XIAO], "left right"),
        ("Shen on the right, Xiao on the left", [SHEN, XIAO], "right left"),
        ("Xiao Yunxiao on the left and Shen Yuehua on the right", [SHEN, XIAO], "right left"),
        ("Xiao (left) and Shen (right) talk", [SHEN, XIAO], "right left"),
        ("Shen stands on the right side of the frame while Xiao waits", [SHEN, XIAO], "right left"),
        ("Xiao, screen left, nods at Shen", [SHEN, XIAO], "right left"),
        ("A on the right, B on the left", ["A", "B"], "right left"),
        ("萧云霄站在左侧,沈月华站在右侧", [S, X], "right left"),
        ("沈月华在右,萧云霄在左", [S, X], "right left"),
        ("沈月华居右，萧云霄居左", [S, X], "right left"),
        ("沈月華站在畫面右側,蕭雲霄站在左邊", ["沈月華", "蕭雲霄"], "right left"),
        ("X 站在右侧", ["X", "Y"], "right left"),
        # side before the name
        ("On the left, Xiao stands; on the right, Shen.", [SHEN, XIAO], "right left"),
        ("Left: Xiao. Right: Shen.", [SHEN, XIAO], "right left"),
        ("on the left is Xiao Yunxiao", [SHEN, XIAO], "right left"),
        ("左边是萧云霄,右边是沈月华", [S, X], "right left"),
        ("左边是萧云霄右边是沈月华", [S, X], "right left"),
        ("右边站着沈月华", [S, X], "right left"),
        ("左側是蕭雲霄", ["沈月華", "蕭雲霄"], "right left"),
        # relations
        ("Xiao to the left of Shen", [SHEN, XIAO], "right left"),
        ("Shen stands to the right of Xiao", [SHEN, XIAO], "right left"),
        ("萧云霄站在沈月华左边", [S, X], "right left"),
        ("沈月华在萧云霄的右侧", [S, X], "right left"),
        # one side said, or none
        ("Xiao waits on the left", [SHEN, XIAO], "right left"),
        ("they talk", [SHEN, XIAO], "left right"),
        ("", [SHEN, XIAO], "left right"),
        # no places: movements, looks, hands, the verb
        ("Xiao looks to the left", [SHEN, XIAO], "left right"),
        ("Xiao turns slowly to the left", [SHEN, XIAO], "left right"),
        ("the camera pans slowly to the left past Xiao", [SHEN, XIAO], "left right"),
        ("Xiao left the room", [SHEN, XIAO], "left right"),
        ("Xiao holds it in the left hand", [SHEN, XIAO], "left right"),
        ("镜头向左横摇,萧云霄转身", [S, X], "left right"),
        ("萧云霄左手按剑", [S, X], "left right"),
        ("萧云霄看向左边", [S, X], "left right"),
        # parts of names, mixed names and sentences
        ("月华站在右侧", [S, X], "right left"),
        ("Yuehua on the right", ["沈月华 Shen Yuehua", "萧云霄 Xiao Yunxiao"], "right left"),
        ("沈月华 on the right, Xiao 在左边", [S, XIAO], "right left"),
        ("Ann on the right, Ann Lee on the left", ["Ann", "Ann Lee"], "right left"),
        # three
        ("沈月华在左,萧云霄在中间,慕容静在右", [S, X, M], "left centre right"),
        ("慕容静在左,沈月华居中,萧云霄在右", [S, X, M], "centre right left"),
        ("Murong in the middle", ["Shen", "Xiao", "Murong"], "left right centre"),
        ("Murong on the far left", ["Shen", "Xiao", "Murong"], "centre right left"),
        ("all three", [S, X, M], "left centre right"),
        # one and none
        ("Shen on the left", [SHEN], "left"),
        ("沈月华站在画面右侧", [S], "right"),
        ("Shen walks", [SHEN], "centre"),
        ("nobody", [], ""),
    ],
)
def test_placement_follows_the_words(text: str, names: list[str], expected: str) -> None:
    assert placement(text, names) == tuple(expected.split())


def test_the_demos_shots_are_read_rightly() -> None:
    corridor = "沈月华提灯独行于长廊左侧;片刻之后,萧云霄身穿黑色锦袍从右侧柱影中走出,压低声音提醒她。"
    assert placement(corridor, [X, S]) == ("right", "left")
    assert stagger(corridor, [S, X], 121) == (0, 32)
    hall = "沈月华在左,萧云霄在中间,身穿黑色锦袍,上前半步护在她身前;慕容静在右,独立于屏风之前。"
    assert placement(hall, [M, X, S]) == ("right", "centre", "left")


@pytest.mark.parametrize(
    ("text", "names", "first"),
    [
        ("Shen waits. Then Xiao enters.", [SHEN, XIAO], 0),
        ("Xiao waits, later Shen enters", [SHEN, XIAO], 1),
        ("萧云霄走进花园,沈月华早已在等", [S, X], 0),
        ("沈月华走进来,萧云霄已坐在桌前", [S, X], 1),
        ("they talk", [SHEN, XIAO], 0),
        ("Xiao and Shen talk", [SHEN, XIAO], 1),
    ],
)
def test_who_is_there_first_is_pinned_at_the_start(text: str, names: list[str], first: int) -> None:
    frames = stagger(text, names, 121)
    assert frames[first] == 0
    assert 24 <= frames[1 - first] <= 96


def test_a_late_entrance_is_pinned_late() -> None:
    early = stagger("Then Xiao enters. Shen " + "waits and waits " * 12, [SHEN, XIAO], 241)
    late = stagger("Shen " + "waits and waits " * 12 + ". Then Xiao enters.", [SHEN, XIAO], 241)
    assert early[1] < late[1]
    assert late[1] >= 168


names_strategy = st.lists(st.text(max_size=12), max_size=5)
words = st.lists(
    st.sampled_from(
        [
            "Shen",
            "Xiao",
            S,
            X,
            "left",
            "右侧",
            "on the right",
            "左边是",
            ",",
            ". ",
            "then",
            "随后",
            "在",
            "to the left of",
            " ",
        ]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), words), names_strategy)
def test_placement_never_raises_and_fills_each_place_once(text: str, names: list[str]) -> None:
    placed = placement(text, names)
    assert len(placed) == len(names)
    if len(names) == 2:
        assert sorted(placed) == ["left", "right"]
    if len(names) == 3:
        assert sorted(placed) == ["centre", "left", "right"]
    assert placement(text, names) == placed


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), words), names_strategy, st.integers(0, 45).map(lambda k: 8 * k + 1))
def test_staggered_pins_are_allowed_pins(text: str, names: list[str], frames: int) -> None:
    pins = stagger(text, names, frames)
    assert len(pins) == len(names)
    assert all(pin % 8 == 0 and 0 <= pin < frames for pin in pins)
    if names:
        assert min(pins) == 0
    if frames > 8 * len(names):
        assert len(set(pins)) == len(pins)
    if frames >= 121 and 1 < len(names) <= 3:
        assert max(pins) <= frames - 24
