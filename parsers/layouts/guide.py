"""Service guides of government service portals (政务服务网, 办事指南).

    <div class="bszn" id="bszn"><table class="bszn-table">
      <tr><th>申请材料</th><td>…</td></tr> <tr><th colspan="2">办理流程</th></tr> …

A form of labelled fields: `th` or a first `td` is the label, the cell beside it holds paragraphs, lists or an inner
table. Tabs may be hidden although their text stands nowhere else.
"""

from parsers.layouts import Layout

LAYOUT = Layout("guide", ("#bszn", ".bszn", ".bszn-con", ".guide-content", ".zn_content"))
