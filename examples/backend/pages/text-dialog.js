import { describeError } from './api.js';
import { elementById, runOnce } from './elements.js';
import { leaveIfLoggedOut } from './page.js';

/**
 * Opens the dialog of the page that asks for a text, and does something with it. If that fails, the dialog stays and says why.
 *
 * @param {string} id
 * @param {(text: string) => Promise<void>} act
 * @returns {Promise<boolean>} Whether it was done.
 */
export function askForText(id, act) {
  const dialog = elementById(id, HTMLDialogElement);
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector('form'));
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
  const back = /** @type {HTMLButtonElement} */ (form.querySelector('[type=button]'));
  const text = elementById(`${id}-text`, HTMLTextAreaElement);
  const problem = elementById(`${id}-error`, HTMLElement);
  /** @param {string} message */
  const showProblem = (message) => {
    problem.textContent = message;
    text.setAttribute('aria-invalid', String(message !== ''));
  };
  let isDone = false;

  text.value = '';
  showProblem('');
  // Ours, not the browser's: it says it beside the field.
  form.noValidate = true;
  form.onsubmit = (event) => {
    event.preventDefault();
    if (text.value.trim() === '') {
      showProblem('Write a sentence.');
      text.focus();
      return;
    }
    void runOnce(submit, async () => {
      try {
        await act(text.value.trim());
        isDone = true;
        dialog.close();
      } catch (error) {
        if (!leaveIfLoggedOut(error)) showProblem(describeError(error));
      }
    });
  };
  back.onclick = () => dialog.close();
  dialog.showModal();
  text.focus();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(isDone);
  });
}
