# Sentences of the prompt guards (bot/guards): one for each reason, with the rules' and buttons' names.

guard-rule-quoted_dialogue = Quoted dialogue
guard-rule-dark_clothes = Dark clothes
guard-rule-detaching_objects = Detaching objects
guard-rule-contact_and_complexity = Contact and complexity
guard-rule-framing = Framing
guard-rule-scaffolding = Scaffolding
guard-rule-safety = Safety

guard-option-keep_on = Keep it on
guard-option-split = Split in two
guard-option-reframe = Reframe

guard-dialogue-spoken = Quoted words make garbled subtitles in the picture. They are told indirectly and kept as a subtitle.
guard-dialogue-spoken-by = Quoted words make garbled subtitles in the picture. They are told indirectly and kept as { $speaker }’s subtitle.
guard-dialogue-name = This is a name or an expression, not speech: the marks went, the words stayed.
guard-dialogue-writing = This is writing in the picture, not speech: the marks went, the words stayed. Long writing comes out garbled.
guard-dialogue-size = A size, not a quotation: left as it is.
guard-dialogue-title = A title, not speech: left as it is.
guard-dialogue-stray = A quotation mark without a partner was removed.

guard-dark-garment = Dark clothes drift to white: “{ $colour }” now stands on the { $garment } with emphasis.
guard-dark-look = Dark clothes drift to white: the stored look of { $name } now says its colours with emphasis.
guard-dark-closing = Dark clothes are repeated at the end of the prompt, so that they hold throughout the shot: { $words }
guard-dark-pin = Dark clothes need a firmer hold on the reference: the pin strength goes from { $before } to { $after }.
guard-dark-pin-low = Dark clothes hold best with a pin strength of { $after } or more; yours of { $before } is kept.

guard-detaching = Objects that come off during motion break (here: { $object }). It is kept on and the prompt says so; or split the shot in two, before and after.
guard-detaching-look = Objects that come off during motion break, and the stored look of { $name } says that one does ({ $object }). In the prompt it stays on.

guard-contact-embrace = Close embraces deform (“{ $words }”). Let them stand close without touching.
guard-contact-kiss = Kisses deform (“{ $words }”). Let them stop a hand's breadth apart.
guard-contact-fight = Fights at close quarters deform (“{ $words }”). Let them face each other at two paces.
guard-contact-hands = Intricate hands and hands on hands deform (“{ $words }”). Keep hands at rest or out of frame.
guard-complexity = This shot asks for { $actions } actions; the model's 8 steps carry a weight of about { $budget }. Split it in two.

guard-framing-frames = The model takes 9, 17, 25 … 361 frames: { $after } instead of { $before }.
guard-framing-portrait = Portrait and square output lose the faces. Choose a landscape size: { $after } instead of { $before }.
guard-framing-portrait-words = The text asks for portrait output (“{ $words }”), which loses the faces. Take that out; the clip will be landscape.
guard-framing-size = The size { $before } cannot be rendered. Choose { $after }.
guard-framing-unusual-size = The size { $before } is not one of those that the model does well. { $after } is the nearest that is.
guard-framing-cast = { $before } characters are too many for one shot: at most { $after }.
guard-framing-people = The model holds at most { $most } people in one frame (“{ $words }”). Show fewer, or leave the others as a blurred crowd.
guard-framing-pin-frame = A reference can be pinned at frames 0, 8, 16 … only: { $after } instead of { $before }.
guard-framing-pin-outside = Frame { $before } lies outside the clip. The nearest that can be pinned is { $after }.
guard-framing-pin-twice = Two references at frame { $before }: only one can be pinned at a frame. Put both in one picture, or move one 8 frames on.
guard-framing-pin-strength = A pin strength is more than 0 and at most 1: { $after } instead of { $before }.
guard-framing-pin-range = A pin strength from { $low } to { $high } holds the face best; yours is { $before }.
guard-framing-lora = A LoRA strength is 0 to 1: { $after } instead of { $before }.
guard-framing-lora-styled = Beside a style LoRA, the character LoRA goes at 0.3 to 0.5: { $after } instead of { $before }.
guard-framing-lora-range = A LoRA strength from { $low } to { $high } works best; yours is { $before }.

guard-missing-scene = The prompt does not say where this is: name the place and the light.
guard-missing-characters = The prompt does not say who is in the shot.
guard-missing-action = The prompt does not say what happens.
guard-missing-camera = The prompt gives no shot size or camera: say close-up, medium or wide, and how the camera moves.
guard-missing-interaction = The prompt does not say how the people act on each other: facing, speaking to, side by side.
guard-missing-style = The prompt gives no style: cinematic, 3D animation, wuxia …

guard-safety-long = The text is too long: at most { $most } characters.
guard-safety-long-character = A character's name or description is too long: at most { $most } characters.
guard-safety-blocked = This server does not allow “{ $word }”. Please take it out.
guard-safety-blocked-elsewhere = A name, a look, the scene or the style has “{ $word }”, which this server does not allow.

guard-kept = You kept your own words here: the rule “{ $rule }” was not applied.
