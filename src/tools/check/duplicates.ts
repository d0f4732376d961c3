import type { Model } from '../../registry/models.ts';
import type { DuplicateModel } from './report.ts';

/** Tables that several models stand for, and entity names that stand for several tables. None in a sound package. */
export function duplicateModels(models: readonly Model[]): DuplicateModel[] {
  const shown = (of: readonly Model[]) => of.map(({ domain, entity }) => `${domain}#${entity}`);
  const byTable = groups(models, ({ name }) => name).map(
    ([name, of]): DuplicateModel => ({ kind: 'table', name, models: shown(of) }),
  );
  const byEntity = groups(models, ({ entity }) => entity)
    .filter(([, of]) => new Set(of.map(({ name }) => name)).size > 1)
    .map(([name, of]): DuplicateModel => ({ kind: 'entity', name, models: shown(of) }));
  return [...byTable, ...byEntity];
}

/** What several models have in common, with those models. */
function groups(models: readonly Model[], by: (model: Model) => string): [common: string, models: Model[]][] {
  const all = new Map<string, Model[]>();
  for (const model of models) all.set(by(model), [...(all.get(by(model)) ?? []), model]);
  return [...all].filter(([, of]) => of.length > 1).sort(([a], [b]) => (a < b ? -1 : 1));
}
