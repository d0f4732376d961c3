/**
 * Builds an element. Children that are strings become text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | boolean | undefined>>} [attributes] `true` sets one without a value, `false` and `undefined` none.
 * @param {readonly (Node | string | undefined)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const built = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) built.setAttribute(attribute, value === true ? '' : value);
  }
  built.append(...children.filter((child) => child !== undefined));
  return built;
}

/**
 * The element of the page with that id.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function elementById(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`#${id}: found no ${kind.name} in the page.`);
}

/**
 * A list of facts: what it is, and its value. Facts without a value are left out.
 *
 * @param {readonly (readonly [name: string, value: Node | string | null | undefined])[]} facts
 */
export function buildFacts(facts) {
  return element(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) =>
      value ? [element('div', {}, element('dt', {}, name), element('dd', {}, value))] : [],
    ),
  );
}

/**
 * @param {string} text
 * @param {'good' | 'warning' | 'bad' | 'plain'} kind
 */
export function buildBadge(text, kind) {
  return element('span', { class: kind === 'plain' ? 'badge' : `badge is-${kind}` }, text);
}

/**
 * The head of a card: what it is about, and its state.
 *
 * @param {'h2' | 'h3'} level
 * @param {Node | string} heading
 * @param {HTMLElement} badge
 */
export function buildCardHead(level, heading, badge) {
  return element('div', { class: 'card-head' }, element(level, {}, heading), badge);
}

/**
 * A link to the page of a customer.
 *
 * @param {string} customerId
 * @param {string} text
 */
export function buildCustomerLink(customerId, text) {
  return element('a', { href: `customer.html?id=${encodeURIComponent(customerId)}` }, text);
}

/**
 * A button that runs `act` once at a time. While it runs the button keeps its focus and its size.
 *
 * @param {string} text
 * @param {string} about What a screen reader adds, as `of Ada Lovelace`: several buttons of a page have one text.
 * @param {'plain' | 'primary' | 'danger'} kind
 * @param {() => Promise<void>} act
 */
export function buildButton(text, about, kind, act) {
  const button = element(
    'button',
    { type: 'button', class: kind === 'plain' ? undefined : `is-${kind}` },
    text,
    element('span', { class: 'visually-hidden' }, ` ${about}`),
  );
  button.addEventListener('click', () => void runOnce(button, act));
  return button;
}

/**
 * Runs `act` unless the button is running already.
 *
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} act
 */
export async function runOnce(button, act) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  // Not `disabled`: that would lose the focus.
  button.setAttribute('aria-disabled', 'true');
  try {
    await act();
  } finally {
    button.removeAttribute('aria-disabled');
  }
}
