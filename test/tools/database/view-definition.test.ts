import { expect, test } from 'vitest';
import { withoutNeedlessQualifiers } from '../../../src/tools/database/view-definition.ts';

test.for([
  [
    'one table',
    ' SELECT messages.id,\n    messages.content AS text\n   FROM public.messages\n  WHERE (messages.id > 1);',
    ' SELECT id,\n    content AS text\n   FROM public.messages\n  WHERE (id > 1);',
  ],
  ['an alias', ' SELECT m.id\n   FROM public.messages m;', ' SELECT id\n   FROM public.messages m;'],
  ['names in quotes', ' SELECT "My T"."a.b"\n   FROM public."My T";', ' SELECT "a.b"\n   FROM public."My T";'],
  [
    'a table named as its schema',
    " SELECT stations.id,\n    stations.open(1) AS o,\n    'x'::stations.kind AS k\n   FROM stations.stations;",
    " SELECT id,\n    stations.open(1) AS o,\n    'x'::stations.kind AS k\n   FROM stations.stations;",
  ],
  [
    'a query in WITH',
    ' WITH q AS (\n         SELECT messages.id\n           FROM public.messages\n        )\n SELECT q.id\n   FROM q;',
    ' WITH q AS (\n         SELECT messages.id\n           FROM public.messages\n        )\n SELECT id\n   FROM q;',
  ],
])('PostgreSQL 15 and later write the same: %s', ([_what, before, after]) => {
  expect(withoutNeedlessQualifiers(before ?? '')).toBe(after);
  expect(withoutNeedlessQualifiers(after ?? '')).toBe(after);
});

test.for([
  ['texts', " SELECT 'messages.id'::text AS t\n   FROM public.messages;"],
  ['two tables', ' SELECT a.id\n   FROM public.a,\n    public.b;'],
  ['a join', ' SELECT a.id\n   FROM (public.a\n     JOIN public.b ON ((a.id = b.id)));'],
  ['a union', ' SELECT a.id\n   FROM public.a\nUNION ALL\n SELECT b.id\n   FROM public.b;'],
  ['no table', ' SELECT 1 AS one;'],
])('definitions that are already the same stay: %s', ([_what, definition]) => {
  expect(withoutNeedlessQualifiers(definition ?? '')).toBe(definition);
});
