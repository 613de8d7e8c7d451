"""Changes to a page that change nothing it says: the transformations of the metamorphic tests.

Each takes the HTML text of a page and gives the HTML text of a page that states the same facts. They work on the tag
soup as text (as templates and editors do), never through a parser, so that what they leave alone stays as it was.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

TAG = re.compile(r"(<!--.*?-->|<script.*?</script>|<style.*?</style>|<title.*?</title>|<[^>]+>)", re.S | re.I)
CJK = r"\u3400-\u9fff"
_TO_WIDE = str.maketrans(",:;?!()", "，：；？！（）")
_TO_NARROW = str.maketrans("，：；？！（）", ",:;?!()")


def on_text(html: str, change: Callable[[str], str]) -> str:
    """`html` with `change` applied to each text node."""
    return "".join(part if i % 2 else change(part) for i, part in enumerate(TAG.split(html)))


def rename_attributes(html: str) -> str:
    """Every class and id gets another, meaningless name; inline style and WeChat's js_content stay (they are content)."""

    def renamed(match: re.Match[str]) -> str:
        names = [
            n if n in ("js_content", "activity-name", "js_name") else f"x{zlib.crc32(n.encode()):08x}"
            for n in match[3].split()
        ]
        return f"{match[1]}={match[2]}{' '.join(names)}{match[2]}"

    def in_tag(tag: str) -> str:
        return re.sub(r"\b(class|id)=([\"'])(.*?)\2", renamed, tag)

    style = re.compile(r"<style.*?</style>", re.S | re.I)
    # Style sheets name the classes: a renamed class takes its rules along.
    sheets = [
        re.sub(r"([.#])([A-Za-z][\w-]*)(?=[^{}]*\{)", lambda m: f"{m[1]}x{zlib.crc32(m[2].encode()):08x}", s)
        for s in style.findall(html)
    ]
    parts = TAG.split(html)
    out, k = [], 0
    for i, part in enumerate(parts):
        if i % 2 and part.lower().startswith("<style"):
            out.append(sheets[k])
            k += 1
        else:
            out.append(in_tag(part) if i % 2 else part)
    return "".join(out)


def widen(html: str) -> str:
    """Half-width punctuation between Chinese becomes full width."""
    wide = re.compile(rf"(?<=[{CJK}])[,:;?!]|(?<![a-z0-9])[,:;?!](?=[{CJK}])")  # the ; of &nbsp; is none
    return on_text(html, lambda t: wide.sub(lambda m: m[0].translate(_TO_WIDE), t))


def narrow(html: str) -> str:
    """Full-width punctuation becomes half width, as in texts that went through NFKC."""
    return on_text(html, lambda t: t.translate(_TO_NARROW))


def hard_wrap(html: str) -> str:
    """Long text gets a line break after every 40 characters between two Chinese ones, as saved by an old editor."""
    return on_text(html, lambda t: re.sub(rf"([^\n<]{{38}}[{CJK}])(?=[{CJK}])", r"\1\n", t))


def stray_spaces(html: str) -> str:
    """A space stands inside Chinese words here and there, as PDF and word processors leave them."""
    return on_text(html, lambda t: re.sub(rf"([^\n]{{21}}[{CJK}])(?=[{CJK}])", r"\1 ", t))


def split_spans(html: str) -> str:
    """Text is cut into spans at any place, as pasted from a word processor."""
    return on_text(
        html, lambda t: re.sub(rf"([{CJK}][^\n<&;]{{11}})(?=[{CJK}])", r'<span style="font-size:16px">\1</span>', t)
    )


CARDS = (
    ("2025呼和浩特异地就医备案流程（线上+线下）", "呼和浩特参保人入院后5日内可补办备案，咨询电话0471-5550000。"),
    ("三亚市医保异地就医报销比例是多少？", "未备案的报销比例降低20个百分点，先行自付15%。"),
    ("拉萨临时外出就医备案需要什么材料", "身份证、社保卡、转诊证明，备案有效期3个月。"),
)


def add_cards(html: str) -> str:
    """A block of cards about other regions is put before the end of the page."""
    items = "".join(
        f'<li><a href="/other/{i}.html">{title}</a><p>{teaser}</p></li>' for i, (title, teaser) in enumerate(CARDS, 901)
    )
    block = f'<div class="more"><h3>猜你喜欢</h3><ul>{items}</ul></div>'
    at = html.lower().rfind("</body>")
    return html[:at] + block + html[at:] if at >= 0 else html + block


SAME: dict[str, Callable[[str], str]] = {
    "renamed attributes": rename_attributes,
    "full-width punctuation": widen,
    "half-width punctuation": narrow,
    "hard-wrapped lines": hard_wrap,
    "stray spaces": stray_spaces,
    "spans": split_spans,
    "cards of other regions": add_cards,
}
"""Name → transformation under which all facts stay the same."""
