import { ApiError, callApi, describeError } from './api.js';
import { elementById, runOnce } from './elements.js';

/**
 * What the pages know of the session.
 *
 * @typedef {{ id: string, code: string, displayName: string, timezone: string, role: string }} Station
 * @typedef {{ stationId: string, stations: readonly Station[] }} Session
 */

/**
 * Asks for the session and shows its station at the top. Without one it goes to the log-in.
 *
 * @returns {Promise<Session & { station: Station | undefined }>} Never resolves if the page is being left.
 */
export async function openPage() {
  const logOut = elementById('log-out', HTMLButtonElement);
  logOut.addEventListener('click', () => void runOnce(logOut, leaveSession));
  try {
    /** @type {Session} */
    const session = await callApi('GET', '/api/session');
    const station = session.stations.find(({ id }) => id === session.stationId);
    elementById('station', HTMLAnchorElement).textContent = `Station: ${station?.displayName ?? 'all'}`;
    return { ...session, station };
  } catch (error) {
    if (!leaveIfLoggedOut(error)) showMessage(describeError(error), 'error');
    return new Promise(() => {});
  }
}

/** Ends the session, here and on the server. */
async function leaveSession() {
  try {
    await callApi('DELETE', '/api/session');
    location.assign('index.html');
  } catch (error) {
    if (!leaveIfLoggedOut(error)) showMessage(describeError(error), 'error');
  }
}

/**
 * Goes to the log-in if an error says that there is no session.
 *
 * @param {unknown} error
 * @returns {boolean} Whether the page is being left.
 */
export function leaveIfLoggedOut(error) {
  if (!(error instanceof ApiError) || error.status !== 401) return false;
  const page = `${location.pathname.split('/').at(-1)}${location.search}`;
  location.replace(`index.html?then=${encodeURIComponent(page)}`);
  return true;
}

/**
 * Says something in the line of the page for that, also to screen readers.
 *
 * @param {string} text
 * @param {'plain' | 'error'} [kind]
 */
export function showMessage(text, kind = 'plain') {
  const message = elementById('message', HTMLElement);
  message.classList.toggle('is-error', kind === 'error');
  message.textContent = text;
}

/** @param {Element | null | undefined} target */
export function moveFocusTo(target) {
  if (!(target instanceof HTMLElement)) return;
  if (!target.hasAttribute('tabindex')) target.tabIndex = -1;
  target.focus();
}
