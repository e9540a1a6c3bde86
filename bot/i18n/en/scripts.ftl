# What is wrong with an episode's file (docs/scripts.md). File, line and key stand in front of each sentence.

script-unreadable = cannot be read: { $reason }
script-too-large = more than { $most } kB
script-not-utf8 = this is no UTF-8 text
script-no-toml = this is no TOML: { $reason }
script-too-deep = nested too deeply
script-missing = is missing
script-unknown-key = unknown key; known here: { $known }
script-unknown-key-close = unknown key; did you mean { $close }?
script-text = a text is needed: "…"
script-whole-number = a whole number is needed
script-number = a number is needed
script-flag = true or false is needed
script-list = a list is needed: […]
script-table = a table is needed
script-one-of = one of these is allowed: { $allowed }
script-range = { $value } is out of range; { $low } to { $high } is allowed
script-empty = must not be empty
script-silent = a line needs zh, en or both
script-none = at least one is needed
script-cast = { $count } characters; one frame holds at most { $most }
script-too-many = { $count } of them; at most { $most } are allowed
script-too-long = { $count } characters; at most { $most } are allowed
script-no-picture = there is no picture { $picture }; the path is relative to the script
script-named-twice = { $name } is named twice
script-unknown-character = unknown character { $name }; known: { $known }
script-other = this value is not allowed
