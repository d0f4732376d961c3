const { HttpError } = require('./http-error');

/** @typedef {Readonly<Record<string, unknown>>} Input */

/**
 * @param {unknown} value
 * @param {string} name
 */
function readId(value, name) {
  if (typeof value === 'string' && /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(value)) return value;
  throw new HttpError(400, `${name}: expected a UUID.`);
}

/**
 * @param {Input} input
 * @param {string} name
 * @param {number} length The longest that is taken.
 */
function readText(input, name, length) {
  const value = input[name];
  // PostgreSQL stores no NUL in a text.
  if (typeof value === 'string' && value.trim() !== '' && value.length <= length && !value.includes('\0')) return value;
  throw new HttpError(400, `${name}: expected a text of 1 to ${length} characters.`);
}

/**
 * @param {Input} input
 * @param {string} name
 * @param {number} from
 * @param {number} to
 */
function readInteger(input, name, from, to) {
  const value = input[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
  throw new HttpError(400, `${name}: expected an integer from ${from} to ${to}.`);
}

/**
 * @param {Input} input
 * @param {string} name
 */
function readInstant(input, name) {
  const value = input[name];
  const time =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value)
      ? new Date(value)
      : undefined;
  if (time && !Number.isNaN(time.getTime())) return time;
  throw new HttpError(400, `${name}: expected a time in UTC, as in 2026-07-01T18:00:00Z.`);
}

/**
 * @template {string} Label
 * @param {unknown} value
 * @param {string} name
 * @param {readonly Label[]} labels
 * @returns {Label}
 */
function readLabel(value, name, labels) {
  const label = labels.find((one) => one === value);
  if (label !== undefined) return label;
  throw new HttpError(400, `${name}: expected one of ${labels.join(', ')}.`);
}

module.exports = { readId, readInstant, readInteger, readLabel, readText };
