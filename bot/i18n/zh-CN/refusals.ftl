# 没有做成的事、原因，以及可以怎么办。

refused-unknown-character = 这里没有你能使用的角色 **{ $name }**。用 `/{ command-character } { command-character-list }` 看看有哪些角色。
refused-picture-gone = **{ $name }** 的参考图丢失了，镜头没有加入队列。请用 `/{ command-character } { command-character-edit }` 重新上传。
refused-prompt-empty = 里面没有文字。请写下镜头里发生了什么。
refused-too-many-characters = 一个镜头最多 { $most } 个角色。请减少角色，或拆成两个镜头。
refused-same-character-twice = **{ $name }** 选了两次。每个角色只选一次即可。
refused-unknown-style = 这里没有叫 **{ $name }** 的风格 LoRA。已配置的有：{ $known }。
refused-member-limit = 你已有 { $most } 个镜头在排队，达到个人上限。请等一个完成，或用 `/{ command-cancel }` 取消一个。
refused-episodes-waiting = 你的其他剧集还有至少 { $most } 个镜头在排队。请等一些完成后再渲染这一集，或用 `/{ command-episode } { command-episode-cancel }` 停下一集。
refused-guild-limit = 本服务器已有 { $most } 个镜头在排队，达到上限。请等一些完成后再试。
refused-no-such-shot = 这里没有镜头 **#{ NUMBER($number, useGrouping: 0) }**。用 `/{ command-queue }` 看看排队中的镜头。
refused-not-your-shot = 镜头 **#{ NUMBER($number, useGrouping: 0) }** 是别人的。只有作者或有“管理服务器”权限的成员可以取消。
refused-too-late-to-cancel = 镜头 **#{ NUMBER($number, useGrouping: 0) }** 已经完成或早已停止，不能再取消。
refused-cancel-posting = 镜头 **#{ NUMBER($number, useGrouping: 0) }** 已不能取消：它已完成，正在发往 Discord，仍会发布。

refused-name-empty = 名字里至少要有一个汉字、字母或数字。
refused-name-marks = 名字里叠加的符号太多，请换一个简单些的。
refused-name-too-long = 名字太长了，最多 { $most } 个字符。
refused-name-taken = 这里已经有叫 **{ $name }** 的角色了，请换一个名字。
refused-description-too-long = 太长了，外貌和服装各最多 { $most } 个字符。
refused-blocked-word = 里面有本服务器不允许的词，请换个说法。
refused-too-many-in-guild = 本服务器已有 { $most } 个角色，达到上限。请先删除一个。
refused-not-your-character = **{ $name }** 是别人的角色。只有添加者或有“管理服务器”权限的成员可以修改、删除。
refused-character-in-use = 未完成的镜头还需要 **{ $name }**：{ $shots }。请等它们完成，或用 `/{ command-cancel }` 取消，然后再试。
refused-nothing-to-change = 你没有填要修改的内容。除名字外，请至少再填一个选项。

refused-upload-too-large = 文件太大了，图片最大 { $most } MB。
refused-upload-no-picture = 这个文件不是图片（`{ $kind }`）。请发送 PNG、JPEG 或 WebP。
refused-upload-lost = 没能从 Discord 取到你的图片，请重新发送。

refused-outside-a-server = 我只在服务器里工作，请在服务器的频道里使用这个命令。
refused-option = 我看不懂 `{ $value }` 这个值，请从给出的选项里选择。
refused-commands-outdated = 我的命令刚刚更新过。请刷新 Discord（Ctrl+R）后再试。
failure-disk = 没能保存：我所在的磁盘已满，或无法写入。这次什么都没有受理，也没有任何改动。请告诉机器人的管理员，过一会儿再试；之前已受理的内容都还在，恢复后会自动继续。
failure-unexpected = 抱歉，我这边出了问题，不是你的错。请再试一次；如果还是不行，请把这个编号告诉机器人的管理员：`{ $reference }`。
