# Rendering, cutting and telling of episodes.

command-episode-render = render
    .about = What rendering the episode would take, and a button that does it
command-episode-preview = preview
    .about = See the whole episode as a moving storyboard with subtitles, in seconds
command-episode-status = status
    .about = Where the episode stands, shot by shot
command-episode-cut = cut
    .about = Cut the episode now from the takes that it has; nothing is rendered again
command-episode-cancel = cancel
    .about = Stop rendering and cutting the episode

production-quote-title = **E{ $number }** **{ $title }**
production-quote-shots = To render: { $needed } of { $total } shots.{ $others ->
    [0] { "" }
   *[other] { " " }The others have takes of what is written now.
}
production-quote-time = Rendering takes about { $minutes } min here. The first shot would be at place { $place }, the last ready { $eta }.
production-quote-cut-only = All { $total } shots have takes of what is written now: only the cut is made anew.
production-quote-film = The film would be { $length } long, about { $megabytes } MB, and cut { $done }.
button-produce = Render
button-notify = Notify me

reply-produced = { $shots ->
    [one] One shot is queued at place { $place }, ready { $eta }.
   *[other] { $shots } shots are queued from place { $place } on, the last ready { $eta }.
} I will keep you posted in the channel and cut the episode when they are done.
reply-cut-soon = The episode will be cut from the takes that it has, and posted in its channel.
reply-preview = **E{ $number }** as a moving storyboard, { $seconds } s. Nothing was queued.
reply-episode-cancelled = { $takes ->
    [0] Episode **E{ $number }** is stopped.
    [one] Episode **E{ $number }** is stopped; one shot was still to be rendered.
   *[other] Episode **E{ $number }** is stopped; { $takes } shots were still to be rendered.
} Finished takes stay.{ $clips ->
    [0] { "" }
    [one] { " " }One of them is on its way to Discord and is still posted.
   *[other] { " " }{ $clips } of them are on their way to Discord and are still posted.
}{ $films ->
    [0] { "" }
   *[other] { " " }The film was cut before: it is on its way to Discord and is still posted.
}
reply-subscribed = I will write to you when **E{ $number }** is done.

refused-episode-changed = The episode was changed or queued since that quote. Ask for a new one with `/{ command-episode } { command-episode-render }`.
refused-episode-gone = That episode is gone.
refused-empty-episode = Episode **E{ NUMBER($number, useGrouping: 0) }** has no shots yet. Write some first.
refused-no-takes-yet = Not every shot of **E{ NUMBER($number, useGrouping: 0) }** has a take yet. Render it first with `/{ command-episode } { command-episode-render }`.
refused-cut-already = **E{ NUMBER($number, useGrouping: 0) }** is rendered and cut as it is written now. Change something first, or vote for another take.
refused-nothing-to-cancel = Nothing of **E{ NUMBER($number, useGrouping: 0) }** is being rendered or cut.
refused-episode-posting = Nothing of **E{ NUMBER($number, useGrouping: 0) }** is being rendered or cut any more. What is finished is on its way to Discord and is still posted.
refused-notices-off = You have switched private notices off. Switch them on again with `/{ command-settings } { option-notices }`.

production-progress = { $bar }  { $percent } %  ·  { $done } of { $total } shots
production-eta = The last shot is ready { $eta }, the episode { $done }.
production-stuck = These shots have no take. Change them, or try again with `/{ command-episode } { command-episode-render }`.
production-no-take = It was cancelled.
production-cut-soon = All takes are there. It will be cut soon, unless another take is chosen first.
production-cut-waits = All takes are there, but on the machine that I run on a disk is full or away. It will be cut when that is mended; tell whoever runs me.
production-cutting = It is being cut.
production-cut-failed = It was not cut: { $reason }
failure-cut = The takes could not be put together. Try again with `/{ command-episode } { command-episode-cut }`; if it happens again, tell whoever runs me.
failure-cut-takes = A clip that it is cut from is gone. `/{ command-episode } { command-episode-render }` renders that shot again.
failure-take-gone = Its clip is gone. `/{ command-episode } { command-episode-render }` renders it again.
failure-cut-clip = Its file is gone or cannot be made small enough for the channel. Try again with `/{ command-episode } { command-episode-cut }`.
failure-cut-channel = I may not post it in its channel. Ask someone with Manage Server to give me Send Messages and Attach Files there, then use `/{ command-episode } { command-episode-cut }`.
production-facts = { $length } · { $shots ->
    [one] one shot
   *[other] { $shots } shots
}
production-link = The film is too large for this channel. It is here: { $url }
production-written = Written by { $members }
production-voted = Voted by { $members }
production-model = Rendered by { $models }
production-notice = The episode { $title } is done.
production-notice-for = { $member }, the episode is done. (I cannot write to you privately.)
production-note = The episode is cut.

post-flawed = ⚠️ This take is flawed: { $what }. I am rendering the shot once more with another seed.
post-flawed-twice = ⚠️ This second try is flawed too: { $what }. Other words may help more than another seed.
post-second-try = 🔁 A second try, because the last take was flawed.
fault-black = the picture is black
fault-frozen = the picture stands still
fault-silent = there is no sound
fault-smeared = the end is smeared

option-notices = notices
    .about = Whether I write to you when an episode of yours is done
choice-notices-on = Write to me
choice-notices-off = Never write to me
reply-settings-notices-on = I will write to you when an episode of yours is done.
reply-settings-notices-off = I will not write to you any more.
reply-settings-nothing = Choose at least one thing to set.
