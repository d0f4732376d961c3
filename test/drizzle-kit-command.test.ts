import { expect, test } from 'vitest';
import { findKitCommand } from '../src/drizzle-kit-command.ts';

test.each<[string, readonly string[], string | undefined]>([
  ['a link of npm', ['/srv/node_modules/.bin/drizzle-kit', 'generate', '--name', 'push'], 'generate'],
  ['the file itself', ['/srv/node_modules/drizzle-kit/bin.cjs', 'push', '--explain'], 'push'],
  ['pnpm', ['/srv/node_modules/.pnpm/drizzle-kit@1.0.0/node_modules/drizzle-kit/bin.cjs', 'migrate'], 'migrate'],
  ['Windows', ['C:\\srv\\node_modules\\drizzle-kit\\bin.cjs', 'pull'], 'pull'],
  ['options first', ['/srv/node_modules/.bin/drizzle-kit', '--config', 'drizzle.config.ts', 'up'], 'up'],
  ['its help', ['/srv/node_modules/.bin/drizzle-kit', '--help'], undefined],
  ['another program', ['/srv/scripts/database.js', 'generate'], undefined],
  ['no program', [], undefined],
])('the command of drizzle-kit is read from its command line: %s', (_, [script, ...parameters], command) => {
  const line = script === undefined ? [] : [script, ...parameters];
  expect(findKitCommand(['/usr/bin/node', ...line])).toBe(command);
});
