# Writing episodes: /episode and its commands, what they answer, what they refuse.

command-episode = episode
    .about = Dramas in several shots, written together
command-episode-new = new
    .about = Begin an episode in this channel
command-episode-scene = scene
    .about = Add a scene: its place, light and words stand in the prompt of each of its shots
command-episode-add = add
    .about = Add a shot to a scene
command-episode-edit = edit
    .about = Change an episode, a scene or a shot; without further options, in an editor
command-episode-move = move
    .about = Move a scene or a shot
command-episode-remove = remove
    .about = Remove a scene with its shots, or a shot
command-episode-show = show
    .about = Post the storyboard: one picture, and a thread with a message a shot
command-episode-script = script
    .about = The episode as a file, or back from one
command-episode-share = share
    .about = Let another member edit or see your episode
command-episode-delete = delete
    .about = Delete your episode; finished clips stay where they are

option-episode = episode
    .about = The episode's number
option-part = part
    .about = A scene (2) or a shot (2.1, the first of the second scene); leave it out for the episode itself
option-to = to
    .about = What it is called afterwards: 2.1; or a scene (3), whose last shot it becomes
option-scene = scene
    .about = The scene's number; leave it out for the last
option-at = at
    .about = In which place; leave it out for the last
option-title = title
    .about = The title
option-style = style
    .about = How it looks, in every shot: cinematic, 3D animation, wuxia …
option-place = place
    .about = Where the scene is, in every prompt of it
option-light = light
    .about = The light of the scene, in every prompt of it
option-scaffolding = words
    .about = Further words that stand in every prompt of the scene
option-scene-seed = seed
    .about = The seed of the scene's shots: the same for all holds them together
option-shot-seed = seed
    .about = A seed of its own; leave it out for the scene's
option-new-prompt = prompt
    .about = What happens in the shot from now on
option-dialogue = dialogue
    .about = Subtitles: Speaker: Chinese | English; between lines, //
option-crossfade = crossfade
    .about = Frames that fade into the next shot, 24 a second; 0 is a cut
option-subtitles = subtitles
    .about = Which languages are burned in
option-speaker-names = speaker_names
    .about = Whether subtitles name who speaks
option-title-card = title_card
    .about = Whether it begins with its title
option-end-card = end_card
    .about = Whether it ends with its credits
option-file = file
    .about = A file (.toml) that the episode shall be from now on
option-member = member
    .about = With whom
option-role = role
    .about = What they may do

choice-subtitles-both = Chinese and English
choice-subtitles-zh = Chinese
choice-subtitles-en = English
choice-subtitles-none = None
choice-style-none = No style LoRA
choice-style-around = As what is around it
choice-role-editor = Edit
choice-role-viewer = See
choice-role-none = Nothing any more

editor-episode = Episode { $number }
editor-scene = Episode { $number }, scene { $part }
editor-shot = Episode { $number }, shot { $part }
editor-episode-title = Title
editor-scene-title = The scene's title
editor-style = Style, in every shot
editor-style-lora = Style LoRA, by its name (or nothing)
editor-place = Place, in every prompt of the scene
editor-light = Light, in every prompt of the scene
editor-scaffolding = Further words, in every prompt of the scene
editor-seed = Seed (a whole number, or nothing)
editor-cast = Characters, with commas between them
editor-dialogue = Dialogue, a row each: Name: Chinese | English
button-edit-again = Edit again

reply-episode-new = Episode **{ $number }**, “{ $title }”, is begun. Next: `/{ command-episode } { command-episode-scene }`, then `/{ command-episode } { command-episode-add }`.
reply-episode-scene = Scene **{ $part }** of episode **{ $number }** is added.
reply-episode-shot = Shot **{ $part }** of episode **{ $number }** is added.
reply-episode-edited = Episode **{ $number }** is changed ({ $part }).
reply-episode-moved = Episode **{ $number }**: { $part } is now { $to }.
reply-episode-part-removed = Episode **{ $number }**: { $part } is removed.
reply-episode-notes = Shot **{ $part }**:
reply-episode-shared = Episode **{ $number }**, { $member }: { $role }.
reply-episode-deleted = Episode **{ $number }**, “{ $title }”, is deleted. Here is what was written, should you want it back.
reply-episode-script = Episode **{ $number }**, “{ $title }”. Edit the file and give it back with `/{ command-episode } { command-episode-script } { option-file }:`.
reply-episode-script-taken = Episode **{ $number }** is what the file says: { $scenes ->
    [one] one scene
   *[other] { $scenes } scenes
}, { $shots ->
    [one] one shot.
   *[other] { $shots } shots.
}
reply-episode-script-stale = Your file is of an older version: episode **{ $number }**, “{ $title }”, was edited since, and nothing is stored. Here is what it is now: bring your changes into it, or set your file's `version` to the number in it.
reply-episode-script-problems = { $count ->
    [one] { $file } cannot be used, and nothing is stored:
   *[other] { $file } cannot be used, and nothing is stored. { $count } problems:
}
reply-episode-script-line = line { $line }
reply-episode-script-more = … and { $count } more.
reply-episode-given-back = Nothing is stored. Your text is in the file below.
reply-episode-part-gone = That part was removed meanwhile.
reply-episode-differs = What differs
reply-episode-elsewhere = Nothing here: something else in the episode was changed.
reply-episode-now = now: { $text }
reply-episode-yours = yours: { $text }
reply-episode-shown-again = The storyboard of episode **{ $number }** is being brought up to date: { $link }
reply-episode-shown = The storyboard of episode **{ $number }** is being posted in { $channel }.

refused-no-such-episode = There is no episode **{ NUMBER($number, useGrouping: 0) }** here that you can see.
refused-not-your-episode = You can only read episode **{ NUMBER($number, useGrouping: 0) }**. Ask its owner to make you an editor: `/{ command-episode } { command-episode-share }`.
refused-not-the-owner = Only its owner, or someone with Manage Server, can do that with episode **{ NUMBER($number, useGrouping: 0) }**.
refused-no-such-part = There is no **{ $part }** in this episode. Name a scene (2) or a shot (2.1).
refused-part-gone = That part was removed meanwhile.
refused-scene-into-scene = **{ $part }** is a scene: it can only change places with scenes.
refused-stale-episode = Episode **{ NUMBER($number, useGrouping: 0) }** was edited by somebody else since you opened it.
refused-busy-episode = Others are editing episode **{ NUMBER($number, useGrouping: 0) }** at this moment. Try again.
refused-episode-under-way = Episode **{ NUMBER($number, useGrouping: 0) }** is being made. Cancel that first.
refused-share-with-owner = Episode **{ NUMBER($number, useGrouping: 0) }** is theirs already.
refused-share-with-bot = Bots write no episodes. Name a member.
refused-option-of-other-part = One of these options is not about that part. For a shot: prompt, characters, dialogue, length, seed, strengths, style LoRA, crossfade. For a scene: title, place, light, words, style LoRA, seed. For the episode: title, style, style LoRA, quality, subtitles, cards.
refused-line = I do not understand this line of dialogue: “{ $line }”. Write: Speaker: Chinese | English
refused-too-many-lines = A shot holds at most { $most } lines of dialogue.
refused-script-too-large = That file is too large. A script has at most { $most } kB.
refused-script-lost = I could not fetch your file from Discord. Please send it again.

post-length = { $seconds } s

# Who changed what since a member opened an episode. A part is what members say: "2", "2.1".
edit-since = Since you opened it
edit-episode = the episode
edit-changed = { $part }: { $fields }
edit-added = { $part } is new
edit-removed = { $part } was removed
edit-moved = { $part } was moved there
edit-nothing = saved without a change
edit-field-title = title
edit-field-style = style
edit-field-style-lora = style LoRA
edit-field-quality = quality
edit-field-subtitles = subtitles
edit-field-speaker-names = speaker names
edit-field-title-card = title card
edit-field-end-card = end card
edit-field-place = place
edit-field-light = light
edit-field-words = words
edit-field-seed = seed
edit-field-cast = characters
edit-field-lines = dialogue
edit-field-seconds = length
edit-field-lora-strength = LoRA strength
edit-field-pin-strength = pin strength
edit-field-staggered = staggered pins
edit-field-crossfade = cross-fade
