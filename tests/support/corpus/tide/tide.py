"""Tide tables: heights between two known extremes."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Extreme:
    when: datetime
    height: float


class TideTable:
    def __init__(self, extremes):
        self.extremes = sorted(extremes, key=lambda e: e.when)

    def around(self, when):
        for before, after in zip(self.extremes, self.extremes[1:]):
            if before.when <= when <= after.when:
                return before, after
        raise LookupError("outside the table")

    def height(self, when):
        before, after = self.around(when)
        share = (when - before.when) / (after.when - before.when)
        return before.height + (after.height - before.height) * (1 - math.cos(share * math.pi)) / 2


def high_waters(table, day):
    end = day + timedelta(days=1)
    return [e for e in table.extremes if day <= e.when < end and e.height > 2.5]


def under_keel(table, when, draught):
    """Metres of water below a ship's keel."""
    return table.height(when) - draught


def _rounded(value):
    return round(value, 2)
