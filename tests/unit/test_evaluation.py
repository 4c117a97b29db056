"""The figures of `kura evaluate`, on cases small enough to count by hand, and what it says when it can't."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from kura_udfs.clustering.points import Points
from kura_udfs.commands.main import main
from kura_udfs.errors import KuraError
from kura_udfs.evaluation import names, scores, stability
from kura_udfs.evaluation.labels import Labels, read_labels
from kura_udfs.settings import ClusterSettings
from kura_udfs.tables import Vectors
from tests.support import synthetic
from tests.support.vectors import unit

SETTINGS = ClusterSettings("leiden", None, None, 0)


def points(vectors: Vectors, languages: list[str | None] | None = None) -> Points:
    n = len(vectors)
    return Points(np.arange(n).astype(object), vectors, np.ones(n), [""] * n, languages or [None] * n)


def test_accuracy_gives_each_cluster_one_label_and_each_label_one_cluster() -> None:
    labels = ["a", "a", "a", "a", "b", "b"]
    # a is split: only its larger half counts; b is whole
    assert scores.accuracy(labels, np.array([0, 0, 0, 1, 2, 2])) == 5 / 6
    # one cluster for both: it stands for a alone
    assert scores.accuracy(labels, np.array([7, 7, 7, 7, 7, 7])) == 4 / 6


def test_an_outlier_is_right_for_no_label() -> None:
    assert scores.accuracy(["a", "a", "b", "b"], np.array([0, 0, -1, -1])) == 0.5
    assert scores.accuracy(["a", "b"], np.array([-1, -1])) == 0


def test_agreement_is_1_for_the_same_groups_under_other_names() -> None:
    found = scores.agreement(["x", "x", "y", "y", "z"], np.array([4, 4, 1, 1, 0]))
    assert found
    assert found[:3] == (5, 3, 3)
    assert found[3:] == pytest.approx((1, 1, 1, 1, 1, 1))


def test_agreement_tells_too_coarse_from_too_fine() -> None:
    labels = ["a", "a", "b", "b"]
    coarse, fine = (scores.agreement(labels, np.array(found)) for found in ([0, 0, 0, 0], [0, 1, 2, 3]))
    assert coarse
    assert fine
    assert [coarse.n_clusters, coarse.homogeneity, coarse.completeness] == pytest.approx([1, 0, 1])
    # knowing the label leaves one bit of two open: mutual information of one bit, entropies of 1 and 2 bits
    assert [fine.n_clusters, fine.homogeneity, fine.completeness] == pytest.approx([4, 1, 0.5])
    assert fine.nmi == pytest.approx(2 * 1 / (1 + 2))
    assert [coarse.ari, fine.ari, fine.ami] == pytest.approx([0, 0, 0])


def test_nothing_to_compare_is_no_score() -> None:
    assert scores.agreement([], np.array([], np.int32)) is None


def test_a_name_is_right_when_its_own_members_are_the_nearest() -> None:
    members = np.array([[1, 0], [0.8, 0.6], [0, 1], [0.6, 0.8]], np.float32)
    own = np.array([0, 0, 1, 1])
    right, wrong = np.array([[1, 0], [0, 1]], np.float32), np.array([[1, 0], [1, 0]], np.float32)
    weights = np.ones(4)
    assert names.nearest(right, members, weights, own).tolist() == [True, True]
    assert names.nearest(wrong, members, weights, own).tolist() == [True, False]
    # by conversations: the second cluster is mostly its first text
    crossed = np.array([[0, 1], [1, 0]], np.float32)
    assert names.nearest(crossed, members, weights, own).tolist() == [False, False]
    assert names.nearest(right, members, weights, np.array([0, 0, -1, -1])).tolist() == [True, False]


def test_members_are_sorted_by_names_alone() -> None:
    members = np.array([[1, 0], [0.6, 0.8], [0, 1], [0.8, 0.6]], np.float32)
    named, own = np.array([[1, 0], [0, 1]], np.float32), np.array([0, 0, 1, -1])
    # the second text lies nearer to the name of the other cluster; the last is in none
    assert names.members_nearest(named, members, np.ones(4), own) == pytest.approx(2 / 3)
    assert names.members_nearest(named, members, np.array([1, 7, 2, 5]), own) == pytest.approx(3 / 10)
    assert names.members_nearest(named, members, np.ones(4), np.full(4, -1)) is None


def test_a_name_is_unique_whatever_its_case() -> None:
    assert names.unique(["Points", "Stock", "points"], ["Points", "Stock", "points"]) == [False, True, False]


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("Parcel, order", ["Parcel", "order"]),
        ("In German, French and Spanish: Bestellung, compte", ["Bestellung", "compte"]),
        ("In German", []),
        ("In stock, delivery", ["In stock", "delivery"]),
        ("Various: rotisserie chicken", ["rotisserie chicken"]),
        ("Card (2)", ["Card"]),
    ],
)
def test_the_phrases_of_a_name(name: str, phrases: list[str]) -> None:
    assert names.phrases(name) == phrases


def test_a_phrase_covers_a_third_of_the_members_in_any_inflection() -> None:
    texts = ["I want to cancel my order", "cancelled orders please", "where is the parcel?", "the parcel is late"]
    rows = [np.array([0, 1, 2]), np.array([0, 1, 2]), np.array([0, 1, 2, 3]), np.array([], np.int64), np.array([0])]
    found = names.covering(
        ["Cancel order", "Order, parcel", "Parcel, tent", "Order", "In German"], texts, np.ones(4), rows
    )
    assert found == [True, True, False, None, None]
    # the text that says it is one conversation of ten
    assert names.covering(["Parcel"], texts, np.array([4, 5, 1, 0]), [np.array([0, 1, 2])]) == [False]


def test_a_turkish_phrase_is_found_whatever_the_case_of_its_i() -> None:
    texts = ["ürün için iade istiyorum", "bu ürünün iadesi ne zaman gelir", "İade nasıl olur, bekliyorum"]
    assert names.covering(["İade"], texts, np.ones(3), [np.array([0, 1, 2])]) == [True]


def test_texts_in_clear_groups_come_out_the_same_with_any_seed_and_without_a_tenth() -> None:
    centres = np.eye(6, 8)
    vectors = unit(np.repeat(centres, 20, axis=0) + np.random.default_rng(0).normal(0, 0.05, (120, 8)))
    fitted: list[None] = []
    seeds, parts = stability.stability(points(vectors), SETTINGS, 10, 2, lambda: fitted.append(None))
    assert len(fitted) == 5
    assert seeds.n_leaves == parts.n_leaves == [6, 6, 6]
    assert (seeds.leaves, seeds.worst_tops, parts.leaves, parts.worst_tops) == pytest.approx((1, 1, 1, 1))


def test_texts_without_groups_come_out_otherwise_without_a_tenth() -> None:
    vectors = unit(np.random.default_rng(1).normal(0, 1, (150, 16)))
    seeds, parts = stability.stability(points(vectors), SETTINGS, 10, 1)
    assert parts.leaves < 0.8
    assert seeds.leaves < 0.999  # 1 where the seeds of two fits are near to each other, and most of their runs the same


def test_languages_are_brought_together_in_a_fit_as_in_a_build() -> None:
    topics, tongues = np.tile(np.arange(6), 40), np.repeat(["english", "german"], 120)
    said = np.eye(8)[topics] + np.random.default_rng(0).normal(0, 0.05, (240, 8))
    said[tongues == "german", 7] += 0.8  # aside, whatever they are about
    vectors = unit(said)
    apart = stability.fit(points(vectors), SETTINGS, 10).leaves
    together = stability.fit(points(vectors, tongues.tolist()), SETTINGS, 10).leaves
    mixed = [set(tongues[leaves == leaf]) for leaves in (apart, together) for leaf in range(leaves.max() + 1)]
    assert {"english", "german"} not in mixed[: apart.max() + 1]
    assert mixed[apart.max() + 1 :] == [{"english", "german"}] * 6
    assert scores.accuracy(topics, together) > 0.9


def test_nine_tenths_are_drawn_without_repetition() -> None:
    drawn = stability.part(50, 3)
    assert len(set(drawn.tolist())) == 45
    assert (np.diff(drawn) > 0).all()
    assert stability.part(50, 4).tolist() != drawn.tolist()


ROWS = [("007", "late", "delivery"), ("8", "torn", "quality"), ("9", None, None)]
EXPECTED = Labels({"007": "late", "8": "torn"}, {"007": "delivery", "8": "quality"})


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "json"])
def test_labels_are_read_from_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"it's.{kind}"
    path = str(file).replace("'", "''")
    dicts = [dict(zip(("conversation_id", "label", "parent"), row, strict=True)) for row in ROWS]
    connection = duckdb.connect()
    if kind == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in dicts))
    elif kind == "json":
        file.write_text(json.dumps(dicts))
    else:
        values = "values ('007', 'late', 'delivery'), ('8', ' torn ', 'quality'), ('9', null, null)"
        connection.execute(f"copy (from ({values}) as t(conversation_id, label, parent)) to '{path}'")
    assert read_labels(connection, file) == EXPECTED


def test_numbers_are_ids_too_and_a_parent_need_not_be(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"conversation_id": 12, "label": "a"}\n{"conversation_id": 13, "label": "b"}\n')
    assert read_labels(duckdb.connect(), file) == Labels({"12": "a", "13": "b"}, {})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.csv", None, "there is no file .*gone.csv; a file of labels has the columns conversation_id, label"),
        ("blank.csv", "", "blank.csv is empty; a file of labels has the columns conversation_id, label"),
        ("a.csv", "id,label\n1,x\n", "has no column conversation_id: it has id, label"),
        ("a.jsonl", '{"id": 1, "tag": 2}\n', "has no column conversation_id and no column label: it has id, tag"),
        ("a.csv", "conversation_id,label\n1,x\n1,y\n2,z\n", "1 of its conversations have more than one label, 1 for"),
        ("a.xlsx", "PK", r"labels are read from \.csv, \.tsv, \.parquet, \.json and \.jsonl"),
        ("a.parquet", "no parquet", "a.parquet can't be read"),
    ],
)
def test_what_is_wrong_with_labels_is_said(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_text(content)
    with pytest.raises(KuraError, match=message):
        read_labels(duckdb.connect(), file)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the public tables, in which outliers, failed ones and two levels are."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KURA_DUCKDB_PATH", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    synthetic.make(tmp_path / "made.duckdb", 2_000)
    return tmp_path / "made.duckdb"


def test_a_published_copy_is_scored_as_far_as_it_goes(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute(
            "copy (select conversation_id, cluster_id as label, left(cluster_id, 2) as parent"
            " from kura.fct_kura__conversations where cluster_id <> 'outliers' or conversation_id like '%1')"
            " to 'labels.csv'"
        )
    assert main(["evaluate", "--labels", "labels.csv", "--json", "figures.json"]) == 0
    printed = capsys.readouterr().out
    figures = json.loads(Path("figures.json").read_text())
    assert "texts and vectors are not in this file" in printed
    assert figures["stability"] == {"seeds": None, "parts": None}
    rows = {(row["level"], row["truth"]): row for row in figures["labels"]}
    assert set(rows) == {(0, "label"), (0, "parent"), (1, "label")}
    # every cluster is its label: only the outliers, which are no cluster, are wrong
    counts, leaves = figures["conversations"], rows[1, "label"]
    n = counts["labelled"] - counts["labelled_unprocessed"]
    assert counts["labelled_unprocessed"] > 0 < counts["labelled_outliers"]
    assert leaves["scores"]["n"] == n
    assert leaves["scores"]["accuracy"] == pytest.approx(1 - counts["labelled_outliers"] / n)
    assert leaves["without_outliers"]["accuracy"] == rows[0, "parent"]["without_outliers"]["nmi"] == pytest.approx(1)
    assert rows[0, "label"]["scores"]["completeness"] == pytest.approx(1)
    assert [(row["level"], row["n"], row["nearest"], row["unique"]) for row in figures["names"]] == [
        (0, 10, None, 1),
        (1, 80, None, 1),
    ]


def test_the_command_says_what_is_wrong(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def error(*arguments: str) -> str:
        assert main(["evaluate", *arguments]) == 1
        return capsys.readouterr().err

    Path("labels.csv").write_text("conversation_id,label\nx1,a\nx2,b\n")
    assert "labels 2 conversations, none of which is among the 2,000 of the build" in error("--labels", "labels.csv")
    assert "there is no file none.csv" in error("--labels", "none.csv")
    assert "there is no database gone.duckdb. Run `dbt build` first." in error("--database", "gone.duckdb")
    assert "figures.json can't be written" in error("--json", "nowhere/figures.json", "--stability", "0")
    with pytest.raises(SystemExit):
        main(["evaluate", "--stability", "-1"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("upper.csv", "CONVERSATION_ID,LABEL\n007,late\n"),
        ("mixed.jsonl", '{"Conversation_Id": "007", "Label": "late", "conversation": "8"}\n'),
        ("blanks.csv", '"conversation_id "," label"\n 007 ,late\n'),
    ],
)
def test_columns_of_labels_may_be_written_in_any_case(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert read_labels(duckdb.connect(), tmp_path / name) == Labels({"007": "late"}, {})


def test_an_id_that_a_sample_has_written_as_no_formula_is_known_again(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("conversation_id,label\n'-Nx3k,late\n'tis,torn\n")
    assert read_labels(duckdb.connect(), tmp_path / "labels.csv").label == {"-Nx3k": "late", "'tis": "torn"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("conversation_id,label\n1,Zürich\n".encode("latin-1"), "it is not written in UTF-8"),
        (
            b"conversation_id,label\n1,late, torn\n2\n3,c\n",
            "not all as many cells as its heading conversation_id,label",
        ),
    ],
)
def test_why_a_file_of_labels_can_not_be_read_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(KuraError, match=message):
        read_labels(duckdb.connect(), tmp_path / "labels.csv")


def test_a_file_in_which_nobody_has_labelled_yet_is_said_to_be_that(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("labels.csv").write_text("conversation_id,label\nc0000001,\nc0000002, \n,late\n")
    assert main(["evaluate", "--database", str(published), "--labels", "labels.csv"]) == 1
    assert "labels.csv holds no label" in " ".join(capsys.readouterr().err.split())


def test_a_fit_is_as_fine_as_something_else_has_settled() -> None:
    centres = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))[0][:8]
    vectors = unit(centres[np.repeat(np.arange(8), 20)] + np.random.default_rng(1).normal(size=(160, 32)) * 0.05)
    assert stability.fit(points(vectors), SETTINGS, 5, 12.0).leaves.max() + 1 > 8
