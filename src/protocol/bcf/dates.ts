// Reads dates as BCF files write them: with `Z`, an offset with or without a colon, or without a zone.

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?(?:(Z)|([+-])(\d{2}):?(\d{2}))?$/i;

/** ISO 8601 in UTC, with milliseconds; null for text that is no date. Without a zone the date counts as UTC. */
export function readDateTime(text: string): string | null {
  const parts = DATE_TIME.exec(text.trim());
  if (parts === null) return null;
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = ''] = parts;
  if (!isDay(Number(year), Number(month), Number(day))) return null;
  const sign = parts[9] === '-' ? -1 : 1;
  const offset = sign * (Number(parts[10] ?? 0) * 60 + Number(parts[11] ?? 0));
  // 24:00 is the end of a day (ISO 8601); there is nothing after it.
  if (Number(hour) === 24 && Number(`${minute}${second}${fraction}`) > 0) return null;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60 || Math.abs(offset) > 14 * 60)
    return null;
  const time = new Date(0);
  time.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  time.setUTCHours(
    Number(hour),
    Number(minute) - offset,
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  );
  return time.toISOString();
}

/** The day of a date as `YYYY-MM-DD`, as it is written and not moved to another zone; null for text that is no date. */
export function readDay(text: string): string | null {
  return readDateTime(text) === null ? null : text.trim().slice(0, 10);
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
