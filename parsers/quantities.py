"""Durations, fixed dates and percentages found in text.

In: folded text (`parsers.lexicon.fold`), best without the white space that wrapped lines leave inside words. Out: one
record per mention with its place; amounts are floats, a single value has `low == high`. Calendar dates (2024年3月,
12月1日至31日) are no durations. Working days keep their mark and are never turned into days; a percentage keeps
whether it was written as 个百分点 or as %. Chinese numerals are read token by token with cn2an; running text is never
converted. Pure; a token that is no number is no mention.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from parsers.patterns import rx
from parsers.prefilter import Needs

_CN = "零一二两三四五六七八九十百"
NUMBER = rf"(?:\d+(?:\.\d+)?|[{_CN}]+)"


class Duration(NamedTuple):
    """A length of time at `[start, end)`. `unit`: hour | day | month | year, or `immediate` (amounts are None)."""

    start: int
    end: int
    low: float | None
    high: float | None
    unit: str
    workdays: bool = False

    @property
    def is_range(self) -> bool:
        return self.low != self.high


class FixedDate(NamedTuple):
    """A day of the year at `[start, end)`; `due` is "+N-MM-DD", N = years after the year it counts from."""

    start: int
    end: int
    due: str


class Ratio(NamedTuple):
    """A percentage at `[start, end)`; `unit`: pp (个百分点) | percent."""

    start: int
    end: int
    low: float
    high: float
    unit: str


_ONES = "一二三四五六七八九"
_USUAL = (
    {"零": 0.0, "两": 2.0}
    | {one: float(i) for i, one in enumerate(_ONES, 1)}
    | {
        f"{ten}十{one}": float(10 * i + j)
        for i, ten in enumerate(("", *_ONES[1:]), 1)
        for j, one in enumerate(("", *_ONES))
    }
)
"""Numerals below a hundred as they are usually written."""


# ---- numbers ------------------------------------------------------------------------------------------------
@cache
def number(token: str) -> float | None:
    """The value of one numeral, arabic or Chinese; None if it is none (两百百)."""
    if token.isascii():
        return float(token)
    if (usual := _USUAL.get(token)) is not None:
        return usual
    import cn2an  # a tenth of a second to load, for the numerals that are left

    try:
        return float(cn2an.cn2an(token, "smart"))
    except ValueError:
        return None


# ---- dates, masked before durations are read ------------------------------------------------------------------
_MONTH, _DAY = rf"(?:\d{{1,2}}|[{_CN}]{{1,3}})月份?", rf"(?:\d{{1,2}}|[{_CN}]{{1,3}})[日号]"
_DATE = rx(
    rf"(?:19|20)\d\d(?:年度?(?!内)|[-./]\d{{1,2}}[-./]\d{{1,2}})(?:{_MONTH}(?:{_DAY})?)?"
    rf"|{_MONTH}{_DAY}"
    rf"|[每次当本上下]个?月(?:的?{_DAY}|\d{{1,2}}(?=[日号]))"
    rf"|第(?![二2][天日]|[二2]个(?:工作|自然)[日天])[{_CN}\d]+(?:个?工作日|[日天年月])"
    rf"|[二2][〇零o0][{_CN}〇\d]{{2}}年"
    rf"|(?<![\d{_CN}个])(?:1[0-2]|[1-9])月(?!内|以|之内|及|有效|期)"
    r"|\d{1,2}:\d{2}|(?<=[年度])第?[一二三四1-4]季度"
)
_DATE_TAIL = rx(rf"[-至到~](?:{_MONTH})?{_DAY}")


def mask_dates(text: str) -> str:
    """`text` with calendar dates blanked out, length kept."""
    chars = list(text)
    for match in _DATE.finditer(text):
        tail = _DATE_TAIL.match(text, match.end())
        end = tail.end() if tail else match.end()
        chars[match.start() : end] = " " * (end - match.start())
    return "".join(chars)


# ---- durations ------------------------------------------------------------------------------------------------
_UNITS: dict[str, tuple[str, float, bool]] = {
    **dict.fromkeys(("工作日", "工作天", "法定工作日"), ("day", 1, True)),
    **dict.fromkeys(("自然日", "日历日", "日历天", "自然天", "日", "天"), ("day", 1, False)),
    **dict.fromkeys(("小时", "钟头", "h"), ("hour", 1, False)),
    **dict.fromkeys(("自然月", "月"), ("month", 1, False)),
    **dict.fromkeys(
        ("自然年度", "医疗年度", "备案年度", "医保年度", "保险年度", "结算年度", "自然年", "周年", "年度", "年"),
        ("year", 1, False),
    ),
    **dict.fromkeys(("星期", "礼拜", "周"), ("day", 7, False)),
    "季度": ("month", 3, False),
}
"""Written unit → unit of the vocabulary, factor, working days. A week is seven days, a quarter three months."""
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_NOT_UNIT = r"(?!岁|级|[一二三四五六日末]|薪|龄|租|收入|均|份|历|常|间|前年|代)"
_DURATION = rx(
    rf"(?<![\d.第下×x*/{_CN}])"
    rf"(?:(?P<low>{NUMBER})(?:\(含\))?(?:个?(?P<low_unit>{_UNIT}))?(?P<to>[-至到~、]|或者?))?"
    rf"(?P<high>{NUMBER})(?:\(含\))?[个整]?(?P<half>半)?(?:\(含\)|\(个\)|\()?(?P<unit>{_UNIT}){_NOT_UNIT}(?P<and_half>半(?!年|个|天|日|以))?"
    rf"|(?<!下)(?<!上)半个?(?P<half_unit>年|月|工作日|天)(?!度)"
    r"|(?P<next_day>次日|隔日|第[二2](?:个自然)?[天日]|翌日|(?P<next_workday>第二个工作日|次一?个?工作日|下一个?工作日))"
    r"|(?P<now>即(?=生效)|当场|现场(?=办结|办好|办完|办妥|出结果)|即时|实时|立即|立刻(?=就|可|能|生效)|即刻|马上(?=就|可|能|生效)|当[天日](?!往返|起止)|即到即办|即来即办|即办即[走结]|随到随办|立等可取|马上就?办|秒办"
    r"|秒批|秒过|秒审|秒级(?=办结|审核|通过|完成)|即申即[办享]|即办(?=件|[。;,)]|$))"
)


HAS_DURATION = Needs(_DURATION)


@lru_cache(maxsize=4096)  # several readers ask for the same clauses of a page
def durations(text: str) -> tuple[Duration, ...]:
    """Durations in folded text, in order; 半年 is six months, 一年半 eighteen, 次日 one day, 当场 `immediate`."""
    found: list[Duration] = []
    for match in _DURATION.finditer(mask_dates(text)):
        found.extend(_duration(match))
    return tuple(found)


_ABOUT = rx(r"([一二两三四五六七八])([两三四五六七八九])")
"""Two numerals side by side are about as many: 两三, 三五."""


_MOST = 9999
"""No period has a longer number: what has is of a telephone (0355-2012345(工作日))."""


def _duration(match: re.Match[str]) -> list[Duration]:
    start, end = match.span()
    if match["now"]:
        return [Duration(start, end, None, None, "immediate")]
    if match["next_day"]:
        return [Duration(start, end, 1, 1, "day", bool(match["next_workday"]))]
    if match["half_unit"]:
        value, unit, workdays = {"年": (6.0, "month", False), "月": (15.0, "day", False)}.get(
            match["half_unit"], (0.5, "day", match["half_unit"] == "工作日")
        )
        return [Duration(start, end, value, value, unit, workdays)]
    if match["low"] is None and (about := _ABOUT.fullmatch(match["high"])):  # 两三天
        fewest, most = (number(one) or 0 for one in about.groups())
        unit, factor, workdays = _UNITS[match["unit"]]
        if fewest < most:
            return [Duration(start, end, *_whole(fewest * factor, most * factor, unit), workdays)]
    high = number(match["high"])
    if high is None or high > _MOST:
        return []
    unit, factor, workdays = _UNITS[match["unit"]]
    high = high * factor + (0.5 * factor if match["half"] or match["and_half"] else 0)
    if match["low"] is None:
        return [Duration(start, end, *_whole(high, high, unit), workdays)]
    low = number(match["low"])
    if low is None:
        return [Duration(match.start("high"), end, *_whole(high, high, unit), workdays)]
    low_unit, low_factor, low_workdays = _UNITS[match["low_unit"] or match["unit"]]
    low *= low_factor
    if match["to"] in "、或者":
        if match["low_unit"] is None:  # “、3个月”: the first number belongs to something else
            return [Duration(match.start("high"), end, *_whole(high, high, unit), workdays)]
        return [
            Duration(start, match.end("low_unit"), *_whole(low, low, low_unit), low_workdays),
            Duration(match.start("high"), end, *_whole(high, high, unit), workdays),
        ]
    if low_unit != unit:
        in_months = {"month": 1, "year": 12}
        if low_unit not in in_months or unit not in in_months:
            return [Duration(match.start("high"), end, *_whole(high, high, unit), workdays)]
        low, high, unit = low * in_months[low_unit], high * in_months[unit], "month"
    return [Duration(start, end, *_whole(low, high, unit), workdays)]


def _whole(low: float, high: float, unit: str) -> tuple[float, float, str]:
    """Half years as months: 1.5 year is 18 month."""
    if unit == "year" and (low % 1 or high % 1):
        return low * 12, high * 12, "month"
    return low, high, unit


# ---- fixed dates ----------------------------------------------------------------------------------------------
_LAST_DAY = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
_FIXED = rx(
    r"(?<![\d年])(?P<until>(?:最[迟晚]|至迟|不得?超过|不[迟晚]于|截止)[至到为于]?)?(?P<year>次一?年度?|第二年度?|下一?年度?|翌年|隔年|来年|转年|当年度?|本年度?|每年度?)?的?"
    rf"(?:(?P<month>\d{{1,2}}|[{_CN}]{{1,2}})月份?(?:(?P<day>\d{{1,2}}|[{_CN}]{{1,3}})[日号]|(?P<last>底|末))"
    rf"|(?:第?(?P<quarter>[一二三四1-4])季度[末底内]?)|(?P<year_end>年底|年末|年终)|(?<=[年度])(?P<in_year>底|末|内))"
    r"(?P<before>\(含[^()]{0,6}\))?(?P<limit>[之以]?前|为止|止|截止|内|[是为](?=[^,。;\d]{0,10}(?:截止|最后[期时]限|最后一天)))?"
)


HAS_FIXED_DATE = Needs(_FIXED)


def fixed_dates(text: str) -> list[FixedDate]:
    """Days of the year that end a period (次年3月31日前, 当年底前), in order; dates with a calendar year are not meant."""
    found = []
    for match in _FIXED.finditer(text):
        ahead = bool(match["year"]) and match["year"][0] in "次第下翌隔来转"
        if not ahead and not match["limit"] and not match["in_year"] and not match["until"]:
            continue  # 每年1月1日至12月31日: a year, not its end
        month: float | None = 12.0
        day: float | None = 31.0
        if match["month"]:
            month = number(match["month"])
            day = _LAST_DAY.get(int(month or 0)) if match["last"] else number(match["day"])
        elif match["quarter"]:
            month = 3 * (number(match["quarter"]) or 0)
            day = _LAST_DAY.get(int(month))
        if not month or not day or month > 12 or day > 31:
            continue
        found.append(
            FixedDate(
                max(match.start(), match.end("until")), match.end(), f"+{int(ahead)}-{int(month):02d}-{int(day):02d}"
            )
        )
    return found


# ---- percentages ----------------------------------------------------------------------------------------------
_PERCENT = rx(
    rf"(?<![\d.])(?:(?P<low>{NUMBER})(?P<low_unit>%|个?百分点)?[-至到~])?(?P<high>{NUMBER})(?P<unit>%|个?百分点|个点|个(?=(?:[和与及或、]|以及){NUMBER}个?百分点))"
    rf"|百分之(?P<words>[{_CN}]+)(?:[-至到~]百分之(?P<words_high>[{_CN}]+))?"
    r"|(?<=打)(?P<discount>[一二三四五六七八九]{1,2}|\d{1,2}|\d\.\d)折(?!扣)"
    r"|(?<![一二两三四五六七八九])(?P<tenths>[一二两三四五六七八九])成(?!效|果|本|立|功|员|人|为|长)"
)


HAS_RATIO = Needs(_PERCENT)


def _off(token: str) -> float:
    """What is left at 九折 (90), 八五折 (85), 9.5折 (95), in percent."""
    digits = [number(one) or 0 for one in token if one != "."]
    return 10 * digits[0] + (digits[1] if len(digits) > 1 else 0)


def ratios(text: str) -> list[Ratio]:
    """Percentages in folded text, in order."""
    found = []
    for match in _PERCENT.finditer(text):
        if match["discount"]:
            rest = _off(match["discount"])
            found.append(Ratio(match.start(), match.end(), rest, rest, "percent"))
            continue
        if match["tenths"]:
            tenths = 10 * (number(match["tenths"]) or 0)
            found.append(Ratio(match.start(), match.end(), tenths, tenths, "percent"))
            continue
        low, high = (match["words"], match["words_high"]) if match["words"] else (match["low"], match["high"])
        values = [value for token in (low, high) if token and (value := number(token)) is not None]
        if values:
            unit = "pp" if (match["unit"] or "%") != "%" else "percent"
            found.append(Ratio(match.start(), match.end(), values[0], values[-1], unit))
    return found
