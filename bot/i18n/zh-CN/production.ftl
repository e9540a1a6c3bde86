# 剧集的渲染、剪辑与通知。

command-episode-render = 渲染
    .about = 渲染这一集需要多少时间，附带一个开始渲染的按钮
command-episode-preview = 预览
    .about = 几秒内看到整集带字幕的动态分镜
command-episode-status = 进度
    .about = 逐个镜头查看这一集的进度
command-episode-cut = 剪辑
    .about = 立刻用已有的条次剪辑这一集，不重新渲染
command-episode-cancel = 取消
    .about = 停止渲染和剪辑这一集

production-quote-title = **E{ $number }** **{ $title }**
production-quote-shots = 需要渲染：共 { $total } 个镜头中的 { $needed } 个。{ $others ->
    [0] { "" }
   *[other] 其余镜头已有与当前内容一致的条次。
}
production-quote-time = 在这台机器上渲染约需 { $minutes } 分钟。第一个镜头排在第 { $place } 位，最后一个{ $eta }完成。
production-quote-cut-only = 全部 { $total } 个镜头都已有与当前内容一致的条次：只需重新剪辑。
production-quote-film = 成片长 { $length }，约 { $megabytes } MB，{ $done }完成。
button-produce = 开始渲染
button-notify = 完成后通知我

reply-produced = { $shots ->
   *[other] { $shots } 个镜头已排队，从第 { $place } 位开始，最后一个{ $eta }完成。
}我会在频道里更新进度，全部完成后剪辑成片。
reply-cut-soon = 这一集会用已有的条次剪辑，并发到它的频道。
reply-preview = **E{ $number }** 的动态分镜，{ $seconds } 秒。没有任何镜头进入队列。
reply-episode-cancelled = { $takes ->
    [0] 剧集 **E{ $number }** 已停止。
   *[other] 剧集 **E{ $number }** 已停止，还有 { $takes } 个镜头没有渲染。
}已完成的条次会保留。{ $clips ->
    [0] { "" }
   *[other] 其中 { $clips } 条正在发往 Discord，仍会发布。
}{ $films ->
    [0] { "" }
   *[other] 影片先前已剪好，正在发往 Discord，仍会发布。
}
reply-subscribed = **E{ $number }** 完成后我会私信你。

refused-episode-changed = 报价之后这一集被修改过，或者已经排队。请用 `/{ command-episode } { command-episode-render }` 重新获取报价。
refused-episode-gone = 这一集已经不存在了。
refused-empty-episode = 剧集 **E{ NUMBER($number, useGrouping: 0) }** 还没有镜头，请先写几个。
refused-no-takes-yet = **E{ NUMBER($number, useGrouping: 0) }** 还有镜头没有条次。请先用 `/{ command-episode } { command-episode-render }` 渲染。
refused-cut-already = **E{ NUMBER($number, useGrouping: 0) }** 已按当前内容渲染并剪辑。请先修改，或投票选择其他条次。
refused-nothing-to-cancel = **E{ NUMBER($number, useGrouping: 0) }** 没有正在渲染或剪辑的内容。
refused-episode-posting = **E{ NUMBER($number, useGrouping: 0) }** 已没有正在渲染或剪辑的内容。已完成的部分正在发往 Discord，仍会发布。
refused-notices-off = 你关闭了私信通知。请用 `/{ command-settings } { option-notices }` 重新打开。

production-progress = { $bar }  { $percent } %  ·  { $total } 个镜头中的 { $done } 个
production-eta = 最后一个镜头{ $eta }完成，成片{ $done }完成。
production-stuck = 这些镜头没有条次。请修改它们，或用 `/{ command-episode } { command-episode-render }` 再试一次。
production-no-take = 已取消。
production-cut-soon = 条次已齐。如果没有选择其他条次，很快就会剪辑。
production-cut-waits = 条次已齐，但我所在的机器磁盘已满或未连接。恢复后就会剪辑；请告诉运行我的人。
production-cutting = 正在剪辑。
production-cut-failed = 没有剪辑成功：{ $reason }
failure-cut = 这些条次无法合成。请用 `/{ command-episode } { command-episode-cut }` 再试一次；如果仍然失败，请告诉运行我的人。
failure-cut-takes = 剪辑要用的一条片段已丢失。`/{ command-episode } { command-episode-render }` 会重新渲染那个镜头。
failure-take-gone = 片段已丢失。`/{ command-episode } { command-episode-render }` 会重新渲染。
failure-cut-clip = 文件已丢失，或者无法压缩到这个频道的大小上限以内。请用 `/{ command-episode } { command-episode-cut }` 再试一次。
failure-cut-channel = 我没有权限发到它的频道。请让有“管理服务器”权限的成员给我“发送消息”和“附加文件”权限，然后使用 `/{ command-episode } { command-episode-cut }`。
production-facts = { $length } · { $shots ->
   *[other] { $shots } 个镜头
}
production-link = 影片对这个频道来说太大，请在这里观看：{ $url }
production-written = 编剧：{ $members }
production-voted = 投票：{ $members }
production-model = 渲染：{ $models }
production-notice = 剧集 { $title } 完成了。
production-notice-for = { $member }，剧集完成了。（我无法给你发私信。）
production-note = 这一集剪好了。

post-flawed = ⚠️ 这一条有缺陷：{ $what }。我正在换一个种子重新渲染这个镜头。
post-flawed-twice = ⚠️ 第二次尝试也有缺陷：{ $what }。换一种写法可能比换种子更有用。
post-second-try = 🔁 上一条有缺陷，这是第二次尝试。
fault-black = 画面是黑的
fault-frozen = 画面静止不动
fault-silent = 没有声音
fault-smeared = 结尾模糊

option-notices = 通知
    .about = 你的剧集完成时是否私信你
choice-notices-on = 私信我
choice-notices-off = 不要私信我
reply-settings-notices-on = 你的剧集完成时我会私信你。
reply-settings-notices-off = 我不会再私信你。
reply-settings-nothing = 请至少选择一项设置。
