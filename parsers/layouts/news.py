"""News and health portals.

    <article><h1>title</h1><div class="meta">…</div><div class="post-body">…</div></article>
or one of the usual names of the element that holds the text.
"""

from parsers.layouts import Layout

LAYOUT = Layout(
    "news",
    (
        ".post-body",
        "#artibody",
        ".post_body",
        "#endText",
        ".article_content",
        ".article-body",
        "#main_content",
        ".main-content-article",
        ".art_content",
        "#detailContent",
        ".detail-content",
        ".rm_txt_con",
        "#content_area",
        ".news_txt",
        ".news-content",
    ),
)
