import { callApi, describeError } from './api.js';
import { elementById, runOnce } from './elements.js';
import { leaveIfLoggedOut, leaveSession, showMessage } from './page.js';

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
