"""A calendar as a file (iCalendar, RFC 5545): entries in, bytes out; the same entries always make the same bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import icalendar

from assessments.rules.calendar import PROVINCE_TIME

NAME = "Hạn việc – Chỉ số cải cách hành chính"
PRODUCT = "-//par-index-engine//calendar feed//VI"
SHOWN_BEFORE = timedelta(minutes=30)  # an entry ends at its deadline: one at midnight lies on its last day
READ_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One deadline: ``sequence`` grows each time it moves, ``changed_at`` is when it last did."""

    uid: str
    due_at: datetime
    title: str
    description: str
    link: str
    sequence: int
    changed_at: datetime


def calendar_file(entries: Iterable[Entry]) -> bytes:
    """Return the calendar of ``entries``: UTF-8, lines folded at 75 octets and ended by CR LF."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", NAME)  # RFC 7986; the name that most programs read is the older one
    calendar.add("x-wr-calname", NAME)
    calendar.add("x-wr-timezone", PROVINCE_TIME.key)
    calendar.add("refresh-interval", READ_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(READ_EVERY))
    calendar.add_component(_time_zone())
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _time_zone() -> icalendar.Timezone:
    """Return the province's time: seven hours before Greenwich all year, so one rule says it for good."""
    zone = icalendar.Timezone()
    zone.add("tzid", PROVINCE_TIME.key)
    standard = icalendar.TimezoneStandard()
    standard.add("dtstart", datetime(1975, 6, 13))  # noqa: DTZ001 - local time, as the rule itself is
    standard.add("tzoffsetfrom", timedelta(hours=7))
    standard.add("tzoffsetto", timedelta(hours=7))
    standard.add("tzname", "+07")
    zone.add_component(standard)
    return zone


def _event(entry: Entry) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", (entry.due_at - SHOWN_BEFORE).astimezone(PROVINCE_TIME))
    event.add("dtend", entry.due_at.astimezone(PROVINCE_TIME))
    event.add("summary", f"Hạn: {entry.title}")
    event.add("description", f"{entry.description}\n{entry.link}")
    event.add("url", entry.link)
    event.add("transp", "TRANSPARENT")  # a deadline takes nobody's time
    event.add("class", "PRIVATE")
    return event
