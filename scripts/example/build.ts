import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Builds the package if `dist` is missing, or older than what it is made of: the examples import it as services do. */
export function buildIfStale(root: string): void {
  const built = newest(root, ['dist/cli.js', 'dist/index.d.ts']);
  if (built !== undefined && built >= (newest(root, ['src', 'drizzle', 'package.json', 'tsup.config.ts']) ?? 0)) return;
  process.stdout.write('Building the package …\n');
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** When the newest of some files, and of all that is in some folders, was written; undefined if one of them is missing. */
function newest(root: string, paths: readonly string[]): number | undefined {
  try {
    return Math.max(
      ...paths.flatMap((path) => {
        const full = join(root, path);
        if (!statSync(full).isDirectory()) return [statSync(full).mtimeMs];
        return readdirSync(full, { recursive: true, encoding: 'utf8' }).map(
          (name) => statSync(join(full, name)).mtimeMs,
        );
      }),
    );
  } catch {
    return undefined;
  }
}
