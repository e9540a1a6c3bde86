# 机器人在频道里发布的任务消息。开头的符号和编号不在这些句子里。

post-queued = {$member}，你的镜头已排队：第 {$place} 位，{$eta}完成。
post-rendering = {$member}，你的镜头正在渲染，{$eta}完成。
post-progress = {$member}，你的镜头正在渲染  {$bar}  {$percent}%
post-clip = 作者：{$member}
post-facts = {$cast} · 种子 {$seed} · {$size} · {$seconds} 秒 · 第 {$take} 条
post-no-cast = 无角色
post-own-words = ✍️ 按作者的原话，不套用：{$rules}。
post-animatic = 📐 **分镜预览**：根据参考图绘制的动态分镜，并非模型渲染的画面。
post-failed = {$member}，你的镜头没有完成。{$reason}
post-seconds = 约 {$seconds} 秒后
post-minutes = 约 {$minutes} 分钟后
