"""The indices that laws are stated for: all of the table, and those with a probability at one."""

from __future__ import annotations

from shapiq_spex.fourier import index

INDICES = index.INDICES | {
    name: index.index_named(name) for name in ("WBV(0.9)", "WBII(0.9)", "FWBII(0.9)")
}
