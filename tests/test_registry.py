"""What `register`, `unregister` and `registered` promise, for any classes and for ours."""

import sys
import threading
from types import ModuleType

import pytest
import shapiq
from shapiq.approximator import Approximator
from shapiq.explainer import configuration
from shapiq.game_theory import indices

from shapiq_spex import SPEX, Ablation, ProxySPEX, _registry
from shapiq_spex._registry import SHAPIQ_INDICES, Registration
from shapiq_spex.ablation import default_ablation

TABLE = configuration.APPROXIMATOR_CONFIGURATIONS


class TinySPEX(Approximator):
    """Just enough of an approximator for shapiq to build."""

    valid_indices = ("SV", "Moebius")

    def __init__(self, n, max_order=2, index="SV", random_state=None):
        if index not in self.valid_indices:
            msg = f"{index!r} is not one of {self.valid_indices}"
            raise ValueError(msg)
        super().__init__(n, max_order, "SV", random_state=random_state, initialize_dict=False)

    def approximate(self, budget, game, **kwargs):
        raise NotImplementedError


class TinyProxySPEX(TinySPEX):
    """Another class, so that mixing up the two rows would show."""


class Foreign(TinySPEX):
    """What somebody else writes into shapiq's tables."""


def snapshot():
    """Every object of shapiq that registration could replace, by identity and content."""
    rows = {name: (row, dict(row)) for name, row in TABLE.items()}
    replaced = configuration.SPEX, shapiq.SPEX, shapiq.ProxySPEX, indices.AllIndices
    return list(TABLE), rows, *replaced


def same(before, after):
    """Whether two snapshots hold the identical objects with the same content."""
    names, rows, *objects = before
    names_after, rows_after, *objects_after = after
    return (
        names == names_after
        and all(rows[n][0] is rows_after[n][0] and rows[n][1] == rows_after[n][1] for n in names)
        and all(one is other for one, other in zip(objects, objects_after, strict=True))
    )


@pytest.fixture(autouse=True)
def shapiqs_own_tables():
    """Start every test from the tables as shapiq made them, and put everything back."""
    _registry.unregister()
    rows, auto = dict(TABLE), configuration.SPEX
    yield
    TABLE.clear()
    TABLE.update(rows)
    configuration.SPEX = auto
    _registry.register()


@pytest.fixture
def registration():
    return Registration({"spex": TinySPEX, "proxyspex": TinyProxySPEX})


def ours():
    return (
        TABLE["spex"]["SV"] is TinySPEX
        and TABLE.get("proxyspex", {}).get("SV") is TinyProxySPEX
        and configuration.SPEX is TinySPEX
    )


def test_register_and_unregister_restore_the_identical_objects(registration):
    before = snapshot()
    registration.register()
    assert ours()
    assert shapiq.SPEX is before[3]
    assert shapiq.ProxySPEX is before[4]
    registration.unregister()
    assert same(before, snapshot())


def test_a_name_shapiq_does_not_have_disappears_again(registration):
    TABLE.pop("proxyspex", None)
    with registration.registered():
        assert ours()
    assert "proxyspex" not in TABLE


def test_registering_and_unregistering_twice_is_the_same_as_once(registration):
    before = snapshot()
    registration.unregister()
    assert same(before, snapshot())
    registration.register()
    row = TABLE["spex"]
    registration.register()
    assert TABLE["spex"] is row
    registration.unregister()
    assert same(before, snapshot())
    registration.unregister()
    assert same(before, snapshot())


def test_rows_are_fresh_and_shapiqs_rows_are_never_edited(registration):
    before = snapshot()
    registration.register()
    first = TABLE["spex"]
    first["my index"] = Foreign
    registration.unregister()
    assert same(before, snapshot())
    with registration.registered():
        assert TABLE["spex"] is not first
        assert "my index" not in TABLE["spex"]


def test_blocks_nest_and_undo_only_what_they_did(registration):
    before = snapshot()
    with registration.registered():
        with registration.registered():
            assert ours()
        assert ours()
    assert same(before, snapshot())
    registration.register()
    with registration.registered():
        assert ours()
    assert ours()
    registration.unregister()


def test_the_last_explicit_word_holds_after_a_block(registration):
    before = snapshot()
    with registration.registered():
        registration.register()
    assert ours()
    with registration.registered():
        registration.unregister()
        assert ours(), "an open block keeps its promise"
    assert same(before, snapshot())


def test_blocks_survive_exceptions(registration):
    before = snapshot()
    with pytest.raises(KeyboardInterrupt), registration.registered():
        raise KeyboardInterrupt
    assert same(before, snapshot())


def test_registered_is_also_a_decorator(registration):
    before = snapshot()
    assert registration.registered()(ours)()
    assert same(before, snapshot())


def test_what_somebody_else_replaced_later_is_left_alone(registration):
    theirs = {"SV": Foreign}
    proxyspex = TABLE.get("proxyspex")
    registration.register()
    TABLE["spex"] = theirs
    configuration.SPEX = Foreign
    registration.unregister()
    assert TABLE["spex"] is theirs
    assert configuration.SPEX is Foreign
    assert TABLE.get("proxyspex") is proxyspex


def test_a_name_that_somebody_else_deleted_stays_deleted(registration):
    registration.register()
    del TABLE["spex"]
    registration.unregister()
    assert "spex" not in TABLE


def test_registering_again_takes_the_name_back_and_then_returns_it(registration):
    theirs = {"SV": Foreign}
    registration.register()
    TABLE["spex"] = theirs
    registration.register()
    assert ours()
    registration.unregister()
    assert TABLE["spex"] is theirs


def test_threads_always_see_what_their_block_promises(registration):
    before = snapshot()
    barrier = threading.Barrier(8)
    broken = []

    def work(number):
        barrier.wait()
        for _ in range(200):
            if number % 4 == 0:
                registration.register()
                registration.unregister()
            else:
                with registration.registered(), registration.registered():
                    if not ours():
                        broken.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
    assert same(before, snapshot())


@pytest.mark.parametrize("index", [*SHAPIQ_INDICES, *TinySPEX.valid_indices])
def test_rows_have_every_index_of_shapiq_and_of_the_class(registration, index):
    with registration.registered():
        assert TABLE["spex"][index] is TinySPEX
        assert index in TABLE["spex"]


def test_shapiq_knows_all_our_indices_while_we_are_registered(registration):
    theirs = indices.AllIndices
    assert not indices.is_index_valid("WBII(0.9)")
    with registration.registered():
        for name in (*theirs, "Fourier", "WBV(0.9)", "WBII(0.9)", "FWBII(0.9)"):
            assert indices.is_index_valid(name)
        for name in ("no such index", "WBII(p)", "WBII(2)"):
            assert not indices.is_index_valid(name)
        assert tuple(indices.AllIndices) == theirs
    assert indices.AllIndices is theirs


@pytest.fixture
def named():
    """A registration of our class that is undone, with the law of what is built by its name."""
    registration = Registration({"spex": SPEX})
    yield registration, lambda: configuration.setup_approximator("spex", "SV", 2, 5).keep
    registration.unregister()


def test_explainers_that_build_by_name_take_the_law_that_is_registered(named):
    registration, law = named
    with registration.registered():
        assert law() == "auto"
        with registration.registered(keep="near"):
            assert law() == "near"
            with registration.registered(keep=0.9), registration.registered():
                assert law() == 0.9
                laws = []
                other = threading.Thread(target=lambda: laws.append(law()))
                other.start()
                other.join()
                assert laws == ["auto"]
            with registration.registered(keep="auto"):
                assert law() == "auto"
        registration.register(keep="near")
        assert law() == "near"
        registration.register()
        assert law() == "near"
        registration.unregister()
        assert law() == "auto"


@pytest.mark.parametrize("build", [SPEX, ProxySPEX])
def test_a_law_that_is_given_wins_over_the_registered_one(named, build):
    with named[0].registered(keep=0.9):
        assert build(n=5).keep == 0.9
        assert build(n=5, index="FWBII").index == "FWBII(0.9)"
        assert build(n=5, keep="uniform").keep == "uniform"
        assert build(n=5, keep="auto").keep == "auto"


def test_a_default_that_is_refused_changes_nothing(named):
    registration, law = named
    for wrong, error in ((1.5, ValueError), ("nigh", ValueError), ([0.9], TypeError)):
        with pytest.raises(error, match="keep must be the probability"):
            registration.register(ablation=Ablation(retries=7), keep=wrong)
        with (
            pytest.raises(error, match="keep must be the probability"),
            registration.registered(ablation=Ablation(retries=7), keep=wrong),
        ):
            pass
    with pytest.raises(TypeError, match="must be an Ablation"):
        registration.register(ablation="none", keep=0.9)
    assert default_ablation() == Ablation()
    assert not registration._in_force
    with registration.registered():
        assert law() == "auto"


def test_an_unknown_index_reaches_the_constructor_and_its_error(registration):
    with registration.registered(), pytest.raises(ValueError, match="'no such index' is not one"):
        configuration.setup_approximator("spex", "no such index", 2, 5)


def test_our_rows_are_no_shorter_than_shapiqs():
    rows = [TABLE.get(name, {}) for name in ("spex", "proxyspex")]
    # pytest's doctests import our modules a second time, and that copy registers too
    theirs = [row for row in rows if type(row) is dict]
    assert {index for row in theirs for index in row} <= set(SHAPIQ_INDICES)


def test_auto_builds_our_class_for_many_players(registration):
    with registration.registered():
        built = configuration.setup_approximator("auto", "SV", 2, 100, random_state=3)
    assert type(built) is TinySPEX
    assert built.n == 100


def test_auto_builds_our_class_where_shapiqs_sparse_extra_is_missing(registration, monkeypatch):
    placeholder = type("SPEX", (TinySPEX,), {"_import_error": ImportError("no sparse extra")})
    monkeypatch.setattr(configuration, "SPEX", placeholder)
    with registration.registered():
        assert type(configuration.setup_approximator("auto", "SV", 2, 100)) is TinySPEX
    assert configuration.SPEX is placeholder


def test_without_a_class_named_spex_auto_stays_shapiqs():
    before = snapshot()
    with Registration({"proxyspex": TinyProxySPEX}).registered():
        assert configuration.SPEX is before[2]
        assert TABLE["spex"] is before[1]["spex"][0]


def no_table(monkeypatch):
    monkeypatch.delattr(configuration, "APPROXIMATOR_CONFIGURATIONS")


def no_auto(monkeypatch):
    monkeypatch.delattr(configuration, "SPEX")


def flat_table(monkeypatch):
    monkeypatch.setattr(configuration, "APPROXIMATOR_CONFIGURATIONS", {"spex": Foreign})


def table_of_another_type(monkeypatch):
    monkeypatch.setattr(configuration, "APPROXIMATOR_CONFIGURATIONS", [("spex", Foreign)])


def auto_is_a_function(monkeypatch):
    monkeypatch.setattr(configuration, "SPEX", lambda: None)


def no_list_of_indices(monkeypatch):
    monkeypatch.delattr(indices, "AllIndices")


def no_module(monkeypatch):
    monkeypatch.setitem(sys.modules, "shapiq.explainer.configuration", None)


def empty_module(monkeypatch):
    empty = ModuleType("shapiq.explainer.configuration")
    monkeypatch.setitem(sys.modules, "shapiq.explainer.configuration", empty)


@pytest.mark.parametrize(
    "break_shapiq",
    [
        no_table,
        no_auto,
        flat_table,
        table_of_another_type,
        auto_is_a_function,
        no_list_of_indices,
        no_module,
        empty_module,
    ],
)
def test_another_shapiq_gives_one_clear_warning_and_nothing_half_done(
    registration, monkeypatch, break_shapiq
):
    rows = dict(TABLE)
    break_shapiq(monkeypatch)
    message = r"cannot register.*approximator=TinySPEX\(n=\.\.\.\) or approximator=TinyProxySPEX"
    with pytest.warns(RuntimeWarning, match=message) as caught:
        registration.register()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert rows == TABLE
    with pytest.warns(RuntimeWarning, match=message) as caught, registration.registered():
        assert rows == TABLE
    assert caught[0].filename == __file__
    registration.unregister()
    assert rows == TABLE


def test_a_warning_turned_into_an_error_leaves_no_open_block(registration, monkeypatch):
    with monkeypatch.context() as broken:
        no_table(broken)
        with (
            pytest.warns(RuntimeWarning),
            pytest.raises(ZeroDivisionError),
            registration.registered(),
        ):
            raise ZeroDivisionError
    before = snapshot()
    with registration.registered():
        assert ours()
    assert same(before, snapshot())
