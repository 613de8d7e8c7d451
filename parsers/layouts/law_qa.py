"""Question-and-answer sites of lawyers.

    <div class="question"><h1>question</h1><div class="q-desc">the asker's own words</div></div>
    <div class="answer"><div class="lawyer-card">name, "已帮助 867 人"</div><div class="answer-content"><p>answer</p></div></div>

Only the answer is the article; the asker's words and the card of the lawyer are not statements.
"""

from parsers.layouts import Layout

LAYOUT = Layout(
    "law_qa", (".answer-content", ".answer_content", ".answer-txt", ".answer-con", ".reply-content"), (".lawyer-card",)
)
