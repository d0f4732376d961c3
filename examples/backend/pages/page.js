import { ApiError, callApi, describeError } from './api.js';
import { elementById, runOnce } from './elements.js';

/**
 * Who is logged in, where, and what they may do.
 *
 * @typedef {{ userId: string, stationId: string, stationName: string, role: string, permissions: readonly string[] }} Session
 */

/**
 * Asks for the session and shows its station at the top. Without one it goes to the log-in.
 *
 * @returns {Promise<Session>} Never resolves if the page is being left, or if nobody answers: then the page says so.
 */
export async function openPage() {
  const logOut = elementById('log-out', HTMLButtonElement);
  logOut.addEventListener('click', () => void runOnce(logOut, leaveSession));
  try {
    /** @type {Session} */
    const session = await callApi('GET', '/api/session');
    elementById('station', HTMLAnchorElement).textContent = session.stationName;
    return session;
  } catch (error) {
    if (!leaveIfLoggedOut(error)) {
      showMessage(describeError(error), 'error');
      for (const placeholder of document.querySelectorAll('.skeleton')) placeholder.remove();
    }
    return new Promise(() => {});
  }
}

/** Ends the session, here and on the server. */
export async function leaveSession() {
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
