import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A page of the documents. */
export interface Page {
  /** From the root, as in `docs/guides/adopt.md`. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  /** As in `docs/guides/adopt.md:12`. */
  readonly at: string;
  /** As the fence has it; empty if it has none. */
  readonly language: string;
  readonly code: string;
}

function pageAt(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

function pagesIn(folder: string): Page[] {
  return readdirSync(join(root, folder))
    .sort()
    .map((name) => pageAt(`${folder}/${name}`));
}

export const readme: Page = pageAt('README.md');
export const contributing: Page = pageAt('CONTRIBUTING.md');
export const guides: readonly Page[] = pagesIn('docs/guides');
export const reference: readonly Page[] = pagesIn('docs/reference');

/** The blocks of a page, those of list items without their indentation. */
export function blocksOf({ path, text }: Page): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  for (let number = 0; number < lines.length; number++) {
    const [, indentation = '', language] = /^( *)```(.*)$/.exec(lines[number] ?? '') ?? [];
    if (language === undefined) continue;
    const from = number + 1;
    const length = lines.slice(from).findIndex((line) => line.trim() === '```');
    if (length < 0) throw new Error(`${path}:${from}: found a fence that nothing closes; expected \`\`\`.`);
    const code = lines.slice(from, from + length).map((line) => `${line.slice(indentation.length)}\n`);
    blocks.push({ at: `${path}:${from}`, language, code: code.join('') });
    number = from + length;
  }
  return blocks;
}

/** What of a page is read as text: without its blocks. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^ *```.*\n[\s\S]*?^ *```$/gm, '');
}

/** A link to a file of the repository. */
export interface RelativeLink {
  /** As it stands in the page. */
  readonly target: string;
  /** The file from the root. */
  readonly file: string;
  readonly anchor: string | undefined;
}

export function relativeLinksOf(page: Page): RelativeLink[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor] = target.split('#');
    return { target, file: path ? normalize(join(dirname(page.path), path)) : page.path, anchor };
  });
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
