import { grantStatements, verbGrants } from '../../src/registry/verb-grants.ts';
import { codeBlock, generatedFrom, page, tableLines } from './markdown.ts';

/** `docs/reference/grants.md`: what login roles need that run verbs without a station user. */
export function grantsDocument(): string {
  const verbs = Object.entries(verbGrants).flatMap(([subpath, ofSubpath]) =>
    Object.entries(ofSubpath).map(([verb, needs]) => ({ subpath, verb, ...needs })),
  );
  const ofKind = (kind: string) => verbs.filter((verb) => verb.kind === kind);
  return page(
    generatedFrom('src/registry/verb-grants.ts'),
    '# Grants',
    'Public verbs (a published page, a link with a token) and those of workers have no station user: they run on a login role of their own, which is in none of the groups of [station access](../guides/station-access.md). Give it what the verbs need that it runs.',
    tableLines(
      ['verb', 'of', 'kind', 'needs'],
      verbs.map(({ subpath, verb, kind, grants }) => [
        `\`${verb}\``,
        `\`${subpath}\``,
        kind,
        grants.map((grant) => `\`${grant}\``).join('<br>'),
      ]),
    ).join('\n'),
    '## All public verbs',
    codeBlock('sql', grantStatements('website', ofKind('public')).join('\n')),
    '## All verbs of workers',
    codeBlock('sql', grantStatements('worker', ofKind('worker')).join('\n')),
  );
}
