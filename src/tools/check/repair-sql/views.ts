import type { DescribedObject } from '../../database/describe.ts';
import { lackingPrivileges, type ObjectDifference, privilegesOf, texts } from '../compare.ts';
import { attachmentsSql } from './attachments.ts';
import { definitionOf, ownName, withSpaces, withSuffix } from './names.ts';
import type { Surroundings } from './surroundings.ts';

export function viewSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
  if (!expected) return [];
  if (!found) return createViewSql(expected, surroundings);
  if (found.kind === 'table') {
    const other = withSuffix(ownName(expected), 'table');
    return [
      '-- A table has taken the old name. Its rows are not in the table that the view shows: move them, then drop it.',
      `ALTER TABLE ${found.name} RENAME TO ${other};`,
      ...createViewSql(expected, surroundings),
    ];
  }
  if (properties.includes('definition') || properties.includes('kind')) {
    const materialized = found.properties['kind'] === 'materialized' ? 'MATERIALIZED ' : '';
    return [
      'BEGIN;',
      `DROP ${materialized}VIEW ${expected.name};`,
      ...createViewSql(expected, surroundings),
      'COMMIT;',
    ];
  }
  const wanted = texts(expected.properties['options']);
  const optionName = (option: string) => option.slice(0, option.indexOf('='));
  const needless = texts(found.properties['options'])
    .map(optionName)
    .filter((name) => !wanted.map(optionName).includes(name));
  return [
    ...(properties.includes('options') && wanted.length > 0
      ? [`ALTER VIEW ${expected.name} SET (${wanted.map(withSpaces).join(', ')});`]
      : []),
    ...(needless.length > 0 ? [`ALTER VIEW ${expected.name} RESET (${needless.join(', ')});`] : []),
    ...lackingPrivileges(found, surroundings.found, surroundings.renames).map((privilege) =>
      grantSql(expected.name, privilege),
    ),
  ];
}

/** The view, with the owner and the privileges of the table that it stands for; without a rename, with those that it had. */
export function createViewSql(view: DescribedObject, { expected, found, renames }: Surroundings): string[] {
  const options = texts(view.properties['options']).map(withSpaces).join(', ');
  const materialized = view.properties['kind'] === 'materialized' ? 'MATERIALIZED ' : '';
  const table = renames.find(({ from }) => from === view.name)?.to;
  const [kind, source] = table === undefined ? (['view', view.name] as const) : (['table', table] as const);
  const owner = found.get(`${kind} ${source}`)?.properties['owner'];
  const isOfOwner = (privilege: string) => privilege.startsWith(`${owner}: `);
  return [
    `CREATE ${materialized}VIEW ${view.name}${options === '' ? '' : ` WITH (${options})`} AS ${definitionOf(view).trim().replace(/;$/, '')};`,
    ...(owner === undefined ? [] : [`ALTER ${materialized}VIEW ${view.name} OWNER TO ${owner};`]),
    ...privilegesOf(source, kind, found, texts(view.properties['columns']))
      .filter((privilege) => !isOfOwner(privilege))
      .map((privilege) => grantSql(view.name, privilege)),
    ...attachmentsSql(view, expected),
  ];
}

/** @param privilege As in `service: SELECT`, or `service: UPDATE (notes) with grant option`. */
function grantSql(relation: string, privilege: string): string {
  const [, grantee, what, option] = /^(.*): (\S+(?: \(.*\))?)( with grant option)?$/.exec(privilege) ?? [];
  return `GRANT ${what} ON ${relation} TO ${grantee}${option ? ' WITH GRANT OPTION' : ''};`;
}
