/** A moment as Google writes it. */
export interface GoogleMoment {
  /** In UTC with nine digits, so that texts sort as the moments do: `2026-03-01T18:30:00.123456789Z`. */
  readonly text: string;
  /** The same in milliseconds. */
  readonly date: Date;
}

const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59Z');

/**
 * Reads a moment of RFC 3339: any number of digits after the point, of which nine count, and any offset.
 *
 * @returns undefined if it is not one, or not in the years 1 to 9999 in UTC.
 */
export function readGoogleMoment(text: string | undefined): GoogleMoment | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = '', zone = ''] = match;
  const seconds = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  // NaN is within no bounds.
  if (!(seconds >= earliest && seconds <= latest)) return undefined;
  const digits = fraction.slice(0, 9).padEnd(9, '0');
  return {
    text: `${new Date(seconds).toISOString().slice(0, 19)}.${digits}Z`,
    date: new Date(seconds + Number(digits.slice(0, 3))),
  };
}
