import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { buildAcceptance, readAcceptFile } from '../../../src/tools/deviations/accept.ts';

const folder = mkdtempSync(join(tmpdir(), 'canonical-models-accept-'));
const path = join(folder, 'canonical-models.json');
afterAll(() => rmSync(folder, { recursive: true }));

const published = z.fromJSONSchema(JSON.parse(readFileSync('accept.schema.json', 'utf8')));
const entry = { object: 'public.bookings.notes', property: 'type', reason: 'older' };

/** Reads a file as the commands do. */
async function reading(content: unknown) {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readAcceptFile(path);
}

describe('the commands and the published schema', () => {
  const good: readonly unknown[] = [
    { version: 1, accept: [] },
    { $schema: './x.json', version: 1, accept: [entry, { object: 'a', reason: 'b' }] },
  ];
  test.each(good)('accept %j', async (file) => {
    expect(await reading(file)).toEqual(file);
    expect(published.safeParse(file).success).toBe(true);
  });

  const bad: readonly (readonly [file: unknown, at: string])[] = [
    [[], ''],
    [{ accept: [] }, ''],
    [{ version: 2, accept: [] }, ' at /version'],
    [{ version: 1 }, ''],
    [{ version: 1, accept: {} }, ' at /accept'],
    [{ version: 1, accept: [], more: 1 }, ' at /more'],
    [{ version: 1, accept: [{ object: 'a' }] }, ' at /accept/0'],
    [{ version: 1, accept: [entry, { ...entry, reason: ' ' }] }, ' at /accept/1/reason'],
    [{ version: 1, accept: [{ ...entry, propertie: 'type' }] }, ' at /accept/0/propertie'],
    [{ version: 1, accept: [{ ...entry, object: 1 }] }, ' at /accept/0/object'],
  ];
  test.each(bad)('refuse %j', async (file, at) => {
    await expect(reading(file)).rejects.toMatchObject({ name: 'InvalidInput', object: `${path}${at}` });
    expect(published.safeParse(file).success).toBe(false);
  });
});

test('a file that is not there, or is not JSON, is named', async () => {
  await expect(readAcceptFile(join(folder, 'none.json'))).rejects.toMatchObject({ name: 'InvalidInput' });
  await expect(reading('{')).rejects.toMatchObject({ name: 'InvalidInput', object: path, expected: 'JSON' });
});

test('an entry is good under the old and the new name of its table, for what gets another name with the table, too', () => {
  const same = [
    ['public.messages', 'public.customer_messages'],
    ['public.messages.content', 'public.customer_messages.content'],
    ['public.messages.messages_pkey', 'public.customer_messages.customer_messages_pkey'],
    ['public.idx_messages_thread_id', 'public.idx_customer_messages_thread_id'],
    ['identity.idx_social_accounts_user_id', 'identity.idx_oauth_accounts_user_id'],
    ['public.bookings.bookings_pkey', 'public.bookings.bookings_pkey'],
  ];
  const others = [
    ['public.messages', 'public.messages_kept'],
    ['public.idx_ai_messages_model_created', 'public.idx_customer_messages_model_created'],
    ['identity.idx_social_accounts_user_id', 'identity.idx_business_social_accounts_user_id'],
    ['public.idx_social_accounts_page', 'public.idx_oauth_accounts_page'],
  ];
  const accepts = (object = '', other = '') =>
    buildAcceptance([{ object, reason: 'on purpose' }], tableRenames).find({ object: other }) !== undefined;
  for (const [from, to] of same) expect([from, accepts(from, to), accepts(to, from)]).toEqual([from, true, true]);
  for (const [from, to] of others) expect([from, accepts(from, to), accepts(to, from)]).toEqual([from, false, false]);
});
