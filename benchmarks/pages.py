"""A generated archive of N pages for the benchmarks: our own pages, retold for other regions in shells of real sizes.

In:  examples/site and tests/corpus, the region table, N, a seed. Out: an archive (one complete run), or pages one by one.
Equal N and seed give equal bytes on any machine, with the same pages of ours. What is varied: the region and its province (all of the same level in the
country), periods, percentages, dates, document and telephone numbers; the shell around (styles, scripts, menus, lists
of other articles, footer) brings a page to 10–80 KB, with half of them below 30 KB, as on the real pages we know.

The texts are material for measuring speed and never a source: regions and values are put together by chance.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
from crawler.archive import Archive, Fetch  # noqa: E402 - the checkout's own

SEED = 7
RUN, EPOCH = "2026-W47", 1794794400  # a Monday morning in Shanghai: the clock of the generated run

SHARES = {"guide": 0.45, "off_topic": 0.45, "near_copy": 0.08, "same_bytes": 0.02}
"""Share of pages by what they are: guides on filing; articles on other subjects (one in six of them close to ours);
guides shown again by another site with another date and shell; the same bytes at a second address."""

SIZE_BYTES = (10_000, 28_000, 80_000)
"""Least, middle and largest size of a page; log-normal between."""

CLOSE = 1 / 6  # of the pages off the subject: those of the corpus that look like ours
WHERE = {  # examples/site has no annotations: the region of each page that is about one
    "art_1003": "320000", "art_1004": "611000", "art_1005": "610600", "art_1006": "360000", "2001": "130500",
    "2003": "110000", "2002": "320400", "2004": "440000", "5001": "310000", "5002": "320000", "5003": "320000",
}  # fmt: skip
TIER = {"art": "a", "live": "c", "bszn": "b", "news": "e", "ask": "d"}  # folder of examples/site → tier of its site

AGREE = 0.9
"""Share of figures in which a page agrees with the others about its region; the rest are by chance, and so contradict."""

_FIGURES = {
    "个工作日": (1, 2, 3, 5, 7, 10, 15, 20, 30), "个月": (1, 2, 3, 6, 9, 12, 18, 24), "%": (5, 10, 15, 20, 25, 30, 40),
    "个百分点": (5, 10, 15, 20), "天": (3, 5, 7, 10, 15, 30), "日内": (3, 5, 7, 10, 15, 30),
}  # fmt: skip
_DATE = r"20[12]\d(?P<sep>[-年./])(?P<month>\d{1,2})(?P<sep2>[-月./])(?P<day>\d{1,2})(?!\d)"
_NUMBER = rf"(?<![\d.])(?P<n>\d{{1,2}})(?P<unit>{'|'.join(_FIGURES)})"
_OTHERS = r"(?P<area>0\d{2,3})-(?P<phone>\d{7,8})|(?P<doc>〔20\d\d〕\d{1,3}号)"


@dataclass(frozen=True, slots=True)
class Region:
    """A row of the region table."""

    adcode: str
    name: str
    short: str
    level: str
    parent: str


@dataclass(frozen=True, slots=True)
class Page:
    """A generated page: what it is, the site it stands on, its address and its bytes."""

    kind: str
    source: str
    tier: str
    url: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Telling:
    """One retelling of a page: its chance, old name → new name, and the region whose rules it tells."""

    rng: random.Random
    names: dict[str, str]
    adcode: str


Part = str | Callable[[Telling], str]


@dataclass(frozen=True, slots=True)
class Template:
    """A page of ours, cut at the places that vary."""

    name: str
    tier: str
    encoding: str
    region: Region | None
    parts: tuple[Part, ...]

    def told(self, rng: random.Random, region: Region | None) -> str:
        names = {}
        if self.region is not None and region is not None:
            here, there = (regions()[r.parent] for r in (self.region, region))
            names = {here.name: there.name, here.short: there.short}
            names |= {self.region.name: region.name, self.region.short: region.short}
        now = Telling(rng, names, region.adcode if region else self.name)
        return "".join(part if isinstance(part, str) else part(now) for part in self.parts)


@cache
def regions() -> dict[str, Region]:
    with (ROOT / "parsers" / "vocab" / "regions.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if not r["valid_to"]]
    return {
        r["adcode"]: Region(
            r["adcode"], r["name"], r["short_name"] or r["name"], r["level"], r["parent_adcode"] or r["adcode"]
        )
        for r in rows
    }


@cache
def of_level(level: str) -> tuple[Region, ...]:
    return tuple(r for r in regions().values() if r.level == level)


# -- our pages, cut into what stays and what varies ------------------------------------------------------------------


@cache
def templates() -> dict[str, tuple[Template, ...]]:
    """guide: pages on filing; close: pages off the subject that look like ours."""
    found: dict[str, list[Template]] = {"guide": [], "close": []}
    for path in sorted((ROOT / "examples" / "site").rglob("*")):
        if path.suffix in (".html", ".shtm") and re.search(r"\d{4}$", path.stem):
            tier = next(t for folder, t in TIER.items() if folder in str(path.relative_to(ROOT)))
            found["guide"].append(_template(path, tier, WHERE.get(path.stem)))
    for path in sorted((ROOT / "tests" / "corpus").glob("*.html")):
        about = json.loads(path.with_suffix(".json").read_text("utf-8"))
        kind = "guide" if about["relevant"] else "close"
        adcode = (about.get("region") or {}).get("adcode")
        found[kind].append(_template(path, (about.get("authority") or "C").lower(), adcode))
    return {kind: tuple(t) for kind, t in found.items()}


def _template(path: Path, tier: str, adcode: str | None) -> Template:
    body = path.read_bytes()
    try:
        text, encoding = body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = body.decode("gb18030"), "gb18030"
    region = regions()[adcode] if adcode else None
    names = []
    if region is not None:
        names = [n for r in (region, regions()[region.parent]) if r.adcode != "100000" for n in (r.name, r.short)]
    named = "|".join(map(re.escape, sorted(set(names), key=len, reverse=True))) or r"(?!)"
    varies = re.compile(f"(?P<name>{named})|{_DATE}|{_NUMBER}|{_OTHERS}")
    parts: list[Part] = []
    end = 0
    for m in varies.finditer(text):
        parts += [text[end : m.start()], _varied(m)]
        end = m.end()
    return Template(path.stem, tier, encoding, region, (*parts, text[end:]))


def _varied(m: re.Match[str]) -> Callable[[Telling], str]:
    """What stands in the place of a match on a page made anew."""
    g, whole = m.groupdict(), m.group()
    if g["name"]:
        return lambda now: now.names.get(whole, whole)
    if g["month"]:
        tail = whole[whole.rindex(g["day"]) + len(g["day"]) :]
        return lambda now: (
            f"{now.rng.randint(2021, 2026)}{g['sep']}{g['month']}{g['sep2']}{now.rng.randint(10, 28)}{tail}"
        )
    if g["unit"]:
        n, unit = int(g["n"]), g["unit"]
        return lambda now: (
            f"{_rule(now.adcode, n, unit) if now.rng.random() < AGREE else now.rng.choice(_FIGURES[unit])}{unit}"
        )
    if g["area"]:
        return lambda now: f"{g['area']}-{now.rng.randrange(2 * 10**6, 9 * 10**6)}"
    return lambda now: f"〔{now.rng.randint(2019, 2026)}〕{now.rng.randint(1, 99)}号"


@cache
def _rule(adcode: str, n: int, unit: str) -> int:
    """The figure that pages of a region give where ours gives n: half of the regions keep it."""
    rng = random.Random(f"{adcode} {n} {unit}")
    return n if rng.random() < 0.5 else rng.choice(_FIGURES[unit])


# -- pages off the subject -------------------------------------------------------------------------------------------

_TITLES = (
    "{r}城区{n}路段夜间施工公告", "{r}今年计划改造老旧小区{n}个", "{r}中小学{y}年秋季招生日程公布", "{r}住房公积金缴存基数调整说明",
    "{r}公交{n}路临时改道通知", "{r}图书馆{y}年国庆期间开放时间", "{r}{y}年事业单位招聘{n}人公告", "{r}气象台发布大风蓝色预警",
    "{r}城乡居民养老保险待遇发放提示", "{r}供水管网检修停水通知", "{r}召开{y}年农业生产工作会议", "{r}文化馆公益课程开始报名",
)  # fmt: skip
_SENTENCES = (
    "{r}有关部门{m}月{d}日介绍，今年以来相关工作完成年度计划的{p}%，比上年同期提高{s}个百分点。",
    "本次施工范围全长约{n}米，预计{m}月{d}日前恢复通行，请过往车辆按照现场标志绕行。",
    "报名时间为{m}月{d}日上午九点至下午五点，逾期不再受理，名额共{n}个，额满为止。",
    "会议强调，要抓好春耕备耕、农田水利和病虫害防治，确保全年粮食播种面积稳定在{n}万亩以上。",
    "{r}图书馆实行错时开放，读者凭有效证件入馆，自习区座位{n}个，可以提前一天在网上预约。",
    "招聘岗位的学历、专业和年龄要求见附件，考生应当对提交材料的真实性负责，笔试合格分数线为{p}分。",
    "受冷空气影响，{m}月{d}日夜间起气温下降{s}摄氏度左右，沿江和山口地区阵风可达七级，注意防火防风。",
    "住房公积金缴存基数上限调整为{n}元，单位和职工缴存比例各为{s}%，由单位经办人员在网上办理。",
    "停水期间请居民提前储水，恢复供水初期水质可能短时浑浊，放水{s}分钟后即可正常使用。",
    "改造内容包括屋面防水、外墙保温、雨污分流和停车位划设，共涉及住户{n}户，资金由财政和居民共同承担。",
    "公交线路调整以后，沿线增设站点{s}处，首末班时间不变，票价仍为两元，刷卡八折。",
    "养老保险待遇每月{d}日前发放到个人账户，领取人员每年应当完成一次资格认证，认证方式可以任选。",
    "活动现场设置咨询台{s}个，发放宣传材料{n}份，工作人员向群众讲解防范电信诈骗的常识。",
    "下一步，{r}将继续完善工作机制，加强督促检查，把各项任务落实到岗位、落实到人。",
)


def _other(rng: random.Random, region: Region) -> str:
    """An article on something else."""

    def said(text: str) -> str:
        return text.format(
            r=region.name, n=rng.randint(12, 9800), y=rng.randint(2022, 2026), m=rng.randint(1, 12),
            d=rng.randint(1, 28), p=rng.randint(40, 98), s=rng.randint(3, 12),
        )  # fmt: skip

    title = said(rng.choice(_TITLES))
    date = f"{rng.randint(2021, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    text = "".join(
        f"<p>{''.join(said(rng.choice(_SENTENCES)) for _ in range(rng.randint(1, 4)))}</p>\n"
        for _ in range(rng.randint(4, 16))
    )
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title} - {region.name}政务网</title></head><body>\n'
        f'<div class="article"><h1>{title}</h1><div class="source">{date} 来源：{region.short}日报</div>\n'
        f'<div class="text">\n{text}</div></div>\n</body></html>\n'
    )


# -- the shell of a site ---------------------------------------------------------------------------------------------

_MENU = (
    "首页 走进本地 新闻中心 政府信息公开 办事大厅 互动交流 数据开放 专题 领导之窗 机构设置 公告公示 规范性文件 政策问答 财政信息 "
    "人事任免 重点项目 招商引资 社会救助 教育 医疗卫生 就业创业 住房保障 交通出行 环境保护 安全生产 食品药品 网上信访 意见征集"
).split()
_ELSEWHERE = (
    "{r}{y}年度城乡居民医保缴费开始", "{r}调整门诊慢特病病种范围", "一图读懂{r}生育津贴申领", "{r}医保服务网点一览（{n}处）",
    "{r}公布定点零售药店名单", "异地就医备案后报销比例是多少", "{r}异地就医怎么备案", "{r}召开医保基金监管工作会", "{r}职工医保个人账户怎么用",
    "{r}长期护理保险试点问答", "{r}社保卡补换指南", "{r}{y}年灵活就业人员参保办法", "{r}大病保险起付线调整", "{r}新生儿参保登记须知",
)  # fmt: skip
_RULES = (".nav{n}{{float:left;width:{n}px;margin:0 {s}px;color:#33{n}}}", "#box{n} li a{{line-height:{s}px;font-size:14px}}",
          "@media (max-width:{n}px){{.side{n}{{display:none;padding:{s}px}}}}")  # fmt: skip
_CODE = ("var cfg{n}={{id:'{n}',depth:{s},cb:function(e){{return e&&e.target?e.target.id:null}}}};",
         "document.addEventListener('click',function(e){{if(e.target.className==='m{n}'){{track('{n}',{s})}}}});")  # fmt: skip


def _lines(rng: random.Random, forms: tuple[str, ...], size: int) -> str:
    lines: list[str] = []
    while size > 0:
        lines.append(rng.choice(forms).format(n=rng.randint(100, 99999), s=rng.randint(2, 40)))
        size -= len(lines[-1]) + 1
    return "\n".join(lines)


@cache
def _site(source: str, seed: int) -> tuple[str, str, str]:
    """What all pages of a site share: style and script, the menu, the footer."""
    rng = random.Random(f"{seed} site {source}")
    head = (
        f"<style>\n{_lines(rng, _RULES, rng.randint(1500, 6000))}\n</style>\n"
        f"<script>\n{_lines(rng, _CODE, rng.randint(1000, 5000))}\n</script>\n"
    )
    menu = "".join(
        f'<li class="m"><a href="/{rng.randint(1, 99)}/index.html" target="_blank">{word}</a></li>' for word in _MENU
    )
    top = f'<div class="top"><div class="logo"><a href="/">{source}</a></div><ul class="menu">{menu}</ul></div>\n'
    foot = (
        f'<div class="foot"><p>主办单位：{source}站 网站标识码：{rng.randrange(10**9, 10**10)}</p>'
        f"<p>备案号：{rng.randrange(10**7, 10**8)}号 <a>关于我们</a> <a>网站地图</a> <a>法律声明</a></p></div>\n"
    )
    return head, top, foot


def _around(page: str, source: str, rng: random.Random, seed: int, size: int) -> str:
    """The page in the shell of its site, brought to about `size` bytes by lists of articles and inline data."""
    head, top, foot = _site(source, seed)
    missing = size - len(page.encode()) - len((head + top + foot).encode())
    lists: list[str] = []
    room = missing // 2
    while room > 0:
        items = []
        for _ in range(rng.randint(6, 12)):
            region = rng.choice(of_level("municipal"))
            title = rng.choice(_ELSEWHERE).format(r=region.short, y=rng.randint(2022, 2026), n=rng.randint(5, 300))
            items.append(
                f'<li><a href="/art/{rng.randrange(10**5)}.html" title="{title}">{title}</a>'
                f"<span>{rng.randint(1, 12):02}-{rng.randint(1, 28):02}</span></li>"
            )
        lists.append(f'<div class="list"><h4>相关推荐</h4><ul>{"".join(items)}</ul></div>\n')
        room -= len(lists[-1].encode())
    data = f"<script>\n{_lines(rng, _CODE, max(0, missing // 2))}\n</script>\n"
    page = re.sub(r"(?i)(?=</head>)", lambda _: head, page, count=1)
    page = re.sub(r"(?i)<body[^>]*>", lambda m: m.group() + top, page, count=1)
    tail = f'<div class="side">{"".join(lists)}</div>\n{foot}{data}'
    return re.sub(r"(?i)(?=</body>)", lambda _: tail, page, count=1) if re.search(r"(?i)</body>", page) else page + tail


# -- all of it -------------------------------------------------------------------------------------------------------


def edition() -> str:
    """A digest of what the pages are made of: another corpus or another generator gives other pages."""
    made_of = [Path(__file__), *(ROOT / "examples" / "site").rglob("*.*htm*"), *(ROOT / "tests" / "corpus").glob("*.*")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(made_of))).hexdigest()[:8]


def pages(count: int, seed: int = SEED) -> Iterator[Page]:
    """`count` pages; a larger count begins with the pages of a smaller one."""
    guides: list[int] = []
    for n in range(count):
        rng = random.Random(f"{seed} kind {n}")
        kind = rng.choices(list(SHARES), list(SHARES.values()))[0] if guides else "guide"
        told = rng.choice(guides) if kind in ("near_copy", "same_bytes") else n
        if kind == "guide":
            guides.append(n)
        yield _page(n, kind, told, rng, seed)


def _page(n: int, kind: str, told: int, rng: random.Random, seed: int) -> Page:
    """Page n, which tells what page `told` tells (itself, or an earlier one)."""
    content = random.Random(f"{seed} content {told}")
    shell = random.Random(f"{seed} shell {told if kind == 'same_bytes' else n}")
    low, middle, high = SIZE_BYTES
    size = int(min(high, max(low, shell.lognormvariate(0, 0.6) * middle)))
    if kind == "off_topic" and content.random() > CLOSE:
        region: Region | None = content.choice(of_level("municipal"))
        assert region is not None
        source, tier, encoding = f"gen-{region.parent[:2]}-b", "b", "utf-8"
        text = _other(content, region)
    else:
        template = content.choice(templates()["close" if kind == "off_topic" else "guide"])
        region = content.choice(of_level(template.region.level)) if template.region else None
        tier, encoding = template.tier, template.encoding
        source = f"gen-{region.adcode[:2] if region else '00'}-{tier}"
        text = template.told(content, region)
        if kind == "near_copy":  # another date, as when a city guide repeats a notice
            text = re.sub(
                _DATE, f"{rng.randint(2021, 2026)}-{rng.randint(10, 12)}-{rng.randint(10, 28)}", text, count=1
            )
    body = _around(text, source, shell, seed, size).encode(encoding, "xmlcharrefreplace")
    site = source if kind in ("guide", "off_topic") else f"{source}-again"
    return Page(kind, site, tier, f"http://{site}.example/art/{n // 1000}/{n}.html", body)


def write(path: Path, count: int, seed: int = SEED, shard: tuple[int, int] = (1, 1)) -> dict[str, int]:
    """Write the archive of `count` pages (of a shard I/N: the sites whose number is its own). Returns how many of each
    kind, and the bytes. The clock is fixed, so that equal arguments give equal rows."""
    told: dict[str, int] = dict.fromkeys((*SHARES, "bytes"), 0)
    sources: dict[str, int] = {}
    with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=str(EPOCH)), Archive(path) as store:
        store.begin_run(RUN)
        for page in pages(count, seed):
            if sum(page.source.encode()) % shard[1] != shard[0] - 1:
                continue
            if page.source not in sources:
                definition = {
                    "id": page.source, "name": page.source, "authority": page.tier.upper(), "region": None,
                    "start": [f"http://{page.source}.example/"],
                }  # fmt: skip
                store.begin_source(RUN, page.source, json.dumps(definition))
            sources[page.source] = sources.get(page.source, 0) + 1
            told[page.kind] += 1
            told["bytes"] += len(page.body)
            fetch = Fetch(
                run=RUN, source=page.source, url=page.url, fetched_at="2026-11-16T02:00:00Z", outcome="ok", status=200,
                content_type="text/html",
            )  # fmt: skip
            store.record(fetch, page.body)
        for source, number in sources.items():
            store.finish_source(RUN, source, status="ok", reason=None, pages=number, failures=0)
        store.finish_run(RUN, complete=True)
    return told


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="write a generated archive of N pages")
    parser.add_argument("archive", type=Path, help="file to write; must not exist")
    parser.add_argument("count", type=int, help="pages")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--shard", default="1/1", help="I/N: only the sites of this part")
    options = parser.parse_args(argv)
    first, _, second = options.shard.partition("/")
    if not (first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second)):
        parser.error(f"--shard {options.shard}: must be I/N, for example 1/4")
    if options.archive.exists():
        parser.error(f"{options.archive} exists")
    if options.count < 1:
        parser.error(f"{options.count} pages: must be at least 1")
    told = write(options.archive, options.count, options.seed, (int(first), int(second)))
    print(", ".join(f"{number} {name}" for name, number in told.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
