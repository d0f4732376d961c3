import { pino } from 'pino';

/** All that a line of the log may hold. There is no place for an address, a query string, a body, a token or a name. */
export interface LogFields {
  readonly requestId?: string | undefined;
  readonly method?: string | undefined;
  /** The pattern of the route, as in `/api/customers/:customerId`. */
  readonly route?: string | undefined;
  readonly status?: number | undefined;
  readonly milliseconds?: number | undefined;
  /** Of an error: a `code` of canonical-models, or the SQLSTATE. */
  readonly code?: string | undefined;
}

const allowed = ['requestId', 'method', 'route', 'status', 'milliseconds', 'code'] as const;

// A line is written within a quarter of a second, together with those of other requests: a write for each would take as long as a statement.
const destination = pino.destination({ sync: false, minLength: 8192, periodicFlush: 250 });

const logger = pino(
  {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (level) => ({ level }),
      // What a call adds by mistake, such as a whole error, does not pass.
      log: (fields) => Object.fromEntries(allowed.flatMap((name) => (name in fields ? [[name, fields[name]]] : []))),
    },
  },
  destination,
);

/** Writes a line to the standard output, as JSON. */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: LogFields = {}): void {
  logger[level](fields, message);
}

/** Writes what is not written yet: before the process ends. */
export function flushLog(): void {
  destination.flushSync();
}

/** What a log may say of an error: the first code in its chain. Messages of drivers hold values. */
export function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.name : typeof error;
}
