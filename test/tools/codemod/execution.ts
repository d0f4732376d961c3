import vm from 'node:vm';
import { transformSync } from 'esbuild';
import { canonicalNames, globalNames, oldNames, traceModule } from './models.ts';

/** What a program did: what it told `log`, and what it exports, each model by its canonical name. */
export interface Behaviour {
  readonly logged: readonly unknown[];
  readonly exported: Readonly<Record<string, unknown>>;
}

const canonical = new Map(
  [...canonicalNames].map(([module, names]) => [
    module,
    Object.fromEntries(names.map((name) => [name, { id: `${module}#${name}` }])),
  ]),
);
const modules = new Map<string, object>([
  ...canonical,
  ...[...oldNames].map(([oldModule, moves]): [string, object] => [
    oldModule,
    Object.fromEntries(moves.map((move) => [move.oldName, canonical.get(move.module)?.[move.name]])),
  ]),
]);

const globals = Object.fromEntries(globalNames.map((name) => [name, { id: `global ${name}` }]));

/**
 * Runs a program as CommonJS, with the models as modules, and then its tasks one after the other. A program that throws has what
 * it did up to there, and the kind of what it threw.
 */
export async function execute(program: string): Promise<Behaviour> {
  const { code } = transformSync(program, { loader: 'ts', format: 'cjs', target: 'node20' });
  const logged: unknown[] = [];
  /** As a decorator, it changes nothing. */
  const mark = (...values: unknown[]) => {
    logged.push(['marked', ...values.map(seen)]);
    return () => undefined;
  };
  const trace = { log: (...values: unknown[]) => logged.push(values.map(seen)), mark, nothing: { id: 'nothing' } };
  const module = { exports: {} as Record<string, unknown> };
  const require = (specifier: string): object => {
    const found = specifier === traceModule ? trace : modules.get(specifier);
    if (!found) throw new Error(`no module ${specifier}`);
    return found;
  };
  try {
    vm.compileFunction(code, ['module', 'require'], { contextExtensions: [globals] })(module, require);
    for (const task of (module.exports['tasks'] ?? []) as (() => Promise<void>)[]) {
      await task().catch((error: unknown) => logged.push(['task threw', kindOf(error)]));
    }
  } catch (error) {
    logged.push(['threw', kindOf(error)]);
  }
  const exported = Object.keys(module.exports).filter((name) => name !== 'tasks');
  return { logged, exported: Object.fromEntries(exported.map((name) => [name, exportedAs(module.exports, name)])) };
}

/** What an export is; one that was never initialised has a kind of error. */
function exportedAs(exports: Record<string, unknown>, name: string): unknown {
  try {
    return seen(exports[name]);
  } catch (error) {
    return ['threw', kindOf(error)];
  }
}

function kindOf(error: unknown): string {
  return error instanceof Error || (typeof error === 'object' && error !== null && 'name' in error)
    ? String((error as { name?: unknown }).name)
    : typeof error;
}

/** A value as it can be compared. A function says nothing of itself; a module object says whose it is. */
function seen(value: unknown): unknown {
  if (typeof value === 'function') return 'function';
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(seen);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, seen(member)]));
}
