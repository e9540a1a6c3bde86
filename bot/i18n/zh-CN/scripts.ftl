# 剧本文件（docs/scripts.md）里的问题。每句话前面是文件名、行号和键名。

script-unreadable = 无法读取：{ $reason }
script-too-large = 超过 { $most } kB
script-not-utf8 = 不是 UTF-8 文本
script-no-toml = 不是 TOML：{ $reason }
script-too-deep = 嵌套太深
script-missing = 缺少这一项
script-unknown-key = 没有这个键；这里可以用：{ $known }
script-unknown-key-close = 没有这个键；是不是想写 { $close }？
script-text = 这里要写文字："…"
script-whole-number = 这里要写整数
script-number = 这里要写数字
script-flag = 这里要写 true 或 false
script-list = 这里要写列表：[…]
script-table = 这里要写表
script-one-of = 只能是其中之一：{ $allowed }
script-range = { $value } 超出范围；可以是 { $low } 到 { $high }
script-empty = 不能为空
script-silent = 一句台词要有 zh、en 或两者
script-none = 至少要有一个
script-cast = 有 { $count } 个角色；一个画面最多容纳 { $most } 个
script-too-many = 有 { $count } 个；最多 { $most } 个
script-too-long = 有 { $count } 个字；最多 { $most } 个
script-no-picture = 没有图片 { $picture }；路径从剧本所在的文件夹算起
script-named-twice = { $name } 出现了两次
script-unknown-character = 没有叫 { $name } 的角色；已有：{ $known }
script-other = 不能写这个值
