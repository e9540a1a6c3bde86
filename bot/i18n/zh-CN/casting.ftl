# 参考图：为什么不能用，以及能用但会影响效果的地方。

casting-refused-bytes = 文件太大。请发送不超过 { $most } MB 的图片。
casting-refused-kind = 这个文件不是我能读取的图片。请发送 PNG、JPEG 或 WebP。
casting-refused-pixels = 图片像素太多。请发送不超过 { $most } 百万像素的图片。
casting-refused-tiny = 图片太小。每边至少要 { $least } 像素；想让脸部清晰，还要更大。
casting-refused-narrow = 图片太细长。长边请不要超过短边的二十倍。
casting-refused-animated = 这是动图。请发送静态图片。
casting-refused-damaged = 图片已损坏或不完整。请重新保存后再发送。
casting-refused-transparent = 图片完全透明，看不到任何内容。请换一张。

casting-warning-small = 图中人物偏小，成片会发虚。请发送更大的、或拍得更近的图片。
casting-warning-blurred = 脸部看起来模糊，会影响相似度。请发送更清晰的图片。
casting-warning-several-faces = 图中有 { $count } 张脸，我选了最显眼的一张。请发送只有这个角色一人的图片。
casting-warning-portrait = 这是竖图。我会把人物放到横向背景上，绝不拉伸；横图能保留更多原画面。
casting-warning-text = 图中文字较多，模型容易把它们画成乱码。请发送没有文字的图片。
casting-warning-no-person = 我没有找到人脸，只能取画面中部。请发送露出正脸的图片。
casting-warning-enlarged = **{ $name }** 被放大了 { NUMBER($times, maximumFractionDigits: 1) } 倍，成片会发虚。换一张更大的图片会更好。
casting-warning-guessed = 在 **{ $name }** 的图片里没有找到人脸，只能取画面中部。露出正脸的图片会更好。

casting-found-face = 按人脸取景。
casting-found-alpha = 按抠图轮廓取景。
casting-found-centre = 没有找到人脸，按画面中部取景。
