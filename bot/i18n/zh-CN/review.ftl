# /镜头 在排队前显示的审阅页，以及它的按钮和编辑框。

review-title = 排队前请确认
review-found = 我改动了这些，或建议你再看看：
review-clean = 没有需要改的，提示词已就绪。
review-rule = **{ $name }**（规则 { $number }）
review-cue = 💬 { $speaker }：{ $text }
review-more = ……还有 { $count } 行。
review-kept = ✍️ 按你的原话，不套用：{ $rules }。
review-pin = 📌 { $name } 在第 { NUMBER($frame, useGrouping: 0) } 帧出场。
review-missing = ℹ️ 文字没有写明、由模型决定的：{ $parts }。
review-part-scene = 地点与光线
review-part-characters = 有谁
review-part-action = 发生什么
review-part-camera = 景别与镜头
review-part-interaction = 人物如何互动
review-part-style = 风格
review-list-mark = 、
review-left = { $name }（左）
review-right = { $name }（右）
review-centre = { $name }
review-strengths = 贴合度 { $pin } · LoRA { $lora }
review-style = 风格 LoRA { $name } { $strength }
review-prompt = 模型读到的提示词
review-prompt-of = 第 { $number } 镜（共 2 镜）：模型读到的提示词

button-render = 渲染
button-edit = 修改
button-own-words = 用我的原话
button-undo = 撤销

editor-title = 修改镜头
editor-label = 镜头里发生什么

refused-draft-gone = 这份草稿太旧，已经不在了。请重新使用 `/{ command-shot }`。
refused-not-your-draft = 这份草稿是别人的。
refused-draft-queued = 这个镜头已经在排队了。请看 `/{ command-queue }`。
refused-draft-changed = 文字已经改过，这个选项不再适用。请再看一眼审阅页。

command-settings = 设置
    .about = 你在本服务器的偏好
option-review = 审阅
    .about = 每个镜头排队前，是否先看提示词检查的说明
choice-page-always = 总是显示审阅页
choice-page-changes = 没有改动就直接排队
reply-settings-always = 以后每个镜头排队前，你都会先看到审阅页。
reply-settings-changes = 以后，提示词检查没有改动的镜头会直接排队。
