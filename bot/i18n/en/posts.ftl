# What the bot posts in a channel about a job. The mark in front (sign and number) is not part of these sentences.

post-queued = {$member}, your shot is queued: place {$place}, ready {$eta}.
post-rendering = {$member}, your shot is being rendered, ready {$eta}.
post-progress = {$member}, your shot is being rendered  {$bar}  {$percent} %
post-clip = by {$member}
post-facts = {$cast} · seed {$seed} · {$size} · {$seconds} s · take {$take}
post-no-cast = no characters
post-own-words = ✍️ In the member's own words. Not applied: {$rules}.
post-animatic = 📐 **Animatic**: a moving storyboard drawn from the reference pictures, not a render by the model.
post-failed = {$member}, your shot was not made. {$reason}
post-seconds = in about {$seconds} s
post-minutes = in about {$minutes} min
