import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { guardedFolder } from '../../support/guarded-folder.ts';

const home = guardedFolder(tmpdir(), 'canonical-models-codemod-');
// Readable for all: some tests run the command as another user.
chmodSync(home.path, 0o755);
let count = 0;

/** Writes files into a folder of their own, which goes when the process ends. Gives the folder's real path. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(realpathSync(home.path), String(++count));
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** The texts of a folder's files by their paths. Symbolic links are left out. */
export function textsIn(folder: string, under = ''): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of readdirSync(join(folder, under)).sort()) {
    const path = under === '' ? name : `${under}/${name}`;
    const stats = lstatSync(join(folder, path));
    if (stats.isDirectory()) Object.assign(texts, textsIn(folder, path));
    else if (stats.isFile()) texts[path] = readFileSync(join(folder, path), 'utf8');
  }
  return texts;
}

/** A source text on an old import. */
export const old = `import { SocialAccount } from 'canonical-models/models/social';\nuse(SocialAccount);\n`;
/** The same on the canonical one. */
export const moved = `import { BusinessSocialAccount } from 'canonical-models/lead';\nuse(BusinessSocialAccount);\n`;
