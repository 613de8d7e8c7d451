"""Places in text and the insured region of a page."""

import csv
import json
from pathlib import Path

import pytest

from parsers.regions import ancestors, mentions, resolve_region, rows, within
from parsers.vocab import load_regions


def codes(text: str) -> list[str]:
    return [code for mention in mentions(text) for code in mention.codes[:1]]


def test_the_table() -> None:
    levels = {row.adcode: row.level for row in load_regions()}
    assert levels["100000"] == "national"
    assert sum(v == "provincial" for v in levels.values()) == 34
    assert [levels[c] for c in ("130500", "419001", "659001", "469001", "110105")] == ["municipal"] * 4 + ["county"]
    assert not {"110100", "500200", "469000", "460321"} & set(levels)
    assert rows()["500105"].valid_to is not None
    assert rows()["500157"].name == "两江新区"
    assert all(row.parent_adcode in levels for row in load_regions() if row.adcode != "100000")


def test_short_names() -> None:
    names = {row.adcode: row.short_name for row in load_regions()}
    assert [names[c] for c in ("222400", "450000", "630000", "652700", "130528")] == [
        "延边",
        "广西",
        "青海",
        "博尔塔拉",
        "宁晋",
    ]


def test_generator_refuses_a_patch_that_fits_nothing(tmp_path: Path) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        "make_regions", Path(__file__).parents[2] / "scripts" / "make_regions.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = [{"code": "130000", "name": "河北省"}, {"code": "130500", "name": "邢台市"}]
    built = module.build(
        source, [{"op": "end", "adcode": "130500", "name": "", "date": "2030-01-01", "reason": "test"}]
    )
    assert [(r["adcode"], r["level"], r["parent_adcode"], r["valid_to"]) for r in built][1:] == [
        ("130000", "provincial", "100000", ""),
        ("130500", "municipal", "130000", "2030-01-01"),
    ]
    with pytest.raises(ValueError, match="end 999999: does not exist"):
        module.build(source, [{"op": "end", "adcode": "999999", "name": "", "date": "", "reason": ""}])


def test_other_names_lead_to_existing_codes() -> None:
    path = Path(__file__).parents[2] / "parsers" / "vocab" / "region_names.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        for line in csv.DictReader(handle):
            assert line["adcode"] in rows(), line
            assert line["kind"] in ("former", "short", "agency", "zone"), line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("河北省邢台市襄都区医疗保障局", ["130502"]),
        ("浙江义乌参保人员", ["330782"]),
        ("原襄樊市参保职工", ["420600"]),
        ("大理州医保局", ["532900"]),
        ("北京市朝阳区", ["110105"]),
        ("马鞍山市", ["340500"]),
        ("雄安新区", ["130600"]),
        ("长春、吉林市", ["220100", "220200"]),
    ],
)
def test_places(text: str, found: list[str]) -> None:
    assert codes(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "新型农村合作医疗",
        "职工医疗互助",
        "开辟急诊绿色通道",
        "公安部门出具的证明",
        "中华人民共和国社会保险法",
        "平安保险承办",
        "大方便了参保人",
        "参保人员长安排",
        "东方肝胆外科医院",
        "各县(市、区)医疗保障局",
        "西安排了两批",
        "安宁疗护",
        "孙中山故居",
        "祝您安康",
        "城区和郊区",
        "三明医改经验",
    ],
)
def test_words_that_are_no_places(text: str) -> None:
    assert codes(text) == []


TITLES = json.loads(
    """{"邢台市异地就医人员范围": "130500", "德州农合在济南能报销多少": "371400", "义乌异地就医备案指南": "330782", "北京参保人到上海就医怎么备案": "110000",
    "广州异地就医备案后在上海住院报销比例": "440100", "吉林异地就医备案": "220000", "海南异地就医": "460000", "海南州异地就医备案": "632500",
    "沈阳市铁西区医保": "210106", "重庆市渝北区医保异地就医": "500112", "2025年河北廊坊异地就医": "131000", "上海市异地就医": "310000",
    "国家医保局 财政部关于跨省异地就医的通知": "100000", "国家医保局App怎么备案": null, "在北京如何给外地医保备案": null, "跨省到北京就医怎么报销": null,
    "城乡居民医保异地就医备案": null, "京津冀异地就医": null, "铁西区医保局通知": null}"""
)


@pytest.mark.parametrize(("title", "adcode"), TITLES.items())
def test_titles(title: str, adcode: str | None) -> None:
    region = resolve_region(title, (), None, "", "")
    assert (region.adcode if region else None) == adcode


def test_order_of_evidence() -> None:
    def where(**given: object) -> tuple[str, str] | None:
        base = {
            "title": "异地就医怎么备案",
            "breadcrumb": (),
            "publisher": None,
            "lead": "",
            "main_text": "",
            "source_default": None,
        }
        region = resolve_region(**(base | given))  # type: ignore[arg-type]
        return (region.adcode, region.basis) if region else None

    assert where() is None
    assert where(title="邢台市备案", publisher="广州市医疗保障局") == ("130500", "title")
    assert where(publisher="广州市天河区医疗保障局", breadcrumb=("首页", "广东")) == ("440106", "publisher")
    assert where(publisher="国家医疗保障局") == ("100000", "publisher")
    assert where(publisher="广州日报", breadcrumb=("邢台本地宝", "办事指南")) == ("130500", "breadcrumb")
    assert where(source_default="371400") == ("371400", "source_default")
    assert where(lead="南通市参保人员跨省就医前应当备案。") == ("320600", "lead")
    assert where(main_text="说明。" * 120 + "宜春市参保职工可备案。宜春市参保居民也可。", lead="说明") == (
        "360900",
        "body",
    )
    assert where(main_text="例如北京参保人员去上海就医。", lead="例如北京参保人员去上海就医。") is None
    assert where(site="海南政务服务网", main_text="三亚市参保人员可备案，三亚市参保居民亦可。") == ("460200", "body")


def test_ambiguous_names_follow_their_surroundings() -> None:
    region = resolve_region("铁西区异地就医备案", ("鞍山市医疗保障局",), None, "", "")
    assert region is not None
    assert region.adcode == "210303"
    assert within("210303", "210300")
    assert within("210303", "100000")
    assert ancestors("110105") == ("110105", "110000")


@pytest.mark.parametrize(
    ("title", "text", "adcode"),
    [
        ("异地就医备案提醒", "凡是在仁寿县参加城乡居民医保，要到省外居住的，请备案。", "511421"),
        ("市外转诊说明", "参加锦州市职工医保、居民医保的患者，可以提出。", "210700"),
        ("在外打拼的兰考老乡看过来！", "有疑问请拨打兰考县医保局电话。", "410225"),
    ],
)
def test_one_clear_word_far_down_names_the_insured_region(title: str, text: str, adcode: str) -> None:
    far = "请提前办理登记，就医时出示凭证。" * 30 + text
    found = resolve_region(title, (), None, far[:300], far)
    assert found is not None
    assert found.adcode == adcode


def test_two_insured_regions_are_none() -> None:
    far = "请提前办理登记，就医时出示凭证。" * 30
    text = far + "参加锦州市职工医保的在此办理，参加大连市职工医保的在彼办理。"
    assert resolve_region("转诊说明", (), None, text[:300], text) is None


@pytest.mark.parametrize(
    ("title", "publisher", "text", "adcode"),
    [
        ("父亲医保在遵义，来宁波跟我住，怎么备案？", None, "您好，可以在手机上办理。", "520300"),
        ("异地就医备案", "河南省人民政府办公厅", "事项名称\n异地就医备案\n实施主体\n洛阳市医疗保障局", "410300"),
        ("转外就医及异地患者结算须知", None, "朝阳市参保患者转往外地的，就医地选“辽宁省沈阳市”。", "211300"),
    ],
)
def test_who_answers_for_the_insured_is_named_in_passing(
    title: str, publisher: str | None, text: str, adcode: str
) -> None:
    found = resolve_region(title, (), publisher, text, text)
    assert found is not None
    assert found.adcode == adcode


def test_a_city_of_a_county_s_name_is_the_city() -> None:
    assert [m.codes for m in mentions("辽宁省朝阳市")] == [("211300",)]


@pytest.mark.parametrize(
    ("text", "adcode"),
    [
        ("备案以后回泉州看病，待遇不变。", "350500"),
        ("备案以后回泉州看病，或者返回漳州住院。", None),
        ("备案以后，比如回泉州看病，待遇不变。", None),
    ],
)
def test_whoever_comes_back_comes_home(text: str, adcode: str | None) -> None:
    found = resolve_region("去外省养老怎么备案", (), None, text, text)
    assert (found and found.adcode) == adcode


def test_a_company_of_a_province_has_people_insured_in_a_city() -> None:
    text = "项目员工均在郴州市参加职工医保，外出就医要先备案。"
    found = resolve_region("员工备案通知", (), None, text, text, site="湖南某路桥工程公司")
    assert found is not None
    assert (found.adcode, found.basis) == ("431000", "body")


@pytest.mark.parametrize(
    ("text", "adcode"),
    [
        ("寄到铁西区医保中心。员工的医保都在沈阳缴纳，请照办。沈阳的铁西区。", "210100"),
        ("襄阳市参保职工由医院上传。依据《襄阳市医疗保障局关于转诊的通知》。樊城区医保中心在人民路。", "420600"),
        ("柯桥的医保，去外地看病要先登记。窗口在柯桥区华齐路。", "330603"),
    ],
    ids=["everyone's insurance", "a cited order", "a county in short"],
)
def test_the_region_in_running_text_alone(text: str, adcode: str) -> None:
    far = "看病之前先登记，登记以后再出门。" * 20  # beyond the lead
    found = resolve_region("看病怎么办", (), None, far[:300], far + text)
    assert found is not None
    assert (found.adcode, found.basis) == (adcode, "body")


def test_a_cited_order_alone_names_no_region() -> None:
    assert resolve_region("看病怎么办", (), None, "", "依据《襄阳市医疗保障局关于转诊的通知》办理。") is None
