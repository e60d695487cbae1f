"""First calls are measured in fresh processes."""

import math
from dataclasses import replace

from shapiq_spex.benchmark.studies.cold_start import Start, cold_start_table, measure
from tests.benchmark.examples import entry

START = Start("a", False, 8, 40, 0.5, 2.0, 0.25, "ok", "here")


def test_a_start_is_measured_in_a_fresh_process(tmp_path):
    start = measure("ProxySPEX fast", str(tmp_path), False, 8, 40)
    assert start.status == "ok"
    assert start.first_call > start.second_call > 0.0
    assert list(tmp_path.iterdir())  # of compiled code


def test_the_table_tells_starts_with_and_without_compiled_code_apart():
    starts = [START, replace(START, first_call=4.0), replace(START, compiled=True, first_call=1.0)]
    line = entry(cold_start_table(starts), "a")
    assert (line["import"], line["second call"], line["failed"]) == ("0.50", "0.25", "")
    assert line["first call, nothing compiled on disk"] == "3.00"
    assert line["first call"] == "1.00"


def test_a_failed_start_is_in_the_table():
    broken = Start("b", False, 8, 40, math.nan, math.nan, math.nan, "no such module", "here")
    line = entry(cold_start_table([START, broken]), "b")
    assert line["failed"] == "no such module"
    assert line["import"] == ""
    assert cold_start_table([]) == ""
