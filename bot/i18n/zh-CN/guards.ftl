# 提示词检查（bot/guards）的句子：每条原因一句，另有规则与按钮的名称。

guard-rule-quoted_dialogue = 引号对白
guard-rule-dark_clothes = 深色服装
guard-rule-detaching_objects = 脱落的物件
guard-rule-contact_and_complexity = 接触与复杂动作
guard-rule-framing = 画幅与参数
guard-rule-scaffolding = 提示词骨架
guard-rule-safety = 安全

guard-option-keep_on = 保持不掉
guard-option-split = 拆成两镜
guard-option-reframe = 换个构图

guard-dialogue-spoken = 引号里的话会在画面里变成乱码字幕。已改为间接叙述，原话留作字幕。
guard-dialogue-spoken-by = 引号里的话会在画面里变成乱码字幕。已改为间接叙述，原话留作{ $speaker }的字幕。
guard-dialogue-name = 这是名称或说法，不是对白：去掉引号，保留文字。
guard-dialogue-writing = 这是画面里的文字，不是对白：去掉引号，保留文字。长的文字会变成乱码。
guard-dialogue-size = 这是尺寸，不是引语：保持原样。
guard-dialogue-title = 这是作品名，不是对白：保持原样。
guard-dialogue-stray = 去掉了一个不成对的引号。

guard-dark-garment = 深色衣服容易变白：已在“{ $garment }”前强调“{ $colour }”。
guard-dark-look = 深色衣服容易变白：“{ $name }”的造型里已强调颜色。
guard-dark-closing = 深色衣服已在提示词末尾再强调一遍，让它贯穿整个镜头：{ $words }
guard-dark-pin = 深色衣服需要更强的参考图约束：贴合度由 { $before } 提到 { $after }。
guard-dark-pin-low = 深色衣服的贴合度最好不低于 { $after }；你设的 { $before } 保持不变。

guard-detaching = 动作中从身上脱落的东西容易画坏（这里是：{ $object }）。已改成不会脱落，并写进了提示词；也可以拆成前后两个镜头。
guard-detaching-look = 动作中从身上脱落的东西容易画坏，而“{ $name }”的造型里写了会脱落的东西（{ $object }）。提示词里已改成不会脱落。

guard-contact-embrace = 紧密的拥抱会变形（“{ $words }”）。让两人靠近而不接触。
guard-contact-kiss = 亲吻会变形（“{ $words }”）。让两人停在一掌之外。
guard-contact-fight = 近身打斗会变形（“{ $words }”）。让两人隔两步对峙。
guard-contact-hands = 复杂的手部动作、手与手的接触会变形（“{ $words }”）。让双手静置或在画面之外。
guard-complexity = 这个镜头有 { $actions } 个动作；模型只有 8 步，大约只够 { $budget } 个简单动作。请拆成两镜。

guard-framing-frames = 模型只接受 9、17、25 … 361 帧：{ $before } 改为 { $after }。
guard-framing-portrait = 竖幅和方幅会丢失面部特征。请选横幅：{ $before } 改为 { $after }。
guard-framing-portrait-words = 文字要求竖幅（“{ $words }”），会丢失面部特征。请去掉；成片是横幅。
guard-framing-size = 尺寸 { $before } 无法渲染，请选 { $after }。
guard-framing-unusual-size = 尺寸 { $before } 不是模型擅长的；最接近的是 { $after }。
guard-framing-cast = 一个镜头里 { $before } 个角色太多：最多 { $after } 个。
guard-framing-people = 模型在一个画面里最多稳定 { $most } 人（“{ $words }”）。请减少人数，或让其他人成为虚化的人群。
guard-framing-pin-frame = 参考图只能固定在第 0、8、16 … 帧：{ $before } 改为 { $after }。
guard-framing-pin-outside = 第 { $before } 帧不在片段内，最接近的可用帧是 { $after }。
guard-framing-pin-twice = 第 { $before } 帧有两张参考图：一帧只能固定一张。请合成一张，或把其中一张后移 8 帧。
guard-framing-pin-strength = 贴合度应大于 0 且不超过 1：{ $before } 改为 { $after }。
guard-framing-pin-range = 贴合度在 { $low } 到 { $high } 之间最能保持面部；你设的是 { $before }。
guard-framing-lora = LoRA 强度应在 0 到 1 之间：{ $before } 改为 { $after }。
guard-framing-lora-styled = 与风格 LoRA 同用时，角色 LoRA 应为 0.3 到 0.5：{ $before } 改为 { $after }。
guard-framing-lora-range = LoRA 强度在 { $low } 到 { $high } 之间效果最好；你设的是 { $before }。

guard-missing-scene = 提示词没有写场景：请写明地点与光线。
guard-missing-characters = 提示词没有写镜头里有谁。
guard-missing-action = 提示词没有写发生什么。
guard-missing-camera = 提示词没有写景别与镜头：请写特写、中景或远景，以及镜头如何运动。
guard-missing-interaction = 提示词没有写人物如何互动，例如面对面、对谁说话、并肩。
guard-missing-style = 提示词没有写风格：电影感、三维动画、武侠……

guard-safety-long = 文字太长：最多 { $most } 个字符。
guard-safety-long-character = 角色名或描述太长：最多 { $most } 个字符。
guard-safety-blocked = 本服务器不允许“{ $word }”，请去掉。
guard-safety-blocked-elsewhere = 名称、造型、场景或风格里有“{ $word }”，本服务器不允许。

guard-kept = 这里保留了你的原话：规则“{ $rule }”没有套用。
