"""The repaired sentences are grammatical, and say the right thing of the right person."""

from __future__ import annotations

import pytest

from bot.guards import Draft, review


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("She mutters 'let's go' to Ana.", "She speaks under her breath to Ana."),
        ("he mutters 'let's go' under his breath", "he speaks under his breath."),
        ('"No!" He drops to his knees.', "Somebody speaks. He drops to his knees."),
        ('the girl is like "omg stop"', "the girl speaks."),
        ("she says i never liked you and he says yeah i know", "she speaks and he speaks."),
        ("MARA\nYou never called.\nJOEL\nI tried. Twice.", "MARA speaks.\nJOEL speaks."),
        ("Everything she wears is black.", "Everything she wears is BLACK. BLACK clothes throughout."),
        ("The remote slips from his grip.", "The remote STAYS IN his grip throughout."),
        ("他大叫一声“有刺客！”", "他大叫一声。"),
        ("老板：这个方案谁做的？小李：我。", "老板开口说话。小李开口说话。"),
        ("她站在门口. 别等我了,她说. 中景.", "她站在门口. 她说话. 中景."),
        ("他穿黑马甲。", "他穿纯黑色马甲。马甲始终为纯黑色（BLACK）。"),
        ("法器从袖中滑落，滚下石阶。", "法器始终牢牢收在袖中。"),
        ("她從懷中掉出一封信。", "她讓一封信始終牢牢揣在懷中。"),
    ],
)
def test_repair(text: str, prompt: str) -> None:
    assert review(Draft(text)).prompt == prompt


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Her hat flies off. then she speaks.", "The hat is already gone from the picture. She speaks."),
        ("His glasses slip off his nose when he laughs.", "The glasses are already gone from the picture. He laughs."),
    ],
)
def test_the_shot_after_begins_like_a_sentence(text: str, after: str) -> None:
    options = [option for finding in review(Draft(text)).findings for option in finding.options]
    assert [option.texts[1] for option in options if option.key == "split"] == [after]


@pytest.mark.parametrize(
    "text",
    [
        "The car hugs the coast road.",
        "No fighting, only two samurai and a stare.",
        "The lawyer in a grey suit slides a file across.",
        "他持剑飞下屋顶。",
        "她打电话给朋友。",
    ],
)
def test_nothing_is_found(text: str) -> None:
    assert not review(Draft(text)).changed
