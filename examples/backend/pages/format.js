// What values look like in the pages.

const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** @param {number} cents */
export const formatMoney = (cents) => money.format(cents / 100);

/** @param {{ firstName: string, lastName: string }} person */
export const formatName = ({ firstName, lastName }) => `${firstName} ${lastName}`.trim();

/** @param {string} label As in `deposit_pending`. */
export const formatLabel = (label) => `${label[0]?.toUpperCase() ?? ''}${label.slice(1)}`.replaceAll('_', ' ');

/** @param {number} stars */
export const formatStars = (stars) => `${stars} ${stars === 1 ? 'star' : 'stars'}`;

/** @param {string} instant In ISO 8601; shown in the time zone of the browser. */
export function formatDay(instant) {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' }).format(new Date(instant));
}

/** @param {string} instant In ISO 8601; shown in the time zone of the browser. */
export function formatMoment(instant) {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
}
