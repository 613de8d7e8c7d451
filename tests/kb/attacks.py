"""What a server in public must stand: queries and addresses that want much time or memory, or to see the inside.

ATTACKS end in an error; BOMBS may be answered, but in time; FLOODS are addresses without free SQL; PEEPS must not tell
paths or versions. The names of tables are those of a release.
"""

from __future__ import annotations

from urllib.parse import quote

_GROW = "with recursive c(x) as (select 'a' union all select x || x from c limit {n}) select {what} from c"
_PAIRS = "from v1_steps a, v1_steps b, v1_steps c, v1_steps d"

ATTACKS = [
    "select hex(randomblob(50000000))",
    "select zeroblob(100000000)",
    "select printf('%.*c', 200000000, 'x')",
    "select format('%.*c', 200000000, 'x')",
    "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c",
    "with recursive c(x) as (select 'a' union all select x || x from c limit 17) select (select max(x) from c) from v1_answers",
    "select count(*) from v1_answers a, v1_answers b, v1_answers c",
    f"select group_concat(a.quote) {_PAIRS}",
    "attach 'x.db' as x",
    "pragma hard_heap_limit = 0",
    "select load_extension('x')",
    _GROW.format(n=25, what="max(length(x))"),
    f"select json_group_array(a.quote || b.quote) {_PAIRS}",
    f"select json_group_object(a.fact_id || b.fact_id, c.quote) {_PAIRS}",
    "with recursive t(x) as (values (json('[]')) union all select json_array(x, x) from t limit 25) select length(max(x)) from t",
    f"select count(*) {_PAIRS} where a.quote like '%' || b.quote || '%'",
    f"select sum(length(a.quote || b.quote || c.quote || d.quote)) {_PAIRS}",
    f"select a.quote, random() as r {_PAIRS} order by r",
    f"select a.quote || b.quote || c.quote || d.quote as x, count(*) {_PAIRS} group by x",
    f"select count(distinct a.quote || b.quote || c.quote || d.quote) {_PAIRS}",
    f"select count(*) {_PAIRS} where strftime('%f', a.first_seen, '+1 day') || b.fact_id = c.fact_id || d.fact_id",
    "with recursive c(x) as (select 1 union select x + 1 from c limit 30000000) select x from c order by -x",
    "with recursive c(x) as (select 'aaaaaaaa' union all select x || x from c limit 16) select replace(max(x), 'a', max(x)) from c",
    "select quote regexp '(a+)+$' from v1_steps",
    "select * from generate_series(1, 100000000)",
    f"select {'(' * 120}1{')' * 120}",
    f"select char({','.join(['20013'] * 2000)})",
    f"select {' || '.join(['quote'] * 150)} from v1_steps",
    f"select '{'x' * 21_000}'",
    " union all ".join(["select 1"] * 30),
    f"select quote like '{'%_' * 150}' from v1_steps",
    "select highlight(v1_guides_fts, 0, '<', '>') from v1_guides_fts, v1_guides_fts b, v1_guides_fts c, v1_answers, v1_coverage",
    "insert into meta values ('a', 'b')",
    "create temp table x as select 1",
    "vacuum into 'x.db'",
    "select writefile('x', 'x')",
    "select readfile('/etc/passwd')",
    "select fts3_tokenizer('simple')",
    "select * from sqlite_dbpage",
]

BOMBS = [  # native calls that no time limit stops, and work that a time limit must stop where the base is large
    *(
        _GROW.format(n=19, what=what)
        for what in (
            f"max(x) like '{'%a' * 18}%b'",
            f"max(x) glob '{'*a' * 13}*b'",
            "instr(max(x) || max(x), max(x) || 'b')",
            "length(replace(max(x), substr(max(x), 9) || 'b', ''))",
            "length(trim(max(x), max(x) || 'b'))",
            "json('[' || max(x))",
            "upper(lower(upper(max(x))))",
            "soundex(max(x))",
            "max(x) = trim(max(x), 'a')",
        )
    ),
    f"select count(*) from v1_steps where fact_id in ({','.join(map(str, range(3000)))})",
    f"values {', '.join(['(1)'] * 4000)}",
    f"select {', '.join(['main_text'] * 400)} from v1_guides",
    "select hex(hex(hex(main_text))) from v1_guides",
    "select group_concat(main_text) from v1_guides",
    "select json_group_object(fact_id, quote) from v1_steps",
    "select * from v1_changes order by quote || url || page_title desc",
    "select ntile(7) over (order by quote), row_number() over (partition by region order by quote), lag(quote, 100) over (order by url) from v1_changes",
    "select avg(length(quote)) over (order by quote rows between 100000 preceding and 100000 following) from v1_changes",
    "select count(*) from v1_guides a, v1_guides b where instr(a.main_text, b.main_text)",
    "select json_tree.value from v1_answers, json_tree(json_array(fact_ids, fact_ids)), v1_steps",
    (
        "with recursive c(n, x) as (select 1, '[]'"
        " union all select n + 1, json_insert(x, '$[#]', 'aaaaaaaaaaaaaaaa') from c limit 100000) select length(max(x)) from c"
    ),
    'select bm25(v1_guides_fts) from v1_guides_fts where v1_guides_fts match \'"备" OR "案" OR "医" OR "保" OR "就"\' order by rank limit 2000',
    "select main_text glob '" + "*[^a]" * 38 + "' from v1_guides",
    "select main_text like '%" + "_%" * 60 + "' from v1_guides",
    "select * from dbstat",
]

PEEPS = (
    "select * from pragma_database_list",
    "select * from pragma_database_list()",
    "select sqlite_version()",
    "select sqlite_source_id()",
    "select * from pragma_function_list",
    "select * from pragma_compile_options",
    "select * from pragma_module_list",
    "select sqlite_compileoption_get(1)",
)

_COLUMNS = ("kind", "region", "authority", "source", "adcode", "flow", "ord", "text")
FLOODS = [
    "/yidi/v1_steps.json?" + "&".join(f"_facet={c}" for c in _COLUMNS),
    "/yidi/v1_changes.json?"
    + "&".join(f"_facet={c}" for c in ("quote", "url", "page_title", "after", "fact_id", "id")),
    "/yidi/v1_steps.json?_facet_array=menu_path&_facet_array=action&_facet_array=channel_kind&_facet_size=max",
    "/yidi/v1_steps.json?_facet_date=published&_facet=text",
    "/yidi/v1_deadlines.json?kind__in=" + ",".join(map(str, range(2000))),
    "/yidi/v1_deadlines.json?kind__in=" + quote(f"[{','.join(map(str, range(5000)))}]"),
    "/yidi/v1_guides.json?main_text__like=" + quote("%" + "%".join("一二三四五六七八九十" * 8) + "%"),
    "/yidi/v1_guides.json?main_text__contains=" + quote("备" * 300),
    "/yidi/v1_changes.json?quote__glob=" + quote("*[a-z]*[0-9]*[^x]*"),
    "/yidi/v1_steps.json?" + "&".join(f"text__contains={n}" for n in range(100)),
    "/yidi/v1_changes.json?_sort=quote&_size=max",
    "/yidi/v1_changes?_sort=quote&_size=max",
    "/yidi/v1_guides?_size=500",
    "/yidi/v1_changes.csv?_stream=on",
    "/yidi/v1_guides.json?_col=main_text&_size=max&_sort=main_text",
    "/yidi/v1_steps.json?_labels=on&_size=max",
    "/yidi/v1_steps.json?_where=" + quote("(select count(*) from v1_answers a, v1_answers b, v1_answers c) > 1"),
    "/yidi.csv?sql=" + quote("select a.main_text from v1_guides a, v1_guides b"),
    "/yidi?sql=" + quote("select a.main_text from v1_guides a, v1_guides b"),
    "/search?q=" + quote("备案 " * 60),
    "/search?q=" + quote("的 一 是 在 有 个 人 这 医 保"),
    "/yidi/search_facts.json?q=" + quote("医 保 备 案 的"),
    "/compare?" + "&".join(f"adcode={a}" for a in (110000, 120000, 130100, 130200, 130300, 130500)),
    "/region/100000.json",
    "/yidi/q03_materials",
]
