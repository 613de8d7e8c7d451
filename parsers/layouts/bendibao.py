"""本地宝 city guides (*.bendibao.com), gb2312 pages.

    <div class="daohang_con">邢台本地宝 > 办事指南 > …</div>
    <div class="article"><h1 class="title">title</h1><div class="info"><span class="time">2021-07-08 08:47</span>…</div>
      <div class="content" id="bo"> <p>【导语】…</p> <p>　　text<br>&nbsp;&nbsp; text</p> … <p>温馨提示：微信搜索公众号…</p> </div></div>
    <div class="tjread"><ul><li><div class="tt"><a>card</a></div><p>teaser</p></li> …

Paragraphs are joined by `<br>` and indented with no-break spaces; the promotion stands inside the content.
"""

from parsers.layouts import Layout

LAYOUT = Layout("bendibao", ("#bo", ".content#bo"), (".wxts", ".mobile", ".ad"))
