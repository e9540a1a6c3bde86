# Writing episodes: /episode and its commands, what they answer, what they refuse.

command-episode = episode
    .about = Dramas in several shots, written together

refused-no-such-episode = There is no episode **{ NUMBER($number, useGrouping: 0) }** here that you can see.
refused-not-your-episode = You can only read episode **{ NUMBER($number, useGrouping: 0) }**. Ask its owner to make you an editor: `/{ command-episode } { command-episode-share }`.
