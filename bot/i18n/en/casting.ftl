# Reference pictures: why one cannot be used, and what will suffer from one that can.

casting-refused-bytes = That file is too large. Send a picture of at most { $most } MB.
casting-refused-kind = That file is no picture that I can read. Send a PNG, JPEG or WebP.
casting-refused-pixels = That picture has too many pixels. Send one of at most { $most } megapixels.
casting-refused-tiny = That picture is too small. Each side needs at least { $least } pixels, and the face wants many more.
casting-refused-narrow = That picture is a narrow strip. Send one that is less than twenty times as long as wide.
casting-refused-animated = That picture is animated. Send a still one.
casting-refused-damaged = That picture is damaged or incomplete. Save it again and send the new file.
casting-refused-transparent = That picture is fully transparent: there is nothing to see in it. Send another one.

casting-warning-small = The person is small in this picture; the clip will look soft. Send a larger one, or one that is nearer.
casting-warning-blurred = The face looks blurred here; likeness will suffer. Send a sharper picture.
casting-warning-several-faces = I see { $count } faces and take the most prominent one. Send a picture of this character alone.
casting-warning-portrait = This picture is upright. I set the person on a wide background, never stretched; a wide picture keeps more of its own.
casting-warning-text = There is a lot of text in this picture; the model tends to draw it again, garbled. Send one without.
casting-warning-no-person = I found no face here and take the middle of the picture. Send one with the face in full view.
casting-warning-enlarged = **{ $name }** had to be enlarged { NUMBER($times, maximumFractionDigits: 1) } times; the clip will look soft. A larger picture helps.
casting-warning-guessed = I found no face in the picture of **{ $name }** and took its middle. A picture with the face in full view helps.

casting-found-face = Framed by the face.
casting-found-alpha = Framed by the cut-out figure.
casting-found-centre = Framed by the middle of the picture: I found no face.
