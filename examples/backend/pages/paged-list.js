import { describeError } from './api.js';
import { element, elementById, runOnce } from './elements.js';
import { leaveIfLoggedOut, moveFocusTo, showMessage } from './page.js';

/**
 * Fills the list `#list` of a page, which comes with placeholders of about the size of what is loaded, so that nothing jumps. `#more`
 * loads the next page, `#message` says how it goes.
 *
 * @template Item
 * @param {{
 *   load(cursor: string | undefined): Promise<{ items: readonly Item[], nextCursor?: string | null | undefined }>,
 *   render(item: Item): HTMLLIElement,
 *   empty: string,
 *   noun: readonly [one: string, several: string],
 * }} source
 * @returns {{ reload(): Promise<void> }}
 */
export function showPagedList({ load, render, empty, noun: [one, several] }) {
  const list = elementById('list', HTMLUListElement);
  const more = elementById('more', HTMLButtonElement);
  const placeholders = [...list.children].map((placeholder) => placeholder.cloneNode(true));
  /** @type {string | undefined} */
  let cursor;
  let shown = 0;
  // What a reload has overtaken is not shown.
  let generation = 0;

  async function loadNext() {
    const current = generation;
    const isFirst = shown === 0;
    list.ariaBusy = 'true';
    try {
      const { items, nextCursor } = await load(cursor);
      if (current !== generation) return;
      const built = items.map(render);
      if (isFirst) list.replaceChildren(...built);
      else list.append(...built);
      cursor = nextCursor ?? undefined;
      shown += items.length;
      if (shown === 0) list.replaceChildren(element('li', { class: 'empty' }, empty));
      showMessage(`${shown} ${shown === 1 ? one : several}${cursor ? ', and there are more' : ''}`);
      // Who pressed the button reads on where the new ones begin.
      if (!isFirst) moveFocusTo(built[0]);
      more.textContent = 'Show more';
      more.hidden = cursor === undefined;
    } catch (error) {
      if (current !== generation || leaveIfLoggedOut(error)) return;
      if (isFirst) list.replaceChildren();
      showMessage(describeError(error), 'error');
      more.textContent = 'Try again';
      more.hidden = false;
    } finally {
      if (current === generation) list.ariaBusy = 'false';
    }
  }

  async function reload() {
    generation += 1;
    cursor = undefined;
    shown = 0;
    list.replaceChildren(...placeholders.map((placeholder) => placeholder.cloneNode(true)));
    more.hidden = true;
    showMessage('Loading…');
    await loadNext();
  }

  more.addEventListener('click', () => void runOnce(more, loadNext));
  void loadNext();
  return { reload };
}

/**
 * Takes an item that is done with off the list, and moves the focus to the one after it, or else before it.
 *
 * @param {HTMLLIElement} item
 * @param {string} text What was done, for the line of the page.
 */
export function removeItem(item, text) {
  const neighbour = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  showMessage(text);
  if (neighbour) {
    moveFocusTo(neighbour);
    return;
  }
  const list = elementById('list', HTMLUListElement);
  if (elementById('more', HTMLButtonElement).hidden) list.append(element('li', { class: 'empty' }, 'Nothing is left.'));
  moveFocusTo(document.querySelector('h1'));
}
