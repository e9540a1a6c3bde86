# 对已发布的镜头投票：片段下方的内容，以及按钮和 /vote 的回复。

post-voted = 🔁 成员在第 { $take } 条上投票，所以重新渲染。

button-again = 重新渲染…
button-pick = 选用这一条
button-votes = 由投票决定

again-title = 重新渲染这个镜头
again-seed = 种子
again-seed-new = 留空就用新的种子
again-pin = 固定强度，{ $least } 到 { $most }

reply-take-queued = { $place ->
    [0] **#{ $take }** 这一条马上开拍，完成后我会把片段发到镜头所在的频道。
    [1] **#{ $take }** 这一条排在最前面，{ $eta }完成，届时我会把片段发到镜头所在的频道。
   *[other] **#{ $take }** 这一条排在第 { $place } 位，{ $eta }完成，届时我会把片段发到镜头所在的频道。
}
reply-picked = 镜头 **#{ $number }** 现在选用第 { $take } 条，不再看投票结果。
reply-votes-choose = 镜头 **#{ $number }** 重新由投票决定选用哪一条。
reply-vote-on = 镜头 **#{ $number }** 的投票现在有效，我正在读取各条下面已有的投票。
reply-vote-off = 镜头 **#{ $number }** 的投票已关闭：表情回应既不会触发重新渲染，也不会改变选用哪一条。

command-vote = 投票
    .about = 镜头下方的表情回应是否计票
command-vote-on = 开启
    .about = 计票：🔁 重新渲染镜头，👍 决定选用哪一条
command-vote-off = 关闭
    .about = 不管怎么投票，镜头都保持原样

refused-take-gone = 我已经找不到这一条了。
refused-not-your-take = 镜头 **#{ NUMBER($number, useGrouping: 0) }** 是别人的，只有提出它的成员或有“管理服务器”权限的成员可以这样做。每个人都可以用 🔁 和 👍 投票。
refused-take-swept = 这一条的片段已经不再保留。用**{ button-again }**并填种子 { $seed }，就能重新得到它。
refused-same-take = 同样的文字加同样的种子，得到的片段也一样。请改动其中一项，或把种子留空。
refused-no-words = 请说说镜头里发生什么。
refused-seed = 种子是 0 到 { NUMBER($most, useGrouping: 0) } 之间的整数，留空就用新的种子。
refused-pin = 固定强度是 { $least } 到 { $most } 之间的数字。
