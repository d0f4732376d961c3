/** An answer that is not a success, and that the client is to read. */
class HttpError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** What an error of PostgreSQL means to the client, by its SQLSTATE. */
const answersByState = new Map([
  ['23503', new HttpError(409, 'It refers to something that is not there.')],
  ['23505', new HttpError(409, 'It is there already.')],
  ['23514', new HttpError(400, 'A value is out of its range.')],
  ['22001', new HttpError(400, 'A text is too long.')],
]);

/**
 * The answer to an error. Drizzle puts the driver's error into `cause`.
 *
 * @param {unknown} error
 * @returns {HttpError | undefined} undefined if the client can do nothing about it
 */
function findHttpError(error) {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof HttpError) return at;
    const answer = 'code' in at && typeof at.code === 'string' ? answersByState.get(at.code) : undefined;
    if (answer) return answer;
  }
  return undefined;
}

module.exports = { HttpError, findHttpError };
