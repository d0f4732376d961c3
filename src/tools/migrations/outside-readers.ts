import type { Query } from '../database/query.ts';

/** A publication of this database that sends the changes of some of our tables to subscribers. */
export interface Publication {
  readonly name: string;
  /** How it comes by the tables: `FOR TABLE`, `FOR TABLES IN SCHEMA` or `FOR ALL TABLES`. */
  readonly scope: 'tables' | 'schemas' | 'all tables';
  /** Those of our tables that it holds, as `public.messages`. */
  readonly tables: readonly string[];
}

/** A subscriber, as its replication slot shows it. */
export interface Subscriber {
  readonly slot: string;
  /** The application name of its connection, which is that of the subscription by default; `null` if it is not connected. */
  readonly application: string | null;
}

/** A subscription of this database, which receives changes of some of our tables. */
export interface Subscription {
  readonly name: string;
  readonly tables: readonly string[];
}

/** A standby that receives everything that is written here. */
export interface Replica {
  readonly application: string;
  /** `null` if it is on the same machine, or our role may not see it. */
  readonly address: string | null;
}

/** Who reads tables outside of SQL on this server: what they see of a rename is not a view under the old name. */
export interface OutsideReaders {
  readonly publications: readonly Publication[];
  readonly subscribers: readonly Subscriber[];
  readonly subscriptions: readonly Subscription[];
  readonly replicas: readonly Replica[];
}

export const noOutsideReaders: OutsideReaders = { publications: [], subscribers: [], subscriptions: [], replicas: [] };

/**
 * Finds who reads these tables outside of SQL on this server. Reads only; any role may ask.
 *
 * @param tables As `public.messages`; those that do not exist are ignored. Without tables nobody is looked for.
 */
export async function listOutsideReaders(query: Query, tables: readonly string[]): Promise<OutsideReaders> {
  if (tables.length === 0) return noOutsideReaders;
  const { rows } = await query(
    `WITH of_publication AS (
       SELECT pubname, puballtables, schemaname, schemaname || '.' || tablename AS name, p.oid
       FROM pg_publication_tables JOIN pg_publication AS p USING (pubname) WHERE schemaname || '.' || tablename = ANY ($1::text[])
     ), of_subscription AS (
       SELECT s.subname, n.nspname || '.' || c.relname AS name
       FROM pg_subscription_rel AS r JOIN pg_subscription AS s ON s.oid = r.srsubid
       JOIN pg_class AS c ON c.oid = r.srrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname || '.' || c.relname = ANY ($1::text[])
     ), slot AS (
       SELECT slot_name, active_pid FROM pg_replication_slots
       WHERE slot_type = 'logical' AND NOT temporary AND database = current_database()
     ), publication AS (
       SELECT pubname AS name, json_agg(name ORDER BY name) AS tables, CASE
           WHEN puballtables THEN 'all tables'
           WHEN bool_or(EXISTS (
             SELECT FROM pg_publication_namespace JOIN pg_namespace AS n ON n.oid = pnnspid WHERE pnpubid = of_publication.oid AND nspname = schemaname
           )) THEN 'schemas' ELSE 'tables' END AS scope
       FROM of_publication GROUP BY pubname, puballtables
     )
     SELECT
       (SELECT json_agg(json_build_object('name', name, 'scope', scope, 'tables', tables) ORDER BY name) FROM publication) AS publications,
       (SELECT json_agg(json_build_object('slot', slot_name, 'application', application_name) ORDER BY slot_name)
        FROM slot LEFT JOIN pg_stat_replication AS r ON r.pid = active_pid) AS subscribers,
       (SELECT json_agg(json_build_object('name', subname, 'tables', tables) ORDER BY subname)
        FROM (SELECT subname, json_agg(name ORDER BY name) AS tables FROM of_subscription GROUP BY subname) AS s) AS subscriptions,
       (SELECT json_agg(json_build_object('application', application_name, 'address', host(client_addr)) ORDER BY application_name, client_addr)
        FROM pg_stat_replication AS r
        WHERE state IS DISTINCT FROM 'backup'
          AND NOT EXISTS (SELECT FROM pg_replication_slots AS s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')) AS replicas`,
    [tables],
  );
  const { publications, subscribers, subscriptions, replicas } = rows[0] ?? {};
  const list = <Item>(found: unknown) => (found ?? []) as readonly Item[];
  return {
    publications: list(publications),
    // Where nothing of ours is published, the slots are of others.
    subscribers: publications === null ? [] : list(subscribers),
    subscriptions: list(subscriptions),
    replicas: list(replicas),
  };
}

const guide = 'docs/guides/replicas-and-poolers.md has the order of steps';

/** What the rename of tables does to each of their readers outside of SQL, a text each; empty if there are none. */
export function renameNotes(readers: OutsideReaders): string[] {
  const stops =
    'stop at the next change of a renamed table ("target relation does not exist"), until it is renamed there, too';
  return [
    ...readers.publications.map(
      (publication) => `${publicationText(publication)}: its subscribers ${stops}. Nothing is lost meanwhile; ${guide}`,
    ),
    ...readers.subscribers.map(subscriberText),
    ...readers.subscriptions.map(
      (subscription) => `${subscriptionText(subscription)}: the publisher renames first; ${guide}`,
    ),
    ...readers.replicas.map(
      (replica) =>
        `${replicaText(replica)}: --lock-timeout protects nobody there. A long statement on a table to be renamed holds up all others on it, ` +
        `for as long as max_standby_streaming_delay lets it (30 s by default); ${guide}`,
    ),
  ];
}

/** Each reader, a text each. */
export function outsideReaderTexts({ publications, subscribers, subscriptions, replicas }: OutsideReaders): string[] {
  return [
    ...publications.map(publicationText),
    ...subscribers.map(subscriberText),
    ...subscriptions.map(subscriptionText),
    ...replicas.map(replicaText),
  ];
}

const scopeInWords = { tables: '', schemas: ' (FOR TABLES IN SCHEMA)', 'all tables': ' (FOR ALL TABLES)' } as const;

function publicationText({ name, scope, tables }: Publication): string {
  return `publication ${name}${scopeInWords[scope]} sends ${tables.join(', ')}`;
}

function subscriberText({ slot, application }: Subscriber): string {
  return `subscriber by slot ${slot}, ${application === null ? 'not connected' : `connected as ${application}`}`;
}

function subscriptionText({ name, tables }: Subscription): string {
  return `subscription ${name} of this database receives ${tables.join(', ')}`;
}

function replicaText({ application, address }: Replica): string {
  return `replica ${application}${address === null ? '' : ` at ${address}`}`;
}
