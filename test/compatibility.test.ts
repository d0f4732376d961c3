import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableRename } from '../src/registry/renames.ts';
import { tableRenames } from '../src/registry/table-renames.ts';
import type { Query } from '../src/tools/database/query.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import {
  eachEngineOfLongRuns,
  eachMajor,
  openDatabase,
  openServerDatabase,
  type ServerDatabase,
  withConnection,
  withDatabase,
} from './support/databases.ts';
import { applyMigrations, migrationsAfterBaseline } from './support/migrate.ts';

/** What an unmoved service writes into an old table: only columns without a default. */
interface Sample {
  /** Columns with a value, or with a query that finds one. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Columns that are unique together, besides the primary key. */
  readonly unique?: readonly string[];
  /** A column to update, with its new value. */
  readonly update: readonly [column: string, value: unknown];
  /** Columns that the table fills in, with the values that do not change. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

const first = async (query: Query, sql: string) => Object.values((await query(sql)).rows[0] ?? {})[0];

const samples: Readonly<Record<string, (query: Query) => Promise<Sample>>> = {
  'identity.social_accounts': async (query) => ({
    values: {
      user_id: await first(query, 'SELECT id FROM identity.users ORDER BY id'),
      provider: 'google',
      provider_account_id: randomUUID(),
    },
    unique: ['provider', 'provider_account_id'],
    update: ['access_token', 'другой'],
    defaults: { profile_data: {}, access_token: null },
  }),
  'public.social_accounts': async () => ({
    values: { platform: 'instagram', page_id: randomUUID(), page_name: "O'Brien", connected_by: randomUUID() },
    unique: ['platform', 'page_id'],
    update: ['page_name', '鉄板焼き 🔥'],
    defaults: { webhook_verified: false, is_active: true, deleted_at: null },
  }),
  'public.social_identities': async () => ({
    values: { platform: 'facebook', handle: randomUUID() },
    unique: ['platform', 'handle'],
    update: ['display_name', ''],
    defaults: { confidence_score: 1, verification_status: 'unverified', customer_id: null },
  }),
  'public.customer_reviews': async () => ({
    values: { rating: 5 },
    update: ['review_text', 'null'],
    defaults: { status: 'pending', is_featured: false, display_on_website: true },
  }),
  'public.message_threads': async (query) => ({
    values: { customer_id: await first(query, 'SELECT id FROM customers ORDER BY id') },
    update: ['subject', '$1; DROP TABLE messages;--'],
    defaults: { channel: 'web_chat', status: 'active', thread_metadata: {} },
  }),
  'public.messages': async (query) => ({
    values: {
      thread_id: await first(query, 'SELECT id FROM customer_message_threads ORDER BY id'),
      sender_type: 'customer',
      content: 'שלום עולם',
    },
    update: ['content', '  leading and trailing  '],
    defaults: { is_read: false, message_metadata: {} },
  }),
  'public.social_threads': async () => ({
    values: { platform: 'yelp', account_id: 'account', thread_ref: randomUUID() },
    unique: ['platform', 'thread_ref'],
    update: ['status', 'resolved'],
    defaults: { status: 'open', lead_id: null },
  }),
};

async function sampleOf(query: Query, table: string): Promise<Sample> {
  const sample = samples[table];
  if (!sample) throw new Error(`${table} is renamed and has no sample: add one above`);
  return sample(query);
}

function insertStatement(table: string, { values }: Sample, end: string): readonly [string, unknown[]] {
  const columns = Object.keys(values);
  const parameters = columns.map((_, index) => `$${index + 1}`);
  return [
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${parameters.join(', ')}) ${end}`,
    Object.values(values),
  ];
}

/** The columns that migrations added, by table. */
const laterColumns = new Map<string, string[]>();
for (const { statements } of readMigrations()) {
  for (const [, schema = 'public', table, column = ''] of statements
    .join('\n')
    .matchAll(/ALTER TABLE (?:"(\w+)"\.)?"(\w+)" ADD COLUMN "(\w+)"/g)) {
    const name = `${schema}.${table}`;
    laterColumns.set(name, [...(laterColumns.get(name) ?? []), column]);
  }
}

eachEngineOfLongRuns((engine) => {
  describe('through each old table name', () => {
    let database: Awaited<ReturnType<typeof openDatabase>>;
    let query: Query;
    beforeAll(async () => {
      database = await openDatabase(engine, 'migrated');
      ({ query } = database);
    });
    afterAll(() => database?.close());

    describe.each(tableRenames)('$from', ({ from, to }) => {
      /** The view under the old name has the columns that the table had when it was renamed: none that a migration added. */
      const later = new Set(laterColumns.get(to));
      const withoutLaterColumns = (row: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(row).filter(([column]) => !later.has(column)));

      test('SELECT reads every row of the table', async () => {
        const old = await query(`SELECT * FROM ${from} ORDER BY id`);
        expect(old.rows.length).toBeGreaterThan(0);
        expect(old.rows).toEqual((await query(`SELECT * FROM ${to} ORDER BY id`)).rows.map(withoutLaterColumns));
      });

      test('INSERT … RETURNING fills in the defaults, UPDATE and DELETE … RETURNING find the row', async () => {
        const sample = await sampleOf(query, from);
        const { rows } = await query(...insertStatement(from, sample, 'RETURNING *'));
        const row = rows[0] as Record<string, unknown>;
        expect(row).toMatchObject({ ...sample.values, ...sample.defaults });
        expect(row['id']).toMatch(/^[0-9a-f-]{36}$/);
        const written = await query(`SELECT * FROM ${to} WHERE id = $1`, [row['id']]);
        expect(written.rows.map(withoutLaterColumns)).toEqual([row]);

        const [column, value] = sample.update;
        const updated = await query(`UPDATE ${from} SET ${column} = $1 WHERE id = $2 RETURNING *`, [value, row['id']]);
        expect(updated.rows).toEqual([{ ...row, [column]: value }]);

        const deleted = await query(`DELETE FROM ${from} WHERE id = $1 RETURNING id`, [row['id']]);
        expect(deleted.rows).toEqual([{ id: row['id'] }]);
        expect((await query(`SELECT 1 FROM ${to} WHERE id = $1`, [row['id']])).rows).toEqual([]);
      });

      test('INSERT … ON CONFLICT updates or keeps the existing row', async () => {
        const sample = await sampleOf(query, from);
        const [column, value] = sample.update;
        const { rows } = await query(...insertStatement(from, sample, 'RETURNING id'));
        const id = rows[0]?.['id'];
        const again: Sample = { ...sample, values: { id, ...sample.values, [column]: value } };
        for (const target of [['id'], ...(sample.unique ? [sample.unique] : [])]) {
          const conflict = `ON CONFLICT (${target.join(', ')})`;
          const kept = await query(...insertStatement(from, again, `${conflict} DO NOTHING RETURNING id`));
          expect(kept.rows).toEqual([]);
          const updated = await query(
            ...insertStatement(
              from,
              again,
              `${conflict} DO UPDATE SET ${column} = EXCLUDED.${column} RETURNING id, ${column}`,
            ),
          );
          expect(updated.rows).toEqual([{ id, [column]: value }]);
        }
        expect((await query(`SELECT count(*)::int AS rows FROM ${to} WHERE id = $1`, [id])).rows).toEqual([
          { rows: 1 },
        ]);
      });

      test('SELECT … FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE and FOR KEY SHARE lock rows', async () => {
        for (const strength of ['UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE']) {
          const { rows } = await query(`SELECT id FROM ${from} ORDER BY id LIMIT 1 FOR ${strength}`);
          expect(rows).toHaveLength(1);
        }
      });

      test('the checks and keys of the table hold', async () => {
        const sample = await sampleOf(query, from);
        const { rows } = await query(...insertStatement(from, sample, 'RETURNING id'));
        const again: Sample = { ...sample, values: { id: rows[0]?.['id'], ...sample.values } };
        await expect(query(...insertStatement(from, again, ''))).rejects.toMatchObject({ code: '23505' });
        const nothing: Sample = { ...sample, values: { id: null, ...sample.values } };
        await expect(query(...insertStatement(from, nothing, ''))).rejects.toMatchObject({ code: '23502' });
      });
    });

    test('an invalid write is refused, and the table stays as it is', async () => {
      const rows = await first(query, 'SELECT count(*) FROM customer_messages');
      await expect(query('TRUNCATE messages')).rejects.toThrow(/not a table/);
      await expect(query('ALTER TABLE messages ADD COLUMN note text')).rejects.toThrow();
      await expect(query('CREATE INDEX ON messages (content)')).rejects.toThrow();
      expect(await first(query, 'SELECT count(*) FROM customer_messages')).toEqual(rows);
    });
  });
});

eachMajor((major) => {
  const withLegacy = async (run: (database: ServerDatabase) => Promise<void>) => {
    const database = await openServerDatabase(major, 'legacy');
    try {
      await run(database);
    } finally {
      await database.close();
    }
  };

  test('a row lock through an old name keeps others off the row, by either name', () =>
    withDatabase(major, 'migrated', async ({ client, url }) => {
      await client.query('BEGIN');
      const { rows } = await client.query('SELECT id FROM messages ORDER BY id LIMIT 1 FOR UPDATE');
      const other = new pg.Client(url);
      await other.connect();
      try {
        for (const name of ['messages', 'customer_messages']) {
          const seen = await other.query(`SELECT id FROM ${name} WHERE id = $1 FOR UPDATE SKIP LOCKED`, [rows[0].id]);
          expect(seen.rows).toEqual([]);
        }
      } finally {
        await other.end();
        await client.query('ROLLBACK');
      }
    }));

  describe('statements prepared before the migration run after it', () => {
    let database: ServerDatabase;
    /** What is left to do after the migration, by the old names. */
    const after = new Map<string, () => Promise<void>>();
    beforeAll(async () => {
      database = await openServerDatabase(major, 'legacy');
      for (const rename of tableRenames) after.set(rename.from, await prepareOn(database, rename));
      await withConnection(database.url, ({ query }) => applyMigrations(query));
    });
    afterAll(() => database?.close());

    test.each(tableRenames)('on $from', async ({ from }) => {
      await after.get(from)?.();
      expect.hasAssertions();
    });
  });

  /** Runs statements on an old name under names of their own, so that the server keeps them, and returns what runs them again. */
  async function prepareOn({ client, query }: ServerDatabase, { from, to }: TableRename): Promise<() => Promise<void>> {
    // A sample uses the canonical names, which do not exist yet.
    const values =
      from === 'public.messages' ? { thread_id: await first(query, 'SELECT id FROM message_threads') } : {};
    const sample =
      from === 'public.messages'
        ? {
            values: { ...values, sender_type: 'customer', content: 'prepared' },
            update: ['content', 'x'] as const,
            defaults: {},
          }
        : await sampleOf(query, from);
    const [insert, parameters] = insertStatement(from, sample, 'RETURNING id');
    const [column, value] = sample.update;
    const statements = {
      insert: { name: `insert ${from}`, text: insert },
      select: { name: `select ${from}`, text: `SELECT * FROM ${from} WHERE id = $1` },
      update: { name: `update ${from}`, text: `UPDATE ${from} SET ${column} = $1 WHERE id = $2 RETURNING id` },
      remove: { name: `remove ${from}`, text: `DELETE FROM ${from} WHERE id = $1 RETURNING id` },
    };
    const changed = { ...sample.values, ...(sample.unique && { [sample.unique[1] as string]: randomUUID() }) };
    // Six runs, so that the server may have settled on a generic plan.
    for (let round = 0; round < 6; round++) {
      const { rows } = await client.query({ ...statements.insert, values: parameters });
      const { id } = rows[0];
      expect((await client.query({ ...statements.select, values: [id] })).rowCount).toBe(1);
      expect((await client.query({ ...statements.update, values: [value, id] })).rowCount).toBe(1);
      expect((await client.query({ ...statements.remove, values: [id] })).rowCount).toBe(1);
    }
    return async () => {
      const { rows } = await client.query({ ...statements.insert, values: Object.values(changed) });
      const { id } = rows[0];
      expect((await client.query(`SELECT id FROM ${to} WHERE id = $1`, [id])).rowCount).toBe(1);
      expect((await client.query({ ...statements.select, values: [id] })).rowCount).toBe(1);
      expect((await client.query({ ...statements.update, values: [value, id] })).rowCount).toBe(1);
      expect((await client.query({ ...statements.remove, values: [id] })).rowCount).toBe(1);
    };
  }

  test('roles may do through the old name what they could do on the table, and no more', () =>
    withLegacy(async ({ query, exec, url }) => {
      const suffix = randomUUID().slice(0, 8);
      const [service, reader, owner, stranger] = ['service', 'reader', 'owner', 'stranger'].map(
        (name) => `${name}_${suffix}`,
      );
      await exec(`
        CREATE ROLE ${service}; CREATE ROLE ${reader}; CREATE ROLE ${owner}; CREATE ROLE ${stranger};
        GRANT USAGE ON SCHEMA public TO ${service}, ${reader}, ${owner}, ${stranger};
        GRANT SELECT, INSERT, UPDATE ON messages, message_threads TO ${service};
        GRANT SELECT, UPDATE (is_read) ON messages TO ${reader};
        ALTER TABLE messages OWNER TO ${owner};`);
      await applyMigrations(query);
      const as = async (role: string | undefined, sql: string) => {
        const client = new pg.Client(url);
        await client.connect();
        try {
          await client.query(`SET ROLE ${role}`);
          return await client.query(sql);
        } finally {
          await client.end();
        }
      };
      expect((await as(service, 'UPDATE messages SET is_read = true RETURNING id')).rowCount).toBeGreaterThan(0);
      await expect(as(service, 'DELETE FROM messages')).rejects.toMatchObject({ code: '42501' });
      expect((await as(reader, 'SELECT content FROM messages LIMIT 1')).rowCount).toBe(1);
      expect((await as(reader, 'UPDATE messages SET is_read = true RETURNING id')).rowCount).toBeGreaterThan(0);
      await expect(as(reader, `UPDATE messages SET content = ''`)).rejects.toMatchObject({ code: '42501' });
      await expect(as(stranger, 'SELECT id FROM messages')).rejects.toMatchObject({ code: '42501' });
      expect((await as(owner, 'SELECT id FROM messages LIMIT 1')).rowCount).toBe(1);
      expect(
        await first(query, `SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'messages'::regclass`),
      ).toBe(owner);
      await exec(`DROP OWNED BY ${service}, ${reader}, ${stranger}; REASSIGN OWNED BY ${owner} TO CURRENT_USER;
        DROP OWNED BY ${owner}; DROP ROLE ${service}, ${reader}, ${owner}, ${stranger}`);
    }));

  test('a role that may read only some columns stops the migration, because a view cannot pass that on', () =>
    withLegacy(async ({ query, exec }) => {
      const reader = `reader_${randomUUID().slice(0, 8)}`;
      await exec(`CREATE ROLE ${reader}; GRANT SELECT (id, content) ON messages TO ${reader}`);
      await expect(applyMigrations(query)).rejects.toThrow(`${reader} may read some columns of public.messages only`);
      expect(await first(query, `SELECT relkind FROM pg_class WHERE oid = 'messages'::regclass`)).toBe('r');
      await exec(`GRANT SELECT ON messages TO ${reader}`);
      const refused = migrationsAfterBaseline.findIndex(({ name }) => name.endsWith('_2_customer_messages'));
      await applyMigrations(query, migrationsAfterBaseline.slice(refused));
      await exec(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
    }));

  test(`MERGE through an old name ${major >= 17 ? 'works' : 'is refused before PostgreSQL 17'}`, () =>
    withDatabase(major, 'migrated', async ({ query }) => {
      const merge = query(`
        MERGE INTO messages USING (SELECT id FROM customer_messages ORDER BY id LIMIT 1) AS source ON messages.id = source.id
        WHEN MATCHED THEN UPDATE SET content = 'merged'`);
      if (major >= 17) {
        await merge;
        expect(await first(query, `SELECT count(*)::int FROM customer_messages WHERE content = 'merged'`)).toBe(1);
      } else await expect(merge).rejects.toThrow(/MERGE/);
    }));
});
