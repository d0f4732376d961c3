import { tableRenames } from '../../registry/table-renames.ts';
import type { Surroundings } from '../check/repair-sql/index.ts';
import type { Pairs } from '../deviations/pairs.ts';
import { lockNoteOf } from './locks.ts';
import { putAsideSql } from './put-aside.ts';
import type { AdoptStep } from './report.ts';

/** What gives a foreign table away from a name that a migration will need, as `identity.oauth_accounts`. Services may use it by that name. */
export function freeNameSteps({ tables }: Pairs, { found }: Surroundings): AdoptStep[] {
  return tableRenames.flatMap(({ from, to }): AdoptStep[] => {
    const foreign = found.get(`table ${to}`) ?? found.get(`view ${to}`);
    const ours = tables.find(({ expected }) => expected === from)?.found;
    if (!foreign || ours === undefined || ours === to) return [];
    return [
      {
        kind: 'name-taken',
        object: to,
        why: `a ${foreign.kind} of somebody else has the name that ${from} gets`,
        ...lockNoteOf('name-taken', to),
        sql: [
          `-- Services that use it by this name have to use the other one from then on: after migrate, ${to} is the table that is ${from} today.`,
          ...putAsideSql(to, found),
        ],
      },
    ];
  });
}
