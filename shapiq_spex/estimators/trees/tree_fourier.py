r"""The exact Fourier spectrum of an ensemble of decision trees on players that are in or out.

Write x_i = +1 if player i is out and -1 if it is in, so that chi_T = prod_{i in T} x_i. A split
node v on player q(v) that is reached through the literals "player p is out (s_p = +1) or in
(s_p = -1)" of its path P(v) adds

    w(v) x_{q(v)} prod_{p in P(v)} (1 + s_p x_p),    w(v) = 2^-|P(v)| (M_out(v) - M_in(v)) / 2

to the tree, where M_out and M_in are the means, over uniform coalitions, of the two subtrees;
the mean of the whole tree is F({}). (This telescopes: the mean of a node is half the sum of the
means of its children.) Multiplied out, node v adds +-w(v) to the 2^|P(v)| terms that contain q(v)
and any subset of its path: a third of the work of expanding every leaf (the leaf-wise expansion
is the one of Butler et al., *ProxySPEX*, 2025), and nothing to compute for the leaves.

Repeated splits on a player along a path, and splits that send both answers to one side, are
resolved first. Terms are paths of a trie, so that a set of players is identified exactly, not by a
hash of its members.
"""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._compiled import compiled
from shapiq_spex.estimators.trees.forest import Forest, Ints, NodeTables
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

Sides = NDArray[np.int8]

MAX_ADDITIONS = 1 << 23
"""The largest number of additions to coefficients for one ensemble: about a second (a choice)."""


def spectrum_of_forest(
    forest: Forest, *, max_degree: int | None = None, keep: int | None = None
) -> Spectrum:
    """The Fourier spectrum of a forest.

    Args:
        forest: The trees.
        max_degree: Leave out terms of more players than that; the others stay exact. By default
            nothing is left out, unless the trees are so deep (beyond about 16 levels) that
            :data:`MAX_ADDITIONS` sets a limit.
        keep: Keep only that many terms with the largest coefficients, and the constant.

    Returns:
        The spectrum; up to rounding it equals the forest on every coalition when the degree is
        not limited.

    Example:
        >>> def ints(*numbers):
        ...     return np.array(numbers, dtype=np.int32)
        >>> zero_and_one = Forest(
        ...     n_players=2,
        ...     roots=ints(0),
        ...     player=ints(0, -1, 1, -1, -1),
        ...     out=ints(1, 0, 3, 0, 0),
        ...     into=ints(2, 0, 4, 0, 0),
        ...     value=np.array([0.0, 0.0, 0.0, 0.0, 1.0]),
        ... )
        >>> spectrum_of_forest(zero_and_one).to_dict()
        {(): 0.25, (0,): -0.25, (1,): -0.25, (0, 1): 0.25}
    """
    nodes, mean = _resolve(forest)
    limit = _affordable_degree(nodes)
    degree = limit if max_degree is None else min(limit, max_degree)
    depth = int(nodes.depth.max(initial=0)) + 1
    widest = sum(comb(depth, size) for size in range(min(depth, degree) + 1))
    terms = _expand(nodes, degree, widest)
    terms.coefficients[0] = mean
    kept = terms.coefficients != 0.0
    if keep is not None and np.count_nonzero(kept[1:]) > keep:
        kept[:] = False
        kept[1 + np.argsort(-np.abs(terms.coefficients[1:]), kind="stable")[:keep]] = True
        kept[0] = True
    groups = [
        (_members(terms, chosen, size), terms.coefficients[chosen])
        for size in range(int(terms.size.max()) + 1)
        for chosen in [np.flatnonzero((terms.size == size) & kept)]
    ]
    return Spectrum(forest.n_players, groups)


class _Nodes(NamedTuple):
    """The split nodes of a forest that matter, without repeated questions on a path."""

    player: Ints
    up: Ints  # the previous node on the path, -1 at a root
    side: Sides  # the answer s_p to the previous node that leads here
    depth: Ints  # |P(v)|
    weight: Vector  # w(v)


class _Terms(NamedTuple):
    """Sets of players as nodes of a trie: set 0 is empty, set k is parent[k] and player last[k]."""

    parent: Ints
    last: Ints
    size: Ints
    coefficients: Vector


def _resolve(forest: Forest) -> tuple[_Nodes, float]:
    """The split nodes of a forest and its mean."""
    size = len(forest.player)
    nodes = _Nodes(
        player=np.empty(size, dtype=np.int32),
        up=np.empty(size, dtype=np.int32),
        side=np.empty(size, dtype=np.int8),
        depth=np.empty(size, dtype=np.int32),
        weight=np.empty(size),
    )
    fixed = np.zeros(forest.n_players, dtype=np.int8)
    count, mean = _resolve_trees(forest.roots, forest.tables, fixed, nodes)
    used = _Nodes(
        nodes.player[:count],
        nodes.up[:count],
        nodes.side[:count],
        nodes.depth[:count],
        nodes.weight[:count],
    )
    return used, forest.constant + mean


def _affordable_degree(nodes: _Nodes) -> int:
    """The largest degree to which ``MAX_ADDITIONS`` suffice: the depth of all reasonable trees."""
    counts = np.bincount(nodes.depth, minlength=1)
    additions = 0
    for degree in range(1, len(counts) + 1):
        additions += sum(int(count) * comb(depth, degree - 1) for depth, count in enumerate(counts))
        if additions > MAX_ADDITIONS and degree > 1:
            return degree - 1
    return len(counts)


def _members(terms: _Terms, chosen: NDArray[np.intp], size: int) -> Ints:
    """The players of terms of equal size, found by climbing to the root of the trie."""
    members = np.empty((len(chosen), size), dtype=np.int32)
    climbing = chosen.astype(np.int32)
    for column in range(size - 1, -1, -1):
        members[:, column] = terms.last[climbing]
        climbing = terms.parent[climbing]
    return members


@compiled
def _resolve_trees(
    roots: Ints, tables: NodeTables, fixed: Sides, nodes: _Nodes
) -> tuple[int, float]:
    """Write the split nodes of all trees, parents first; their number and the mean of the trees.

    ``fixed[p]`` is the answer s_p on the path so far, 0 for players not asked yet.
    """
    player, out, into, value = tables
    size = len(player)
    means = np.zeros(size)  # of the subtrees below split nodes
    mean = 0.0
    path = np.empty(size, np.int32)
    count, length = 0, 0
    for root in roots:
        waiting = [(int(root), -1, 0, 0)]
        while waiting:
            node, up, side, depth = waiting.pop()
            while length > depth:
                length -= 1
                fixed[path[length]] = 0
            if depth > 0:
                fixed[path[depth - 1]] = side
            while player[node] >= 0 and (fixed[player[node]] != 0 or out[node] == into[node]):
                node = int(out[node] if fixed[player[node]] >= 0 else into[node])
            if player[node] >= 0:
                nodes.player[count], nodes.depth[count] = player[node], depth
                nodes.up[count], nodes.side[count], nodes.weight[count] = up, side, 0.0
                path[depth] = player[node]
                length = depth + 1
                waiting.append((int(into[node]), count, -1, length))
                waiting.append((int(out[node]), count, 1, length))
                count += 1
            elif up >= 0:
                means[up] += 0.5 * value[node]
                nodes.weight[up] += 0.5 * value[node] * side
            else:
                mean += value[node]
    for node in range(count - 1, -1, -1):
        up = nodes.up[node]
        if up >= 0:
            means[up] += 0.5 * means[node]
            nodes.weight[up] += 0.5 * means[node] * nodes.side[node]
        else:
            mean += means[node]
        nodes.weight[node] *= 0.5 ** nodes.depth[node]
    return count, float(mean)


@compiled
def _expand(nodes: _Nodes, max_degree: int, widest: int) -> _Terms:
    """Multiply out all nodes: w x_q prod_p (1 + s_p x_p) = sum over subsets of the path."""
    capacity, n_terms = 1024, 1
    empty = np.zeros(0, np.int32)
    terms = _grown(_Terms(empty, empty, empty, np.zeros(0)), capacity)
    slots = _hash_table(terms, n_terms, capacity)

    longest = nodes.depth.max() + 1 if len(nodes.depth) else 1
    path, signs = np.empty(longest, np.int32), np.empty(longest, np.int8)
    subsets, subset_signs = np.empty(widest, np.int32), np.empty(widest, np.int8)
    for node in range(len(nodes.player)):
        if nodes.weight[node] == 0.0:
            continue
        length = _sorted_path(node, nodes, path, signs)
        needed = n_terms + _count_subsets(length, max_degree)
        if needed > capacity:
            while needed > capacity:
                capacity *= 2
            terms = _grown(terms, capacity)
            slots = _hash_table(terms, n_terms, capacity)
        count = 1
        subsets[0], subset_signs[0] = 0, 1
        room = max_degree - 1  # one place in every term is taken by the node's own player
        for position in range(length):
            asked, sign = path[position], signs[position]
            if sign == 0:
                room = max_degree
            grown = count
            for k in range(count):
                if terms.size[subsets[k]] < room:
                    child = _child(slots, terms, n_terms, subsets[k], asked)
                    n_terms = max(n_terms, child + 1)
                    if sign == 0:
                        subsets[k] = child
                    else:
                        subsets[grown], subset_signs[grown] = child, subset_signs[k] * sign
                        grown += 1
            count = grown
        for k in range(count):
            terms.coefficients[subsets[k]] += nodes.weight[node] * subset_signs[k]
    return _Terms(
        terms.parent[:n_terms],
        terms.last[:n_terms],
        terms.size[:n_terms],
        terms.coefficients[:n_terms],
    )


@compiled
def _sorted_path(node: int, nodes: _Nodes, path: Ints, signs: Sides) -> int:
    """Players on the path to a node and its own (sign 0), in ascending order; their number."""
    length, sign = 0, 0
    while node >= 0:
        position = length
        while position > 0 and path[position - 1] > nodes.player[node]:
            path[position], signs[position] = path[position - 1], signs[position - 1]
            position -= 1
        path[position], signs[position] = nodes.player[node], sign
        length += 1
        sign = nodes.side[node]
        node = nodes.up[node]
    return length


@compiled
def _count_subsets(length: int, max_degree: int) -> int:
    """The number of sets of at most ``max_degree`` out of ``length`` players."""
    total, binomial = 1, 1
    for k in range(1, min(length, max_degree) + 1):
        binomial = binomial * (length - k + 1) // k
        total += binomial
    return total


@compiled
def _child(slots: Ints, terms: _Terms, n_terms: int, term: int, player: int) -> int:
    """The term with one (larger) player more; it is written at ``n_terms`` if it is new."""
    slot = _first_slot(term, player, len(slots))
    while slots[slot] != 0:
        found = slots[slot]
        if terms.parent[found] == term and terms.last[found] == player:
            return found
        slot = (slot + 1) & (len(slots) - 1)
    slots[slot] = n_terms
    terms.parent[n_terms], terms.last[n_terms] = term, player
    terms.size[n_terms] = terms.size[term] + 1
    return n_terms


@compiled
def _first_slot(term: int, player: int, n_slots: int) -> np.int64:
    """Where to look for a child in a table whose size is a power of two (Fibonacci hashing)."""
    key = (np.uint64(term) << np.uint64(32)) | np.uint64(player)
    key ^= key >> np.uint64(29)
    key *= np.uint64(0x9E3779B97F4A7C15)
    return np.int64((key >> np.uint64(24)) & np.uint64(n_slots - 1))


@compiled
def _hash_table(terms: _Terms, n_terms: int, capacity: int) -> Ints:
    """Slots by hash of (parent, last); 0 marks a free one, for the empty set is nobody's child."""
    slots = np.zeros(4 * capacity, np.int32)
    for term in range(1, n_terms):
        slot = _first_slot(terms.parent[term], terms.last[term], len(slots))
        while slots[slot] != 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = term
    return slots


@compiled
def _grown(terms: _Terms, capacity: int) -> _Terms:
    parent, last = np.zeros(capacity, np.int32), np.zeros(capacity, np.int32)
    size, coefficients = np.zeros(capacity, np.int32), np.zeros(capacity)
    count = len(terms.parent)
    parent[:count], last[:count] = terms.parent, terms.last
    size[:count], coefficients[:count] = terms.size, terms.coefficients
    return _Terms(parent, last, size, coefficients)
