"""Register our approximators in shapiq's tables and unregister them.

shapiq's explainers look up ``approximator="spex"`` in one table,
``shapiq.explainer.configuration.APPROXIMATOR_CONFIGURATIONS[name][index]``, and ``"auto"`` builds
``SPEX``, a global of the same module. They refuse, and interaction values warn of, an index that is
not in ``shapiq.game_theory.indices.AllIndices``. shapiq has no function to register with, so this
module, and no other, writes to these places:

* the objects it installs are new; shapiq's own are kept and put back unchanged;
* it removes only what it installed: what other code wrote there later stays;
* ``shapiq.SPEX`` and ``shapiq.ProxySPEX`` are never changed.
"""

from __future__ import annotations

import importlib
import threading
import warnings
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

try:
    from shapiq.approximator.base import Approximator
except RuntimeError as error:  # shapiq 1.4 imports galois, whose functions numba compiles
    from shapiq_spex._compiled import HOW_TO_CACHE, is_about_the_cache

    if is_about_the_cache(error):
        raise ImportError(f"shapiq cannot be imported, because {HOW_TO_CACHE}") from error
    raise

from shapiq_spex.ablation.ablation_policy import (
    Ablation,
    default_ablation_within,
    set_default_ablation,
)
from shapiq_spex.approximators.arguments import DEFAULT_KEEP
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.approximators.spex import SPEX
from shapiq_spex.designs.law import Keep
from shapiq_spex.fourier.index import INDEX_NAMES

CONFIGURATION = "shapiq.explainer.configuration"
TABLE = "APPROXIMATOR_CONFIGURATIONS"
BUILT_BY_AUTO = "SPEX"

SHAPIQ_INDICES = ("SV", "BV", "SII", "k-SII", "STII", "FSII", "FBII")
"""The indices in shapiq's own rows for SPEX and ProxySPEX; our rows must have them all."""

INDICES_OF_SHAPIQ = "shapiq.game_theory.indices"
ALL_INDICES = "AllIndices"

_ABSENT = object()


class KnownIndices(tuple[str, ...]):
    """The indices of shapiq, to which those of this package belong as well."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in INDEX_NAMES


class ApproximatorRow(dict[str, type[Approximator[Any]]]):
    """A row of shapiq's table: the class to build for each index.

    An unknown index also gives the class: the error of its constructor lists the valid indices,
    where a plain dictionary would raise a bare ``KeyError``.
    """

    def __init__(self, approximator: type[Approximator[Any]]) -> None:
        # shapiq types this class attribute with a variable of its instances
        own_indices: tuple[str, ...] = approximator.valid_indices  # pyright: ignore[reportGeneralTypeIssues]
        indices = (*SHAPIQ_INDICES, *own_indices)
        super().__init__(dict.fromkeys(indices, approximator))
        self._approximator = approximator

    def __missing__(self, index: str) -> type[Approximator[Any]]:
        return self._approximator


@dataclass
class _Entry:
    """A place where shapiq looks something up, our object for it, and the one it displaced."""

    namespace: MutableMapping[str, Any]
    key: str
    ours: object
    displaced: object = _ABSENT

    def is_installed(self) -> bool:
        return self.namespace.get(self.key, _ABSENT) is self.ours

    def install(self) -> None:
        self.displaced = self.namespace.get(self.key, _ABSENT)
        self.namespace[self.key] = self.ours

    def undo(self) -> None:
        if not self.is_installed():
            return
        if self.displaced is _ABSENT:
            del self.namespace[self.key]
        else:
            self.namespace[self.key] = self.displaced


class Registration:
    """A set of approximators that can be registered in shapiq's tables and unregistered.

    They are in the tables after `register` until `unregister`, **and** while any
    ``with registered():`` block is open in any thread.

    Args:
        classes: The class to build for each name. ``"auto"`` also builds the one named
            ``"spex"``, if there is one, for many players.

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
        self._installed: list[_Entry] = []

    def register(
        self, *, ablation: Ablation | None = None, keep: Keep | Literal["auto"] | None = None
    ) -> None:
        """Make every shapiq explainer build our classes, until `unregister`.

        Importing ``shapiq_spex`` does this. Registering again only takes back the names that other
        code has replaced in the meantime.

        Args:
            ablation: The new default policy for approximators that are built without one, such as
                those of shapiq's explainers.
            keep: Which coalitions explanations are about from now on, for approximators that are
                built without ``keep=``; ``"auto"`` for the law that suits the index.

        Raises:
            TypeError: For a default of the wrong type. Nothing is replaced then.
            ValueError: If ``keep`` is neither a probability nor the name of a law.

        Warns:
            RuntimeWarning: If this version of shapiq keeps its table elsewhere. Nothing else fails,
                and ``approximator=SPEX(n=...)`` works without registration.

        Example:
            >>> import shapiq_spex
            >>> from shapiq.explainer.configuration import APPROXIMATOR_CONFIGURATIONS
            >>> shapiq_spex.register(keep="near")
            >>> APPROXIMATOR_CONFIGURATIONS["spex"]["SV"](n=30).keep
            'near'
            >>> shapiq_spex.register(keep="auto")
        """
        if keep is not None:
            DEFAULT_KEEP.checked(keep)
        with self._lock:
            if ablation is not None:
                set_default_ablation(ablation)
            if keep is not None:
                DEFAULT_KEEP.replace(keep)
            self._in_force = True
            problem = self._install()
        if problem:
            warnings.warn(problem, RuntimeWarning, stacklevel=2)

    def unregister(self) -> None:
        """Put back the objects that were in shapiq's tables before.

        The default policy of asking games is again ``Ablation()``, and that of ``keep`` is
        ``"auto"``. Names that other code has replaced since are not changed. While a
        ``with registered():`` block is open, perhaps in another thread, the names stay registered
        until the last block closes.

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
            DEFAULT_KEEP.replace("auto")
            self._uninstall_if_unused()

    @contextmanager
    def registered(
        self, *, ablation: Ablation | None = None, keep: Keep | Literal["auto"] | None = None
    ) -> Generator[None, None, None]:
        """Make every shapiq explainer build our classes inside a ``with`` block.

        Blocks may be nested and may overlap in several threads. After the last one, with or
        without an exception, shapiq's tables are as before, unless `register` is in force.

        Args:
            ablation: The default policy, inside the block and in this thread, for approximators
                that are built without one.
            keep: Which coalitions explanations are about there, for approximators that are built
                without ``keep=``.

        Raises:
            TypeError: For a default of the wrong type.
            ValueError: If ``keep`` is neither a probability nor the name of a law.

        Warns:
            RuntimeWarning: As in `register`.

        Example:
            >>> import shapiq_spex
            >>> with shapiq_spex.registered(ablation=Ablation(retries=3), keep=0.9):
            ...     inside = shapiq_spex.ProxySPEX(n=30)
            >>> inside.ablation.retries, inside.keep, shapiq_spex.ProxySPEX(n=30).keep
            (3, 0.9, 'auto')
        """
        with self._lock:
            self._open_blocks += 1
        try:
            with self._lock:
                problem = self._install()
            if problem:
                warnings.warn(problem, RuntimeWarning, stacklevel=3)
            with ExitStack() as defaults:
                if ablation is not None:
                    defaults.enter_context(default_ablation_within(ablation))
                if keep is not None:
                    defaults.enter_context(DEFAULT_KEEP.within(keep))
                yield
        finally:
            with self._lock:
                self._open_blocks -= 1
                self._uninstall_if_unused()

    def _install(self) -> str | None:
        """Install the entries that are not in place; return the problem, if there is one."""
        try:
            entries = self._entries()
        except (ImportError, AttributeError, TypeError) as error:
            return self._explain(error)
        in_place = [entry for entry in self._installed if entry.is_installed()]
        for entry in entries:
            if not any(e.namespace is entry.namespace and e.key == entry.key for e in in_place):
                entry.install()
                self._installed.append(entry)
        return None

    def _uninstall_if_unused(self) -> None:
        if self._in_force or self._open_blocks:
            return
        # the latest first: a name taken twice goes back to the object displaced the second time
        for entry in reversed(self._installed):
            entry.undo()
        self._installed.clear()

    def _entries(self) -> list[_Entry]:
        """The entries to install, with new rows; raises if shapiq's tables are not as expected."""
        configuration = importlib.import_module(CONFIGURATION)
        table = getattr(configuration, TABLE)
        if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
            raise TypeError(f"{CONFIGURATION}.{TABLE} is not a dictionary of dictionaries")
        entries = [_Entry(table, name, ApproximatorRow(cls)) for name, cls in self._classes.items()]
        if "spex" in self._classes:
            if not isinstance(getattr(configuration, BUILT_BY_AUTO), type):
                raise TypeError(f"{CONFIGURATION}.{BUILT_BY_AUTO} is not a class")
            entries.append(_Entry(vars(configuration), BUILT_BY_AUTO, self._classes["spex"]))
        indices = importlib.import_module(INDICES_OF_SHAPIQ)
        theirs = getattr(indices, ALL_INDICES)
        entries.append(_Entry(vars(indices), ALL_INDICES, KnownIndices(theirs)))
        return entries

    def _explain(self, error: Exception) -> str:
        names = " and ".join(f'approximator="{name}"' for name in self._classes)
        classes = " or ".join(
            f"approximator={cls.__name__}(n=...)" for cls in self._classes.values()
        )
        return (
            f"shapiq_spex cannot register with this version of shapiq, which lists its "
            f"approximators elsewhere ({error}). {names} still build those of shapiq; pass the "
            f"approximator itself to the explainer instead: {classes}."
        )


APPROXIMATORS: dict[str, type[Approximator[Any]]] = {"spex": SPEX, "proxyspex": ProxySPEX}
"""The class that shapiq's explainers build for each name while it is registered."""

_registration = Registration(APPROXIMATORS)
register = _registration.register
unregister = _registration.unregister
registered = _registration.registered
