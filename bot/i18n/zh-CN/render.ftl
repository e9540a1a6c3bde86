# `twohander render` 打印的内容。

render-engine = 引擎 { $engine }：{ $reason }
render-begins = { $waiting ->
    [0] 无需渲染：全部 { $total } 个镜头都与所写一致
   *[other] 共 { $total } 个镜头，需渲染 { $waiting } 个
}
render-stage = { $shot }：{ $stage }
render-flawed = { $shot }：⚠️ 这一条有缺陷：{ $what }。换一个种子再渲染一次。
render-flawed-twice = { $shot }：⚠️ 第二次尝试也有缺陷：{ $what }。换一种写法可能比换种子更有用。
render-clip = { $shot }：{ $path }（{ $engine }，种子 { $seed }，{ $frames } 帧）
render-film = 成片：{ $path }（{ $length }）
render-subtitles = 字幕：{ $path }
render-no-takes = 没有成片：以上镜头没有渲染出来。修改后再运行同一条命令；已渲染的会保留。
render-no-film = 没有成片：镜头未能拼接；加上 --verbose 可看原因。已渲染的会保留。
render-no-engine = 渲染器无法启动：{ $reason }
render-no-state = 之前运行留在 { $folder } 的内容无法使用（{ $reason }）。删除该文件夹即可重新开始。
render-stopped = 已停止：共 { $total } 个镜头，已渲染 { $done } 个。再运行同一条命令即可继续。
