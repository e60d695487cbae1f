"""Puts our approximators into shapiq's tables and takes them out again.

shapiq's explainers turn ``approximator="spex"`` into a class by looking it up in one table,
``shapiq.explainer.configuration.APPROXIMATOR_CONFIGURATIONS[name][index]``, and ``"auto"`` builds
``SPEX``, a global of the same module. shapiq offers no function to register with, so this module
writes there, and it is the only one that does:

* every row it installs is a fresh one; shapiq's own are kept aside and put back as they were;
* it takes out only what it put in: whatever somebody else wrote there later stays;
* ``shapiq.SPEX`` and ``shapiq.ProxySPEX`` are never touched.
"""

from __future__ import annotations

import importlib
import threading
import warnings
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from shapiq.approximator.base import Approximator

from shapiq_spex.ablation.ablation_policy import (
    Ablation,
    default_ablation_within,
    set_default_ablation,
)
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.approximators.spex import SPEX

CONFIGURATION = "shapiq.explainer.configuration"
TABLE = "APPROXIMATOR_CONFIGURATIONS"
BUILT_BY_AUTO = "SPEX"

SHAPIQ_INDICES = ("SV", "BV", "SII", "k-SII", "STII", "FSII", "FBII")
"""The indices in shapiq's own rows for SPEX and ProxySPEX: ours must not have fewer."""

_ABSENT = object()


class ApproximatorRow(dict[str, type[Approximator[Any]]]):
    """A row of shapiq's table: the class to build for each index.

    An index that is not in the row also gives the class: its constructor names the indices it
    knows, where a plain dictionary would give shapiq's user a bare ``KeyError``.

    Args:
        approximator: The class to build.
    """

    def __init__(self, approximator: type[Approximator[Any]]) -> None:
        # shapiq types this class attribute with a variable of its instances
        own_indices: tuple[str, ...] = approximator.valid_indices  # pyright: ignore[reportGeneralTypeIssues]
        indices = (*SHAPIQ_INDICES, *own_indices)
        super().__init__(dict.fromkeys(indices, approximator))
        self._approximator = approximator

    def __missing__(self, index: str) -> type[Approximator[Any]]:
        return self._approximator


@dataclass(frozen=True)
class _Entry:
    """A place where shapiq looks something up, and what we want it to find there."""

    namespace: MutableMapping[str, Any]
    key: str
    ours: object


@dataclass(frozen=True)
class _Replacement:
    """An entry that we have written, and what was there before."""

    entry: _Entry
    displaced: object

    def is_in_place(self) -> bool:
        return self.entry.namespace.get(self.entry.key, _ABSENT) is self.entry.ours

    def undo(self) -> None:
        if not self.is_in_place():
            return
        if self.displaced is _ABSENT:
            del self.entry.namespace[self.entry.key]
        else:
            self.entry.namespace[self.entry.key] = self.displaced


class Registration:
    """A set of approximators that can be put into shapiq's tables and taken out again.

    They are in the tables while `register` is in force **or** any ``with registered():`` block is
    open, in whichever thread.

    Args:
        classes: The class to build for each name. The one named ``"spex"``, if there is one, is
            also what ``"auto"`` builds for many players.

    Example:
        >>> from shapiq import KernelSHAP
        >>> from shapiq.explainer.configuration import APPROXIMATOR_CONFIGURATIONS
        >>> registration = Registration({"mine": KernelSHAP})
        >>> with registration.registered():
        ...     APPROXIMATOR_CONFIGURATIONS["mine"]["SV"].__name__
        'KernelSHAP'
        >>> "mine" in APPROXIMATOR_CONFIGURATIONS
        False
    """

    def __init__(self, classes: Mapping[str, type[Approximator[Any]]]) -> None:
        self._classes = dict(classes)
        self._lock = threading.RLock()
        self._in_force = False
        self._open_blocks = 0
        self._replacements: list[_Replacement] = []

    def register(self, *, ablation: Ablation | None = None) -> None:
        """Make the names ours in every shapiq explainer, until `unregister`.

        Importing ``shapiq_spex`` does this. Doing it again changes nothing, except that a name
        which somebody else has replaced in the meantime becomes ours again.

        Args:
            ablation: How games are asked by approximators that are built without a policy of their
                own from now on, such as those that shapiq's explainers build.

        Warns:
            RuntimeWarning: This version of shapiq keeps its table elsewhere. Nothing else fails,
                and the registry-free form ``approximator=SPEX(n=...)`` works.

        Example:
            >>> import shapiq_spex
            >>> from shapiq.explainer.configuration import APPROXIMATOR_CONFIGURATIONS
            >>> shapiq_spex.register()
            >>> APPROXIMATOR_CONFIGURATIONS["spex"]["SV"] is shapiq_spex.SPEX
            True
        """
        with self._lock:
            self._in_force = True
            if ablation is not None:
                set_default_ablation(ablation)
            problem = self._install()
        if problem:
            warnings.warn(problem, RuntimeWarning, stacklevel=2)

    def unregister(self) -> None:
        """Give the names back to shapiq: the very objects that were there before.

        The default policy of asking games is again ``Ablation()``.

        A name that somebody else has replaced since stays theirs. While a ``with registered():``
        block is open, perhaps in another thread, its promise holds: the names go back when the
        last block closes.

        Example:
            >>> import shapiq_spex
            >>> from shapiq.explainer.configuration import APPROXIMATOR_CONFIGURATIONS
            >>> shapiq_spex.unregister()
            >>> APPROXIMATOR_CONFIGURATIONS["spex"]["SV"] is shapiq_spex.SPEX
            False
            >>> shapiq_spex.register()
        """
        with self._lock:
            self._in_force = False
            set_default_ablation(Ablation())
            self._uninstall_if_unused()

    @contextmanager
    def registered(self, *, ablation: Ablation | None = None) -> Generator[None, None, None]:
        """Make the names ours inside a ``with`` block.

        Blocks may be nested and may overlap in several threads. When the last one is left, with
        or without an exception, shapiq's tables are as they were, unless `register` is in force.

        Args:
            ablation: How games are asked by approximators that are built inside the block, in
                this thread, without a policy of their own.

        Yields:
            Nothing.

        Warns:
            RuntimeWarning: As in `register`.

        Example:
            >>> import shapiq_spex
            >>> from shapiq_spex.ablation import default_ablation
            >>> with shapiq_spex.registered(ablation=Ablation(retries=3)):
            ...     default_ablation().retries
            3
            >>> default_ablation().retries
            0
        """
        with self._lock:
            self._open_blocks += 1
        try:
            with self._lock:
                problem = self._install()
            if problem:
                warnings.warn(problem, RuntimeWarning, stacklevel=3)
            with default_ablation_within(ablation) if ablation else nullcontext():
                yield
        finally:
            with self._lock:
                self._open_blocks -= 1
                self._uninstall_if_unused()

    def _install(self) -> str | None:
        """Write every entry that is not in place; say what stands in the way, if anything."""
        try:
            entries = self._entries()
        except (ImportError, AttributeError, TypeError) as error:
            return self._explain(error)
        in_place = [r.entry for r in self._replacements if r.is_in_place()]
        for entry in entries:
            if any(e.namespace is entry.namespace and e.key == entry.key for e in in_place):
                continue
            replacement = _Replacement(entry, entry.namespace.get(entry.key, _ABSENT))
            self._replacements.append(replacement)
            entry.namespace[entry.key] = entry.ours
        return None

    def _uninstall_if_unused(self) -> None:
        if self._in_force or self._open_blocks:
            return
        # The latest first: a name taken twice goes back to whoever had it the second time.
        for replacement in reversed(self._replacements):
            replacement.undo()
        self._replacements.clear()

    def _entries(self) -> list[_Entry]:
        """The entries we want, each a fresh row.

        Raises:
            ImportError: The module that keeps the table is gone.
            AttributeError: The module no longer has the table, or the class that `"auto"` builds.
            TypeError: They are there, but are no longer what they were.
        """
        configuration = importlib.import_module(CONFIGURATION)
        table = getattr(configuration, TABLE)
        if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
            msg = f"{CONFIGURATION}.{TABLE} is not a dictionary of dictionaries"
            raise TypeError(msg)
        entries = [_Entry(table, name, ApproximatorRow(cls)) for name, cls in self._classes.items()]
        if "spex" in self._classes:
            if not isinstance(getattr(configuration, BUILT_BY_AUTO), type):
                msg = f"{CONFIGURATION}.{BUILT_BY_AUTO} is not a class"
                raise TypeError(msg)
            entries.append(_Entry(vars(configuration), BUILT_BY_AUTO, self._classes["spex"]))
        return entries

    def _explain(self, error: Exception) -> str:
        names = " and ".join(f'approximator="{name}"' for name in self._classes)
        classes = " or ".join(
            f"approximator={cls.__name__}(n=...)" for cls in self._classes.values()
        )
        return (
            f"shapiq_spex cannot register with this version of shapiq, whose approximators are not "
            f"listed where they used to be ({error}). {names} remain what shapiq makes of them; "
            f"pass the approximator itself to the explainer instead: {classes}."
        )


APPROXIMATORS: dict[str, type[Approximator[Any]]] = {"spex": SPEX, "proxyspex": ProxySPEX}
"""What ``approximator=`` followed by one of these names builds while we are registered."""

_registration = Registration(APPROXIMATORS)
register = _registration.register
unregister = _registration.unregister
registered = _registration.registered
