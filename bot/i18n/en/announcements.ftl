# Why a shot failed: read in the channel by everyone. What happened, and what to do.

failure-renderer-died = The renderer stopped working on this shot several times. Try a shorter shot or the preview quality; other shots go on.
failure-render = The renderer could not finish this shot. Send it again; another seed or simpler words may help.
failure-rejected = The renderer does not accept these settings. Send it again with another length or quality.
failure-style-gone = The style LoRA of this shot is not set up here any more. Send it again with another style, or without one.
failure-memory = The graphics card ran out of memory. Try a shorter shot or the preview quality.
failure-channel-closed = The clip is finished, but I may not post it in its channel. Ask someone with Manage Server to give me Send Messages and Attach Files there, then send the shot again.
failure-clip = The clip is finished, but its file is gone or cannot be made small enough for this channel. Send the shot again, shorter or in preview quality.
