import { describe, expect, test } from 'vitest';
import { codemod, type ImportMap } from '../../../src/tools/codemod/index.ts';
import { lines, testCases } from './cases.ts';

describe('a default import beside a namespace', () => {
  const mapOf = (name: string, to = '@acme/new', module = '@acme/new') =>
    ({
      version: 1,
      modules: {
        '@acme/old': {
          symbols: { ...(name && { default: { module: to, name } }), Pan: { module }, Pot: { module: '@acme/pot' } },
        },
      },
    }) as const;
  const sourceWith = (use: string) => lines(`import Kit, * as all from '@acme/old';`, `use(Kit, ${use});`);
  const messageFor = (map: ImportMap, use = 'all.Pan') =>
    codemod(sourceWith(use), { fileName: 'a.ts', map }).left.map(({ from, reason, message }) => [
      from,
      reason,
      message,
    ]);

  testCases([
    {
      name: 'moves if both went to one module, and the default stayed the default',
      map: mapOf('default'),
      before: sourceWith('all.Pan'),
      after: sourceWith('all.Pan').replace('@acme/old', '@acme/new'),
    },
    { name: 'stays otherwise', map: mapOf('Kit'), before: sourceWith('all.Pan'), left: ['parts-ways'] },
  ]);

  test('is left for the reason that is true', () => {
    const from = '@acme/old';
    const noDefault = `the map does not say where default of ${from} went`;
    expect(messageFor(mapOf(''))).toEqual([[`${from}#default`, 'unknown-symbol', noDefault]]);
    expect(messageFor(mapOf('Kit'))).toEqual([
      [from, 'parts-ways', 'its default export is Kit of @acme/new now, which does not fit beside * as all'],
    ]);
    expect(messageFor(mapOf('default', '@acme/kit'))).toEqual([
      [
        from,
        'parts-ways',
        'its default export went to @acme/kit and what all is used for to @acme/new, but only one module fits here',
      ],
    ]);
    expect(messageFor(mapOf('default'), 'all')).toEqual([
      [from, 'whole-module', 'the module object is passed on, so its used members are unknown'],
    ]);
    expect(messageFor(mapOf('default'), 'all.None')).toEqual([
      [`${from}#None`, 'unknown-symbol', `the map does not say where None of ${from} went`],
    ]);
    expect(messageFor(mapOf('default'), 'all.Pan, all.Pot')).toEqual([
      [from, 'parts-ways', 'its used symbols went to @acme/new and @acme/pot, but only one module fits here'],
    ]);
  });
});
