"""What docs/scaling.md reckons follows from how sweeps are made."""

import re
from pathlib import Path

from controller.decide.sweeping import WITH_EVENTS, least_pages, period

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "scaling.md").read_text()
ROW = re.compile(r"^\| ([\d,]+)(, with events)? \| (\d+) \| (\d+) s \| (\d+) \| (\d+) s \|$", re.MULTILINE)
TAKES = 2.0  # Lists a second that AWS takes, as the page says


def test_the_table_of_what_is_in_progress_follows_from_the_periods() -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) == 6
    for count, events, pages, every, calls, _ in rows:
        needed = least_pages(int(count.replace(",", "")))
        seconds = WITH_EVENTS if events else max(period(needed), needed / TAKES)
        assert (int(pages), int(every), int(calls)) == (needed, seconds, round(needed * 60 / seconds)), count
