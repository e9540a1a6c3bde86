# What was not done, why, and what to do instead.

refused-unknown-character = I know no character called **{ $name }** that you can use here. `/{ command-character } { command-character-list }` shows who there is.
refused-picture-gone = The picture of **{ $name }** is missing, so the shot is not queued. Upload it again with `/{ command-character } { command-character-edit }`.
refused-prompt-empty = There are no words in that. Say what happens in the shot.
refused-too-many-characters = A shot holds at most { $most } characters. Leave some out, or make two shots.
refused-same-character-twice = **{ $name }** is named twice. Name each character once.
refused-unknown-style = I know no style LoRA called **{ $name }**. These are set up here: { $known }.
refused-member-limit = You already have { $most } shots waiting, which is as many as one member may have. Wait for one to finish, or `/{ command-cancel }` one.
refused-episodes-waiting = { $most } shots or more of your other episodes are waiting. Have this one rendered when some of them are finished, or stop one with `/{ command-episode } { command-episode-cancel }`.
refused-guild-limit = This server already has { $most } shots waiting, which is as many as it may have. Try again when some are finished.
refused-no-such-shot = There is no shot **#{ NUMBER($number, useGrouping: 0) }** here. `/{ command-queue }` shows the shots that are waiting.
refused-not-your-shot = Shot **#{ NUMBER($number, useGrouping: 0) }** is someone else's. Its author, or someone with Manage Server, can cancel it.
refused-too-late-to-cancel = Shot **#{ NUMBER($number, useGrouping: 0) }** can no longer be cancelled: it is finished or was stopped before.
refused-cancel-posting = Shot **#{ NUMBER($number, useGrouping: 0) }** can no longer be cancelled: it is finished, on its way to Discord, and is still posted.

refused-name-empty = A name needs at least one letter, digit or Chinese character.
refused-name-marks = That name piles too many marks on one letter. Choose a plainer one.
refused-name-too-long = That name is too long. Use at most { $most } characters.
refused-name-taken = There is already a character called **{ $name }** here. Choose another name.
refused-description-too-long = That is too long. Use at most { $most } characters for each of description and outfit.
refused-blocked-word = That holds a word that is not allowed here. Say it another way.
refused-too-many-in-guild = This server already has { $most } characters, which is as many as it may have. Remove one first.
refused-not-your-character = **{ $name }** is someone else's. Whoever added a character, or someone with Manage Server, can change and remove it.
refused-character-in-use = **{ $name }** is needed by shots that are not finished: { $shots }. Wait for them or `/{ command-cancel }` them, then try again.
refused-nothing-to-change = You named nothing to change. Fill in at least one option beside the name.

refused-upload-too-large = That file is too large. Send a picture of at most { $most } MB.
refused-upload-no-picture = That file is no picture (`{ $kind }`). Send a PNG, JPEG or WebP.
refused-upload-lost = I could not fetch your picture from Discord. Please send it again.

refused-outside-a-server = I only work on servers. Use this command in a channel of yours.
refused-option = I do not understand the value `{ $value }`. Choose one of those on offer.
refused-commands-outdated = My commands were just updated. Reload Discord (Ctrl+R) and try again.
failure-disk = This could not be written down, because my disk is full or cannot be written to. Nothing was accepted and nothing was changed. Please tell whoever runs me, and try again later; what was accepted before is kept and goes on by itself.
failure-unexpected = Sorry, something went wrong here, and it is not your doing. Try again; if it happens again, tell whoever runs me this number: `{ $reference }`.
