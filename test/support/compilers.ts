import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runNode } from './kit.ts';

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** The TypeScript versions that the package's types hold under, and the packages that have them. */
export const compilers = { '5.9': 'typescript-5.9', '6.0': 'typescript', '7.0': 'typescript-7' } as const;
export type Compiler = keyof typeof compilers;

/** Runs `tsc` of a version in a folder. */
export function runCompiler(compiler: Compiler, parameters: readonly string[], cwd: string): Promise<CommandResult> {
  const tsc = join(modules, compilers[compiler], 'bin/tsc');
  // The threads of TypeScript 7 check again what they share, and the tests around it use the processors as well.
  const threads = compiler === '7.0' ? ['--singleThreaded'] : [];
  return runNode([tsc, ...parameters, ...threads], { cwd });
}
