import { ApiError, callApi, describeError } from './api.js';
import { elementById } from './elements.js';

// What each page does besides its own.

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
