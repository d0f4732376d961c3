import { callApi, describeError } from './api.js';
import { buildBadge, buildButton, buildCardHead, buildCustomerLink, buildFacts, element } from './elements.js';
import { formatMoment, formatStars } from './format.js';
import { leaveIfLoggedOut, showMessage } from './page.js';
import { removeItem, showPagedList } from './paged-list.js';
import { openPage } from './session.js';
import { askForText } from './text-dialog.js';

/**
 * @typedef {{
 *   id: string, customerId: string, customerName: string | null, customerEmail: string | null, title: string, content: string,
 *   rating: number, createdAt: string, imageCount: number, videoCount: number, isVerified: boolean,
 * }} PendingReview
 */

const session = await openPage();
const mayDecide = session.permissions.includes('customer.update');

showPagedList({
  load: (cursor) => callApi('GET', '/api/blog-reviews/pending', { query: { cursor } }),
  render: renderReview,
  empty: 'No review waits for a decision.',
  noun: ['review waits', 'reviews wait'],
});

/** @param {PendingReview} review */
function renderReview(review) {
  const about = `“${review.title}”`;
  const item = element('li', { class: 'card' });
  item.append(
    buildCardHead(
      'h2',
      review.title,
      buildBadge(formatStars(review.rating), review.rating >= 4 ? 'good' : review.rating === 3 ? 'warning' : 'bad'),
    ),
    element('p', { class: 'card-text' }, review.content),
    buildFacts([
      ['By', buildCustomerLink(review.customerId, review.customerName ?? 'a customer without a name')],
      ['Sent', formatMoment(review.createdAt)],
      ['Event', review.isVerified ? 'verified' : 'not verified'],
      ['Pictures', review.imageCount > 0 ? String(review.imageCount) : undefined],
      ['Videos', review.videoCount > 0 ? String(review.videoCount) : undefined],
    ]),
  );
  if (mayDecide) {
    item.append(
      element(
        'div',
        { class: 'actions' },
        buildButton('Publish', about, 'primary', () => publish(review, item)),
        buildButton('Reject…', about, 'danger', () => reject(review, item)),
      ),
    );
  }
  return item;
}

/**
 * @param {PendingReview} review
 * @param {HTMLLIElement} item
 */
async function publish(review, item) {
  try {
    await callApi('POST', `/api/blog-reviews/${review.id}/approve`, { body: {} });
    removeItem(item, `“${review.title}” is published.`);
  } catch (error) {
    if (!leaveIfLoggedOut(error)) showMessage(describeError(error), 'error');
  }
}

/**
 * @param {PendingReview} review
 * @param {HTMLLIElement} item
 */
async function reject(review, item) {
  const isDone = await askForText('reason', async (reason) => {
    await callApi('POST', `/api/blog-reviews/${review.id}/reject`, { body: { reason } });
  });
  if (isDone) removeItem(item, `“${review.title}” is rejected.`);
}
