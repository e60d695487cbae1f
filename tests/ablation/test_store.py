from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answer_store import AnswerStore, StoreError, count_stored
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.fourier.coalitions import Coalitions
from tests.ablation.games import Recorder, random_coalitions
from tests.ablation.processes import kill_when, needs_fork, outcome_in_child, start

COALITIONS = random_coalitions(300, 40)


def policy_for(path: Path, **settings) -> Ablation:
    return Ablation(**{"store": path, "fingerprint": "test", "batch_size": 7, **settings})


def content(path: Path) -> bytes:
    return path.read_bytes()


@given(
    rows=st.lists(st.integers(0, 2**11 - 1), min_size=1, max_size=30, unique=True),
    cut=st.integers(0, 30),
    outputs=st.integers(0, 3),
)
def test_what_is_added_is_found_bit_by_bit(rows, cut, outputs):
    coalitions = Coalitions.all_of(11)[np.array(rows)]
    shape = (len(rows), outputs) if outputs else len(rows)
    values = np.random.default_rng(len(rows)).normal(size=shape) * 1e-300
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.sqlite"
        with AnswerStore(path, fingerprint="game", n_players=11) as store:
            store.add(coalitions[:cut], values[:cut])
            store.add(coalitions[cut:], values[cut:])
        with AnswerStore(path, fingerprint="game", n_players=11) as store:
            found, answers = store.find(Coalitions.all_of(11))
            assert found.sum() == len(rows)
            assert found[rows].all()
            assert answers.tobytes() == values[np.argsort(rows)].tobytes()
            again, values_again = store.answers()
            assert again == coalitions
            assert values_again.tobytes() == values.tobytes()


def test_the_second_run_asks_nothing_and_a_larger_one_asks_the_rest(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite")
    game = Recorder(40)
    first = ask(game, COALITIONS[:200], policy)
    second = ask(game, COALITIONS[:200], policy)
    assert (second.asked, second.reused) == (0, 200)
    assert second.values.tobytes() == first.values.tobytes()
    assert count_stored(game, COALITIONS, policy) == 200
    third = ask(game, COALITIONS, policy)
    assert (third.asked, third.reused) == (100, 200)
    assert set(game.asked.values()) == {1}


@needs_fork
def test_a_killed_run_is_finished_by_the_next_one_bit_by_bit(tmp_path):
    log = tmp_path / "log"
    policy = policy_for(tmp_path / "a.sqlite")
    slow = Recorder(40, seconds=0.01, log=str(log))
    child = start(lambda: ask(slow, COALITIONS, policy))
    kill_when(child, lambda: log.exists() and log.read_text("ascii").count("asked") >= 100)
    asked_before = log.read_text("ascii").count("asked")
    game = Recorder(40)
    resumed = ask(game, COALITIONS, policy)
    assert resumed.reused >= asked_before - 7, "more than the batch under way was lost"
    assert resumed.asked == len(COALITIONS) - resumed.reused == sum(game.asked.values())
    uninterrupted = ask(Recorder(40), COALITIONS, Ablation(batch_size=7))
    assert resumed.values.tobytes() == uninterrupted.values.tobytes()


@needs_fork
@pytest.mark.parametrize("victim", range(5))
def test_killing_at_any_moment_leaves_a_readable_store(tmp_path, victim):
    path = tmp_path / "a.sqlite"

    def write() -> None:
        with AnswerStore(path, fingerprint="test", n_players=40) as store:
            while True:
                store.add(COALITIONS, COALITIONS.sizes().astype(float))

    child = start(write)
    kill_when(child, lambda: path.exists() and path.stat().st_size > 4096 * (1 + 60 * victim))
    with AnswerStore(path, fingerprint="test", n_players=40) as store:
        found, values = store.find(COALITIONS)
        assert values.tolist() == COALITIONS.sizes()[found].tolist()
        store.add(COALITIONS, COALITIONS.sizes().astype(float))
        assert store.find(COALITIONS)[0].all()


@needs_fork
def test_several_processes_share_a_store(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite", batch_size=3)
    children = [
        start(lambda part=part: ask(Recorder(40), COALITIONS[part::4], policy)) for part in range(4)
    ]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0, 0]
    answers = ask(Recorder(40), COALITIONS, policy)
    assert (answers.asked, answers.reused) == (0, len(COALITIONS))
    expected = Recorder(40).value(COALITIONS.dense())
    np.testing.assert_allclose(answers.values, expected, atol=1e-5)


def test_a_coalition_answered_twice_keeps_its_first_answer(tmp_path):
    with AnswerStore(tmp_path / "a.sqlite", fingerprint="game", n_players=40) as store:
        store.add(COALITIONS[:2], np.array([1.0, 2.0]))
        store.add(COALITIONS[1:3], np.array([20.0, 30.0]))
        assert store.find(COALITIONS[:3])[1].tolist() == [1.0, 2.0, 30.0]
        assert store.answers()[1].tolist() == [1.0, 2.0, 30.0]


@pytest.mark.parametrize(
    ("game", "coalitions", "name"),
    [
        (Recorder(40), COALITIONS, "another"),
        (Recorder(12), random_coalitions(20, 12), "test"),
    ],
)
def test_the_store_of_another_game_is_refused_untouched(tmp_path, game, coalitions, name):
    path = tmp_path / "a.sqlite"
    ask(Recorder(40), COALITIONS[:20], policy_for(path))
    before = content(path)
    with pytest.raises(StoreError, match=r"holds the answers of another game: test-.* 40 players"):
        ask(game, coalitions, policy_for(path, fingerprint=name))
    assert content(path) == before
    assert sum(game.asked.values()) == 0


def test_a_folder_keeps_one_file_per_game(tmp_path):
    for name, players in [("a", 40), ("b", 40), ("a", 12)]:
        coalitions = random_coalitions(20, players)
        ask(Recorder(players), coalitions, policy_for(tmp_path, fingerprint=name))
        again = ask(Recorder(players), coalitions, policy_for(tmp_path, fingerprint=name))
        assert again.reused == 20
    assert len(list(tmp_path.glob("*.sqlite"))) == 3


@pytest.mark.parametrize("damage", ["start", "middle", "values", "truncated", "text", "database"])
def test_a_damaged_or_foreign_file_is_reported_and_left_alone(tmp_path, damage):
    path = tmp_path / "a.sqlite"
    ask(Recorder(40), COALITIONS, policy_for(path))
    whole = content(path)
    if damage == "start":
        path.write_bytes(b"\0" * 100 + whole[100:])
    elif damage == "middle":
        path.write_bytes(whole[:8192] + bytes(4096) + whole[12288:])
    elif damage == "values":
        place = whole.index(Recorder(40).value(COALITIONS[7:14].dense()).astype("<f8").tobytes())
        path.write_bytes(whole[:place] + b"?" + whole[place + 1 :])
    elif damage == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "text":
        path.write_text("my notes\n" * 1000)
    elif damage == "database":
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE notes (text TEXT)")
        other.close()
    before = content(path)
    game = Recorder(40)
    with pytest.raises(StoreError, match=r"a\.sqlite.*(damaged|not an answer store|another)"):
        ask(game, COALITIONS, policy_for(path))
    assert game.calls == 0
    assert content(path) == before


def test_an_older_or_newer_format_is_reported(tmp_path):
    path = tmp_path / "a.sqlite"
    ask(Recorder(40), COALITIONS[:5], policy_for(path))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="has format 99"):
        AnswerStore(path)


def test_a_missing_store_or_folder_is_reported(tmp_path):
    with pytest.raises(StoreError, match="there is no answer store"):
        AnswerStore(tmp_path / "a.sqlite")
    with pytest.raises(StoreError, match="does its folder exist"):
        ask(Recorder(40), COALITIONS, policy_for(tmp_path / "nowhere" / "a.sqlite"))
    assert count_stored(Recorder(40), COALITIONS, policy_for(tmp_path / "a.sqlite")) == 0
    assert not list(tmp_path.iterdir()), "counting must not create anything"


def _as_nobody() -> None:
    if os.geteuid() == 0:
        os.setuid(65534)


@needs_fork
@pytest.mark.parametrize("existing", [True, False])
def test_a_read_only_folder_is_reported(existing):
    folder = Path(tempfile.mkdtemp())
    path = folder / "a.sqlite"
    try:
        if existing:
            ask(Recorder(40), COALITIONS[:5], policy_for(path))
            before = content(path)
        folder.chmod(0o555)

        def attempt() -> str:
            _as_nobody()
            with pytest.raises(StoreError) as caught:
                ask(Recorder(40), COALITIONS, policy_for(path))
            return str(caught.value)

        message = outcome_in_child(attempt)
        assert str(path) in message
        assert "read-only" in message or "may you write there" in message
        if existing:
            assert content(path) == before
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def _fill(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        ask(Recorder(800), random_coalitions(5000, 800), policy_for(path, batch_size=50))
    return str(caught.value)


def _check_filled(path: Path, message: str) -> None:
    """The error was clear, what was written before it is there, and the run can go on."""
    assert str(path) in message
    assert "full" in message
    game = Recorder(800)
    answers = ask(game, random_coalitions(5000, 800), policy_for(path, batch_size=50))
    assert answers.reused > 100
    assert answers.asked == 5000 - answers.reused
    whole = ask(Recorder(800), random_coalitions(5000, 800), Ablation(batch_size=50))
    assert answers.values.tobytes() == whole.values.tobytes()


@needs_fork
def test_a_disk_quota_is_reported_and_earlier_answers_stay(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "a.sqlite"

    def attempt() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        return _fill(path)

    _check_filled(path, outcome_in_child(attempt))


def test_a_full_file_system_is_reported_and_earlier_answers_stay(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a file system is not permitted")
    try:
        message = _fill(disk / "a.sqlite")
        for file in disk.iterdir():
            shutil.copy(file, tmp_path)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert str(disk) in message
    _check_filled(tmp_path / "a.sqlite", message.replace(str(disk), str(tmp_path)))


def test_one_number_and_many_do_not_mix(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite")
    ask(Recorder(40), COALITIONS[:5], policy)
    with pytest.raises(StoreError, match="holds one number per coalition"):
        ask(lambda kept: kept * 1.0, COALITIONS[:5], policy, outputs="many")


def test_ctrl_c_leaves_what_has_been_paid_for(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite")
    game = Recorder(40)

    def interrupted(kept):
        if game.calls == 10:
            raise KeyboardInterrupt
        return game(kept)

    with pytest.raises(KeyboardInterrupt):
        ask(interrupted, COALITIONS, policy)
    with AnswerStore(policy.store) as store:
        coalitions, values = store.answers()
    assert coalitions == COALITIONS[:70]
    np.testing.assert_allclose(values, game.value(coalitions.dense()), atol=1e-5)


def test_a_failing_game_leaves_what_has_been_paid_for_and_says_so(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite")
    game = Recorder(40)

    def failing(kept):
        if game.calls == 10:
            raise ConnectionError("gone")
        return game(kept)

    with pytest.raises(ConnectionError, match="gone") as caught:
        ask(failing, COALITIONS, policy)
    assert "70 answers are safe in" in caught.value.__notes__[-1]
    assert ask(game, COALITIONS, policy).reused == 70


@needs_fork
def test_two_processes_with_the_same_plan_share_the_work(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite", batch_size=2)
    logs = [tmp_path / "first", tmp_path / "second"]
    children = [
        start(lambda log=log: ask(Recorder(40, seconds=0.005, log=str(log)), COALITIONS, policy))
        for log in logs
    ]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    asked = [log.read_text("ascii").count("asked") for log in logs]
    assert sum(asked) < 1.2 * len(COALITIONS)


def test_threads_share_a_store_and_get_the_same_answers(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite", batch_size=4)
    with ThreadPoolExecutor(6) as threads:
        runs = [threads.submit(ask, Recorder(40), COALITIONS[:80], policy) for _ in range(6)]
    expected = ask(Recorder(40), COALITIONS[:80], Ablation(batch_size=4)).values
    for run in runs:
        assert run.result().values.tobytes() == expected.tobytes()
    assert ask(Recorder(40), COALITIONS[:80], policy).asked == 0


def test_many_outputs_are_stored_too(tmp_path):
    policy = policy_for(tmp_path / "a.sqlite")
    first = ask(lambda kept: kept * 1.5, COALITIONS, policy, outputs="many")
    again = ask(lambda kept: kept * 1.5, COALITIONS, policy, outputs="many")
    assert again.reused == len(COALITIONS)
    assert np.array_equal(first.values, again.values)
    assert np.array_equal(first.values, COALITIONS.dense() * 1.5)
