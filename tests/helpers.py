"""What tests of several rooms share: whatever JSON may hold."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

# Numbers that JSON takes from Python and JavaScript, NaN, infinities and endless integers too.
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400) | st.text()

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def records(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have these fields, right or wrong: each may be missing, or hold anything."""
    return st.fixed_dictionaries(
        {}, optional={name: field | json_values for name, field in fields.items()}
    )
