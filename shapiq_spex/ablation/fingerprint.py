"""Derive the name under which the answers of a game are stored.

Answers may be reused only for the same game. A function, or an object with code of its own, may
depend on anything (a model in a global variable, a prompt), so that no fingerprint can be derived
from it: the user has to name such a game.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapiq.game import Game
from shapiq.imputer.base import Imputer

from shapiq_spex._argument_checks import (
    check_type,
)
from shapiq_spex.ablation.game_call import GameLike

_PROBES = 64
"""Background rows whose predictions identify the model of an imputer. A choice; bounds the cost."""
# attributes of an imputer that do not affect its values, or only repeat others
_IGNORED = frozenset(
    {
        "model",  # identified by its predictions
        "verbose",
        "game_id",
        "empty_prediction",
        "_empty_coalition_value_property",
        "_grand_coalition_value_property",
    }
)


class FingerprintError(ValueError):
    """No fingerprint of a game can be derived, and the user has not named it.

    Example:
        >>> try:
        ...     game_fingerprint(lambda kept: kept.sum(axis=1), 5)
        ... except FingerprintError:
        ...     print("give Ablation(fingerprint=...)")
        give Ablation(fingerprint=...)
    """


def game_fingerprint(game: GameLike, n_players: int, name: str | None = None) -> str:
    """Derive the fingerprint of a game.

    It combines, as far as they exist: the number of players; ``name``; the game's own
    ``fingerprint`` attribute (a string); the normalisation of a ``shapiq.Game`` and, if it is
    precomputed, its stored values; for an imputer the explained point, the background data and its
    settings. The model behind an imputer is identified by its exact predictions on the explained
    point and up to 64 background rows, unless there is a ``name``.

    Args:
        game: The game.
        n_players: Its number of players.
        name: The user's name for the parts that cannot be derived.

    Returns:
        A short readable string, the same in every process.

    Raises:
        FingerprintError: If neither the name nor anything else identifies the game.

    Example:
        >>> game_fingerprint(lambda coalitions: coalitions.sum(axis=1), 5, "head count")
        'head count-2d3e107df6eb9c561d8ad3e4'
    """
    check_type(name, str | None, "the name of a game must be a text or None")
    own = getattr(game, "fingerprint", None)
    own = own if isinstance(own, str) else None
    parts: list[object] = [n_players, name, own]
    if isinstance(game, Game):
        parts.append(game.normalization_value)
    if isinstance(game, Imputer):
        parts += [type(game).__qualname__, *_state(game)]
        if name is None:
            parts.append(_predictions(game))
    elif isinstance(game, Game) and game.precomputed:
        parts.append(sorted(game.game_values.items()))
    elif name is None and own is None:
        raise FingerprintError(_refusal(game, "it may depend on anything its code can reach"))
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(_bytes(part))
    return f"{name or type(game).__name__}-{digest.hexdigest()}"


def _state(imputer: Imputer[Any]) -> list[object]:
    """The plain data on an imputer: numbers, strings and arrays, by attribute name."""
    plain = (str, int, float, bool, type(None), np.ndarray, list, tuple)
    return [
        (name, value)
        for name, value in sorted(vars(imputer).items())
        if name not in _IGNORED and isinstance(value, plain)
    ]


def _predictions(imputer: Imputer[Any]) -> NDArray[np.float64]:
    try:
        rows = np.concatenate([imputer.x, imputer.data[:_PROBES]])
        return np.asarray(imputer.predict(rows), dtype=np.float64)
    except Exception as error:
        reason = f"its model cannot be probed ({type(error).__name__}: {error})"
        raise FingerprintError(_refusal(imputer, reason)) from error


def _bytes(part: object) -> bytes:
    """An unambiguous encoding: its length precedes the content of each part."""
    if isinstance(part, np.ndarray) and part.dtype != object:
        kind, content = f"array {part.dtype.str} {part.shape}", part.tobytes()
    elif isinstance(part, np.ndarray):
        kind, content = f"array {part.shape}", _bytes(part.ravel().tolist())
    elif isinstance(part, list | tuple):
        kind, content = "list", b"".join(_bytes(item) for item in part)
    else:
        kind, content = "", repr(part.item() if isinstance(part, np.generic) else part).encode()
    return f"{kind}:{len(content)}:".encode() + content


def _refusal(game: object, reason: str) -> str:
    return (
        f"the answers of this game ({type(game).__name__}) cannot be stored, because {reason}: "
        'name the game, Ablation(store=..., fingerprint="my model v1, prompt 3"), and change the '
        "name whenever the game changes; or give the game a `fingerprint` attribute"
    )
