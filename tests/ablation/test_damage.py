"""A store in which one byte has changed, or that cannot be written to."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answer_store import AnswerStore, StoreError, count_stored
from shapiq_spex.ablation.evaluator import ask
from tests.ablation.games import random_coalitions
from tests.ablation.processes import needs_fork, outcome_in_child

COALITIONS = random_coalitions(60, 20)


def value(kept):
    """A game whose values do not depend on the batch."""
    return kept @ np.arange(1.0, 21.0) / 7


def both(kept):
    return np.stack([value(kept), -value(kept)], axis=1)


def policy_for(path, **settings_):
    return Ablation(**{"store": path, "fingerprint": "test", "batch_size": 7, **settings_})


def file_with(outputs, *, log=False):
    """The content of a store, or of a store and of the log of a process that was killed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        game = value if outputs == "one" else both
        if not log:
            ask(game, COALITIONS, policy_for(path), outputs=outputs)
            return path.read_bytes(), b""
        ask(game, COALITIONS[:30], policy_for(path), outputs=outputs)
        with sqlite3.connect(path) as holding:  # keeps the log from being merged
            holding.execute("SELECT count(*) FROM game").fetchone()
            ask(game, COALITIONS, policy_for(path), outputs=outputs)
            files = path.read_bytes(), path.with_name("a-wal").read_bytes()
        holding.close()
        return files


FILES = {
    ("one", False): file_with("one"),
    ("many", False): file_with("many"),
    ("one", True): file_with("one", log=True),
}


def check_damaged(files, outputs):
    """The right answers, a StoreError or another question, whatever is done with the store."""
    game = value if outputs == "one" else both
    expected = game(COALITIONS.dense())
    worth = {key.tobytes(): number for key, number in zip(COALITIONS.packed, expected, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(files[0])
        path.with_name("a-wal").write_bytes(files[1])
        try:
            with AnswerStore(path) as store:
                coalitions, values = store.answers()
            for key, number in zip(coalitions.packed, values, strict=True):
                assert np.array_equal(worth[key.tobytes()], number)
        except StoreError:
            pass
        for _ in range(2):
            try:
                answers = ask(game, COALITIONS, policy_for(path), outputs=outputs)
                assert np.array_equal(answers.values, expected)
            except StoreError:
                pass


@settings(max_examples=150)
@given(
    kind=st.sampled_from(list(FILES)),
    place=st.floats(0, 1, exclude_max=True),
    mask=st.integers(1, 255),
)
def test_one_changed_byte_gives_no_wrong_number_and_no_other_error(kind, place, mask):
    outputs, in_log = kind
    files = [bytearray(content) for content in FILES[kind]]
    changed = files[in_log]
    changed[int(place * len(changed))] ^= mask
    check_damaged(files, outputs)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
def test_nor_does_a_changed_bit_in_any_fifth_byte(kind):
    outputs, in_log = kind
    for place in range(0, len(FILES[kind][in_log]), 5):
        if not any(FILES[kind][in_log][max(0, place - 16) : place + 16]):
            continue  # the middle of an unused stretch
        files = [bytearray(content) for content in FILES[kind]]
        files[in_log][place] ^= 1 << place // 5 % 8
        check_damaged(files, outputs)


FIELDS = ["NULL", "'text'", "2.5", "-1", "x'00'", "10", "x''", "9223372036854775807"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("column", ["outputs", "coalitions", "numbers", "checksum"])
def test_a_field_of_another_type_is_damage(tmp_path, column, field):
    path = tmp_path / "a"
    path.write_bytes(FILES["one", False][0])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')")
    connection.close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE answers SET {column} = {field} WHERE id = 3")
    connection.close()
    with pytest.raises(StoreError, match="batch 3 is damaged"):
        ask(value, COALITIONS, policy_for(path))


@pytest.mark.parametrize("players", ["NULL", "'many'", "0", "-3", "x'00'", "2.5"])
def test_a_game_that_is_not_named_is_damage(tmp_path, players):
    path = tmp_path / "a"
    path.write_bytes(FILES["one", False][0])
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE game")
        connection.execute("CREATE TABLE game (fingerprint, n_players)")
        connection.execute(f"INSERT INTO game VALUES ('x', {players})")
    connection.close()
    with pytest.raises(StoreError, match="does not name its game"):
        AnswerStore(path)


def test_another_number_of_players_is_damage_even_if_the_lengths_fit(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(FILES["one", False][0])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE game SET n_players = 21")
    connection.close()
    with pytest.raises(StoreError, match="is damaged"), AnswerStore(path) as store:
        store.answers()


def test_a_store_of_version_0_1_is_read_and_added_to(tmp_path):
    path = tmp_path / "a"
    ask(value, COALITIONS[:20], policy_for(path))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.create_function("crc", 2, lambda a, b: zlib.crc32(b, zlib.crc32(a)))
        connection.execute("UPDATE answers SET checksum = crc(coalitions, numbers)")
    connection.close()
    answers = ask(value, COALITIONS, policy_for(path))
    assert (answers.reused, answers.asked) == (20, 40)
    assert ask(value, COALITIONS, policy_for(path)).reused == 60
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


@needs_fork
@pytest.mark.parametrize("protected", ["folder", "file", "both"])
def test_a_complete_store_on_a_read_only_medium_is_used_and_another_asks_nothing(protected):
    folder = Path(tempfile.mkdtemp())
    path = folder / "a"
    calls = []

    def game(kept):
        calls.append(len(kept))
        return value(kept)

    def attempt():
        if os.geteuid() == 0:
            os.setuid(65534)
        complete = ask(game, COALITIONS[:30], policy_for(path))
        assert np.array_equal(complete.values, value(COALITIONS[:30].dense()))
        assert (complete.reused, calls) == (30, [])
        assert count_stored(game, COALITIONS, policy_for(path)) == 30
        with AnswerStore(path) as store:
            assert len(store.answers()[0]) == 30
        with pytest.raises(StoreError, match=r"read-only|may you write there"):
            ask(game, COALITIONS, policy_for(path))
        return calls

    try:
        ask(value, COALITIONS[:30], policy_for(path))
        folder.chmod(0o555 if protected != "file" else 0o777)
        path.chmod(0o444 if protected != "folder" else 0o666)
        assert outcome_in_child(attempt) == []
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@needs_fork
def test_a_log_that_cannot_be_merged_is_reported_not_ignored():
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "a").write_bytes(FILES["one", True][0])
        (folder / "a-wal").write_bytes(FILES["one", True][1])
        folder.chmod(0o555)

        def attempt():
            if os.geteuid() == 0:
                os.setuid(65534)
            with pytest.raises(StoreError, match="copy both files"):
                AnswerStore(folder / "a")

        assert outcome_in_child(attempt) is None
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
