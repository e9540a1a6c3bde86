# Answers to commands. Only the member who gave the command sees them.

reply-character-added = **{ $name }** is ready for the stage ({ $sharing }). Cast with `/{ command-shot } { option-character1 }:`.
reply-character-edited = **{ $name }** is changed ({ $sharing }). Shots already in the queue keep the old look.
reply-character-removed = **{ $name }** is removed. Finished clips stay where they are.
reply-characters = { $count ->
    [one] One character:
   *[other] { $count } characters:
}
reply-character-line = - **{ $name }** · { $owner } · { $sharing }
reply-no-characters = There are no characters here yet. Add the first one with `/{ command-character } { command-character-add }`.
reply-no-description = No description yet.
reply-outfit = Outfit
reply-owner = Added by
reply-sharing = Who may cast
reply-warnings = About the picture
reply-framed = This is how a shot frames the picture. { $found }
reply-picture-missing = The picture is missing. Upload it again with /{ command-character } { command-character-edit }.
reply-page = Page { $page } of { $pages }. Turn the page with the option `{ option-page }`.

reply-shot-queued = { $place ->
    [0] Shot **#{ $number }** goes before the camera now. I will post the clip in this channel.
    [1] Shot **#{ $number }** is next, ready { $eta }. I will post the clip in this channel.
   *[other] Shot **#{ $number }** is queued in place { $place }, ready { $eta }. I will post the clip in this channel.
}
reply-guards = What I changed, or would look at again:

reply-queue = { $waiting ->
    [0] Nothing is waiting.
    [one] One shot is waiting:
   *[other] { $waiting } shots are waiting:
}
reply-queue-rendering = 🎬 **#{ $number }** · { $member } · { $what } · being rendered now
reply-queue-line = `{ $place }` **#{ $number }** · { $member } · { $what } · { $eta }
reply-queue-owed = { $owed ->
    [one] One more shot of an episode comes in line when there is room.
   *[other] { $owed } more shots of episodes come in line as there is room.
}
reply-queue-empty = The queue is empty. Start a shot with `/{ command-shot }`.
reply-cancelled = Shot **#{ $number }** is cancelled.{ $clips ->
    [0] { "" }
    [one] { " " }A take of it was finished before: that one is on its way to Discord and is still posted.
   *[other] { " " }{ $clips } takes of it were finished before: they are on their way to Discord and are still posted.
}

reply-help =
    { "" }**I render short dramas.** Add characters with a reference picture, describe a shot, and I post the finished clip in the channel.
    1. `/{ command-character } { command-character-add }`: a name and one clear picture of one person.
    2. `/{ command-shot }`: say what happens and pick who is in it. One or two characters work best.
    3. Wait for the clip. `/{ command-queue }` shows how long that takes.

    { "" }**All commands**
reply-help-line = - `/{ $command }`: { $about }
reply-help-group = - `/{ $command }` { $verbs }: { $about }
reply-help-more = Only you see these answers. Characters are changed and removed by whoever added them, or by someone with Manage Server.
