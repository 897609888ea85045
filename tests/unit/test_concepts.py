"""The inventory of clinical concepts, ``config/lexicon/concepts.tsv``, is what its README says.

Clinicians edit the file in a spreadsheet, so each failure names the rows that are wrong.
"""

from __future__ import annotations

import csv
import re
from collections import Counter

import pytest

from kiosk.resources import share

COLUMNS = ["concept", "kind", "zh", "combine", "compose", "site", "value", "system", "hpo", "icd10"]
SYSTEMS = [
    "general",
    "head_nerves",
    "eyes",
    "ear_nose_throat",
    "mouth_teeth",
    "chest_breathing",
    "heart",
    "stomach_bowel",
    "urinary",
    "women",
    "pregnancy",
    "men",
    "skin",
    "joints_muscles",
    "injury",
    "mind",
    "child",
    "allergy",
    "drugs",
    "history",
    "other",
]
# How many of each kind an intake needs at least, in the order of the file.
MINIMUM = {
    "finding": 200,
    "generic": 25,
    "site": 90,
    "region": 10,
    "side": 3,
    "quality": 30,
    "severity": 4,
    "course": 8,
    "frequency": 10,
    "trigger": 30,
    "relief": 12,
    "time": 25,
    "drug": 100,
    "drug_class": 20,
    "allergen": 15,
    "disease": 70,
    "procedure": 10,
    "habit": 3,
    "state": 4,
}
TAGS = {"chronic", "event", "vital", "danger", "female", "child", "reaction"}
# Each must raise a flag alone, without any rule that combines findings.
RED_FLAGS = [
    "chest_pain",
    "dyspnea",
    "suffocation",
    "choking",
    "cyanosis",
    "confusion",
    "loss_of_consciousness",
    "syncope",
    "seizure",
    "facial_droop",
    "limb_weakness",
    "arm_weakness",
    "leg_weakness",
    "hemiparesis",
    "slurred_speech",
    "aphasia",
    "paralysis",
    "hemoptysis",
    "blood_in_sputum",
    "hematemesis",
    "melena",
    "rectal_bleeding",
    "vaginal_bleeding",
    "heavy_bleeding",
    "throat_swelling",
    "anaphylaxis",
    "head_injury",
    "crush_injury",
    "burn",
    "poisoning",
    "pesticide_poisoning",
    "carbon_monoxide_poisoning",
    "suicidal_thoughts",
    "self_harm",
    "waters_broke",
    "reduced_fetal_movement",
    "snake_bite",
]

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with (share("config") / "lexicon" / "concepts.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, dialect="excel-tab", quoting=csv.QUOTE_NONE, strict=True))


@pytest.fixture(scope="module")
def by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["concept"]: row for row in rows}


def of_kind(rows: list[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["kind"] == kind]


def kind_of(by_id: dict[str, Row], concept: str) -> str | None:
    return by_id[concept]["kind"] if concept in by_id else None


def test_file_is_plain_tsv() -> None:
    text = (share("config") / "lexicon" / "concepts.tsv").read_bytes().decode("utf-8")
    lines = text.split("\n")
    assert lines[0].split("\t") == COLUMNS
    assert lines[-1] == "", "the file ends with a line feed"
    assert "\r" not in text
    assert '"' not in text
    assert "\ufeff" not in text
    fields_wrong = [number for number, line in enumerate(lines[:-1], 1) if line.count("\t") != len(COLUMNS) - 1]
    assert not fields_wrong, f"lines without {len(COLUMNS)} fields"


def test_no_field_has_stray_blanks(rows: list[Row]) -> None:
    assert not [row["concept"] for row in rows if any(value != value.strip() for value in row.values())]


def test_ids_are_snake_case_and_unique_over_all_kinds(rows: list[Row]) -> None:
    assert not [row["concept"] for row in rows if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", row["concept"])]
    assert not [concept for concept, count in Counter(row["concept"] for row in rows).items() if count > 1]


def test_kinds_and_systems_are_known(rows: list[Row]) -> None:
    assert not [row["concept"] for row in rows if row["kind"] not in MINIMUM or row["system"] not in SYSTEMS]


def test_rows_are_sorted_by_kind_then_system(rows: list[Row]) -> None:
    order = [(list(MINIMUM).index(row["kind"]), SYSTEMS.index(row["system"])) for row in rows]
    assert order == sorted(order)


@pytest.mark.parametrize("kind", MINIMUM)
def test_enough_of_each_kind(rows: list[Row], kind: str) -> None:
    assert len(of_kind(rows, kind)) >= MINIMUM[kind]


def test_chinese_is_chinese(rows: list[Row]) -> None:
    vitamin = re.compile(r"维生素[A-Z]\d*")
    han = re.compile(r"[\u4e00-\u9fff]+")
    assert not [row["concept"] for row in rows if not han.fullmatch(row["zh"]) and not vitamin.fullmatch(row["zh"])]
    assert not [row["concept"] for row in rows if row["combine"] and not han.fullmatch(row["combine"])]


def test_no_two_concepts_have_the_same_chinese(rows: list[Row]) -> None:
    assert not [zh for zh, count in Counter(row["zh"] for row in rows).items() if count > 1]


def test_combine_is_there_where_compounds_are_made(rows: list[Row]) -> None:
    needed = ("generic", "site", "region")
    assert not [row["concept"] for row in rows if row["kind"] in needed and not row["combine"]]
    assert not [row["concept"] for row in rows if row["combine"] and row["kind"] not in (*needed, "finding")]


def test_findings_are_composed_of_a_generic_at_a_site_once(rows: list[Row], by_id: dict[str, Row]) -> None:
    owners: dict[str, list[str]] = {}
    for row in of_kind(rows, "finding"):
        for combination in filter(None, row["compose"].split("|")):
            generic, _, site = combination.partition("@")
            assert (kind_of(by_id, generic), kind_of(by_id, site)) == ("generic", "site"), (row["concept"], combination)
            owners.setdefault(combination, []).append(row["concept"])
    assert not {combination: found for combination, found in owners.items() if len(found) > 1}


def test_refined_sites_are_composed_of_a_larger_site_and_modifiers_once(rows: list[Row], by_id: dict[str, Row]) -> None:
    composed = [row for row in of_kind(rows, "site") if row["compose"]]
    for row in composed:
        base, *modifiers = row["compose"].split("+")
        assert base in ancestors(by_id, row["concept"]), f"{row['concept']}: {base} is not a site around it"
        assert modifiers, row["concept"]
        assert all(kind_of(by_id, word) in ("region", "side") for word in modifiers), row["concept"]
    assert not [made for made, count in Counter(row["compose"] for row in composed).items() if count > 1]


def test_only_findings_and_sites_are_composed(rows: list[Row]) -> None:
    assert not [row["concept"] for row in rows if row["compose"] and row["kind"] not in ("finding", "site")]


def ancestors(by_id: dict[str, Row], concept: str) -> list[str]:
    """The sites around a site, nearest first; a circle fails the test."""
    around: list[str] = []
    while parent := by_id[concept]["site"]:
        assert kind_of(by_id, parent) == "site", f"{concept}: {parent} is not a site"
        assert parent not in around, f"{concept}: its parents go in a circle"
        around.append(parent)
        concept = parent
    return around


def test_every_site_belongs_to_the_body(rows: list[Row], by_id: dict[str, Row]) -> None:
    outside = [
        row["concept"]
        for row in of_kind(rows, "site")
        if row["concept"] != "body" and ancestors(by_id, row["concept"])[-1:] != ["body"]
    ]
    assert not outside


def test_site_column_points_to_the_right_kind(rows: list[Row], by_id: dict[str, Row]) -> None:
    target = {"finding": "site", "site": "site", "drug": "drug_class"}
    for row in rows:
        if row["site"]:
            assert row["kind"] in target, row["concept"]
            assert kind_of(by_id, row["site"]) == target[row["kind"]], row["concept"]
    assert not [row["concept"] for row in of_kind(rows, "drug") if not row["site"]]


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("site", r"(sided)?"),
        ("side", r"左|右|双侧"),
        ("severity", r"轻|中|重"),
        ("time", r"(0d|-[1-9]\d*(min|h|d|wk|mo|a))?"),  # UCUM
        ("drug", r""),
        ("disease", r"(acute)?"),
        ("procedure", r"(placed)?"),
        ("generic", r"fatigue|skin_itching|(placed(\|bound)?)?(\|?reaction)?"),
    ],
)
def test_value_column(rows: list[Row], kind: str, pattern: str) -> None:
    assert not [row["concept"] for row in of_kind(rows, kind) if not re.fullmatch(pattern, row["value"])]


def test_finding_tags_are_known_and_said_once(rows: list[Row]) -> None:
    for row in of_kind(rows, "finding"):
        tags = [tag for tag in row["value"].split("|") if tag]
        assert TAGS.issuperset(tags), row["concept"]
        assert len(tags) == len(set(tags)), row["concept"]


def test_a_quality_describes_a_finding_or_generic(rows: list[Row], by_id: dict[str, Row]) -> None:
    wrong = [
        row["concept"] for row in of_kind(rows, "quality") if kind_of(by_id, row["value"]) not in ("finding", "generic")
    ]
    assert not wrong


@pytest.mark.parametrize("concept", RED_FLAGS)
def test_red_flags_are_tagged_danger(by_id: dict[str, Row], concept: str) -> None:
    assert by_id[concept]["kind"] == "finding"
    assert "danger" in by_id[concept]["value"].split("|")


def test_codes_are_well_formed(rows: list[Row]) -> None:
    assert not [row["concept"] for row in rows if not re.fullmatch(r"(HP:\d{7})?", row["hpo"])]
    assert not [row["concept"] for row in rows if not re.fullmatch(r"([A-Z]\d\d(\.\d)?)?", row["icd10"])]


@pytest.mark.parametrize(
    ("combination", "concept"),
    [
        ("pain@head", "headache"),
        ("pain@chest", "chest_pain"),
        ("pain@throat", "sore_throat"),
        ("weakness@half_body", "hemiparesis"),
        ("cramp@leg", "leg_cramp"),
        ("swelling@throat", "throat_swelling"),
        ("itching@skin", "skin_itching"),
        ("bleeding@vagina", "vaginal_bleeding"),
    ],
)
def test_combinations_with_a_name_of_their_own(by_id: dict[str, Row], combination: str, concept: str) -> None:
    assert combination in by_id[concept]["compose"].split("|")
