"""Reports are found by what they describe."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import shapiq
from shapiq import interaction_values

from shapiq_spex import ProxySPEX, report_of
from tests.reports.games import explained, game


@pytest.mark.parametrize("name", ["proxyspex", "spex"])
@pytest.mark.parametrize("explainer", [shapiq.Explainer, shapiq.TabularExplainer])
def test_the_report_of_shapiqs_explainers_is_found(name, explainer):
    data = np.random.default_rng(0).normal(size=(80, 5))

    def model(rows):
        return rows[:, 0] * rows[:, 1] + rows[:, 2]

    made = explainer(
        model, data, approximator=name, index="FSII", max_order=2, random_state=0, sample_size=10
    )
    with pytest.raises(ValueError, match="nothing has been explained yet"):
        report_of(made)
    first, second = (made.explain(data[row], budget=20) for row in (0, 1))
    assert report_of(second) is report_of(made) is report_of(made.approximator)
    assert report_of(first) is not report_of(second)
    assert report_of(first).index == "FSII"
    explained_rows = made.explain_X(data[:2], budget=20, n_jobs=1)
    assert [report_of(values).asked for values in explained_rows] == [20, 20]
    for way in (copy.deepcopy, lambda values: pickle.loads(pickle.dumps(values))):
        assert report_of(way(first)).to_dict() == report_of(first).to_dict()


def test_every_output_has_a_report_of_its_own():
    made = ProxySPEX(n=4, index="SV", max_order=1, random_state=0)
    first, second = made.approximate_outputs(16, lambda rows: rows[:, :2] * [1.0, 2.0])
    assert [report_of(values).deviation for values in (first, second)] == [0.5, 1.0]


def test_other_results_have_no_report():
    other = shapiq.KernelSHAP(n=4, random_state=0)
    values = other.approximate(16, lambda rows: rows[:, 0] * 1.0)
    own = explained(16, lambda rows: rows[:, 0] * 1.0, n=4)
    computed = 2 * own.approximate(16, lambda rows: rows[:, 0] * 1.0)
    for without in (other, values, computed, None, 3.0):
        with pytest.raises(TypeError, match="has no report"):
            report_of(without)


def test_the_reports_of_several_explanations_are_a_list():
    made = ProxySPEX(n=4, index="SV", max_order=1, random_state=0)
    several = made.approximate_outputs(16, lambda rows: rows[:, :2] * [1.0, 2.0])
    assert report_of(several) == report_of(tuple(several)) == [report_of(v) for v in several]
    assert report_of([]) == []


@pytest.mark.skipif(not hasattr(interaction_values, "InteractionValuesBatch"), reason="no batches")
def test_a_batch_of_copies_says_that_it_has_no_reports():
    made = ProxySPEX(n=4, index="SV", max_order=1, random_state=0)
    several = made.approximate_outputs(16, lambda rows: rows[:, :2] * [1.0, 2.0])
    batch = interaction_values.InteractionValuesBatch.from_interaction_values(several)
    with pytest.raises(TypeError, match=r"explanations of a batch computed or loaded .* do not"):
        report_of(batch)


def test_a_report_is_kept_in_the_json_file_of_its_values(tmp_path):
    values = explained(40).approximate(40, game)
    path = tmp_path / "values.json"
    values.to_json_file(path, report=report_of(values).to_dict())
    assert (
        report_of(path).to_dict() == report_of(str(path)).to_dict() == report_of(values).to_dict()
    )
    loaded = shapiq.InteractionValues.load(path)
    np.testing.assert_array_equal(loaded.values, values.values)
    with pytest.raises(TypeError, match=r"to_json_file\(path, report=report_of\(values\)"):
        report_of(loaded)
    values.save(path)
    with pytest.raises(ValueError, match=r"values.json has no report: values.to_json_file\(path"):
        report_of(path)
