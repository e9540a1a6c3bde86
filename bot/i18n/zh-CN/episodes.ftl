# 写剧集：/剧集 的命令、回答和拒绝的原因。

command-episode = 剧集
    .about = 由多个镜头组成的短剧，可以一起写

refused-no-such-episode = 这里没有你能看到的第 **{ NUMBER($number, useGrouping: 0) }** 集。
refused-not-your-episode = 第 **{ NUMBER($number, useGrouping: 0) }** 集你只能看。请让它的主人把你设为编辑：`/{ command-episode } { command-episode-share }`。
