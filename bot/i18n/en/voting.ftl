# Voting on posted takes: what stands under a clip, and the answers of its buttons and of /vote.

post-voted = 🔁 Rendered again because members voted for it on take { $take }.

button-again = Re-render…
button-pick = Pick this take
button-votes = Let the votes choose

again-title = Render this shot again
again-seed = Seed
again-seed-new = Leave empty for a new one
again-pin = Pin strength, { $least } to { $most }

reply-take-queued = { $place ->
    [0] Take **#{ $take }** goes before the camera now. I will post the clip in its channel.
    [1] Take **#{ $take }** is next, ready { $eta }. I will post the clip in its channel.
   *[other] Take **#{ $take }** is queued in place { $place }, ready { $eta }. I will post the clip in its channel.
}
reply-picked = Take { $take } now stands for shot **#{ $number }**, whatever the votes say.
reply-votes-choose = The votes choose the take of shot **#{ $number }** again.
reply-vote-on = Votes on shot **#{ $number }** count. I am reading those that stand under its takes.
reply-vote-off = Voting is off for shot **#{ $number }**: reactions neither render it again nor choose another take.

command-vote = vote
    .about = Whether reactions under a shot's takes count
command-vote-on = on
    .about = Count them: 🔁 renders the shot again, 👍 chooses among its takes
command-vote-off = off
    .about = Leave the shot as it is, whatever is voted

refused-take-gone = I do not know this take any more.
refused-not-your-take = Shot **#{ NUMBER($number, useGrouping: 0) }** is someone else's. Whoever asked for it, or someone with Manage Server, can do that. Everybody can vote with 🔁 and 👍.
refused-take-swept = The clip of this take is not kept any more. **{ button-again }** with the seed { $seed } makes it anew.
refused-same-take = The same words with the same seed give the same clip. Change one of them, or leave the seed empty.
refused-no-words = Say what happens in the shot.
refused-seed = The seed is a whole number from 0 to { NUMBER($most, useGrouping: 0) }. Leave it empty for a new one.
refused-pin = The pin strength is a number from { $least } to { $most }.
