# The page that /shot shows before it queues, its buttons and its editor.

review-title = Before it is queued
review-found = What I changed, or would look at again:
review-clean = Nothing to change: the prompt is ready.
review-rule = **{ $name }** (rule { $number })
review-cue = 💬 { $speaker }: { $text }
review-more = … and { $count ->
    [one] one more line.
   *[other] { $count } more lines.
}
review-kept = ✍️ Your own words. Not applied: { $rules }.
review-pin = 📌 { $name } comes in at frame { NUMBER($frame, useGrouping: 0) }.
review-missing = ℹ️ Left to the model, since the text does not say it: { $parts }.
review-part-scene = place and light
review-part-characters = who is there
review-part-action = what happens
review-part-camera = shot size and camera
review-part-interaction = how the people act on each other
review-part-style = style
review-list-mark = ,{ " " }
review-left = { $name } (left)
review-right = { $name } (right)
review-centre = { $name }
review-strengths = pin { $pin } · LoRA { $lora }
review-style = style LoRA { $name } { $strength }
review-prompt = What the model reads
review-prompt-of = Shot { $number } of 2: what the model reads

button-render = Render
button-edit = Edit
button-own-words = Use my words
button-undo = Undo

editor-title = Edit the shot
editor-label = What happens in the shot

refused-draft-gone = This draft is too old and gone. Give `/{ command-shot }` again.
refused-not-your-draft = This draft is another member's.
refused-draft-queued = This shot is queued already. See `/{ command-queue }`.
refused-draft-changed = That is not on offer any more: the words have changed. Look at the page again.

command-settings = settings
    .about = What you prefer on this server
option-review = review
    .about = Whether to see what the guards say before every shot is queued
choice-page-always = Always show the page
choice-page-changes = Queue at once if nothing changed
reply-settings-always = From now on you see the page before every shot is queued.
reply-settings-changes = From now on, a shot in which the guards change nothing is queued at once.
