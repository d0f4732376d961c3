import { describe, expect, test } from 'vitest';
import { importMap } from '../src/registry/import-map.ts';
import { type Rename, renames } from '../src/registry/renames.ts';

const map = importMap(renames);

/** Every move of a map as a line, as in `canonical-models/models/social#SocialAccount → canonical-models/lead#BusinessSocialAccount`. */
function moves(of: typeof map): string[] {
  return Object.entries(of.modules).flatMap(([oldModule, { symbols = {} }]) =>
    Object.entries(symbols).map(([name, symbol]) => `${oldModule}#${name} → ${symbol.module}#${symbol.name}`),
  );
}

describe('the map of the registry', () => {
  test('has every symbol of the deprecated modules, and those that moved individually', () => {
    expect(map.modules['canonical-models/models/booking']?.symbols).toMatchObject({
      Booking: { module: 'canonical-models/core', name: 'Booking', since: '1.0.0', removedIn: '2.0.0' },
      BookingStatus: { module: 'canonical-models/core', name: 'BookingStatus' },
    });
    expect(moves(map)).toContain(
      'canonical-models/models/social#SocialAccount → canonical-models/lead#BusinessSocialAccount',
    );
    expect(moves(map)).toContain(
      'canonical-models/core/auth/station_models#UserStationAssignment → canonical-models/identity#StationUser',
    );
  });

  test('has in the barrel exactly what the modules under it had', () => {
    const barrel = Object.keys(map.modules['canonical-models/models']?.symbols ?? {});
    const under = Object.entries(map.modules).filter(([specifier]) => specifier.startsWith('canonical-models/models/'));
    expect(barrel.sort()).toEqual(under.flatMap(([, { symbols = {} }]) => Object.keys(symbols)).sort());
  });

  test('moves no kept paths and contains no tables', () => {
    expect(Object.keys(map.modules)).not.toContain('canonical-models/models/review');
    expect(Object.keys(map.modules)).not.toContain('canonical-models/models/knowledge_base');
    expect(JSON.stringify(map.modules)).not.toContain('PricingTier');
    expect(JSON.stringify(map)).not.toContain('social_accounts');
  });

  test('has the paths that are kept apart, with what they export', () => {
    expect(map.kept).toEqual({
      'canonical-models/models/review': ['CustomerReviewBlogPost', 'ReviewApprovalLog'],
      'canonical-models/models/knowledge_base': ['PricingTier', 'PricingTierLevel'],
    });
  });

  test('goes through JSON unchanged', () => {
    expect(JSON.parse(JSON.stringify(map))).toEqual(map);
  });

  test('accepts another package name', () => {
    expect(Object.keys(importMap(renames, '@acme/models').modules)).toContain('@acme/models/models/booking');
  });
});

test('deleting an entry takes its lines out of the map, and nothing else', () => {
  for (const entry of renames) {
    const before = moves(map);
    const after = moves(importMap(renames.filter((other) => other !== entry)));
    expect(after.every((line) => before.includes(line))).toBe(true);
    const gone = before.filter((line) => !after.includes(line));
    expect(gone.map((line) => line.split(' → ')[0]).sort()).toEqual(linesOf(entry).sort());
  }
});

/** The old names that an entry covers: its own, and those of the barrel that gathers it. */
function linesOf(entry: Rename): string[] {
  if (entry.kind === 'table' || entry.removedIn === undefined) return [];
  if (entry.kind === 'barrel')
    return moves(map).flatMap((line) =>
      line.startsWith('canonical-models/models#') ? [line.split(' → ')[0] ?? ''] : [],
    );
  const [path = '', name = ''] = entry.from.split('#');
  const names = entry.kind === 'module' ? [...entry.symbols] : [name];
  const barrel = path.startsWith('models/') ? ['models'] : [];
  return [path, ...barrel].flatMap((each) => names.map((symbol) => `canonical-models/${each}#${symbol}`));
}

test('a name that two gathered modules used for different things is not in the barrel', () => {
  const shared = { since: '1.0.0', removedIn: '2.0.0', reason: 'Moved.' };
  const entries: Rename[] = [
    { kind: 'module', from: 'models/a', to: 'core', symbols: ['Same', 'Own'], ...shared },
    { kind: 'module', from: 'models/b', to: 'lead', symbols: ['Same'], ...shared },
    { kind: 'barrel', from: 'models', ...shared },
  ];
  expect(Object.keys(importMap(entries).modules['canonical-models/models']?.symbols ?? {})).toEqual(['Own']);
});
