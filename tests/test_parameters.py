"""Parameters: one declaration, checked by type and range, never silently ignored."""

from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from analysis import places
from analysis.errors import BadParameter
from analysis.report import parameters
from analysis.report.output import folder_name

SHIPPED = sorted(places.notebooks_dir().glob("[0-9]*.ipynb"))


def notebook(folder: Path, name: str, source: str) -> Path:
    cell = new_code_cell(source, metadata={"tags": ["parameters"]})
    path = folder / f"{name}.ipynb"
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "P"}}
    nbformat.write(new_notebook(cells=[cell], metadata=metadata), path)
    return path


@pytest.fixture
def two(tmp_path):
    return {
        "1_a": notebook(tmp_path, "1_a", 'study = "s"\nseed = 1  # from 0 to 10: seed'),
        "2_b": notebook(
            tmp_path,
            "2_b",
            'study = "s"\nseed = 1  # from 0 to 10: seed\n'
            'share = 0.5  # from 0 to 1: share\nfold = True  # fold\n'
            'how = "x"  # one of x, y: how',
        ),
    }


def settle(two, *, own=None, selected=None, **given):
    return parameters.settle(
        two,
        selected=frozenset(selected or two),
        study=own or {},
        given={name: (value, f"-p {name}={value}") for name, value in given.items()},
    )


def test_each_notebook_gets_only_its_own(two):
    settings = settle(two, seed="3", share="0.25", fold="false", how="y")
    assert settings.values["1_a"] == {"seed": 3}
    assert settings.values["2_b"] == {"seed": 3, "share": 0.25, "fold": False, "how": "y"}
    assert settings.changed == {"fold": False, "how": "y", "seed": 3, "share": 0.25}


def test_a_value_equal_to_the_studys_own_is_no_change(two):
    assert settle(two, seed="1").changed == {}
    assert settle(two, own={"seed": 4}, seed="4").changed == {}
    assert settle(two, own={"seed": 4}).values["1_a"] == {"seed": 4}
    assert settle(two, own={"seed": 4}, seed="1").changed == {"seed": 1}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sede", "1", "did you mean seed"),
        ("zzz", "1", "known are fold, how, seed, share"),
        ("seed", "1.5", "seed must be a whole number"),
        ("seed", "11", "seed must lie between 0 and 10"),
        ("seed", "-1", "seed must lie between 0 and 10"),
        ("seed", "", "seed must be a whole number"),
        ("share", "nan", "share must be a number"),
        ("share", "inf", "share must be a number"),
        ("share", "1.01", "share must lie between 0 and 1"),
        ("fold", "yes", "fold must be true or false"),
        ("how", "z", "how must be one of x, y"),
        ("study", "other", "give the study as its argument"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(two, name, value, message):
    with pytest.raises(BadParameter, match=message) as caught:
        settle(two, **{name: value})
    assert len(caught.value.faults) == 1


def test_all_faults_at_once(two):
    with pytest.raises(BadParameter) as caught:
        settle(two, own={"nothing": 1, "how": 3}, sede="1", share="2")
    assert len(caught.value.faults) == 4


def test_a_parameter_of_a_notebook_that_is_not_selected_is_refused(two):
    with pytest.raises(BadParameter, match="no selected notebook declares 'share'"):
        settle(two, selected={"1_a"}, share="0.1")


def test_a_default_that_is_no_literal_is_refused(tmp_path):
    path = notebook(tmp_path, "1_a", "seed = 1 + 1  # seed")
    with pytest.raises(BadParameter, match="write a literal"):
        parameters.declared(path)


def test_a_path_with_braces_is_a_path(tmp_path):
    folder = tmp_path / "a {b} c"
    folder.mkdir()
    assert parameters.declared(notebook(folder, "1_a", "seed = 1  # s"))["seed"].default == 1


@pytest.mark.parametrize("text", ["seed", "=1", " =1"])
def test_an_assignment_needs_name_and_value(text):
    with pytest.raises(BadParameter, match="NAME=VALUE"):
        parameters.read_assignment(text)


@pytest.mark.parametrize("text", ["- a", "a: [", "1: 2", "!!python/object:os.x {}"])
def test_a_file_of_parameters_must_be_a_safe_mapping(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadParameter, match="--params"):
        parameters.read_file(path)


def test_shipped_notebooks_give_one_name_one_type_default_and_meaning():
    seen = {}
    for path in SHIPPED:
        for name, parameter in parameters.declared(path).items():
            assert seen.setdefault(name, parameter) == parameter, f"{path.name}: {name}"
            assert parameter.help, f"{path.name}: {name} has no comment"
    assert parameters.STUDY_PARAMETER in seen


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_papermill_sees_the_same_parameters(path):
    assert set(papermill.inspect_notebook(str(path))) == set(parameters.declared(path))


def test_folders_of_different_values_differ():
    values = [{}, {"a": 1}, {"a": "1"}, {"a": "x/y"}, {"a": "x_y"}, {"a": "x\\y"}, {"b": "z" * 300},
              {"b": "z" * 301}, {"a": "1--b=2"}, {"a": "1", "b": 2}, {"a": "../.."}]
    names = [folder_name("study", value) for value in values]
    assert names[0] == "study" and names[1] == "study--a=1"
    assert all("/" not in name and len(name.encode()) < 200 for name in names)
    # a text "1" and a number 1 cannot both be values of one parameter
    assert len({*names[:2], *names[3:]}) == len(names) - 1
