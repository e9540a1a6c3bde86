"""A script that uses every key."""

WHOLE = """\
title = "Tea"
style = "wuxia"
style_lora = "Ink"
quality = "preview"

[[characters]]
name = "Ada"
picture = "ada.png"
outfit = "green coat"
sharing = "owner"

[[characters]]
name = "沈月华"
picture = "shen.png"

[[scenes]]
# The first scene.
title = "One"
place = "a tea house"
light = "dusk"
words = "rain outside"
style_lora = "none"
seed = 9

[[scenes.shots]]
words = \"\"\"
Two-shot. \\
They drink tea.\"\"\"
cast = ["Ada", "沈月华"]
seconds = 8
seed = 7
lora_strength = 1
pin_strength = 0.95
style_lora = "clay"
staggered = true
crossfade = 12
lines = [
    { speaker = "Ada", zh = "好茶。", en = "Good tea." }, # said at once
    { en = "Rain." },
]

[[scenes]]

[[scenes.shots]]
words = "Wide shot of an empty hall."

# The last one.
[[scenes.shots]]
words = "Close-up."
cast = ["ada"]
"""
