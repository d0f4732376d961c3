import { type StationScope, stationScopes } from '../../src/identity/access/scopes.ts';
import { generatedFrom, page, tableLines } from './markdown.ts';

/** `docs/reference/scopes.md`: what each command on a table asks for. */
export function scopesDocument(): string {
  const scopes: readonly (readonly [string, StationScope])[] = Object.entries(stationScopes);
  return page(
    generatedFrom('src/identity/access/scopes.ts'),
    '# Scopes',
    'How a row leads to its station, and which [permission](permissions.md) each command on the table takes there. Where a row has its station through another one, or a row is written that refers to one, as a booking to its customer, the permission to read that one is needed, too: a token that is limited to some permissions has to include it. A table without a station says why. The rules hold for login roles in the group `station_service`: [Station access](../guides/station-access.md).',
    tableLines(['table', 'its station', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'], scopes.map(scopeCells)).join('\n'),
  );
}

function scopeCells([name, scope]: readonly [string, StationScope]): string[] {
  const table = `\`${name.replace(/^public\./, '')}\``;
  if (scope.by === 'none') {
    const insert = scope.insert ? `\`${scope.insert.permission}\`` : 'never';
    return [table, scope.reason, scope.access === 'read' ? 'everyone' : 'never', insert, 'never', 'never'];
  }
  const { select, insert, update, delete: remove } = scope.permissions;
  const own = scope.by === 'parent' ? [] : [`\`${scope.column}\``];
  const parents =
    scope.by === 'column' ? [] : [`of ${scope.parents.map(({ column }) => `\`${column}\``).join(', else ')}`];
  const all = scope.by === 'column' && scope.isShared ? ['all stations read it'] : [];
  const station = [...own, ...parents, ...all].join(', else ');
  const asked = (permission: string) => (permission === 'never' ? 'never' : `\`${permission}\``);
  return [table, station, ...[select, insert, update, remove].map(asked)];
}
