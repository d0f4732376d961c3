const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a value is a UUID in its usual form, as the ids of all rows are. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value);
}
