import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NotPermitted } from '../../../src/errors.ts';
import { type StationScope, stationScopes } from '../../../src/identity/access/scopes.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { copyOut } from './copy-out.ts';
import { type Context, contextText, duplicate, refused } from './oracle.ts';
import { type AccessDatabase, attemptAll, inContext, openAccessDatabase, sessionOn, takenBack } from './session.ts';
import { formsOf, freshCopy, leaksOf, literal } from './statement-forms.ts';
import {
  idOf,
  isText,
  markerOfStation,
  noStation,
  type Person,
  type Row,
  type ScopedModel,
  scopedForeignKeys,
  scopedModels,
  stationCount,
  stationId,
  stationIn,
} from './world.ts';

eachOfFewMajors((major) => {
  let access: AccessDatabase;
  beforeAll(async () => {
    access = await openAccessDatabase(major);
  });
  afterAll(() => access?.close());

  const person = (title: string): Person => {
    const found = access.world.people.find((each) => each.title === title);
    if (!found) throw new Error(`Nobody is "${title}"`);
    return found;
  };
  const at = (title: string, station: number): Context => ({ kind: 'station', person: person(title), station });
  const forged = (role: (Context & { kind: 'outside' })['role'], title: string): Context => ({
    kind: 'outside',
    role,
    person: person(title),
  });
  const keysOf = (context: Context, model: ScopedModel) =>
    access.oracle
      .visible(context, model)
      .map((row) => String(row[model.key]))
      .sort();

  test('the world has rows of every table in every station and in none, and the oracle knows where each belongs', () => {
    const { oracle } = access;
    for (const model of scopedModels) {
      const rows = oracle.rowsOf(model.name);
      const stations = new Set(rows.map((row) => stationIn(String(row[model.key]))));
      expect([...stations].filter((station) => station !== noStation).sort((a, b) => a - b)).toEqual(
        Array.from({ length: stationCount }, (_, station) => station),
      );
      const canBeOfNone = !model.columns.find(({ name }) => name === model.links[0]?.column)?.notNull;
      const isOwn = model.scope.by === 'column';
      expect(stations.has(noStation), model.name).toBe(model.name !== 'identity.stations' && (canBeOfNone || !isOwn));
      for (const row of rows) {
        const station = stationIn(String(row[model.key]));
        const expected = station === noStation ? null : stationId(station);
        expect(oracle.stationOf(model, row), `${model.name} ${row[model.key]}`).toBe(expected);
      }
    }
  });

  test('the scopes name every reference from one scoped table to another', () => {
    for (const model of scopedModels) {
      const named = model.links.map(({ column }) => column);
      expect(named, model.name).toEqual(expect.arrayContaining(scopedForeignKeys(model)));
    }
  });

  test('a context admits exactly the users that the grants admit', async () => {
    const { oracle, world, service } = access;
    const stations = thorough ? Array.from({ length: stationCount }, (_, station) => station) : [0, 1, 2, 5, 6, 7];
    const contexts = world.people.flatMap((each): Context[] => [
      ...stations.map((station): Context => ({ kind: 'station', person: each, station })),
      { kind: 'station', person: each, station: stationCount },
      { kind: 'assigned', person: each },
      { kind: 'every', person: each },
    ]);
    for (const context of contexts) {
      const entered = await takenBack(service, (session) =>
        inContext(session, context, async () => true).catch((error: unknown) => {
          if (error instanceof NotPermitted) return false;
          throw error;
        }),
      );
      const expected = oracle.enters(context) && !(context.kind === 'station' && context.station === stationCount);
      expect(entered, contextText(context)).toBe(expected);
    }
  });

  test('every user sees exactly the rows of their context, in every table', async () => {
    const { oracle, world, service } = access;
    const stations = thorough ? Array.from({ length: stationCount }, (_, station) => station) : [0, 1, 3, 7];
    const contexts = world.people
      .flatMap((each): Context[] => [
        ...stations.map((station): Context => ({ kind: 'station', person: each, station })),
        { kind: 'assigned', person: each },
        { kind: 'every', person: each },
      ])
      .filter((context) => oracle.enters(context));
    const everything = scopedModels
      .map(({ name, key }) => `SELECT '${name}' AS name, array_agg(${key}::text ORDER BY ${key}) AS keys FROM ${name}`)
      .join(' UNION ALL ');
    for (const context of contexts) {
      const [result] = await attemptAll(service, context, [{ sql: everything }]);
      const found = Object.fromEntries((result?.rows ?? []).map(({ name, keys }) => [String(name), keys ?? []]));
      const expected = Object.fromEntries(scopedModels.map((model) => [model.name, keysOf(context, model)]));
      expect(found, contextText(context)).toEqual(expected);
    }
  });

  describe('every form of statement on every table', () => {
    // Of each two forms the first context tries one, and the others share the other one; a long run tries all in each context.
    const contexts: readonly (readonly [name: string, context: () => Context])[] = [
      ['admin', () => at('admin of one station', 0)],
      ['station_admin', () => at('station_admin of several stations', 1)],
      ['customer_support', () => at('customer_support of several stations', 2)],
      ['customer_support with additional permissions', () => at('support with more', 0)],
      ['customer_support with unknown permissions', () => at('support with unknown permissions', 2)],
      ['admin of a station in maintenance', () => at('admin of several stations', 9)],
      ['super admin in a suspended station', () => at('super admin by the flag', 7)],
      ['super admin by an assignment elsewhere', () => at('super admin by an assignment', 6)],
      ['the stations of an assignment', () => ({ kind: 'assigned', person: person('support with more') })],
      ['every station', () => ({ kind: 'every', person: person('super admin by the flag') })],
      ['outside of any context', () => ({ kind: 'outside', role: 'station_service' })],
      ['a forged station', () => forged('station_service', 'admin of several stations')],
      ['a forged station of a suspended user', () => forged('station_service', 'suspended admin')],
      ['a forged station after the assignment', () => forged('station_service', 'admin whose assignments ended')],
      ['forged assignments', () => forged('station_service_assigned', 'support everywhere')],
      ['forged, every station', () => forged('station_service_every', 'admin everywhere')],
    ];
    for (const [index, [name, context]] of contexts.entries()) {
      test(name, async () => {
        const { oracle, service } = access;
        const forms = scopedModels
          .flatMap((model, turn) =>
            formsOf(oracle, context(), [model]).map((form, number) => ({ form, at: turn + number })),
          )
          .filter(
            ({ at }) => thorough || (index === 0 ? at % 2 === 0 : at % (2 * (contexts.length - 1)) === 2 * index - 1),
          )
          .map(({ form }) => form);
        expect(forms.length).toBeGreaterThan(scopedModels.length);
        expect(await leaksOf(service, context(), forms)).toEqual([]);
      });
    }
  });

  test('COPY reads the rows of the context, and writes none', async () => {
    const { service } = access;
    for (const context of [at('admin of one station', 0), at('customer_support of several stations', 8)]) {
      await inContext(service, context, async () => {
        for (const model of scopedModels) {
          const { name, key } = model;
          const expected = keysOf(context, model);
          for (const source of [`${name} (${key})`, `(SELECT ${key} FROM ${name})`]) {
            const text = await copyOut(service.client, `COPY ${source} TO STDOUT`);
            expect(text.split('\n').filter(Boolean).sort(), source).toEqual(expected);
          }
        }
      });
      for (const { name } of scopedModels) {
        await takenBack(service, async (session) => {
          const copied = inContext(session, context, () => service.client.query(`COPY ${name} FROM STDIN`));
          await expect(copied, name).rejects.toMatchObject({ code: expect.stringMatching(/^(0A000|42501)$/) });
        });
      }
    }
  });

  test('a prepared statement returns each context its own rows', async () => {
    const { service } = access;
    await service.client.query('SET plan_cache_mode = force_generic_plan');
    const contexts: Context[] = [
      at('admin of one station', 0),
      at('customer_support of several stations', 1),
      { kind: 'outside', role: 'station_service' },
      { kind: 'assigned', person: person('support with more') },
      at('admin of one station', 0),
      { kind: 'every', person: person('super admin by the flag') },
      at('super admin by the flag', 7),
    ];
    for (const context of contexts) {
      await inContext(service, context, async () => {
        for (const model of scopedModels) {
          const { name, key } = model;
          const text = `SELECT ${key}::text AS k FROM ${name} WHERE $1::int = 1 ORDER BY ${key}`;
          const { rows } = await service.client.query({ name: `read ${name}`, text, values: [1] });
          expect(
            rows.map(({ k }) => k),
            `${name}, ${contextText(context)}`,
          ).toEqual(keysOf(context, model));
        }
      });
    }
    await service.client.query('RESET plan_cache_mode');
  });

  test('a cursor returns the rows of the context', async () => {
    const { service } = access;
    const context = at('station_admin of several stations', 1);
    await inContext(service, context, async () => {
      for (const model of scopedModels) {
        const { name, key } = model;
        await service.client.query(`DECLARE reading SCROLL CURSOR FOR SELECT ${key}::text AS k FROM ${name}`);
        const { rows } = await service.client.query('FETCH ALL FROM reading');
        const { rows: back } = await service.client.query('FETCH BACKWARD ALL FROM reading');
        await service.client.query('CLOSE reading');
        expect(rows.map(({ k }) => k).sort(), name).toEqual(keysOf(context, model));
        expect(back).toHaveLength(rows.length);
      }
    });
  });

  test('a function in a WHERE sees only the rows of the context, however low its declared cost', async () => {
    const { service } = access;
    const context = at('customer_support of several stations', 2);
    const shown: string[] = [];
    const listen = ({ message }: { readonly message: string | undefined }) => shown.push(message ?? '');
    service.client.on('notice', listen);
    await inContext(service, context, async () => {
      for (const model of scopedModels) {
        shown.length = 0;
        await service.client.query(`SELECT count(*) FROM ${model.name} WHERE probes.shows(${model.key}::text)`);
        expect([...shown].sort(), model.name).toEqual(keysOf(context, model));
      }
    });
    service.client.off('notice', listen);
  });

  test('row_security = off is an error instead of every row', async () => {
    const { service } = access;
    for (const { name } of scopedModels) {
      const reading = inContext(service, at('admin of one station', 0), async () => {
        await service.client.query('SET LOCAL row_security = off');
        await service.client.query(`SELECT count(*) FROM ${name}`);
      });
      await expect(reading, name).rejects.toMatchObject({ code: refused });
    }
  });

  test('EXPLAIN shows no value of another station', async () => {
    const { service } = access;
    const context = at('admin of one station', 0);
    const attempts = scopedModels.flatMap(({ name, key, links, touched }) =>
      [
        `SELECT * FROM ${name}`,
        `SELECT * FROM ${name} WHERE ${key}::text LIKE '%0001%'`,
        `SELECT * FROM ${name} AS child ${links.map((link, index) => `JOIN ${link.table} AS p${index} ON p${index}.${link.key} = child.${link.column}`).join(' ')}`,
        `UPDATE ${name} SET ${touched.column} = ${touched.sql}`,
      ].flatMap((statement) => [
        { sql: `EXPLAIN (VERBOSE) ${statement}` },
        { sql: `EXPLAIN (ANALYZE, VERBOSE, BUFFERS) ${statement}` },
      ]),
    );
    const results = await attemptAll(service, context, attempts);
    for (const [index, { rows, error }] of results.entries()) {
      if (error) expect(error.code, attempts[index]?.sql).toBe(refused);
      else expect(rows?.length).toBeGreaterThan(0);
      expect(foreignValues(JSON.stringify(rows ?? error), 0), attempts[index]?.sql).toEqual([]);
    }
    const unchanged = scopedModels.filter(({ scope }) => scope.permissions.update === 'never');
    expect(results.filter(({ error }) => error)).toHaveLength(unchanged.length * 2);
  });

  test('errors of unique and foreign keys reveal nothing about rows of other stations', async () => {
    const { oracle, serviceUrl } = access;
    const client = new pg.Client(serviceUrl);
    await client.connect();
    try {
      const context = at('super admin by the flag', 0);
      const session = sessionOn(client);
      let duplicates = 0;
      for (const model of scopedModels) {
        const rows = oracle.rowsOf(model.name);
        const own = rows.find((row) => stationIn(String(row[model.key])) === 0) as Row;
        const foreign = rows.find((row) => stationIn(String(row[model.key])) === 1) as Row;
        const insert = (row: Row) => ({
          writes: model.name,
          sql: `INSERT INTO ${model.name} (${Object.keys(row)}) VALUES (${Object.values(row).map(literal)})`,
        });
        const fresh = freshCopy(model, own, 901);
        const linked = model.links.flatMap(({ column, table }) =>
          [idOf(table, 1, 0), idOf(table, 50, 1)].flatMap((target) => [
            insert({ ...fresh, [column]: target }),
            {
              writes: model.name,
              sql: `UPDATE ${model.name} SET ${column} = '${target}' WHERE ${model.key} = '${own[model.key]}'`,
            },
          ]),
        );
        const taken = model.uniques
          .filter((columns) => columns.every((column) => !model.links.some((link) => link.column === column)))
          .map((columns) => ({
            ...fresh,
            ...Object.fromEntries(columns.map((column) => [column, foreign[column] ?? null])),
          }));
        const deleted = rows
          .filter((row) => stationIn(String(row[model.key])) === 0)
          .map((row) => ({
            writes: model.name,
            sql: `DELETE FROM ${model.name} WHERE ${model.key} = '${row[model.key]}'`,
          }));
        const attempts = [...linked, ...taken.map(insert), ...deleted];
        const results = await attemptAll(session, context, attempts);
        for (const [index, { error }] of results.entries()) {
          if (index < linked.length) expect(error?.code, attempts[index]?.sql).toBe(refused);
          expect(foreignValues(JSON.stringify(error ?? null), 0), attempts[index]?.sql).toEqual([]);
        }
        // In fours: insert and update that refer to a foreign row, then to no row.
        for (let index = 0; index < linked.length; index += 4) {
          expect(results[index]?.error, attempts[index]?.sql).toEqual(results[index + 2]?.error);
          expect(results[index + 1]?.error, attempts[index + 1]?.sql).toEqual(results[index + 3]?.error);
        }
        for (const [index, row] of taken.entries()) {
          const { error } = results[linked.length + index] ?? {};
          const outcome = oracle.insert(context, model, [row], false);
          const [code] = 'errors' in outcome ? outcome.errors : [];
          if (code === duplicate) duplicates++;
          expect(error, model.name).toMatchObject(code === duplicate ? { code, detail: '' } : { code: refused });
        }
      }
      expect(duplicates).toBeGreaterThan(3);
    } finally {
      await client.end();
    }
  });

  test('security-definer functions reveal nothing about other stations', async () => {
    const { service, oracle } = access;
    const { rows: functions } = await access.database.query(
      `SELECT proname::text AS name FROM pg_proc WHERE prosecdef AND pronamespace IN ('identity'::regnamespace, 'public'::regnamespace)
        AND has_function_privilege('station_service', oid, 'EXECUTE') ORDER BY 1`,
    );
    expect(functions.map(({ name }) => name)).toEqual([
      'allows_entry_by_user_id',
      'enter_station',
      'enter_station_by_token',
      'enter_stations',
      'may_assign',
      // Whether a slug is taken shows in the URLs of the website, too.
      'next_blog_review_slug',
      'permitted_station',
      'permitted_stations',
      'reaches_every_station',
      'record_denial',
      'refers_already',
      'refuse_station_token',
      'role_in_context',
      'user_in_context',
    ]);
    const context = at('admin of one station', 0);
    for (const model of scopedModels) {
      const attempts = model.links.flatMap(({ column }) =>
        oracle
          .rowsOf(model.name)
          .filter((row) => row[column])
          .map((row) => ({
            row,
            column,
            sql: `SELECT identity.refers_already('${model.name}'::regclass, '${column}', '${row[model.key]}', '${row[column]}') AS answer`,
          })),
      );
      // The first link is the station, or tells it.
      const mayStay = model.links
        .slice(model.scope.by === 'column' && model.scope.column === 'id' ? 0 : 1)
        .map(({ column }) => column);
      const results = await attemptAll(service, context, attempts);
      for (const [index, { rows }] of results.entries()) {
        const { row, column, sql } = attempts[index] as (typeof attempts)[number];
        const expected = mayStay.includes(column) && oracle.reaches(context, model, row, 'update');
        expect(rows, sql).toEqual([{ answer: expected }]);
      }
    }
    const prying = [
      `SELECT identity.refers_already(to_regclass('identity.users'), 'id', '${context.kind === 'station' && context.person.id}', '${context.kind === 'station' && context.person.id}') AS answer`,
      `SELECT identity.refers_already('public.customers', 'station_id', '${idOf('public.customers', 1, 0)}', '${stationId(1)}') AS answer`,
    ];
    const answers = await attemptAll(
      service,
      context,
      prying.map((sql) => ({ sql })),
    );
    expect(answers.map(({ rows }) => rows)).toEqual(prying.map(() => [{ answer: false }]));
  });

  test('tables without a station are read, or not reached at all, and never written to', async () => {
    const { service } = access;
    const contexts: Context[] = [
      at('admin of one station', 0),
      { kind: 'assigned', person: person('admin everywhere') },
      { kind: 'every', person: person('super admin by the flag') },
    ];
    const tables = Object.entries(stationScopes as Readonly<Record<string, StationScope>>).flatMap(([name, scope]) => {
      const oldName = tableRenames.find(({ to }) => to === name)?.from;
      if (scope.by !== 'none') return [];
      return [name, ...(oldName === undefined ? [] : [oldName])].map((table) => ({
        table,
        isRead: scope.access === 'read',
      }));
    });
    expect(new Set(tables.map(({ isRead }) => isRead)).size).toBe(2);
    for (const context of contexts) {
      const results = await attemptAll(
        service,
        context,
        tables.flatMap(({ table }) =>
          ['SELECT count(*) > -1 AS done FROM', 'DELETE FROM', 'TRUNCATE', 'SELECT 1 FROM'].map((verb) => ({
            sql: `${verb} ${table}${verb === 'SELECT 1 FROM' ? ' FOR UPDATE' : ''}`,
            ...(verb.startsWith('SELECT') ? {} : { writes: 'public.customers' }),
          })),
        ),
      );
      for (const [index, { error, rows }] of results.entries()) {
        const { table, isRead } = tables[Math.floor(index / 4)] as (typeof tables)[number];
        const message = `statement ${index % 4} on ${table}, ${contextText(context)}`;
        if (index % 4 === 0 && isRead) expect(rows, message).toEqual([{ done: true }]);
        else expect(error?.code, message).toMatch(index % 4 === 2 ? /^(42501|42809)$/ : /^42501$/);
      }
    }
  });

  test('the ways in which an insert can collide with another station are listed here', () => {
    const guessable = scopedModels.flatMap(({ name, uniques, columns }) =>
      uniques
        .filter((unique) => columns.some((column) => unique.includes(column.name) && isText(column)))
        .map((unique) => `${name} (${unique.join(', ')})`),
    );
    // An insert reveals that such a value is taken somewhere, but not where. Accept a new one only for a good reason.
    expect(guessable.sort()).toEqual([
      'identity.station_access_tokens (jwt_id)',
      'identity.station_access_tokens (token_hash)',
      'identity.stations (code)',
      // Shown in the URLs of the website.
      'public.blog_review_slugs (slug)',
      // What platforms and mail servers name: unique in the world, not at a station.
      'public.business_social_accounts (platform, page_id)',
      'public.call_recordings (rc_call_id)',
      'public.call_recordings (rc_recording_id)',
      'public.customer_review_blog_posts (slug)',
      'public.customer_social_identities (platform, handle)',
      'public.email_messages (message_id)',
      'public.email_threads (thread_id)',
      // No station inserts these.
      'public.event_review_requests (reminder_token_hash)',
      'public.event_review_requests (token_hash)',
      'public.external_review_syncs (source, location)',
      'public.external_reviews (source, external_id)',
      'public.lead_social_threads (platform, thread_ref)',
      'public.sms_delivery_events (ringcentral_message_id)',
      'public.sms_send_queue (message_sid)',
    ]);
  });
});

/** The traces of other stations in a text: their keys, and the markers of their texts. */
function foreignValues(text: string, home: number): string[] {
  const keys = (text.match(/[0-9a-f]{8}-[0-9a-f]{4}-4000-8000-[0-9a-f]{12}/g) ?? []).filter((key) => {
    const station = stationIn(key);
    return station !== home && (station < stationCount || station === noStation);
  });
  const markers = (text.match(/S\d\dT\d\dN\d{3}/g) ?? []).filter((marker) => !marker.startsWith(markerOfStation(home)));
  return [...keys, ...markers];
}
