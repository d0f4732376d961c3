// The one way in which the pages ask the backend. The session is a cookie that no script reads.

/** What the backend refused, or that it did not answer, in words for the reader of the page. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 if there was no answer.
   * @param {string} message
   * @param {ReadonlyMap<string, string>} [fields] What is wrong with a form, by the name of its field.
   */
  constructor(status, message, fields = new Map()) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** @type {Readonly<Record<number, string>>} */
const words = {
  0: 'The service does not answer. Look whether you are online, and try again.',
  400: 'Something in it is not right.',
  401: 'You are not logged in, or no longer.',
  403: 'You may not do this at this station.',
  404: 'It is not there, or not at this station.',
  409: 'It has changed since the page was loaded, or its state does not allow this. Load the page again.',
  413: 'It is too long.',
  429: 'That was too often. Wait a moment, and try again.',
};
const elseWords = 'The service could not do it. Try again in a moment.';

/**
 * Asks the backend, and gives what it answers.
 *
 * @param {'GET' | 'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} path
 * @param {{ query?: Readonly<Record<string, string | undefined>>, body?: unknown }} [request]
 * @returns {Promise<any>} undefined if the answer is empty
 * @throws {ApiError}
 */
export async function callApi(method, path, { query = {}, body } = {}) {
  const given = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const address = given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
  let response;
  try {
    response = await fetch(address, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(20_000),
    });
  } catch {
    throw new ApiError(0, words[0] ?? elseWords);
  }
  if (response.ok) return response.status === 204 ? undefined : response.json();
  const problem = await response.json().catch(() => ({}));
  throw buildApiError(response, problem);
}

/**
 * @param {Response} response
 * @param {{ instance?: string, errors?: readonly { field: string, message: string }[] }} problem
 */
function buildApiError({ status, headers }, { instance = '', errors = [] }) {
  const seconds = Number(headers.get('retry-after'));
  const wait = status === 429 && seconds > 0 ? ` (${seconds} s)` : '';
  const request =
    status >= 500 && instance ? ` If it stays so, give support the number ${instance.split(':').at(-1)}.` : '';
  return new ApiError(
    status,
    `${words[status] ?? elseWords}${wait}${request}`,
    // The backend says where the field is, as in `body.token`.
    new Map(errors.map(({ field, message }) => [field.replace(/^(?:body|path|query)\./, ''), message])),
  );
}

/**
 * What to tell the reader of an error.
 *
 * @param {unknown} error
 */
export function describeError(error) {
  if (!(error instanceof ApiError)) {
    console.error(error);
    return 'The page has a defect. Load it again.';
  }
  const details = [...error.fields].map(([field, message]) => `${field}: ${message}`);
  return [error.message, ...details].join(' ');
}
