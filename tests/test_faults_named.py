"""Each row of FAULTS.md (i), (iii) and (iv) has a test that is named after its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FAULTS = HERE.parents[1] / "shared" / "FAULTS.md"


def rows() -> set[str]:
    found = set(re.findall(r"^\| ([USH]-\d+) \|", FAULTS.read_text("utf-8"), re.MULTILINE))
    assert len(found) > 55
    return found


def named() -> set[str]:
    """As `test_u_13_...`, or as a case with `id="U-13 ..."`."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(HERE.glob("test_*.py")))
    found = re.findall(r'def test_([UuSsHh]_\d+)_|id="([USH]-\d+) ', text)
    return {name.upper().replace("_", "-") or case for name, case in found}


@pytest.mark.skipif(not FAULTS.exists(), reason="FAULTS.md is not here")
def test_each_row_has_a_test_named_after_it() -> None:
    assert rows() - named() == set()
