# 命令的回复，只有发出命令的成员看得到。

reply-character-added = **{ $name }** 可以登场了（{ $sharing }）。用 `/{ command-shot } { option-character1 }:` 让角色出演。
reply-character-edited = **{ $name }** 已修改（{ $sharing }）。已在队列里的镜头仍用原来的样子。
reply-character-removed = **{ $name }** 已删除。完成的片段不受影响。
reply-characters = 共 { $count } 个角色：
reply-character-line = - **{ $name }** · { $owner } · { $sharing }
reply-no-characters = 这里还没有角色。用 `/{ command-character } { command-character-add }` 添加第一个吧。
reply-no-description = 还没有外貌描述。
reply-outfit = 服装
reply-owner = 添加者
reply-sharing = 谁可以使用
reply-warnings = 关于这张图片
reply-framed = 镜头会这样取景。{ $found }
reply-picture-missing = 参考图丢失了，请用 /{ command-character } { command-character-edit } 重新上传。
reply-page = 第 { $page } 页，共 { $pages } 页。用选项 `{ option-page }` 翻页。

reply-shot-queued = { $place ->
    [0] 镜头 **#{ $number }** 马上开拍，完成后我会把片段发到这个频道。
    [1] 镜头 **#{ $number }** 排在最前面，{ $eta }完成，届时我会把片段发到这个频道。
   *[other] 镜头 **#{ $number }** 已加入队列，排在第 { $place } 位，{ $eta }完成，届时我会把片段发到这个频道。
}
reply-guards = 我改动了这些，或建议你再看看：

reply-queue = { $waiting ->
    [0] 没有排队的镜头。
   *[other] 有 { $waiting } 个镜头在排队：
}
reply-queue-rendering = 🎬 **#{ $number }** · { $member } · { $what } · 正在渲染
reply-queue-line = `{ $place }` **#{ $number }** · { $member } · { $what } · { $eta }
reply-queue-owed = 剧集还有 { $owed } 个镜头，队列有空位时依次加入。
reply-queue-empty = 队列是空的。用 `/{ command-shot }` 开始一个镜头吧。
reply-cancelled = 镜头 **#{ $number }** 已取消。{ $clips ->
    [0] { "" }
   *[other] 它有 { $clips } 条先前已完成，正在发往 Discord，仍会发布。
}

reply-help =
    { "" }**我能渲染短剧。** 用参考图添加角色，描述一个镜头，我会把成片发到频道里。
    1. `/{ command-character } { command-character-add }`：一个名字，加一张清晰的单人图片。
    2. `/{ command-shot }`：写下发生了什么，选好出场的角色。一到两个角色效果最好。
    3. 等片段完成。`/{ command-queue }` 会告诉你要等多久。

    { "" }**全部命令**
reply-help-line = - `/{ $command }`：{ $about }
reply-help-group = - `/{ $command }` { $verbs }：{ $about }
reply-help-more = 这些回复只有你看得到。角色只能由添加者或有“管理服务器”权限的成员修改、删除。
