"""WeChat public-account article (mp.weixin.qq.com).

    <h1 class="rich_media_title" id="activity-name">title</h1>
    <div id="meta_content"> … <em id="publish_time">2024-01-02</em></div>
    <div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">
      <section><section><p><span>text …</span></p></section></section>
    </div>

The only copy of the text stands in `js_content`, hidden until a script shows it. Paragraphs are `p` or bare
`section`s nested many levels deep; layout `section`s carry numbers and headings as separate blocks.
"""

from parsers.layouts import Layout

LAYOUT = Layout(
    "wechat", ("#js_content", ".rich_media_content"), (".mp_profile_iframe_wrp", ".js_uneditable", "#js_pc_qr_code")
)
