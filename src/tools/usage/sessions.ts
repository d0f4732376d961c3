import { setTimeout as sleep } from 'node:timers/promises';
import type { Query } from '../database/query.ts';
import { readInTransaction } from '../database/read-only-transaction.ts';
import { type BlindSpot, excerpt, type Unread } from './blind-spot.ts';
import type { NameResolution } from './name-resolution.ts';
import type { Action } from './relation-references.ts';
import { usesOfStatement } from './uses-of-text.ts';

/** An application that was seen using an old name. */
export interface SessionUse {
  /** The old name, as in `public.messages`. */
  readonly name: string;
  readonly action: Action;
  /** The client's `application_name`; empty if it gives none. */
  readonly application: string;
  readonly role: string;
  /** The address of the client; `local` for a Unix socket. */
  readonly client: string;
  /** How many different runs of statements were seen. There may have been more between two looks. */
  readonly seen: number;
  readonly lastSeen: Date;
  /** The beginning of one of the statements, without constants. */
  readonly text: string;
}

/** The statements that the sessions of this database were seen running. */
export interface SessionSample {
  readonly seconds: number;
  /** How many looks there were. */
  readonly looks: number;
  readonly uses: readonly SessionUse[];
  readonly unread: readonly Unread[];
  readonly blindSpots: readonly BlindSpot[];
}

/** How to watch. */
export interface WatchOptions {
  readonly names: NameResolution;
  readonly seconds: number;
  /** Statements that began earlier don't count: they may have meant the table. */
  readonly renamedAt?: Date;
  /** Ends the watch early. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly seconds: number; readonly seen: number }) => void;
}

const millisecondsBetweenLooks = 200;

/**
 * Watches what the other sessions of this database run, five times a second, for some seconds. A waiting session shows its last
 * statement. Sessions of this package are left out.
 */
export async function watchSessions(query: Query, options: WatchOptions): Promise<SessionSample> {
  const { names, seconds, renamedAt, signal } = options;
  const uses = new Map<string, SessionUse>();
  const unread = new Map<string, Unread>();
  const runs = new Set<string>();
  const hidden = new Set<string>();
  const started = performance.now();
  let looks = 0;
  const elapsed = () => (performance.now() - started) / 1000;
  do {
    // A transaction a look: in a longer one the server shows the same sessions again.
    const { rows } = await readInTransaction(query, () =>
      query(
        `SELECT pid::text AS pid, query_start, usesysid::text AS role, application_name AS application,
         coalesce(host(client_addr), 'local') AS client, query AS text,
         octet_length(query) >= pg_size_bytes(current_setting('track_activity_query_size')) - 1 AS cut
       FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND query <> ''
         AND application_name IS DISTINCT FROM 'canonical-models'`,
      ),
    );
    looks++;
    for (const row of rows) {
      const text = String(row['text']);
      const begun = row['query_start'] as Date | null;
      const run = `${row['pid']} ${begun?.toISOString()} ${text}`;
      if (text === '<insufficient privilege>') hidden.add(String(row['pid']));
      if (runs.has(run) || begun === null || text === '<insufficient privilege>') continue;
      runs.add(run);
      if (renamedAt && begun < renamedAt) continue;
      const role = row['role'] === null ? undefined : String(row['role']);
      const of = (role && names.roleName(role)) ?? `role ${role}`;
      const found = usesOfStatement(text, { names, ...(role !== undefined && { role }) });
      if (found.unknown) {
        const reason = row['cut'] === true ? 'the server cut it off' : found.unknown.reason;
        unread.set(`${of} ${text}`, { where: 'session', of, text: excerpt(text), ...found.unknown, reason });
      }
      for (const { oldName, action } of found.uses) {
        const name = oldName.entry.from;
        const [application, client] = [String(row['application'] ?? ''), String(row['client'])];
        const key = JSON.stringify([name, application, of, client, action]);
        const before = uses.get(key);
        uses.set(key, {
          name,
          action,
          application,
          role: of,
          client,
          seen: (before?.seen ?? 0) + 1,
          lastSeen: before && before.lastSeen > begun ? before.lastSeen : begun,
          text: before?.text ?? excerpt(text),
        });
      }
    }
    options.onProgress?.({ seconds: elapsed(), seen: uses.size });
    await sleep(millisecondsBetweenLooks, undefined, { signal }).catch(() => {});
  } while (elapsed() < seconds && !signal?.aborted);

  return {
    seconds: Math.round(elapsed()),
    looks,
    uses: [...uses.values()].sort((one, another) => another.seen - one.seen),
    unread: [...unread.values()],
    blindSpots:
      hidden.size === 0
        ? []
        : [
            {
              what: `what ${hidden.size} sessions of other roles ran`,
              next: 'as an administrator: GRANT pg_read_all_stats TO the role that asks',
              decisive: false,
            },
          ],
  };
}
