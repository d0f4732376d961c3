import { unqualifiedName } from '../../registry/qualified-name.ts';
import type { TableRename } from '../../registry/renames.ts';
import { tableRenames } from '../../registry/table-renames.ts';

/** Whether a migration is the step that renames the table of an entry: each has a migration of its own. */
export function isStepOf({ migration, to }: TableRename, name: string): boolean {
  return new RegExp(`_${migration}_\\d+_${unqualifiedName(to)}$`).test(name);
}

/** The old names of the tables that these migrations rename, as `public.messages`. */
export function tablesRenamedBy(migrations: readonly { readonly name: string }[]): string[] {
  return tableRenames.filter((entry) => migrations.some(({ name }) => isStepOf(entry, name))).map(({ from }) => from);
}
