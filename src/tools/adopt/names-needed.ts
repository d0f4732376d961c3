import { tableRenames } from '../../registry/table-renames.ts';
import type { Surroundings } from '../check/repair-sql/index.ts';
import { withSuffix } from '../check/repair-sql/names.ts';
import { splitName } from '../deviations/names.ts';
import type { Pairs } from '../deviations/pairs.ts';
import { lockNoteOf } from './locks.ts';
import type { AdoptStep } from './report.ts';

/** What gives a foreign table away from a name that a migration will need, as `identity.oauth_accounts`. Services may use it by that name. */
export function freeNameSteps({ tables }: Pairs, { found }: Surroundings): AdoptStep[] {
  return tableRenames.flatMap(({ from, to }): AdoptStep[] => {
    const foreign = found.get(`table ${to}`) ?? found.get(`view ${to}`);
    const ours = tables.find(({ expected }) => expected === from)?.found;
    if (!foreign || ours === undefined || ours === to) return [];
    const [schema, own] = splitName(to);
    const indexes = [...found.values()].filter(({ kind, table }) => kind === 'index' && table === to);
    const what = foreign.kind === 'view' ? 'VIEW' : 'TABLE';
    return [
      {
        kind: 'name-taken',
        object: to,
        why: `a ${foreign.kind} of somebody else has the name that ${from} gets`,
        ...lockNoteOf('name-taken', to),
        sql: [
          `-- Services that use it by this name have to use the other one from then on: after migrate, ${to} is the table that is ${from} today.`,
          'BEGIN;',
          `ALTER ${what} ${to} RENAME TO ${withSuffix(own, 'before')};`,
          ...indexes.map(({ name }) => `ALTER INDEX ${schema}.${splitName(name)[1]} RENAME TO ${withSuffix(splitName(name)[1], 'before')};`),
          'COMMIT;',
        ],
      },
    ];
  });
}
