from datetime import datetime

import pytest

from tide.tide import Extreme, TideTable


@pytest.fixture
def table():
    return TideTable([Extreme(datetime(2024, 5, 1, 6), 0.4), Extreme(datetime(2024, 5, 1, 12), 4.2)])


def test_height_at_an_extreme_is_its_height(table):
    assert table.height(datetime(2024, 5, 1, 6)) == pytest.approx(0.4)


def test_height_outside_the_table_is_an_error(table):
    with pytest.raises(LookupError):
        table.height(datetime(2025, 1, 1))
