import { readFileSync } from 'node:fs';
import { getColumns } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { biomePreset, oxlintPreset } from '../scripts/docs/lint-presets.ts';
import { buildImportMap, listPackageRenames } from '../src/registry/import-map.ts';
import { faces, models } from '../src/registry/models.ts';
import { oldModules } from '../src/registry/old-modules.ts';
import { type Rename, renames } from '../src/registry/renames.ts';
import { tableRenames } from '../src/registry/table-renames.ts';

const map = buildImportMap(renames);

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
    const published = new Set(oldModules(renames).map(({ path }) => `canonical-models/${path}`));
    const under = Object.entries(map.modules).filter(
      ([specifier]) => specifier.startsWith('canonical-models/models/') && published.has(specifier),
    );
    expect(barrel.sort()).toEqual(under.flatMap(([, { symbols = {} }]) => Object.keys(symbols)).sort());
  });

  test('moves no kept paths and contains no tables', () => {
    expect(Object.keys(map.modules)).not.toContain('canonical-models/models/review');
    expect(Object.keys(map.modules)).not.toContain('canonical-models/models/knowledge_base');
    expect(JSON.stringify(buildImportMap(listPackageRenames(renames)).modules)).not.toContain('PricingTier');
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
    expect(Object.keys(buildImportMap(renames, '@acme/models').modules)).toContain('@acme/models/models/booking');
  });
});

describe('modules that services had and this package never did', () => {
  const { objects } = JSON.parse(readFileSync('drizzle/expected/baseline.json', 'utf8')) as {
    objects: { kind: string; name: string }[];
  };
  const canonicalNames = new Map<string, string>(tableRenames.map(({ from, to }) => [from, to]));
  /** The tables of the legacy database, under their canonical names. */
  const legacyTables = new Set(
    objects.flatMap(({ kind, name }) => (kind === 'table' ? [canonicalNames.get(name) ?? name] : [])),
  );
  /** The labels of columns, of tables that were there from the start and of others. */
  const labels = { there: new Set<string>(), later: new Set<string>() };
  for (const { name, table } of models()) {
    for (const { enumValues } of Object.values(getColumns(table))) {
      if (enumValues) labels[legacyTables.has(name) ? 'there' : 'later'].add(enumValues.join());
    }
  }
  const isEnum = (value: unknown) => {
    if (value === null || !/object|function/.test(typeof value) || !('enumValues' in Object(value))) return false;
    const own = (value as { enumValues: readonly string[] }).enumValues.join();
    return labels.there.has(own) || !labels.later.has(own);
  };

  test('models/enums has the enums of all domains', () => {
    const enums = Object.entries(faces).flatMap(([domain, face]) =>
      Object.entries(face).flatMap(([name, value]) =>
        isEnum(value) ? [[name, { module: `canonical-models/${domain}`, name }] as const] : [],
      ),
    );
    expect(enums.map(([name]) => name)).toContain('BookingStatus');
    expect(map.modules['canonical-models/models/enums']?.symbols).toMatchObject(Object.fromEntries(enums));
  });

  test.each(Object.entries(faces))(
    'db/models/%s has the tables and enums that the domain had from the start',
    (domain, face) => {
      const there = models()
        .filter((model) => model.domain === domain && legacyTables.has(model.name))
        .map(({ entity }) => entity);
      const names = [...there, ...Object.keys(face).filter((name) => isEnum(face[name]))];
      expect(there.length).toBeGreaterThan(0);
      expect(map.modules[`canonical-models/db/models/${domain}`]?.symbols).toMatchObject(
        Object.fromEntries(names.map((name) => [name, { module: `canonical-models/${domain}`, name }])),
      );
    },
  );

  test('symbols that got another name on the way lead to it', () => {
    expect(moves(map)).toEqual(
      expect.arrayContaining([
        'canonical-models/db/models/lead#SocialIdentity → canonical-models/lead#CustomerSocialIdentity',
        'canonical-models/db/models/core#CoreMessage → canonical-models/core#Message',
        'canonical-models/db/models/core#SocialThread → canonical-models/lead#LeadSocialThread',
        'canonical-models/db/models/core#PricingTier → canonical-models/knowledge_base#PricingTier',
        'canonical-models/db/models/identity#GoogleOAuthAccount → canonical-models/identity#OAuthAccount',
        'canonical-models/core/auth/oauth_models#OAuthAccount → canonical-models/identity#OAuthAccount',
      ]),
    );
  });

  test('they have no subpath, no version in which they go, and nothing in the lint presets', () => {
    const ofServices = Object.entries(map.modules).filter(([specifier]) =>
      /\/(?:db\/models\/|models\/enums$|core\/auth\/oauth_models$)/.test(specifier),
    );
    expect(ofServices).toHaveLength(Object.keys(faces).length + 2);
    const subpaths = readFileSync('package.json', 'utf8');
    const presets = oxlintPreset(renames) + biomePreset(renames);
    for (const [specifier, { symbols = {} }] of ofServices) {
      const path = specifier.slice('canonical-models/'.length);
      expect(subpaths).not.toContain(`"./${path}"`);
      expect(presets).not.toContain(`"${specifier}"`);
      expect(Object.values(symbols).filter(({ removedIn }) => removedIn !== undefined)).toEqual([]);
    }
  });
});

test('deleting an entry takes its lines out of the map, and nothing else', () => {
  for (const entry of renames) {
    const before = moves(map);
    const after = moves(buildImportMap(renames.filter((other) => other !== entry)));
    expect(after.every((line) => before.includes(line))).toBe(true);
    const gone = before.filter((line) => !after.includes(line));
    expect(gone.map((line) => line.split(' → ')[0]).sort()).toEqual(linesOf(entry).sort());
  }
});

/** The old names that an entry covers: its own, and those of the barrel that gathers it. */
function linesOf(entry: Rename): string[] {
  if (entry.kind === 'service-module')
    return [...entry.symbols, ...Object.keys(entry.renamed ?? {})].map(
      (name) => `canonical-models/${entry.from}#${name}`,
    );
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
  expect(Object.keys(buildImportMap(entries).modules['canonical-models/models']?.symbols ?? {})).toEqual(['Own']);
});
