import fc from 'fast-check';
import { type ParserOptions, parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { serviceTree } from '../../../bench/codemod/tree.ts';
import { codemod } from '../../../src/tools/codemod/index.ts';
import { map } from './models.ts';
import { programs } from './programs.ts';

/** Sources with every form that the codemod knows, to be damaged. */
const forms = `#!/usr/bin/env node
/// <reference types="canonical-models/models/booking" />
// Models
import fs from 'node:fs';
import {
  SocialAccount, // of the business
  type SocialThread as Thread,
  CustomerReview,
} from 'canonical-models/models/social';
import type { Booking } from "canonical-models/models/booking"
import { Chef, } from 'canonical-models/core';
import * as models from 'canonical-models/models';
import role = require('canonical-models/models/role');
import 'canonical-models/models/lead' with { mode: 'x' };
export { UserStationAssignment, StationRole as default } from 'canonical-models/core/auth/station_models';
export * from 'canonical-models/models/social';
export * as booking from 'canonical-models/models/booking';
declare module 'canonical-models/models/social' { interface SocialAccount { own: SocialThread } }
vi.mock('canonical-models/models/social', () => ({ SocialAccount: { id: 1 }, SocialThread }));
jest.mock('canonical-models/models/booking', () => { return { ...jest.requireActual('canonical-models/models/booking'), Booking: 1 }; });
/** @type {import('canonical-models/models/social').SocialAccount} */
const { SocialIdentity, CustomerReview: review = 1 } = await import('canonical-models/models/social');
const { Lead, Booking: b } = require('canonical-models/models');
const { RoleType } = (await import('canonical-models/models/role')) as typeof import('canonical-models/models/role');
let type: Pick<typeof import('canonical-models/models/lead'), 'Lead'>, key: keyof typeof import('canonical-models/models/role');
import('canonical-models/models').then(({ SocialThread }) => use(SocialThread, models.Lead, models?.['Booking']), fail);
let whole: typeof import('canonical-models/models/social') = await import(\`canonical-models/models/\${name}\`);
@Entity(SocialAccount) export class Store<T extends SocialAccount = Thread> extends Base<T> implements models.Lead {
  accessor value = { SocialAccount, [SocialAccount.id]: role.Role } satisfies Partial<typeof SocialAccount>;
  static { using lock = open(SocialAccount); for (const SocialAccount of []) SocialAccount; }
}
enum Kind { SocialAccount = 1, BusinessSocialAccount }
namespace Own { export const LeadSocialThread = SocialAccount; type T = Thread }
export default SocialAccount
`;

/** Fragments that turn one thing into another where they are put. */
const fragments = [
  `'`, `"`, '`', '{', '}', '(', ')', '[', ']', ';', ',', '\n', '\r\n', '//', '/*', '*/', '${', '...', '=>', '=', '.', ' as ', ' type ',
  ' await ', ' from ', ' import ', ' export ', ' const ', 'SocialAccount', 'BusinessSocialAccount', 'eval(', 'with (x) ', '*', '<', '>',
  '\\u0041', '\u2028', '😀', '\0', '@', '#', '?.', '!', `'canonical-models/models/social'`, 'default', 'require', ' satisfies ',
]; // biome-ignore format: a list of fragments reads best packed

/** Words that a word can be taken for without breaking the grammar, for the most part. */
const words = [
  'SocialAccount',
  'BusinessSocialAccount',
  'LeadSocialThread',
  'Thread',
  'models',
  'Booking',
  'Lead',
  'type',
  'let',
  'x',
];

interface Damage {
  readonly at: number;
  readonly kind: (typeof kinds)[number];
  readonly length: number;
  readonly fragment: string;
}

const kinds = [
  'word',
  'word',
  'drop line',
  'drop line',
  'copy line',
  'move line',
  'cut',
  'drop',
  'put',
  'copy',
  'swap',
] as const;

const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    at: fc.nat(1 << 20),
    kind: fc.constantFrom(...kinds),
    length: fc.nat(40),
    fragment: fc.constantFrom(...fragments),
  }),
  { minLength: 1, maxLength: 3 },
);

function damaged(source: string, all: readonly Damage[]): string {
  return all.reduce((text, { at: anywhere, kind, length, fragment }) => {
    const at = anywhere % (text.length + 1);
    const rest = text.slice(at + length);
    if (kind === 'word') {
      const word = words[length % words.length] ?? '';
      return text.slice(0, at) + text.slice(at).replace(/(?<![\w$'"\-/])[A-Za-z]\w*/, word);
    }
    if (kind.endsWith('line')) {
      const lines = text.split('\n');
      const index = anywhere % lines.length;
      const line = lines[index] ?? '';
      if (kind === 'copy line') lines.splice(index, 0, line);
      else lines.splice(index, 1);
      if (kind === 'move line') lines.splice(length % (lines.length + 1), 0, line);
      return lines.join('\n');
    }
    if (kind === 'cut') return anywhere % 3 === 0 ? text.slice(0, at) : text.slice(0, at) + rest;
    if (kind === 'drop') return text.slice(0, at) + rest;
    if (kind === 'put') return text.slice(0, at) + fragment + text.slice(at);
    if (kind === 'copy') return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    return text.slice(0, at) + fragment + rest;
  }, source);
}

function parses(text: string, fileName: string): boolean {
  const typed = /\.[cm]?tsx?$/.test(fileName);
  const lang: NonNullable<ParserOptions['lang']> = !typed ? 'jsx' : fileName.endsWith('x') ? 'tsx' : 'ts';
  return (['module', 'commonjs'] as const).some(
    (sourceType) => parseSync(fileName, text.replace(/^\uFEFF/, ''), { lang, sourceType }).errors.length === 0,
  );
}

const ofTheBench = [...serviceTree(60).files.values()].filter((text) => text.includes('canonical-models/'));
const sources = fc.oneof(
  { weight: 4, arbitrary: fc.constant(forms) },
  { weight: 3, arbitrary: programs },
  { weight: 1, arbitrary: fc.constantFrom(...ofTheBench) },
);

const runs = process.env['CANONICAL_MODELS_DEEP'] ? 10_000 : 400;

test(`${runs} damaged sources: never a crash, never a text that no longer parses`, { timeout: 600_000 }, () => {
  let moved = 0;
  let unparsed = 0;
  fc.assert(
    fc.property(
      sources,
      damages,
      fc.constantFrom('damaged.ts', 'damaged.tsx', 'damaged.cts', 'damaged.js'),
      (source, all, fileName) => {
        const text = damaged(source, all);
        const result = codemod(text, { fileName, map });
        expect(result.left.filter(({ reason }) => reason === 'unexpected')).toEqual([]);
        if (result.text === text) {
          if (result.left.some(({ reason }) => reason === 'unparsed')) unparsed++;
          return;
        }
        moved++;
        expect(parses(text, fileName)).toBe(true);
        expect(parses(result.text, fileName)).toBe(true);
        expect(codemod(result.text, { fileName, map }).text).toBe(result.text);
      },
    ),
    { numRuns: runs, ...(process.env['NOSHRINK'] ? { endOnFailure: true } : {}) },
  );
  // Unless both kinds are frequent, the test proves little.
  expect(moved).toBeGreaterThan(runs / 5);
  expect(unparsed).toBeGreaterThan(runs / 10);
});
