import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findLostUses } from '../../../src/tools/codemod/check-bindings.ts';
import { applyEdits, type Edit } from '../../../src/tools/codemod/edits.ts';
import { codemod } from '../../../src/tools/codemod/index.ts';
import { proveEdits } from '../../../src/tools/codemod/known-edits.ts';
import { mockFunctions } from '../../../src/tools/codemod/mock-functions.ts';
import { parseSource } from '../../../src/tools/codemod/parsed-source.ts';
import { createPlan, type Rewrite } from '../../../src/tools/codemod/plan.ts';
import { readScopes, type Scopes } from '../../../src/tools/codemod/scopes.ts';
import { createPackageResolver, findMentions } from '../../../src/tools/codemod/specifiers.ts';
import { parse } from '../../../src/tools/codemod/syntax.ts';
import { bind } from './bindings.ts';
import { lines } from './cases.ts';
import { globalNames, map } from './models.ts';
import { programs } from './programs.ts';

const fileName = 'program.ts';

/** A text as the codemod reads it, before anything is planned. */
function readRewrite(text: string): Rewrite {
  const mentions = findMentions(text, map);
  const source = parseSource(fileName, text, mentions, map);
  if (!source) throw new Error('the text does not parse');
  let scopes: Scopes | undefined;
  return {
    ...source,
    fileName,
    text,
    javaScript: false,
    map,
    resolve: createPackageResolver(map),
    mockFunctions,
    mentions,
    scopes: () => {
      scopes ??= readScopes(source.program, text, source.names);
      return scopes;
    },
    keptApart: new Map(),
    keptNames: new Map(),
    plan: createPlan(),
  };
}

const social = 'canonical-models/models/social';

/** Programs of plain imports and uses, as most are. */
const plain = fc
  .tuple(
    fc.subarray(
      [
        `import { SocialAccount } from '${social}';`,
        `import { SocialThread, CustomerReview } from '${social}';`,
        `import { Booking, SocialIdentity as Identity } from 'canonical-models/models';`,
        `import { BusinessSocialAccount as Own } from 'canonical-models/lead';`,
        `import { LeadSocialThread } from 'canonical-models/lead';`,
        `import * as models from '${social}';`,
      ],
      { minLength: 1, maxLength: 3 },
    ),
    fc.subarray(
      [
        `import { log } from 'trace';`,
        'log(SocialAccount, SocialThread);',
        'log(SocialAccount);',
        'log(SocialThread);',
        'log(CustomerReview, Booking, Identity);',
        'export function hide(BusinessSocialAccount: unknown) { return [BusinessSocialAccount, SocialAccount]; }',
        'export const other = () => { const SocialAccount = 1; return SocialAccount; };',
        'export const key = { SocialAccount };',
        'export { SocialThread };',
        'export let typed: SocialAccount | typeof SocialThread;',
        'export class Kept { static readonly own = SocialThread; SocialAccount = 1; }',
        'log(BusinessSocialAccount);',
        'log(StationUser);',
        'const LeadSocialThread = 1;',
        'export type { LeadSocialThread as Taken };',
        'log(models.SocialAccount, Own);',
      ],
      { maxLength: 5 },
    ),
  )
  .map(([imports, uses]) => lines(...imports, ...uses));

/** What is done to a plan: an edit is left out or writes something else, or a word of the text is replaced besides. */
interface Damage {
  readonly kind: 'leave out' | 'write' | 'replace';
  readonly at: number;
  readonly name: string;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('leave out', 'write', 'replace'),
  at: fc.nat(1 << 16),
  name: fc.constantFrom(...globalNames, 'SocialAccount', 'SocialThread', 'x', 'unheard'),
});

function damageEdits(text: string, edits: readonly Edit[], { kind, at, name }: Damage): Edit[] {
  const index = at % edits.length;
  if (kind === 'leave out') return edits.toSpliced(index, 1);
  if (kind === 'write') return edits.map((edit, each) => (each === index ? { ...edit, text: name } : edit));
  const words = [...text.matchAll(/(?<![\w$])[A-Za-z_]\w*/g)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: name,
  }));
  const word = words[at % words.length];
  const isApart = word && edits.every((edit) => edit.end < word.start || edit.start > word.end);
  return isApart ? [...edits, word] : [...edits];
}

const runs = process.env['CANONICAL_MODELS_DEEP'] ? 10_000 : 300;

test('what is proven binds every name as before, to TypeScript; edits that were damaged, too', {
  timeout: 60_000,
}, () => {
  const counts = { proven: 0, damaged: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof({ weight: 5, arbitrary: plain }, programs), fc.option(damage), (before, harm) => {
      const planned = codemod(before, { fileName, map }).edits;
      if (planned.length === 0) return;
      const edits = harm ? damageEdits(before, planned, harm) : planned;
      if (!proveEdits(readRewrite(before), edits)) {
        counts.refused++;
        return;
      }
      counts[harm ? 'damaged' : 'proven']++;
      const after = applyEdits(before, edits);
      expect(parse(fileName, after)).toBeDefined();
      expect(bind(after).bound).toEqual(bind(before).bound);
    }),
    { numRuns: runs },
  );
  // Unless all of these are frequent, the test proves little.
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(runs / 50);
});

describe('what would take a use its meaning is found, and not proven', () => {
  const before = lines(
    `import { SocialAccount, CustomerReview } from '${social}';`,
    'use(SocialAccount);',
    'use(CustomerReview, SocialAccount);',
    ...Array.from({ length: 20 }, (_, index) => `export function other${index}() { return [${index}]; }`),
    'function f(inner: unknown) { return [inner, SocialAccount]; }',
    'use(outer);',
  );
  const rename = (name: string, module = 'canonical-models/lead'): Edit[] => {
    const declaration = before.slice(0, before.indexOf('\n'));
    const uses = [...before.matchAll(/SocialAccount/g)].slice(1).map(({ index }) => index);
    const text =
      `import { ${name === 'BusinessSocialAccount' ? name : `BusinessSocialAccount as ${name}`} } from '${module}';\n` +
      `import { CustomerReview } from 'canonical-models/feedback_marketing';`;
    return [
      { start: 0, end: declaration.length, text },
      ...uses.map((start) => ({ start, end: start + 'SocialAccount'.length, text: name })),
    ];
  };
  const good = rename('BusinessSocialAccount');

  const shared = lines(`import { SocialAccount } from '${social}';`, 'use(SocialAccount);');
  test.each([
    ['captures a use that was read', 'use(BusinessSocialAccount);'],
    ['captures a type', 'let own: BusinessSocialAccount;'],
    ['is hidden where it is used', 'function f(BusinessSocialAccount: unknown) { return SocialAccount; }'],
    ['is declared already', 'const BusinessSocialAccount = 1;'],
  ])('the new name %s', (_name, statement) => {
    const text = `${shared}${statement}\n`;
    const edits = [...text.matchAll(/(?<![\w])SocialAccount/g)].map(({ index }) => ({
      start: index,
      end: index + 'SocialAccount'.length,
      text: 'BusinessSocialAccount',
    }));
    const start = text.indexOf(social);
    const moved = [...edits, { start, end: start + social.length, text: 'canonical-models/lead' }];
    expect(
      proveEdits(
        readRewrite(shared),
        moved.filter(({ start: at }) => at < shared.length),
      ),
    ).toBe(true);
    expect(proveEdits(readRewrite(text), moved)).toBe(false);
    expect(findLostUses(readRewrite(text), moved)).not.toEqual([]);
  });

  test('the plan is proven, and the check finds nothing', () => {
    expect(proveEdits(readRewrite(before), good)).toBe(true);
    expect(findLostUses(readRewrite(before), good)).toEqual([]);
  });

  test.each<[string, Edit[]]>([
    ['a use keeps its old name', good.slice(0, -1)],
    ['a use gets another name', [...good.slice(0, -1), { ...(good.at(-1) as Edit), text: 'CustomerReview' }]],
    ['a use gets a name that nobody declares', [...good.slice(0, -1), { ...(good.at(-1) as Edit), text: 'unheard' }]],
    ['the new name is hidden where it is used', rename('inner')],
    ['the new name captures what the file uses', rename('outer')],
    ['the import names another module', rename('BusinessSocialAccount', 'canonical-models/identity')],
    ['the import is gone', [{ ...(good[0] as Edit), text: '' }, ...good.slice(1)]],
    [
      'an import of a name that stays is gone',
      [{ ...(good[0] as Edit), text: good[0]?.text.split('\n')[0] ?? '' }, ...good.slice(1)],
    ],
    [
      'another name is replaced besides',
      [...good, { start: before.indexOf('inner'), end: before.indexOf('inner') + 5, text: 'x' }],
    ],
  ])('%s', (_name, edits) => {
    expect(proveEdits(readRewrite(before), edits)).toBe(false);
    expect(findLostUses(readRewrite(before), edits)).not.toEqual([]);
  });
});
