import { type StationScope, stationScopes } from '../../src/identity/access/scopes.ts';
import { generatedFrom, page, tableLines } from './markdown.ts';

/** `docs/reference/scopes.md`: what each command on a table asks for. */
export function scopesDocument(): string {
  const scopes: readonly (readonly [string, StationScope])[] = Object.entries(stationScopes);
  return page(
    generatedFrom('src/identity/access/scopes.ts'),
    '# Scopes',
    'How a row leads to its station, and which [permission](permissions.md) each command on the table takes there. A table without a station says why. The rules hold for login roles in the group `station_service`: [Station access](../guides/station-access.md).',
    tableLines(['table', 'its station', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'], scopes.map(scopeCells)).join('\n'),
  );
}

function scopeCells([name, scope]: readonly [string, StationScope]): string[] {
  const table = `\`${name.replace(/^public\./, '')}\``;
  if (scope.by === 'none') {
    return [table, scope.reason, scope.access === 'read' ? 'everyone' : 'never', 'never', 'never', 'never'];
  }
  const columns = scope.by === 'column' ? [scope.column] : scope.parents.map(({ column }) => column);
  const { select, insert, update, delete: remove } = scope.permissions;
  const station = `${scope.by === 'column' ? '' : 'of '}${columns.map((column) => `\`${column}\``).join(', else ')}`;
  const asked = (permission: string) => (permission === 'never' ? 'never' : `\`${permission}\``);
  return [table, station, ...[select, insert, update, remove].map(asked)];
}
