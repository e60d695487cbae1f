"""What `import shapiq_spex` does and does not do, each in a process of its own."""

import inspect
import subprocess
import sys
from importlib.metadata import requires

import pytest
import shapiq

from shapiq_spex._registry import APPROXIMATORS

HEAVY = ("lightgbm", "xgboost", "torch", "transformers", "numba", "galois")
USE_EVERYTHING = """
import numpy as np
data = np.random.default_rng(0).normal(size=(100, 5))
from shapiq_spex._registry import APPROXIMATORS
for name, cls in APPROXIMATORS.items():
    explainer = shapiq.Explainer(
        lambda rows: rows.sum(axis=1), data,
        approximator=name, index="k-SII", max_order=2, sample_size=20,
    )
    assert type(explainer.approximator) is cls
    values = explainer.explain(data[0], budget=20)
    assert abs(sum(values.values) - data[0].sum()) < 1e-9
if "spex" in APPROXIMATORS:
    built = shapiq.explainer.configuration.setup_approximator("auto", "k-SII", 2, 70)
    assert type(built) is APPROXIMATORS["spex"]
"""


def run(script, *options):
    command = [sys.executable, *options, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_importing_registers_and_says_nothing():
    done = run(
        "import shapiq\n"
        "theirs = shapiq.SPEX, shapiq.ProxySPEX\n"
        "import shapiq_spex\n"
        "assert (shapiq.SPEX, shapiq.ProxySPEX) == theirs\n" + USE_EVERYTHING,
        "-W",
        "error:::shapiq_spex",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_brings_no_heavy_package_that_shapiq_has_not_brought():
    done = run(
        "import sys, shapiq, shapiq.explainer.configuration\n"
        "before = set(sys.modules)\n"
        "import shapiq_spex\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})\n"
    )
    assert done.returncode == 0, done.stderr
    assert "shapiq_spex" in done.stdout.split()
    assert not set(HEAVY) & set(done.stdout.split())


BLOCK = """
import sys
class Blocked:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {packages}:
            raise ModuleNotFoundError(name + " is blocked")
sys.meta_path.insert(0, Blocked)
"""


def test_everything_works_where_the_optional_packages_are_missing():
    required = {"sparse_transform"} if "sparse-transform" in requires("shapiq") else set()  # 1.4
    optional = {"sparse_transform", "xgboost", "tabpfn", "torch", "transformers"} - required
    done = run(
        BLOCK.format(packages=optional)
        + "import shapiq, shapiq.explainer.configuration\n"
        # not even where shapiq cannot be imported without a package do we use it
        + f"sys.modules.update(dict.fromkeys({sorted(required)}))\n"
        + "import shapiq_spex\n"
        + USE_EVERYTHING
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "change",
    [
        "del configuration.APPROXIMATOR_CONFIGURATIONS",
        "configuration.APPROXIMATOR_CONFIGURATIONS = {'spex': object}",
        "sys.modules['shapiq.explainer.configuration'] = None",
    ],
)
def test_a_shapiq_without_the_table_gives_a_warning_and_instances_still_work(change):
    done = run(
        "import sys, shapiq, shapiq.explainer.configuration as configuration\n"
        f"{change}\n"
        "import shapiq_spex\n"
        "approximator = shapiq_spex.ProxySPEX(n=4, index='SV', max_order=1)\n"
        "explainer = shapiq.AgnosticExplainer(\n"
        "    lambda rows: rows.sum(axis=1), n_players=4, approximator=approximator\n"
        ")\n"
        "print(round(explainer.explain(budget=16)[(0,)], 9))\n"
        "with shapiq_spex.registered(): pass\n"
        "shapiq_spex.unregister()\n"
    )
    assert (done.returncode, done.stdout) == (0, "1.0\n"), done.stderr
    assert "RuntimeWarning: shapiq_spex cannot register with this version of shapiq" in done.stderr
    assert "approximator=ProxySPEX(n=...)" in done.stderr


OTHER_DEFAULTS = {"proxy_model"}  # "auto", the blend of proxies, which LightGBM is only a part of


@pytest.mark.parametrize("name", APPROXIMATORS)
def test_constructors_take_every_argument_of_shapiqs_with_its_default(name):
    ours = inspect.signature(APPROXIMATORS[name]).parameters
    theirs = inspect.signature(getattr(shapiq, APPROXIMATORS[name].__name__)).parameters
    for argument, parameter in theirs.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue  # the placeholder that shapiq shows where an extra of its own is missing
        assert argument in ours
        assert ours[argument].kind == parameter.kind, argument
        if argument not in OTHER_DEFAULTS:
            assert ours[argument].default == parameter.default, argument
