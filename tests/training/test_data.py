"""Data goes in as it is, and what can't go in is told with file, row and column."""

import tracemalloc

import numpy as np
import pytest

import clearprop as cp
import clearprop.training.data.reading
import clearprop.training.data.table
import clearprop.training.data.text
from clearprop.errors import DataError
from clearprop.training.data import Preparation, read_data
from clearprop.training.data.columns import Trained

PETALS = """\
length,width,kind
5.1,3.5,setosa
4.9,3.0,setosa
6.7,3.1,virginica
6.0,2.9,versicolor
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Saves a file in a folder of its own, where the test then works."""
    monkeypatch.chdir(tmp_path)

    def save(content, name="data.csv", encoding="utf-8"):
        if isinstance(content, str):
            content = content.encode(encoding)
        (tmp_path / name).write_bytes(content)
        return name

    return save


# --- what is read ---------------------------------------------------------------------


def test_a_header_names_the_columns_and_text_becomes_classes(file):
    table = read_data(file(PETALS), target="kind")
    assert table.names == ("length", "width")
    assert table.features.tolist() == [[5.1, 3.5], [4.9, 3.0], [6.7, 3.1], [6.0, 2.9]]
    preparation = Preparation.of(table, labels="classes")
    assert preparation.labels.names == ("setosa", "versicolor", "virginica")
    assert preparation.target_of(table).tolist() == [0, 0, 2, 1]
    assert preparation.labels.named(np.array([2, 0])) == ["virginica", "setosa"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("1,2,0\n3,4,1\n", -1),
        ("1,2,0\n3,4,1\n", "3"),
        ("1;2;0\n3;4;1\n", "3"),
        ("1\t2\t0\n3\t4\t1\n", "3"),
        ("\ufeff0,1,label\r\n1,2,0\r\n3,4,1\r\n", "label"),
        ('"a, b",c,y\n"1",2,0\n\n3 , 4,1\n\n', "y"),
        ("y,a,b\n0,1,2\n1,3,4", "y"),
        ("\n\n1;2;0\n3;4;1\n", "3"),
        ('"a,b,c";d;y\n1;2;0\n3;4;1\n', "y"),
        ("a,b,y\n1,2,0\n3,4,1", "-1"),
    ],
)
def test_every_usual_form_of_a_csv(file, text, target):
    table = read_data(file(text), target=target)
    assert table.features.tolist() == [[1, 2], [3, 4]]
    assert Preparation.of(table, labels="classes").target_of(table).tolist() == [0, 1]


def test_lines_taken_together_are_those_taken_one_by_one(file, monkeypatch):
    """In blocks of every size: quoted cells, broken lines and blank ones among them."""
    text = 'a,b,y\n1,2,u\n"3",4,"v\nw"\n\n5,6, x \r\n7,8e1,z\n\n'
    for size in (1, 2, 3, 1000):
        monkeypatch.setattr(clearprop.training.data.text, "_LINES", size)
        table = read_data(file(text), target="y")
        assert table.features.tolist() == [[1, 2], [3, 4], [5, 6], [7, 80]]
        assert table.target.tolist() == ["u", "v\nw", "x", "z"]
        assert table.lines.tolist() == [2, 4, 6, 7]
        for bad, line in (("7,8e1", 7), ("1,2", 2), ("5,6", 6)):
            torn = text.replace(f"{bad},", f"{bad[:2]}?,")
            with pytest.raises(DataError, match=rf"\(line {line}\), column b: '\?'"):
                read_data(file(torn), target="y")


def test_new_rows_are_found_by_name_or_by_order(file):
    """As ``predict`` reads them: columns in any order, the target and others beside."""
    trained = Trained(("0", "1", "2"), width=3)
    for text in ("2,0,id,1\n3,1,9,2\n", "0,1,2\n1,2,3\n", "1,2,3\n"):
        assert read_data(file(text), trained=trained).features.tolist() == [[1, 2, 3]]
    with pytest.raises(DataError, match="has 2 columns and no header"):
        read_data(file("1,2\n"), trained=trained)


def test_some_columns_and_several_targets(file):
    name = file("a,b,c,d\n1,2,3,4\n5,6,7,8\n")
    table = read_data(name, features=["d", "a"], target=["b", "c"])
    assert table.features.tolist() == [[4, 1], [8, 5]]
    labels = Preparation.of(table, labels="numbers")
    assert labels.target_of(table).tolist() == [[2, 3], [6, 7]]


def test_arrays_are_given_on_uncopied():
    x, y = np.arange(6.0).reshape(3, 2), np.array([0, 1, 1])
    assert read_data(x).features is x
    table = read_data({"x": x, "y": y}, target="y")
    assert table.features is x
    assert table.target is y
    assert np.shares_memory(read_data(x, target=-1).features, x)


def test_npz(file):
    x, y = np.ones((3, 2), np.float32), np.array([0, 1, 1])
    np.savez(file(b"", "data.npz"), images=x, digit=y, extra=y)
    table = read_data("data.npz", target="digit", features="images")
    assert table.features.dtype == np.float32
    assert table.target.tolist() == [0, 1, 1]
    with pytest.raises(DataError, match="say which holds the features"):
        read_data("data.npz", target="digit")


def test_npy_with_its_labels_in_another(file):
    np.save(file(b"", "x.npy"), np.ones((3, 2, 2)))
    np.save(file(b"", "y.npy"), np.array([[0], [1], [1]]))
    table = read_data("x.npy", target="y.npy")
    assert table.features.shape == (3, 2, 2)
    assert table.target.tolist() == [0, 1, 1]


def test_a_file_larger_than_memory_stays_in_its_file(file, monkeypatch):
    """It is looked through in blocks: what is held at once does not grow with it."""
    monkeypatch.setattr(clearprop.training.data.table, "_BLOCK", 10_000)
    monkeypatch.setattr(clearprop.training.data.reading, "_SMALL", 0)
    rows, columns = 10_000, 100
    whole = np.lib.format.open_memmap(
        file(b"", "x.npy"), "w+", np.float64, (rows, columns)
    )
    whole[:, -1] = 1
    whole.flush()
    tracemalloc.start()
    table = read_data("x.npy", target=-1)
    train, held = table.split(0.1, seed=0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < whole.nbytes / 20
    assert train.mapped
    assert held.mapped
    assert train.features.shape == (9_000, 99)
    with pytest.raises(DataError, match="scaling would copy it into memory"):
        Preparation.of(table, scale="standardize")
    with pytest.raises(DataError, match="put the target first or last"):
        read_data("x.npy", target=2)


class Frame:
    """What is asked of a pandas frame, where there is no pandas."""

    def __init__(self, columns):
        self.columns = list(columns)
        self.iloc = self
        self._held = [
            column if isinstance(column, np.ndarray) else np.array(column, object)
            for column in columns.values()
        ]

    def __getitem__(self, key):
        return Series(self._held[key[1]])

    def __len__(self):
        return len(self._held[0])


class Series:
    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return self.values

    def isna(self):
        return np.array([v is None or v != v for v in self.values])


@pytest.fixture(params=["pandas", "its looks"])
def frame(request):
    if request.param == "pandas":
        return pytest.importorskip("pandas").DataFrame
    return Frame


def test_a_mapped_file_is_trained_on_in_its_file(file, monkeypatch):
    """The rows are never all in memory, with some of them held out too."""
    monkeypatch.setattr(clearprop.training.data.reading, "_SMALL", 0)
    rows, columns = 20_000, 100
    x = np.lib.format.open_memmap(file(b"", "x.npy"), "w+", np.float64, (rows, columns))
    x[:, 0] = np.arange(rows) % 2
    x.flush()
    data = {"x": read_data("x.npy").features, "t": np.arange(rows) % 2}

    def forward(x, t, w):
        return np.mean((x @ w - t) ** 2)

    options = dict(batch_size=1000, epochs=2, learning_rate=0.1, validation=0.01)
    tracemalloc.start()
    run = cp.train(forward, {"w": np.zeros(columns)}, data, **options)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert run.history["epoch_loss"][-1] < run.history["epoch_loss"][0]
    assert most < x.nbytes / 2


def test_a_frame_is_taken_by_its_looks(frame):
    columns = {"a": [1, 2], "b": [0.5, 1.5], "y": ["no", "yes"]}
    table = read_data(frame(columns), target="y")
    assert table.names == ("a", "b")
    assert table.features.tolist() == [[1, 0.5], [2, 1.5]]
    assert Preparation.of(table, labels="classes").target_of(table).tolist() == [0, 1]
    for b, says in (
        ([0.5, None], "row 2, column b: the value is nan"),
        (["x", 1.5], "row 1, column b: 'x' is not a number"),
    ):
        with pytest.raises(DataError, match=f"the frame, {says}"):
            read_data(frame({**columns, "b": b}), target="y")
    table = read_data(frame({**columns, "y": ["no", None]}), target="y")
    with pytest.raises(DataError, match="the frame, row 2, column y: the cell is empt"):
        Preparation.of(table, labels="classes")


# --- how it is prepared ---------------------------------------------------------------


def test_scaling_is_that_of_the_training_rows_and_is_remembered():
    x = np.array([[1.0, 0.1, 7.0], [3.0, 0.1, 7.0], [5.0, 0.1, 9.0]])
    table = read_data(x)
    for kind, first in (
        ("standardize", [-np.sqrt(1.5), 0, -np.sqrt(0.5)]),
        ("minmax", [0, 0, 0]),
    ):
        made = Preparation.of(table, scale=kind)
        np.testing.assert_allclose(made.features(table)[0], first, rtol=1e-14)
        again = Preparation.from_json(made.to_json())
        new = read_data(np.array([[2.0, 0.1, 8.0]]))
        assert again.features(new).tolist() == made.features(new).tolist()
        assert again == made


def test_nothing_is_scaled_unasked():
    x = np.array([[1.0, 200.0]])
    assert Preparation.of(read_data(x)).features(read_data(x)) is x


def test_one_hot():
    table = read_data({"x": np.ones((3, 1)), "y": np.array([2, 0, 1])}, target="y")
    made = Preparation.of(table, labels="onehot", classes=3)
    assert made.target_of(table).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_held_out_rows_are_drawn_by_seed_and_lie_in_neither_part():
    table = read_data(np.arange(20.0))
    train, held = table.split(0.25, seed=3)
    assert len(held) == 5
    both = np.concatenate([train.features, held.features]).ravel()
    assert sorted(both.tolist()) == list(range(20))
    assert held.features.tolist() == table.split(0.25, seed=3)[1].features.tolist()
    assert held.features.tolist() != table.split(0.25, seed=4)[1].features.tolist()


# --- what can't go in -----------------------------------------------------------------

BAD = {
    "text in a number column": (
        "a,b,y\n1,2,0\n3,x7,1\n",
        "data.csv, row 2 (line 3), column b: 'x7' is not a number",
    ),
    "a decimal comma": (
        'a,b,y\n"1,5",2,0\n',
        "data.csv, row 1 (line 2), column a: '1,5' is not a number: write decimals "
        "with a point, thousands without a comma",
    ),
    "an underscore": (
        "a,b,y\n1_000,2,0\n",
        "data.csv, row 1 (line 2), column a: '1_000' is not a number",
    ),
    "an empty cell": (
        "a,b,y\n1,2,0\n\n3,,1\n",
        "data.csv, row 2 (line 4), column b: the cell is empty: fill it in, or leave "
        "the row out",
    ),
    "nan": (
        "a,b,y\n1,2,0\n3,nan,1\n",
        "data.csv, row 2 (line 3), column b: the value is nan: fill it in, or leave "
        "the row out",
    ),
    "a short row": (
        "a,b,y\n1,2,0\n3,4\n",
        "data.csv, row 2 (line 3): 2 cells, where the first row has 3",
    ),
    "no rows": ("a,b,y\n", "data.csv has no rows below its header"),
    "an empty file": ("", "data.csv is empty: there are no rows"),
    "an empty label": (
        "a,y\n1,0\n2,\n",
        "data.csv, row 2 (line 3), column y: the cell is empty: fill it in, or leave "
        "the row out",
    ),
    "a label out of range": (
        "a,y\n1,0\n2,3\n",
        "data.csv, row 2 (line 3), column y: label 3 is out of range: labels are from "
        "0 to 2",
    ),
    "a negative label": (
        "a,y\n1,0\n2,-1\n",
        "data.csv, row 2 (line 3), column y: label -1 is out of range: labels are from "
        "0 to 2",
    ),
    "half a label": (
        "a,y\n1,0\n2,1.5\n",
        "data.csv, row 2 (line 3), column y: 1.5 is no label: labels are whole numbers "
        "from 0, or text",
    ),
    "text among numbers": (
        "a,y\n1,0\n2,one\n3,2\n",
        "data.csv, row 2 (line 3), column y: 'one', where the other labels are numbers",
    ),
    "a number among texts": (
        "a,y\n1,cat\n2,7\n3,dog\n",
        "data.csv, row 2 (line 3), column y: '7', where the other labels are text",
    ),
    "too few classes": (
        "a,y\n1,cat\n2,dog\n",
        "data.csv, column y: there are 2 classes (cat, dog), and 3 outputs: they must "
        "be as many",
    ),
    "no such column": (
        "a,kind\n1,2\n",
        "data.csv has no column 'y': it has a, kind",
    ),
    "nearly the column": (
        "a,Y1\n1,2\n",
        "data.csv has no column 'y': it has a, Y1",
    ),
    "no names at all": (
        "1,2\n3,4\n",
        "data.csv has no column 'y', for its columns have no names: give the column's "
        "number, from 1 to 2, or -1 for the last",
    ),
    "two columns of a name": (
        "a,a,y\n1,2,0\n",
        "data.csv has two columns called a: rename one",
    ),
    "a quote that stays open": (
        'a,y\n"1,0\n2,1\n',
        "data.csv, line 2: a cell begins with a quote that is never closed",
    ),
    "a quote in a cell": (
        'a,y\n1,0\n"2"2,1\n',
        "data.csv, line 3: a quote stands inside of a cell: write it twice, or leave "
        "it out",
    ),
    "a column without a name": (
        "a,,y\n1,,0\n",
        "data.csv, row 1 (line 2), column 2: the cell is empty: fill it in, or leave "
        "the row out",
    ),
    "two columns without a name": (
        "a,,,y\n1,2,3,0\n",
        "data.csv has two columns without a name",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_one_line(file, name):
    text, says = BAD[name]
    with pytest.raises(DataError) as caught:
        Preparation.of(read_data(file(text), target="y"), labels="classes", classes=3)
    assert str(caught.value) == says


def test_text_in_a_target_of_numbers(file):
    table = read_data(file("a,y\n1,0.5\n2,high\n"), target="y")
    with pytest.raises(DataError, match=r"row 2 \(line 3\), column y: 'high' is not"):
        Preparation.of(table, labels="numbers")


def test_a_header_that_was_taken_for_a_row(file):
    with pytest.raises(DataError, match="'kind', where the other labels are numbers"):
        Preparation.of(
            read_data(file("0,kind\n1,0\n2,1\n"), target=2), labels="classes"
        )


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (PETALS.encode("utf-16"), "a.csv", "a.csv is not UTF-8 text"),
        ("größe,y\n1,2\n".encode("latin-1"), "b.csv", "b.csv is not UTF-8 text"),
        (b"PK\x03\x04 torn", "c.npz", "c.npz can't be read: it is no .npz file"),
        (b"", "d.npz", "d.npz can't be read"),
        (b"\x93NUMPY", "e.npy", "e.npy is no .npy file"),
        (b"", "f.npy", "f.npy is"),
        (b"", "g.xlsx", "g.xlsx: data is read from .csv, .npy and .npz"),
    ],
)
def test_a_file_that_is_something_else(file, content, name, says):
    with pytest.raises(DataError, match=says):
        read_data(file(content, name))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"nowhere.csv is not there: check the path"):
        read_data(str(tmp_path / "nowhere.csv"))
    with pytest.raises(DataError, match="is a folder: name a file in it"):
        read_data(tmp_path)


def test_pickles_stay_closed(file):
    held = np.array([{}, {}])
    np.save(file(b"", "x.npy"), held, allow_pickle=True)
    np.savez(file(b"", "x.npz"), x=held)
    for name in ("x.npy", "x.npz"):
        with pytest.raises(DataError, match="holds Python objects"):
            read_data(name)


def test_shapes_that_do_not_fit():
    with pytest.raises(DataError, match="3 rows of features and 2 of y"):
        read_data({"x": np.ones((3, 1)), "y": np.ones(2)}, target="y")
    made = Preparation.of(read_data(np.ones((3, 4))))
    with pytest.raises(DataError, match="has 5 numbers in a row, the network takes 4"):
        made.features(read_data(np.ones((3, 5))))
    with pytest.raises(DataError, match="has no rows"):
        read_data(np.ones((0, 4)))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ([[1, 2], [3]], "the data is no array: its rows differ in length"),
        (np.ma.masked_array(np.ones((2, 2)), [[0, 1], [0, 0]]), "behind a mask"),
        (None, "the data is a NoneType, where rows are needed"),
        (2.5, "the data is a single number, where rows are needed"),
        ({}, "the data has no arrays"),
    ],
)
def test_what_is_no_table_is_refused(source, says):
    with pytest.raises(DataError, match=says):
        read_data(source)


@pytest.mark.parametrize("kind", ["M8[ns]", "m8[s]", "complex"])
def test_dates_of_a_frame_are_no_numbers(frame, kind):
    with pytest.raises(DataError, match="the frame, column b: it holds"):
        read_data(frame({"a": [1, 2, 3], "b": np.arange(3).astype(kind)}))


@pytest.mark.parametrize("scale", ["standardize", "minmax"])
def test_what_has_no_width_that_is_a_number_is_not_scaled(scale):
    x = np.array([[5, 2**62], [5, 2**62 + 1]])  # the same number as a float
    with pytest.raises(DataError, match="column 2: its numbers are too close"):
        Preparation.of(read_data(x), scale=scale)


def test_a_precision_that_can_not_hold_the_numbers_is_said(file):
    table = read_data(file("a,b\n1,2\n3,1e300\n"))
    assert Preparation.of(table, dtype="float64").features(table)[1, 1] == 1e300
    with pytest.raises(DataError, match=r"row 2 \(line 3\), column b: 1e\+300 is too"):
        Preparation.of(table, dtype="float32").features(table)
    with pytest.raises(DataError, match="dtype='int8' is unknown: use float32 or"):
        Preparation.of(table, dtype="int8")


def test_a_number_that_is_not_finite_in_the_last_block(file, monkeypatch):
    monkeypatch.setattr(clearprop.training.data.table, "_BLOCK", 100)
    x = np.zeros((50, 30), np.float32)
    x[49, 7] = np.inf
    np.save(file(b"", "x.npy"), x)
    with pytest.raises(DataError, match=r"x.npy, row 50, column 8: the value is inf"):
        read_data("x.npy")


def test_a_text_that_is_called_npz_holds_no_objects(tmp_path):
    path = tmp_path / "rows.npz"
    path.write_text("hello")
    with pytest.raises(cp.ClearpropError, match=r"no \.npz file, or is damaged"):
        cp.read_data(str(path), target="t")
