import { callApi, describeError } from './api.js';
import {
  buildBadge,
  buildButton,
  buildCardHead,
  buildCustomerLink,
  buildFacts,
  element,
  elementById,
} from './elements.js';
import { formatLabel, formatMoment, formatStars } from './format.js';
import { leaveIfLoggedOut, showMessage } from './page.js';
import { removeItem, showPagedList } from './paged-list.js';
import { openPage } from './session.js';
import { askForText } from './text-dialog.js';

/**
 * @typedef {{
 *   escalationId: string, source: string, priority: string | null, reason: string | null, assignedToId: string | null,
 *   openedAt: string, stars: number | null, text: string | null, customerId: string | null,
 * }} OpenEscalation
 */

const session = await openPage();
const mayAct = session.permissions.includes('customer.update');
const order = elementById('order', HTMLSelectElement);

const { reload } = showPagedList({
  load: (cursor) => callApi('GET', '/api/escalations', { query: { cursor, order: order.value } }),
  render: renderEscalation,
  empty: 'No escalation is open.',
  noun: ['open escalation', 'open escalations'],
});
order.addEventListener('change', () => void reload());

/** @param {OpenEscalation} escalation */
function renderEscalation(escalation) {
  const { escalationId, source, priority, stars, assignedToId, customerId } = escalation;
  const of = source === 'event' ? 'Review of an event' : `Review on ${formatLabel(source)}`;
  const heading = stars === null ? of : `${of}: ${formatStars(stars)}`;
  const isMine = assignedToId === session.userId;
  const item = element('li', { class: 'card' });
  item.append(
    buildCardHead(
      'h2',
      heading,
      buildBadge(
        `${formatLabel(priority ?? 'no')} priority`,
        priority === 'urgent' || priority === 'high' ? 'bad' : priority === 'medium' ? 'warning' : 'plain',
      ),
    ),
    ...(escalation.text ? [element('p', { class: 'card-text' }, escalation.text)] : []),
    buildFacts([
      ['Why', escalation.reason],
      ['Open since', formatMoment(escalation.openedAt)],
      ['Assigned', isMine ? 'to you' : assignedToId ? 'to somebody else' : 'to nobody'],
      ['Customer', customerId ? buildCustomerLink(customerId, 'Show the customer') : undefined],
    ]),
  );
  if (mayAct) {
    const about = `the escalation of ${formatMoment(escalation.openedAt)}`;
    item.append(
      element(
        'div',
        { class: 'actions' },
        isMine ? undefined : buildButton('Assign to me', about, 'plain', () => assign(escalation, item)),
        buildButton('Resolve…', about, 'primary', async () => {
          const isDone = await askForText('notes', async (notes) => {
            await callApi('POST', `/api/escalations/${escalationId}/resolve`, { body: { notes } });
          });
          if (isDone) removeItem(item, 'The escalation is resolved.');
        }),
      ),
    );
  }
  return item;
}

/**
 * @param {OpenEscalation} escalation
 * @param {HTMLLIElement} item
 */
async function assign(escalation, item) {
  try {
    const assigned = await callApi('POST', `/api/escalations/${escalation.escalationId}/assign`, { body: {} });
    const renewed = renderEscalation({ ...escalation, ...assigned });
    item.replaceWith(renewed);
    renewed.querySelector('button')?.focus();
    showMessage('The escalation is assigned to you.');
  } catch (error) {
    if (!leaveIfLoggedOut(error)) showMessage(describeError(error), 'error');
  }
}
