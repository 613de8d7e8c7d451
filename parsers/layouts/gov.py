"""Content systems of government sites.

TRS (拓尔思) and its relatives:
    <div class="TRS_Editor"> or <div class="view TRS_UEDITOR trs_paper_default trs_web">, inside <div id="zoom">
南方网 cluster (gd.gov.cn, gz.gov.cn …):
    <div class="content_article" id="zoomcon">; older: <div class="article-content">; 政府信息公开 platform: <div class="article-content"><div class="content">
大汉 (jcms):
    <div class="bt_content" id="zoom"> between <!--<$[信息内容]>begin--> and <!--<$[信息内容]>end-->; url …/art/2022/7/26/art_104_8629.html
gov.cn: <div class="pages_content" id="UCAP-CONTENT">

A hidden full copy (read-aloud) and a hidden second title are common. Paragraphs come out of Word: spans cut words,
indents are U+3000, headings are bold centred paragraphs.
"""

from parsers.layouts import Layout

LAYOUTS = (
    Layout("gov_trs", (".TRS_UEDITOR", ".TRS_Editor", ".trs_editor_view", ".Custom_UnionStyle")),
    Layout("gov_ucap", ("#UCAP-CONTENT", ".pages_content")),
    Layout("gov_nfw", ("#zoomcon", "#article-content", ".article-content", ".content_article")),
    Layout(
        "gov_jcms", ("#zoom", "#Zoom", "#ivs_content", ".bt_content", "#js_content_box", ".view-content", "#artibody")
    ),
)
