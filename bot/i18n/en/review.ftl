# The page that /shot shows before it queues, its buttons and its editor.

review-title = Before it is queued
review-found = This is what I changed, or would look at again:
review-clean = Nothing to change. The prompt is ready.
review-rule = (rule { $number }: { $name })
review-kept = ✍️ Your own words, without: { $rules }.
review-pin = 📌 { $name } is pinned at frame { NUMBER($frame, useGrouping: 0) }.
review-prompt = The prompt that the model reads
review-prompt-of = Shot { $number } of the two: the prompt that the model reads

button-render = Render
button-edit = Edit
button-own-words = Use my words

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
