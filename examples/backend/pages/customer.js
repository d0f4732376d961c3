import { callApi, describeError } from './api.js';
import { buildBadge, buildCardHead, buildFacts, element, elementById } from './elements.js';
import { formatDay, formatLabel, formatMoment, formatMoney, formatName } from './format.js';
import { leaveIfLoggedOut, showMessage } from './page.js';
import { openPage } from './session.js';

/**
 * @typedef {{ id: string, eventDate: string, eventStartTime: string, guestCount: number, totalAmount: number, status: string }} Booking
 * @typedef {{ id: string, senderType: string, content: string, createdAt: string }} Message
 * @typedef {{ id: string, subject: string | null, channel: string, status: string, messages: readonly Message[] }} MessageThread
 * @typedef {{
 *   id: string, firstName: string, lastName: string, email: string, phone: string, dietaryRestrictions: string | null,
 *   preferredContactMethod: string | null, bookings: readonly Booking[], messageThreads: readonly MessageThread[],
 * }} Customer
 */

const id = new URLSearchParams(location.search).get('id') ?? '';
const details = elementById('details', HTMLElement);
await openPage();
try {
  showCustomer(await callApi('GET', `/api/customers/${encodeURIComponent(id)}`));
} catch (error) {
  if (!leaveIfLoggedOut(error)) {
    details.hidden = true;
    showMessage(describeError(error), 'error');
  }
} finally {
  details.ariaBusy = 'false';
}

/** @param {Customer} customer */
function showCustomer(customer) {
  const name = formatName(customer);
  document.title = `${name} · Station desk`;
  elementById('name', HTMLElement).textContent = name;
  showMessage('');
  elementById('facts', HTMLElement).replaceChildren(
    buildFacts([
      ['E-mail', element('a', { href: `mailto:${encodeURIComponent(customer.email)}` }, customer.email)],
      ['Phone', customer.phone],
      ['Prefers', customer.preferredContactMethod],
      ['Diet', customer.dietaryRestrictions],
    ]),
  );
  const bookings = customer.bookings.map(renderBooking);
  elementById('bookings', HTMLUListElement).replaceChildren(...orEmpty(bookings, 'No bookings.'));
  const threads = customer.messageThreads.map(renderThread);
  elementById('threads', HTMLUListElement).replaceChildren(...orEmpty(threads, 'No messages.'));
}

/**
 * @param {readonly HTMLLIElement[]} items
 * @param {string} text
 */
function orEmpty(items, text) {
  return items.length > 0 ? items : [element('li', { class: 'empty' }, text)];
}

/** @param {Booking} booking */
function renderBooking({ eventDate, eventStartTime, guestCount, totalAmount, status }) {
  return element(
    'li',
    { class: 'card' },
    buildCardHead('h3', `${formatDay(eventDate)}, ${eventStartTime}`, buildBadge(formatLabel(status), 'plain')),
    buildFacts([
      ['Guests', String(guestCount)],
      ['Total', formatMoney(totalAmount)],
    ]),
  );
}

/** @param {MessageThread} thread */
function renderThread({ subject, channel, status, messages }) {
  return element(
    'li',
    { class: 'card' },
    buildCardHead('h3', subject ?? 'Without a subject', buildBadge(`${formatLabel(channel)}, ${status}`, 'plain')),
    element(
      'ol',
      { class: 'messages' },
      ...messages.map(({ senderType, content, createdAt }) =>
        element(
          'li',
          {},
          element('p', { class: 'muted' }, `${formatLabel(senderType)}, ${formatMoment(createdAt)}`),
          element('p', { class: 'card-text' }, content),
        ),
      ),
    ),
  );
}
