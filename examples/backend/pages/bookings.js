import { callApi } from './api.js';
import {
  buildBadge,
  buildButton,
  buildCardHead,
  buildCustomerLink,
  buildFacts,
  element,
  elementById,
} from './elements.js';
import { formatDay, formatLabel, formatMoney, formatName } from './format.js';
import { showMessage } from './page.js';
import { showPagedList } from './paged-list.js';
import { openPage } from './session.js';
import { askForText } from './text-dialog.js';

/**
 * @typedef {{
 *   id: string, customerId: string, eventDate: string, eventStartTime: string, guestCount: number, eventType: string | null,
 *   locationCity: string, totalAmount: number, status: string,
 *   customer?: { id: string, firstName: string, lastName: string } | null,
 * }} Booking
 */

// From these a booking goes on; in the others nothing of it is changed.
const openStatuses = ['pending', 'deposit_pending', 'deposit_paid', 'confirmed'];
/** @type {Readonly<Record<string, 'good' | 'warning' | 'bad'>>} */
const kinds = {
  confirmed: 'good',
  deposit_paid: 'good',
  deposit_pending: 'warning',
  pending: 'warning',
  cancelled: 'bad',
};

const session = await openPage();
const mayCancel = session.permissions.includes('booking.cancel');
const status = elementById('status', HTMLSelectElement);

const { reload } = showPagedList({
  load: (cursor) => callApi('GET', '/api/bookings', { query: { cursor, status: status.value } }),
  render: renderBooking,
  empty: 'There are no such bookings.',
  noun: ['booking', 'bookings'],
});
status.addEventListener('change', () => void reload());

/** @param {Booking} booking */
function renderBooking(booking) {
  const { customer } = booking;
  const name = customer ? formatName(customer) : 'A customer';
  const item = element('li', { class: 'card' });
  item.append(
    buildCardHead(
      'h2',
      customer ? buildCustomerLink(customer.id, name) : name,
      buildBadge(formatLabel(booking.status), kinds[booking.status] ?? 'plain'),
    ),
    buildFacts([
      ['Event', `${formatDay(booking.eventDate)}, ${booking.eventStartTime}`],
      ['Kind', booking.eventType],
      ['Guests', String(booking.guestCount)],
      ['City', booking.locationCity],
      ['Total', formatMoney(booking.totalAmount)],
    ]),
  );
  if (mayCancel && openStatuses.includes(booking.status)) {
    item.append(
      element(
        'div',
        { class: 'actions' },
        buildButton('Cancel…', `the booking of ${name}`, 'danger', () => cancel(booking, item, name)),
      ),
    );
  }
  return item;
}

/**
 * @param {Booking} booking
 * @param {HTMLLIElement} item
 * @param {string} name
 */
async function cancel(booking, item, name) {
  /** @type {Booking | undefined} */
  let cancelled;
  await askForText('reason', async (cancellationReason) => {
    cancelled = await callApi('POST', `/api/bookings/${booking.id}/cancel`, { body: { cancellationReason } });
  });
  if (!cancelled) return;
  const renewed = renderBooking({ ...booking, ...cancelled });
  item.replaceWith(renewed);
  renewed.querySelector('a')?.focus();
  showMessage(`The booking of ${name} is cancelled.`);
}
