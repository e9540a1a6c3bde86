"""bot.arranging: scenes and shots by the labels that members say."""

from __future__ import annotations

import pytest

from bot import arranging
from bot.refusal import Refused
from db.writing import Episode, EpisodeStatus, Scene, SceneShot


def episode(*scenes: str) -> Episode:
    """Returns an episode with a scene for each word and a shot for each of its letters."""
    written = tuple(Scene(scene, shots=tuple(SceneShot(letter) for letter in scene)) for scene in scenes)
    return Episode(
        *(1, 1, 1, None, 1, 1, "T", "", "", "full", "both", False, True, True, 1, EpisodeStatus.WRITING, 0.0, 0.0),
        scenes=written,
    )


def shown(found: Episode) -> list[str]:
    assert [scene.position for scene in found.scenes] == list(range(1, len(found.scenes) + 1))
    for scene in found.scenes:
        assert [shot.position for shot in scene.shots] == list(range(1, len(scene.shots) + 1))
    return ["".join(shot.words for shot in scene.shots) for scene in found.scenes]


@pytest.mark.parametrize(
    ("label", "place"), [("2", (1, None)), ("2.1", (1, 0)), (" 2 . 10 ", (1, 9)), ("2。1", (1, 0))]
)
def test_labels(label: str, place: tuple[int, int | None]) -> None:
    assert arranging.place_of(label) == place


@pytest.mark.parametrize("label", ["", "x", "0", "1.0", "-1", "1.", "1.2.3", "99999"])
def test_what_is_no_label(label: str) -> None:
    with pytest.raises(Refused, match="refused-no-such-part"):
        arranging.place_of(label)


@pytest.mark.parametrize(
    ("label", "to", "expected"),
    [
        ("1.1", "1.3", ["bca", "de"]),
        ("1.3", "1.1", ["cab", "de"]),
        ("1.2", "2.1", ["ac", "bde"]),
        ("1.2", "2", ["ac", "deb"]),
        ("1.2", "2.9", ["ac", "deb"]),
        ("1.2", "1", ["acb", "de"]),
        ("2", "1", ["de", "abc"]),
        ("1", "9", ["de", "abc"]),
    ],
)
def test_moves(label: str, to: str, expected: list[str]) -> None:
    assert shown(arranging.moved(episode("abc", "de"), label, to)) == expected


@pytest.mark.parametrize(("label", "to"), [("1.4", "1.1"), ("3", "1"), ("1.1", "3.1"), ("1", "2.1")])
def test_moves_that_cannot_be(label: str, to: str) -> None:
    with pytest.raises(Refused):
        arranging.moved(episode("abc", "de"), label, to)


def test_added_and_removed() -> None:
    before, new = episode("ab", "c"), SceneShot("x")
    assert shown(arranging.with_shot(before, new)) == ["ab", "cx"]
    assert shown(arranging.with_shot(before, new, 1, 1)) == ["xab", "c"]
    assert shown(arranging.with_shot(episode(), new)) == ["x"]
    assert shown(arranging.with_scene(before, Scene(), 1)) == ["", "ab", "c"]
    assert shown(arranging.without(before, "1.1")) == ["b", "c"]
    assert shown(arranging.without(before, "1")) == ["c"]
    with pytest.raises(Refused):
        arranging.with_shot(before, new, 3)


def test_changed() -> None:
    before = episode("ab", "c")
    assert shown(arranging.changed_shot(before, "1.2", words="z")) == ["az", "c"]
    assert arranging.changed_scene(before, "2", light="dusk").scenes[1].light == "dusk"
    with pytest.raises(Refused):
        arranging.changed_shot(before, "1", words="z")
