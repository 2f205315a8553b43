"""Words that carry a value: why something goes back, in what state it is, what a shopper wants.

Each list is read from the top: what names the shop's fault comes before a change of mind, because
"太小了而且开线" is a fault. Patterns see normalised text (lower case, half-width).
"""

import re

Values = tuple[tuple[str, re.Pattern[str]], ...]

NEGATION_REACH = 6  # signs before a word in which a "not" denies it
DENIED = re.compile(
    r"(?:没有?|不是|并非|不算|无|未|不)(?:什么|任何|有|怎么)?$"
    r"|(?:\bnot|n't|\bno|\bnever|isn't|without)\s+(?:a\s+|any\s+)?$"
)
# "no i wore it once": before what somebody did, "no" answers the question.
DENIED_DEED = re.compile(DENIED.pattern.replace(r"|\bno|", "|"))


def _values(*rows: tuple[str, str]) -> Values:
    return tuple((value, re.compile(pattern)) for value, pattern in rows)


REASONS = _values(
    (
        "wrong_item",
        r"发错|寄错|送错|拿错|错发|发成了?|给我发了?别的|不是我(?:买|要|拍|订|选)的|款式不对|颜色(?:发)?错"
        r"|颜色不对|型号不对|货不对|少发|漏发|少了一[件个双只]"
        r"|wrong (?:item|product|colou?r|model|one|thing|shoes?|dress|shirt|order|style|version)"
        r"|(?:sent|received|got|shipped)(?: me)? (?:the |a |an )?(?:wrong|different|another)"
        r"|not what i ordered|different (?:item|product|colou?r) (?:than|from)|didn'?t order this",
    ),
    (
        "damaged",
        r"破损|摔坏|压坏|碎了|碎的|破了|压扁|压变形|漏了|漏液|洒了|运输.{0,4}坏|快递.{0,6}(?:弄|压|摔)坏"
        r"|磕(?:坏|碰)|盒子(?:都)?(?:烂|破|扁)|裂了|裂开|变质|坏果|烂了|腐烂|发霉|不新鲜|化了|臭了|发臭|馊了|酸了"
        r"|(?<![券分员会])过期|过了?保质期|撒了|摔碎|压碎|碎成"
        r"|(?:arrived|came|was|were|is|are|got|delivered)(?: \w+)? (?:damaged|cracked"
        r"|smashed|shattered"
        r"|crushed|dented|spoil(?:ed|t)|rotten|mou?ldy)|damaged|shattered|cracked|smashed|dented|crushed"
        r"|leak(?:ed|ing|s)\b|spilled|mou?ldy|rotten|spoil(?:ed|t)|gone (?:off|bad)|melted"
        r"|(?<!coupon )(?<!code )(?<!points )(?<!voucher )\bexpired"
        r"|(?:past|out of) (?:its |the )?(?:date|expiry|best before|sell by)"
        r"|(?:smells?|tastes?|went) (?:\w+ )?(?:off|rotten|rancid)|\bstale\b|in pieces",
    ),
    (
        "quality_fault",
        r"质量(?:有|出)?(?:问题|太差|很差|不行|不好|差|不过关|堪忧)|做工(?:粗糙|差|不行|太差)|开线|脱线|线头"
        r"|[开脱掉]了?胶|胶(?:都|全)?(?:开了|掉了|脱了)|(?:鞋底|鞋跟|底子)都?(?:开了|掉了|脱了|裂)"
        r"|掉色|褪色|染色|起球|缩水|掉毛|断了|坏了|是坏的|坏的|崩(?:开|线)|炸线|散架|脱落|鼓包|接触不良|闪屏"
        r"|不制冷|不加热|不通电|用不了|不能用|没法用|开不了机|打不开机|充不(?:进|上|了|满)去?电?"
        r"|[没无]法(?:充电|开机|使用)|没声音|没反应|不亮|不转|死机|黑屏|花屏|瑕疵|有毛病|有问题|故障|次品"
        r"|残次|破洞|有洞|异味|怪味|臭味|刺鼻|味道[很太][大重冲]|漏电|漏水|假货|是假的|冒牌|过敏|失灵|掉漆|生锈"
        r"|拉链.{0,3}(?:坏|卡|拉不)"
        r"|faulty|defect(?:ive|s)?|broken?\b|broke\b|stop(?:s|ped)? (?:work|charg|heat|spinn)ing"
        r"|quit working|(?:doesn|didn|won|don|isn|not)['o]?t?"
        r" (?:work(?:ing)?|(?:turn|switch|power)(?:ing)? (?:on|up)|charg(?:e|ing)|start|heat"
        r"|hold (?:a )?charge)|(?:does|did|will) not (?:work|turn on|charge|start)|not working"
        r"|no longer works?|\b(?:fall|com|fell|c[ao]me|went|go)(?:ing|es|s)?"
        r" (?:apart|undone|unglued|loose|off\b)"
        r"|\b(?:split|ripp(?:ed|ing)|torn|tore|snapped|unravel|bobbl|pill(?:ing|ed)|glitch|fray)\w*"
        r"|\bunglued|\b(?:zip|zipper|button|lid|screen|keys?)"
        r" (?:is |was |are |got )?(?:stuck|jammed|frozen|dead)"
        r"|flicker\w*|overheat\w*|\b(?:smells?|stinks?|smelly|rash)\b|allerg\w+"
        r"|(?:poor|bad|terrible|awful|low|cheap|shoddy) quality|quality (?:is"
        r"|was) (?:so |really |very )?"
        r"(?:bad|poor|terrible|awful)|stitching|seams?\b|colou?r (?:is |was )?(?:fad"
        r"|runn|bleed)\w+|faded"
        r"|peel(?:ed|ing)|came off|has a hole|hole in|malfunction\w*|fake|counterfeit"
        r"|dead on arrival|rust\w*",
    ),
    (
        "not_as_described",
        r"与描述不符|和描述不(?:符|一样)|描述不符|跟图片(?:不|差)|和图片(?:不|差)|与图片不|图片不(?:符|一样)|货不对板"
        r"|实物不(?:符|一样)|色差|跟(?:页面|详情|介绍|网上).{0,4}不(?:一样|符)|材质不(?:对|符|一样)|虚假宣传|不是纯棉"
        r"|和(?:页面|详情|介绍|网上|直播).{0,4}不(?:一样|符)|差太多|差距太大|看起来不一样"
        r"|not as (?:described|advertised|pictured|shown)|(?:doesn'?t|didn'?t|does not"
        r"|not) (?:match|look like)"
        r"|different (?:from|than|to) (?:the )?(?:picture|photo|description|website"
        r"|pic)s?|misleading"
        r"|nothing like (?:the )?(?:picture|photo|description)|colou?r (?:is"
        r"|looks) (?:totally |completely )?"
        r"(?:different|off)|false advertis\w+",
    ),
    (
        "wrong_size",
        r"尺码|尺寸|码数|大小不(?:合适|对)|号(?:太|偏)|码(?:太|偏)|(?:太|偏|有点|有些|好|买|穿着|小|大)"
        r"(?:大|小|长|短|紧|松|肥|瘦)(?:了|码)?(?:点|一点|些|一码|一号|两码)?|不合(?:身|脚|适)|穿不(?:下|上|进|了)"
        r"|挤脚|勒|不(?:太)?合适|大了|小了|短了|长了|紧了|松了|卡脚|拖地"
        r"|wrong size|too (?:big|small|large|tight|loose|long|short|wide|narrow)"
        r"|(?:doesn'?t|don'?t|didn'?t"
        r"|does not|not) fit|(?:bit|little) (?:big|small|large|tight|loose|long|short"
        r"|snug)|size (?:is|was)"
        r"|runs (?:big|small|large)|size issue|sizing|wrong fit|size doesn|can'?t get (?:my|it)",
    ),
    (
        "no_longer_wanted",
        r"不想要|不要了|不喜欢|不需要|用不(?:到|着)|买错|拍错|拍多|买多|多买|重复(?:买|下单|拍)|后悔|不合心意|没看中"
        r"|不好看|显胖|显黑|不适合|七天无理由|7天无理由|无理由|冲动|家里有|别人送|改主意|没用"
        r"|(?:don'?t|do not|no longer|not) (?:want|need|like)|changed? my mind"
        r"|ordered? (?:it |them )?by mistake"
        r"|by accident|bought (?:the )?wrong|ordered too many|two by mistake|duplicate"
        r"|regret|doesn'?t suit"
        r"|not my style|found (?:it )?cheaper|no reason|impulse",
    ),
)

OTHER_REASON = _values(
    (
        "other",
        r"^其[他它](?:原因)?$|别的原因|其他原因|^other(?: reason)?s?$|something else"
        r"|another reason",
    )
)

CONDITIONS = _values(
    (
        "unused",
        r"(?:没有?|未)(?:怎么)?(?:拆|穿|用|使用|开封|打开|洗|剪|动|试|戴|佩戴|下水|出门穿)(?:过|掉)?|全新|吊牌.{0,4}(?:还?在"
        r"|没剪|没拆|没动|完好|齐全)|标签.{0,3}(?:还?在|没|完好)|包装.{0,3}(?:完好|没|还在|完整)|原封|只?试(?:穿|了|戴)(?:了|过)?(?:一下|一次|下)"
        r"|不影响(?:二次)?销售|一次(?:都)?没|从没|从来没|还没(?:拆|穿|用)"
        r"|unused|unopened|unworn|(?:not|never|n't|hasn'?t been|haven'?t been"
        r"|wasn'?t)(?: even| been| been even)?"
        r" (?:worn|used|use|wear|wore|opened?|washed|touched|tried)|brand[- ]new"
        r"|like new|tags? (?:are |is )?(?:still )?"
        r"(?:on|attached)|still (?:sealed|in (?:the|its) (?:box|bag|pack\w*|wrap\w*)"
        r"|has (?:the )?tags?|new)|sealed"
        r"|(?:only|just) tried (?:it|them) on|tried (?:it|them) on once"
        r"|with (?:the )?tags|original packag\w+",
    ),
    (
        "used",
        r"穿过|穿了|用过|用了|使用过|拆了|拆开了|拆封|开封了|开过封|打开(?:过|了)|洗过|洗了|下过?水|剪了|剪掉|吊牌.{0,4}(?:剪"
        r"|掉|没了|丢|扔)|戴过|戴了|动过"
        r"|(?:i|we|i've|we've|i have|already|been|was|were)(?: already| only"
        r"| been)* (?:worn|used|wore|washed|opened)"
        r"|used (?:it|them|once|twice|a few)|wore (?:it|them)|worn (?:it|them|once|twice"
        r"|a few)|washed (?:it|them)"
        r"|opened (?:it|them|the (?:box|package|pack|seal|bag))|(?:cut|took|removed"
        r"|ripped)(?: off)? (?:off )?the (?:tag|label)s?"
        r"|(?:threw|thrown) away the (?:tag|box|pack)\w*",
    ),
)

# Only an answer to "is it still unused?"; elsewhere these words mean other things.
BARE_CONDITIONS = _values(
    (
        "unused",
        r"^(?:新的|没|没有|没拆|完好|不影响|new|sealed|mint|not used|never|unused)(?:的"
        r"|呢|啊|哦)?[.!]?$",
    ),
    (
        "used",
        r"^(?:旧的|拆|拆的|穿过的?|used|worn|opened|yes used|a bit|a little|一点|有点"
        r"|一次|once|twice)[.!]?$",
    ),
)

WANTED = _values(
    (
        "replacement",
        r"换(?:货|一|新|个|双|件)|重(?:新)?(?:发|寄)|补(?:发|寄)|replace\w*|exchange|resend"
        r"|send (?:me )?(?:a )?(?:new|another)|new one",
    ),
    ("refund", r"退款|退钱|退全款|全额退|退货|把钱|还钱|退我|退给|refund|money back|my money"),
    ("apology", r"道歉|赔礼|赔不是|apolog\w+|say sorry"),
    (
        "explanation",
        r"解释|说法|说明|交代|给个理由|原因是什么|explain|explanation|know why|tell me why"
        r"|reason why",
    ),
    (
        "other",
        r"赔偿|补偿|赔|优惠券|其[他它]|compensat\w+|voucher|discount|coupon|something else"
        r"|^other",
    ),
)

COLOURS_ZH = (
    "深蓝|浅蓝|天蓝|藏青|米白|米|卡其|墨绿|酒红|粉红|玫红|黑|白|红|蓝|绿|黄|灰|紫|粉|棕|橙|银|金"
)
COLOURS_EN = (
    "(?:dark |light |navy )?(?:black|white|red|blue|green|yellow|grey|gray|purple|pink|brown|orange"
    "|beige|navy|silver|gold|khaki)"
)
