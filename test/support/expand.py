# The occurrences of a calendar file, as Debian's icalendar and recurring_ical_events expand it:
#   python3 expand.py FILE FROM TO
# prints a line of JSON for each that starts within the dates, in the order of their starts.
import datetime
import json
import sys

import icalendar
import recurring_ical_events

path, first, last = sys.argv[1:]
first, last = (datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.timezone.utc) for day in (first, last))


def instant(moment):
    """A date is its midnight in UTC."""
    if not isinstance(moment, datetime.datetime):
        moment = datetime.datetime(moment.year, moment.month, moment.day, tzinfo=datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc)


with open(path, "rb") as file:
    calendar = icalendar.Calendar.from_ical(file.read())
rows = []
for event in recurring_ical_events.of(calendar).between(first - datetime.timedelta(days=2), last + datetime.timedelta(days=2)):
    start, end = instant(event["DTSTART"].dt), instant(event["DTEND"].dt)
    if first <= start < last:
        all_day = not isinstance(event["DTSTART"].dt, datetime.datetime)
        rows.append([start.strftime("%FT%TZ"), end.strftime("%FT%TZ"), all_day, str(event.get("SUMMARY", ""))])
for row in sorted(rows):
    print(json.dumps(row))
