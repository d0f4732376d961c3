import { ApiError, callApi, describeError } from './api.js';
import { buildBadge, element, elementById, runOnce } from './elements.js';
import { formatLabel } from './format.js';
import { leaveSession, showMessage } from './page.js';

/** @typedef {{ stationId: string, name: string, role: string }} ReachedStation */

const form = elementById('log-in', HTMLFormElement);
const stations = elementById('stations', HTMLElement);
const logIn = elementById('submit', HTMLButtonElement);
const logOut = elementById('log-out', HTMLButtonElement);
/** @type {readonly ['stationId', 'token']} */
const fields = ['stationId', 'token'];
const refusals = { stationId: 'It is not the id of a station.', token: 'It is not valid at this station.' };

logOut.addEventListener('click', () => void runOnce(logOut, leaveSession));
form.noValidate = true;
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void runOnce(logIn, enter);
});
await showStations();

/** Shows the stations of the session, or else the log-in. */
async function showStations() {
  try {
    /** @type {[session: import('./session.js').Session, reached: { items: readonly ReachedStation[] }]} */
    const [session, { items }] = await Promise.all([
      callApi('GET', '/api/session'),
      callApi('GET', '/api/session/stations'),
    ]);
    elementById('list', HTMLUListElement).replaceChildren(
      ...items.map((station) => renderStation(station, session.stationId)),
    );
    stations.hidden = false;
    showMessage('');
  } catch (error) {
    const isLoggedOut = error instanceof ApiError && error.status === 401;
    form.hidden = false;
    showMessage(isLoggedOut ? '' : describeError(error), isLoggedOut ? 'plain' : 'error');
    if (isLoggedOut) elementById('stationId', HTMLInputElement).focus();
  } finally {
    elementById('placeholder', HTMLElement).hidden = true;
  }
}

/**
 * @param {ReachedStation} station
 * @param {string} currentId
 */
function renderStation({ stationId, name, role }, currentId) {
  const isCurrent = stationId === currentId;
  const button = element(
    'button',
    { type: 'button', class: isCurrent ? undefined : 'is-primary' },
    isCurrent ? 'Stay' : 'Switch',
    element('span', { class: 'visually-hidden' }, isCurrent ? ` at ${name}` : ` to ${name}`),
  );
  button.addEventListener(
    'click',
    () =>
      void runOnce(button, async () => {
        try {
          if (!isCurrent) await callApi('POST', '/api/session/station', { body: { stationId } });
          location.assign('bookings.html');
        } catch (error) {
          showMessage(describeError(error), 'error');
        }
      }),
  );
  return element(
    'li',
    { class: 'card card-row' },
    element(
      'div',
      {},
      element('h2', {}, name),
      element('p', { class: 'muted' }, `You are there as: ${formatLabel(role)}`),
      isCurrent ? buildBadge('You are here', 'good') : undefined,
    ),
    button,
  );
}

async function enter() {
  const body = Object.fromEntries(fields.map((field) => [field, elementById(field, HTMLInputElement).value.trim()]));
  const empty = fields.filter((field) => body[field] === '');
  showProblems(new Map(empty.map((field) => [field, 'Fill this in.'])));
  if (empty.length > 0) return;
  try {
    await callApi('POST', '/api/session', { body });
    location.assign(pageAfter());
  } catch (error) {
    const refused = fields.filter(
      (field) => error instanceof ApiError && (error.fields.has(field) || (error.status === 401 && field === 'token')),
    );
    if (refused.length > 0) showProblems(new Map(refused.map((field) => [field, refusals[field]])));
    else showMessage(describeError(error), 'error');
  }
}

/**
 * Says beside the fields what is wrong with them, and goes to the first of these.
 *
 * @param {ReadonlyMap<string, string>} problems
 */
function showProblems(problems) {
  showMessage('');
  for (const field of fields) {
    elementById(field, HTMLInputElement).setAttribute('aria-invalid', String(problems.has(field)));
    elementById(`${field}-error`, HTMLElement).textContent = problems.get(field) ?? '';
  }
  const first = fields.find((field) => problems.has(field));
  if (first) elementById(first, HTMLInputElement).focus();
}

/** The page that asked for the log-in, if it is one of ours. */
function pageAfter() {
  const asked = new URLSearchParams(location.search).get('then') ?? '';
  return /^(?:bookings|customer|escalations|moderation)\.html(?:\?id=[\w-]*)?$/.test(asked) ? asked : 'bookings.html';
}
