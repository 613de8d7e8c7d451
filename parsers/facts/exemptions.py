"""Exemptions: a filing, a paper or a choice that is *not* needed.

In: a Document. Out: one `Exemption` per kind, geographic scope and group, with every quote that says it.

免备案 counts only where 备案 is the object: 无需垫付 and 无需额外操作 exempt from nothing. A group or a bloc treated as filed
without an application (视同备案，无需登记) is `deemed_filed`, not `no_filing` (rule 34 of the domain). A或个人承诺书 is an
alternative of a material; `commitment_instead` needs a clause of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from parsers.document import Document, Span
from parsers.facts._scope import listed_types, short_types
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.records import Exemption, joined
from parsers.vocab import load_regions

_NO = (
    r"(?:无需|无须|毋需|毋须|勿需|勿须|不需要?|不用|不必|不须|不消|用不着|犯不着|没必要|无必要|免于|免予|免除|免去"
    r"|不再(?:需要|要求|实行|执行|进行|办理)?|不要求|不设|可不|可以不|取消了?|免)"
)
_DOING = (
    r"(?:再|另行|提前|事先|事前|预先|单独|专门|重新|重复|另外|每次|先|履行|进行|申请|办理|做|到医保经办机构|前往?参保地|回参保地|去|办"
    r"|实行|到窗口|要求|参保人员?|本人|额外){0,5}"
)
_WHAT = r"(?:异地就医|跨省|省内|市内|异地|就医|就诊|直接结算|任何|相关|相应|住院|门诊|转诊|转院|的|跨市|转外|人员|参保人员?|线上|事先|事前){0,6}"
_NOT_NEEDED = rf"{_NO}{_DOING}{_WHAT}"
_NO_FILING = rx(
    rf"{_NOT_NEEDED}(?:登记)?备案(?!材料|表|资料|证明|登记表|人员|信息|的?地|医院|成功|后|之后|方式|变更|有效)"
    r"|(?:实行|实现|推行|实施|全面|享受|属于|按照?)?[“\"]?免(?:申请)?(?:登记)?备案"
    r"|零备案(?!率)"
    r"|备案(?:手续|环节|程序|要求|这一步|那一步|这道手续|这个手续)?(?:(?:已经?|一律|全部|全面|也|都|均)(?:予以)?(?:取消了?|免除)|省(?:掉|去)?了|免了|免掉了?|省掉|(?:已经?|也|都|均)?不再(?:需要|要求)(?![^,。;]{0,6}(?:提供|提交|出具|上传|交|带)))"
    r"(?![^,。;]{0,8}(?:限制|限期|期限|有效期))"
    rf"|{_NOT_NEEDED}(?:登记|报备|审批)?备案?手续"
    rf"|{_NOT_NEEDED}登记(?![号表卡证本住入材]|手续费|备案)"
    r"|(?:无需|无须|不用|不需要?)申请(?=[,。;]|$)"
    rf"|{_NO}{_DOING}(?:本|该|此|上述)(?:须知|指南|通知|办法|指引|规程|文)?(?:所列|所述|所称|规定|中|里)?的?(?:事项|业务|手续|服务|程序|流程)"
    rf"|不(?:再)?(?:实行|实施|纳入|列入|采取){_WHAT}(?:登记)?备案(?:管理|制)"
    rf"|的,不再?(?:另行)?(?:办理|进行|实行|申请){_WHAT}备案(?:手续)?(?=[,。;]|$)"
    rf"|(?:可|可以)?不(?:办|做|搞)(?:理)?{_WHAT}备案(?:手续)?(?=,?(?:也|就|即|直接))"
)
_ALL_BUT = rx(
    r"除(?:了)?[^,。;]{0,6}(?:急诊|抢救|急危重症)[^,。;]{0,8}(?:以?外|外),?[^,。;]{0,16}(?:都|均|应|须|需|要)[^,。;]{0,6}备案"
)
"""除急诊抢救外都要备案: the exception is what is exempt."""
_AGAIN = rx(r"重新|重复|再次|每次|多次|另行|年年|反复")
_ONCE = rx(r"长期有效|有效期|一次备案|备案一次|多次")
"""Where one filing lasts, 不用再备案 says that it need not be repeated."""
_CANCELLED = rx(r"(?:变更|申请|办理|可以?|如需|需要|要|想|终止|或|和|、|自行|操作|点击)取消")
_ENDS = rx(r"(?:终止|失效|注销|作废|取消|撤销|到期)[^。;]{0,4}$")
"""到期自动终止,不需申请: what need not be applied for is the end."""
_ABOLISHED = rx(r"(?:起|已经?|一律|全面|全部|均|都|同样|也|就医|看病|住院|购药|异地|的,?)(?:予以)?$")
_DEEMED = rx(
    r"视(?:同|为|作)(?:为|其)?(?:已经?)?(?:经)?(?:办理|完成|进行|履行)?(?:了|过)?(?:异地就医|跨省|异地|省内|转诊|转院|长期|临时){0,3}(?:登记)?备(?:案|过案|了案|好案)"
    r"|视[同作](?:为)?转诊(?!备案)|(?:自动|默认)(?:[您你他她其]|参保人|患者)?(?:已经?|为[^,。;]{1,8})?(?:完成|视同|办理|生成)?(?:异地就医|异地)?(?:备案(?!申请|系统|通过|审核)|备过案|备了案|备好案)"
    r"|(?:自动|直接|就|都|一律)?(?:当作|当成|算作|看作|看成|当|算)(?:是|您|你|他|其|他们|你们|大家)?(?:已经?(?:办理?|做|完成)?(?:过|了|好)?(?:异地就医)?备(?:案|过案|了案)|(?:办理?|做)?(?:过|了|好)?备(?:过案|了案|好案|[过好上]了)|(?:办理?|做)?(?:过|了|好)?备案(?:了|过|好))"
    r"|按照?(?:是)?(?:已经?|办(?:过|了|好))(?:办理?|做)?(?:异地就医)?备案(?:人员|的)?(?:来)?(?:算|走|办|结算|报销|报)(?=[,。;了]|$)"
    r"|等(?:同于|同|于)(?:已经?)?(?:办理)?备(?:过|了)?案|免申即享|按照?已(?:经)?备案(?:人员|患者)?(?:的)?(?:处理|对待|执行|管理|享受|标准|政策|待遇)"
    r"|(?:急诊|抢救|急危重)[^。;]{0,30}?(?:没有|未|没)(?:办理|进行)?(?:异地就医)?备案[^。;]{0,40}?(?:直接|联网)结算"
)
_NO_PAPER = rx(
    r"(?:无需|无须|毋需|不需要?|不用|不必|不消|用不着|不要(?=再?(?:传|交|上传|提交|提供|带)(?!错|漏|到))|可以?不|免于|免予|免|不再(?:需要|要求|收取)?|不得要求|不要求|取消)"
    r"(?:再|另行|额外|重复|参保群众|参保人员?|患者|家属|群众|办事群众|本人|申请人|另外|其|[您你他她咱]们?){0,4}(?:[到去往跑][^,。;]{1,10}?)?"
    r"(?:提供|提交|出具|递交|上传|携带|开具|交|收取|准备|报送|附|带|传(?!真)|寄送?|填报)"
    r"(?:别的|其他|其它|任何|相关|有关|纸质|当地|异地|原|上述|各类|各种|额外|的){0,4}(?P<what>[^,。;:!?()]{0,24})"
    r"|(?:不需要?|无需|无须|不用)(?:再)?(?:任何)?[^,。;:!?()]{0,4}(?:居住证|暂住证|户口[簿本]|房产证|劳动合同|介绍信|委托书|授权书|转诊[单表]|证明|盖章)"
    r"|不(?:再|得)?(?:再|另行|另外|额外|重复|擅自|违规)?(?:收取?|索取|索要|加收)(?:任何|其他|其它|纸质|额外)?[^,。;:!?()]{0,6}(?:证明|材料|资料|证件)"
    r"|(?P<waived>证明|证|簿|本|单|表|书|材料|资料)(?:都|也|均|一律)?"
    r"(?:(?:不用|不必|无需|不需要?)(?:再)?(?:带|交|提供|提交|上传|出示)|不需要|不用(?!备案)|无需(?!备案)|不再(?:需要|收取|要求|收)|概不收取|一概不[要收]|不收|不要)(?=了|的|[,。;!]|$)"
    r"|纸质(?:件|材料|版|单)?(?:都|也|均|一律)?(?:不再(?:要求|收取|需要)|不要|不收|不用)"
    r"|(?P<nothing>(?:啥|什么|任何|一(?:张|份|样|个|页)|半张)(?:材料|证明|资料|纸|图片|照片|东西|手续|证件|单子)?(?:都|也|均)?(?:不用|不需要?|无需|不必)(?:再)?(?:交|带|提供|提交|上传|准备|传(?!真)|拿|寄))"
    r"|(?P<bare>^(?:(?:线上|网上|掌上|窗口|现场|线下)(?:办理|申请|备案|申报)?的?,?)?(?:都|均|一律|可以?)?(?:不需要?|无需|无须|不用|不必|免于|免予|免)(?:再)?(?:提交|提供|上传|出具|交)?[。]?$)"
    r"|免(?:证明)?材料|(?P<unfilled>(?:线上|网上)[^,。;]{0,8}免填)|(?:证明|材料|单)也?(?:省了|免了|不用了)"
    r"|取消(?!备案)[^,。;:!?()]{0,44}(?:纸质证明|纸质材料|证明材料|等证明|盖章)|零(?:材料|证明)|无(?:证明|材料)办理|无证明(?:备案|办)"
    r"|(?:免除?|不再(?:需要|要求)|不要求|无需|不需要?|不用|无须)[^,。;:!?()]{0,12}(?:证明材料|备案材料|纸质材料|申请材料|材料|证明|盖章|转诊单|转诊手续)"
    r"|(?:^|[,;:])(?:也|都|其他的?|别的)?(?:不要|不收|没有)(?:任何|别的|其他|其它|什么|额外)?(?:证明|材料)(?:材料|要求)?(?=[,。;]|$)"
    r"|(?:其他|其它|其余|别的|另外)的?(?:材料|证明|东西)?(?:都|一概|一律|均)(?:不要|不用|不收|不需要?)(?:交|带|提供|提交|传)?(?=[,。;]|$)"
    r"|(?P<skipped>(?:选|属于|是)[^,。;]{0,24}的?,?(?:可以?|自动|直接|则|请)?跳过(?:此步|这一?步|本步|该步|上传))"
)
_PAPERS = rx(r"材料|证明|资料|证件|复印件|原件|纸质|单据|手续|表$|书$|证$|盖章|卡$|凭证")
_NO_PAPERS = rx(r"押金|预付|费用|承诺书?$|备案手续|结算手续|转诊手续的")
_SHARED = rx(
    r"共享|证照|核验|核查|数据|系统|调[取用]|推送|查得到|看得见|医院[^,。;]{0,4}上传|自动上传|自动提取|自动获取|已上传|直接上传"
)
_COMMITMENT = rx(
    r"(?:实行|采取|采用|推行|实施|适用|通过|可|以|按|选择|允许|执行|落实|用)[^,。;]{0,14}?(?:承诺制|告知承诺|承诺(?:备案|办理|方式|形式))"
    r"|(?:只|仅)(?:需|要)?(?:填|签|交|提供|提交)[^,。;]{0,16}承诺书|承诺制(?:备案|办理|的方式|方式)?|告知承诺(?:制|书)?"
    r"|(?:个人|口头|电子|线上|书面)?承诺书?(?:、[^,。;、]{2,8})?(?:即可|就行|就可以|也能过|也可以)"
    r"|全程[^,。;]{0,4}承诺|(?:无法|不能(?!只|仅|光)|未能|没有|来不及|暂时|拿不出|提供不了|难以|不便|缺少|暂无|开不出|办不出|找不到|还没办|未办下来|凑不齐|不全|不齐)[^。;]{0,36}?(?:承诺书?|个人信用为担保|书面承诺)"
    r"|(?:签|签署|签订|签个|签一份|填写|提交|上传|出具|作出|做出|书面)[^,。;]{0,14}?承诺书?(?:后)?[^,。;]{0,4}?"
    r"(?:即可|就可以|就行|便可|先办|先行|后即|代替|替代|办理(?:异地就医)?备案|直接)"
    r"|(?:作出|做出|签署|提交)?(?:书面|个人)承诺(?:后)?(?:就|即|便)?(?:能|可以?|可)(?:办理?)?备案"
    r"|(?:签|签署|签订|阅签|提交)[^,。;]{0,10}?承诺书?(?:后)?,?(?:即|就|便)?(?:无需|无须|不需要?|不用|不再|免于?)(?:再)?(?:上传|提供|提交|出具|交)"
    r"|(?:作出|做出|签署?|提交|选择?|采用|实行)[^,。;]{0,10}?承诺(?:书|制)?(?:备案|办理)?(?:后|的|以后)?,?(?:即|就|便|可以?)?(?:无需|无须|不需要?|不用|不必|不再|免于?|免予)(?:再)?(?:上传|提供|提交|出具|交|要)"
    r"|(?:实行|推行|实施|采用|采取)(?:的是)?(?:个人|书面|告知)?承诺(?=[,。;]|$)|(?:只|仅)[需须要]?[^,。;]{0,6}?勾选[^,。;]{0,6}?承诺"
    r"|改(?:为|成|用|签|填|交|传)(?:一份|一张|个|份|张)?(?:签)?(?:书面|个人|电子)?承诺书?(?!的)"
    r"|承诺书?[^,。;或]{0,6}?(?:代替|替代|取代)|(?:以|用|凭)[^,。;]{0,10}?承诺书?[^,。;]{0,6}?(?:代替|替代|备案|办理)"
)
_PROOF_SPARED = rx(
    r"承诺(?:书|制)?(?:方式)?(?:备案|办理)?(?:后|的|以后)?,(?:即|就|便|可以?)?(?:无需|无须|不需要?|不用|不必|不再|免于?|免予)(?:再)?(?:上传|提供|提交|出具|交)"
)
"""选择承诺制,不用交证明,但未满6个月不得变更: what follows limits it and takes nothing back."""
_NOT_COMMITMENT = rx(
    r"(?:不可|不得|不能|不适用|不允许|不再|未)(?:以|使用|采用|采取|适用|通过)?[^,。;]{0,8}?承诺"
    r"|(?<!勾选)承诺(?:时限|期限|办结|办理时限|事项|内容|人)|承诺[^。;]{0,30}(?:[满未]\d+个?月|(?:\d+个?月|半年)(?:以?后|内)?(?:方可|不得|才))"
    r"|承诺(?:书|制)?(?:方式|备案)的?[^。;]{0,30}?(?:不得|不予|不能)(?:变更|更改|注销|取消|撤销)|承诺(?:书)?方式[^。;]{0,20}不得|承诺书?(?:方式)?[^,。;]{0,4}(?:办|办理|备案|备|办理备案)的"
    r"|承诺[^,。;]{0,8}(?:不变更|不更改|属实|真实|内容|的具体)|外伤|第三方|违反承诺|不实承诺"
)
"""Commitments about something else, and those that are only the case of another rule (以承诺书办的，…)."""
_PLACE = (
    r"(?:就医|居住|异地|所在|所|在|转入|工作){0,4}(?:地|的){0,2}"
    r"(?:城市|地市|地级市|设区市|设区的市|市|直辖市|省|省份|统筹地?区|州|市级|地区)(?!医|内|级|中心|[^,。;]{0,6}(?:医院|医疗机构))"
)
_NO_CHOICE = rx(
    rf"备案[^,;。]{{0,3}}选(?:择|到)?{_PLACE}(?:就好|就行|即可|就可以)|"
    rf"备案[^,;。]{{0,4}}(?:只需?要?|仅需?|直接)选(?:择|定)?(?:到|至)?{_PLACE}|"
    rf"(?:直接|只需?|仅需?|统一|可|均)?(?:将)?(?:其)?备案?(?:直接)?(?:到|至)(?:了)?(?:其|您|你)?{_PLACE}"
    r"|(?:无需|无须|不需要?|不用|不必|不再(?:需要|要求)?|可不|不限|未限)(?:再|另行|事先|提前|具体|单独|备案时){0,3}"
    r"(?:选择|选定|指定|确定|填写|备案|填报|限定|约定|选|挑)"
    r"(?:到|至|具体|就医|某一?家?|异地|固定|的|就诊|住院|门诊|哪家|备案|当地|特定){0,5}(?:定点)?(?:的)?(?:医院|医疗机构|医药机构|机构|[我某本]院)"
    rf"|(?:备案|登记|选定?|选择|填报?)(?:到|至)(?:就医|居住|所在)?地?(?:的)?(?:设区(?:的)?|地级)?市(?:一级|级)?(?:即可|就可以|就行|就好|为止)"
    r"|(?:不|无需|无须|不再|不用|不必|不需要?)(?:再)?(?:绑定|锁定|限于|局限于)(?:到|在|于|具体|某一?家?|哪一?家|一家|单一|固定|就诊|定点|就医|的){0,4}(?:医院|医疗机构)"
    r"|不(?:限|限定|限制|要|用|必|指定|确定|选定)(?:选择?|写|指定|填|填写)?(?:到|具体|某一?家?|哪一?家|我院|就诊|定点|就医){0,4}(?:的)?(?:医院|医疗机构|我院)"
    r"|不用选,?备到|备案(?:只|仅)(?:需要?)?(?:到|至|备到)(?:城市|地市|市级?)|具体(?:去|选|到)?哪一?家(?:医院)?[^,。;]{0,4}(?:自己定|自己选|不限|随意|都行|都可以)|(?:不要|别|用不着|不消|犯不着)(?:再|去|先|另外|专门)?(?:选|挑|填|写|指定|纠结|限定)[^,。;]{0,8}(?:医院|医疗机构|哪一?家)"
    r"|(?:备|选|登|报|填|选择|登记|备案)(?:到|至|成|了)?[“\"]?[\u4e00-\u9fff]{2,8}[市州盟区][”\"]?(?:一级)?(?:就|即)(?:可以?|行|好|够|成)"
    r"|(?:备案|登记)?(?:备|登|填|选|报)(?:到|至)(?:地级|设区的?)?市(?:一级|级)?(?:就|即)(?:可以?|行|好|够|成)"
    r"|(?:取消|放开|不受)[^,。;]{0,10}(?:定点|医院|医疗机构)(?:选择|数量|家数|限制|选定)"
)
_UNABLE = rx(r"凑不齐|找不到|还没办|无法|不能|未能|来不及|暂时|拿不出|提供不了|难以|开不出")
_HAS_EXEMPTION = Needs(_DEEMED, _NO_CHOICE, _NO_FILING, _ALL_BUT, _COMMITMENT, _NO_PAPER)
_GEO = (
    (
        "bloc",
        rx(
            r"京津冀|长三角|沪苏浙|江浙沪|苏浙皖|京津(?!冀)|北京[、和及]天津|川渝|成渝|渝川|粤港澳|珠三角|大湾区|云贵川|西南五省|东北三省"
            r"|长江三角洲|示范区|泛珠|关中|三省一市|[\u4e00-\u9fff]{2,4}(?:都市圈|城市群|经济圈|同城化)"
        ),
    ),
    (
        "intra_province",
        rx(
            r"(?<!跨)省内|(?<![跨出外])省里(?!的?(?:规定|政策|要求|统一|文件|医保|出台|明确))|省以内|[冀豫辽湘皖鲁苏浙赣鄂桂陇晋蒙陕闽黔粤青川宁琼滇]内|全省|自治区范围内|跨盟市|跨地州|跨市州|疆内|本省|我省"
            r"|同省|(?:广西|内蒙古|宁夏|新疆|西藏)[^,。;]{0,5}区?内(?!的?医院)|自治区内|全区|区内异地|我区|省域|全疆|全藏|(?<![筹城辖市])区内(?:其他|其它|跨|就医|看病|住院|医院)|省直管"
        ),
    ),
    (
        "intra_city",
        rx(
            r"(?<!跨)(?<!出)市内|本市(?:范围)?内|市域|统筹区内|全市|州内|盟内|本州|本市(?:定点|医院|就医|住院)|市区内|参保地内|在本地就医|所辖(?:各)?(?:区|县|旗)|市辖区"
        ),
    ),
    ("cross_province", rx(r"跨省|省外|外省|出省|全国|外地省")),
)
"""Places an exemption is limited to, narrow ones first; 参保地 and 本地 say who is insured, not where the rule holds."""
_SOME = rx(r"(?:部分|不少|许多|很多|一些)(?:省|市|地|城市|统筹)|有条件的|有的(?:地区|省|市)|探索|试点")
_USUAL = rx(r"通常|一般|原则上|大多")
_MAY = rx(r"(?:可以?|允许)(?:直接|统一)?$")
_MADE_UP = rx(r"补(?:办|备|登|报|充)[^,。;]{0,8}的?,?$|后[^,。;]{0,10}补(?:办|备|登|报|,)[^。;]{0,40}$")
"""已补办备案的，按已备案人员报销 tells what making up does."""
_SUBJECT = rx(r"备|登记|承诺|证|材料|资料|手续|医院|机构|申请|上传|免|不需要|不用|不再|不需|无需")
"""What any exemption speaks of: a sentence without it need not be read."""
_ASKS = rx(r"(?:吗|呢|什么|哪些|哪里|如何|怎么|是否|要不要|怎样|多久|能否)[^,。]{0,12}$")
_ANNOUNCES = rx(r"这些|以下|下列|哪些|几种")
_URGENT = rx(r"急诊|抢救|急救|急病|急症|急危重|危重|心梗|脑梗|病危|昏迷")
_FROM = rx(r"(?:自|从)?(\d{4})年(\d{1,2})月(?:(\d{1,2})日)?(?:起|开始|以后|之后)")


def find(doc: Document) -> Iterator[Exemption]:
    """All exemptions of a page, merged."""
    found: list[Exemption] = []
    for index in range(len(doc.blocks)):
        found += _announced(doc, index)
    for sentence in doc.sentences_with(_HAS_ANSWER):
        found += _answered(doc, sentence)
    for sentence in doc.sentences_with(_HAS_EXEMPTION):
        if _SUBJECT.search(doc.folded, sentence.start, sentence.end) and not _is_question(doc, sentence):
            found += _of_sentence(doc, sentence)
    yield from _merge(found)


def _announced(doc: Document, index: int) -> Iterator[Exemption]:
    """以下情形视同备案： the items of the list are whom or where it exempts."""
    block = doc.blocks[index]
    text = doc.block_text(index)
    heads = block.kind == "heading" or text.rstrip().endswith(":")
    if not heads or not _ANNOUNCES.search(text) or _ASKS.search(text.rstrip(":")):
        return
    kind = "deemed_filed" if _DEEMED.search(text) else "no_filing" if _no_filing(text, None) else None
    if kind is None:
        return
    for child in doc.sentences:
        item = doc.folded[child.start : child.end]
        if doc.blocks[child.block].parent != index or _DEEMED.search(item) or _no_filing(item, None):
            continue
        types = doc.types_in(child.start, child.end) or (("emergency",) if _URGENT.search(item) else ())
        geo = next((code for code, pattern in _GEO if code != "cross_province" and pattern.search(item)), None)
        if types or geo:
            yield Exemption(
                evidence=doc.evidence(child),
                rule="exemptions.announced",
                kind=kind,
                filing_types=types,
                geo_scope=geo,
                modality="must",
            )


_ANSWER = rx(r"^(?:均|都|一律)?(?:不需要?|无需|无须|不用|不必|免|否|不要)(?:办理|备案)?[。]?$")
_HAS_ANSWER = Needs(_ANSWER)
_ASKS_TO_FILE = rx(r"(?:是否|要不要|需不需要|用不用|需要?|要)[^,。]{0,4}(?:办理?)?(?:异地就医)?(?:备案|登记)")


def _answered(doc: Document, sentence: Span) -> Iterator[Exemption]:
    """A cell 不需要 where the head of its row or column asks whether to file, the other head tells where or who."""
    block = doc.blocks[sentence.block]
    heads = [head for head in (block.row_head, block.col_head) if head is not None]
    if block.kind != "cell" or not _ANSWER.match(doc.folded[sentence.start : sentence.end]):
        return
    asks = [head for head in heads if _ASKS_TO_FILE.search(doc.block_text(head))]
    others = [head for head in heads if head not in asks]
    if not asks or not others:
        return
    head = doc.blocks[others[0]]
    geo = next((code for code, pattern in _GEO if pattern.search(doc.folded, head.start, head.end)), None)
    yield Exemption(
        evidence=doc.evidence(sentence, (head.start, head.end)),
        rule="exemptions.answered",
        kind="no_filing",
        filing_types=doc.types_in(head.start, head.end) or short_types(doc.folded[head.start : head.end]),
        geo_scope=geo,
        modality="must",
    )


def _is_question(doc: Document, sentence: Span) -> bool:
    """哪些情况无需备案 asks, and as a heading announces; neither tells."""
    text = doc.folded[sentence.start : sentence.end]
    heads = doc.blocks[sentence.block].kind == "heading" or text.endswith(":")
    return bool(text.endswith("?") or _ASKS.search(text) or (heads and _ANNOUNCES.search(text)))


def _of_sentence(doc: Document, sentence: Span) -> Iterator[Exemption]:
    text = doc.folded[sentence.start : sentence.end]
    deemed, choice = _DEEMED.search(text), _NO_CHOICE.search(text)
    if deemed and not _MADE_UP.search(text[: deemed.start()]):
        yield _fact(doc, sentence, deemed, "deemed_filed")
    if choice and not rx(r"(?:未|没有|不得|不能)(?:直接)?$").search(text[: choice.start()]):
        yield _fact(doc, sentence, choice, "no_institution_choice")
    if not deemed and (filing := _no_filing(text, choice)):
        fact = _fact(doc, sentence, filing, "no_filing")
        yield fact
        if fact.geo_scope == "intra_province" and _is_to_neighbours(doc, text[: filing.start()]):
            yield replace(fact, geo_scope="bloc")  # 前往A、B的以及省内就医的: two places in one sentence
    if all_but := _ALL_BUT.search(text):
        yield replace(_fact(doc, sentence, all_but, "no_filing"), filing_types=("emergency",), geo_scope=None)
    commitment = _COMMITMENT.search(text)
    if commitment and (
        _PROOF_SPARED.search(text)
        or (_UNABLE.match(commitment.group()) and not rx(r"外伤|第三方").search(commitment.group()))
        or not _NOT_COMMITMENT.search(text[max(0, commitment.start() - 12) : commitment.end() + 36])
    ):
        yield _fact(doc, sentence, commitment, "commitment_instead")
    for match in _NO_PAPER.finditer(text):
        if codes := _waived(doc, sentence, match):
            fact = _fact(doc, sentence, match, "no_material")
            types = fact.filing_types or (("referral",) if "referral_form" in codes or "转诊" in text else ())
            yield replace(
                fact, filing_types=types, material_code=next((code for code in codes if code != "other"), None)
            )
            return


def _no_filing(text: str, choice: re.Match[str] | None) -> re.Match[str] | None:
    """The first place that says that no filing is needed, neither again nor to be cancelled by the applicant."""
    for match in _NO_FILING.finditer(text):
        in_choice = choice is not None and choice.start() <= match.start() < choice.end()
        cancelled = bool(_CANCELLED.search(text[max(0, match.start() - 6) : match.end()]))
        cancelled = cancelled or (match.group().startswith("取消") and not _is_abolished(text, match))
        cancelled = cancelled or ("申请" in match.group() and bool(_ENDS.search(text[: match.start()])))
        again = _AGAIN.search(match.group()) or ("再" in match.group() and _ONCE.search(text))
        if not (in_choice or cancelled or again):
            return match
    return None


def _is_abolished(text: str, match: re.Match[str]) -> bool:
    """省内…一律取消备案 abolishes a duty; 取消备案 by itself is what an applicant may do."""
    clause = text[max(0, text.rfind(";", 0, match.start())) : match.end()]
    local = any(code != "cross_province" and pattern.search(clause) for code, pattern in _GEO)
    return local and bool(_ABOLISHED.search(text[: match.start()]))


def _waived(doc: Document, sentence: Span, match: re.Match[str]) -> list[str]:
    """Codes of the papers a waiver names, `other` where it names them in general; empty where it waives no paper."""
    what, group = match["what"], match.group()
    if _NO_PAPERS.search(what or "") or ("手续" in group and "备案" in group):
        return []
    start, end = sentence.start + match.start(), sentence.start + match.end()
    if match["skipped"]:
        here = doc.blocks[sentence.block]
        return ["other"] if rx(r"传|材料|照片|证明").search(doc.folded, here.start, start) else []
    if match["waived"]:
        return doc.codes("material", max(sentence.start, start - 30), end) or ["other"]
    block = doc.blocks[sentence.block]
    heads = [doc.block_text(head) for head in (block.row_head, block.col_head) if head is not None]
    shared = what == "" and (
        _SHARED.search(doc.folded, sentence.start, sentence.end) or any(rx(r"材料|资料|证明").search(h) for h in heads)
    )
    whole = what == "" and block.kind == "cell" and len(group) >= sentence.end - sentence.start - 1
    if match["bare"] or whole:
        row = doc.blocks[block.row_head] if block.row_head is not None else None
        if (
            row is not None
            and rx(r"交|提供|出具|上传|.{5}").search(group)
            and (codes := doc.codes("material", row.start, row.end))
        ):
            return codes  # the row is the paper, the cell says that it need not be handed in
        return ["other"] if block.kind == "cell" and any(rx(r"材料|资料|证明").search(h) for h in heads) else []
    told = shared or match["unfilled"] or match["nothing"] or _PAPERS.search(what or group) or "纸质" in group
    return doc.codes("material", start, end) or (["other"] if told else [])


def _fact(doc: Document, sentence: Span, match: re.Match[str], kind: str) -> Exemption:
    start, end = sentence.start + match.start(), sentence.start + match.end()
    first, last = doc.clause_at(start), doc.clause_at(end - 1)
    if sentence.end - sentence.start <= 60:
        first = last = sentence
    geo = _geo(doc, sentence, start, kind)
    return Exemption(
        evidence=doc.evidence((first.start, last.end)),
        rule=f"exemptions.{kind}",
        kind=kind,
        filing_types=_types(doc, sentence, start, end, geo, kind),
        geo_scope=geo,
        modality=_modality(doc.folded, sentence, start, end, kind),
        valid_from=_valid_from(doc.folded[sentence.start : sentence.end]),
    )


_WITH_URGENCY = rx(r"急诊[^,。;]{0,8}[、和及与或](?:异地)?转诊|转诊[^,。;]{0,6}[、和及与或](?:异地)?急诊")
"""转诊和急诊视同备案: both are; else 急诊…视同转诊备案 is of emergencies."""


def _types(doc: Document, sentence: Span, start: int, end: int, geo: str | None, kind: str) -> tuple[str, ...]:
    """Whom it exempts: named in the sentence or by what heads it; a rule for a place is for everybody there."""
    block = doc.blocks[sentence.block]
    if block.kind == "cell" and block.row_head is not None and not doc.types_in(sentence.start, sentence.end):
        for other in reversed(doc.blocks[max(0, sentence.block - 8) : sentence.block]):
            same = block.table is not None and (other.table, other.row) == (block.table, block.row)
            if same and (found := listed_types(doc, other.start, other.end)):
                return found
    if named := doc.types_of(start, end, inherit=False):
        apart = "emergency" in named and not _WITH_URGENCY.search(doc.folded, sentence.start, end)
        return ("emergency",) if kind == "deemed_filed" and apart else named
    if _URGENT.search(doc.folded, sentence.start, end):
        return ("emergency",)
    if not geo and (short := short_types(doc.folded[sentence.start : start])):
        return short  # 临时自己去看的,什么证明都不要
    return () if geo else doc.types_of(start, end)


_LIKE_A_PLACE = rx(r"(?:视同|等同于?|如同|按照?|同)(?:在)?(?:市内|本市|本地|统筹区内|省内|参保地)(?:就医|看病|住院)?")
"""到邻省就医视同市内就医: the place it is likened to is not where the rule holds."""


def _geo(doc: Document, sentence: Span, position: int, kind: str) -> str | None:
    """Where the exemption holds: its clause, its sentence up to there; for a filing also what heads it."""
    if kind == "no_institution_choice":
        return None
    clause = doc.clause_at(position)
    near = [
        _LIKE_A_PLACE.sub("", doc.folded[lo:hi]) for lo, hi in ((clause.start, clause.end), (sentence.start, position))
    ]
    heads: list[str] = []
    if kind == "no_filing" and not any(_URGENT.search(place) for place in near):
        heads = [head for head in doc.heads_text(sentence.block).split("\n")[:-1] if len(head) <= 40]
    for place in (*near, *heads) if kind != "no_material" else near[:1]:
        for code, pattern in _GEO:
            if code == "intra_city" and kind in ("no_material", "commitment_instead"):
                continue  # 由市内二级以上医院办理 says who does it
            if pattern.search(place) and (code != "cross_province" or (kind == "no_filing" and place in near)):
                return code
    return "bloc" if kind in ("no_filing", "deemed_filed") and _is_to_neighbours(doc, near[1] + near[0]) else None


@cache
def _provinces() -> dict[str, str]:
    """Short name → adcode of every province."""
    return {
        row.short_name: row.adcode for row in load_regions() if row.adcode.endswith("0000") and row.adcode != "100000"
    }


@cache
def _to_provinces() -> re.Pattern[str]:
    names = "|".join(sorted(_provinces(), key=len, reverse=True))
    return rx(
        rf"(?:到|在|赴|去|往)((?:(?:{names})[省市]?[、和及或与]?)+)[^,。;省内]{{0,12}}(?:就医|看病|住院|门诊|就诊|购药|医院)"
    )


def _is_to_neighbours(doc: Document, clause: str) -> bool:
    """到上海、江苏就医不用备案: an arrangement with provinces other than the page's own."""
    found = _to_provinces().search(clause)
    if not found:
        return False
    own = doc.region.adcode[:2] if doc.region else ""
    return all(adcode[:2] != own for name, adcode in _provinces().items() if name in found[1])


def _modality(text: str, sentence: Span, start: int, end: int, kind: str) -> str:
    before = text[sentence.start : end]
    if _SOME.search(before):
        return "some_regions"
    if _USUAL.search(before):
        return "usual"
    allowed = text[start:end].startswith("可") or _MAY.search(text[sentence.start : start])
    if kind == "commitment_instead" or (kind == "no_institution_choice" and allowed):
        return "may"
    return "must"


def _valid_from(text: str) -> str | None:
    found = _FROM.search(text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3] or 1):02d}" if found else None


def _merge(found: list[Exemption]) -> Iterator[Exemption]:
    """One fact per kind, place and group; a repetition without a group belongs to the one that names it."""
    merged: list[Exemption] = []
    for fact in found:
        for i, known in enumerate(merged):
            apart = known.filing_types and fact.filing_types and not set(known.filing_types) & set(fact.filing_types)
            if (known.kind, known.geo_scope) != (fact.kind, fact.geo_scope) or (
                apart and fact.kind != "commitment_instead"
            ):
                continue
            merged[i] = replace(
                known,
                evidence=joined(known.evidence, fact.evidence),
                filing_types=tuple(sorted({*known.filing_types, *fact.filing_types})),
                material_code=known.material_code or fact.material_code,
                valid_from=known.valid_from or fact.valid_from,
            )
            break
        else:
            merged.append(fact)
    yield from merged
