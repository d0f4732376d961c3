import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as canonical from '../src/core/index.ts';
import { type Figure, measurement } from './figure.ts';
import { installInService, packageRoot } from './installed.ts';
import type * as declared from './types/declared-service.ts';
import type * as imported from './types/imported-service.ts';

const runs = 5;
const compilers = ['typescript', 'typescript-7'] as const;
type Compiler = (typeof compilers)[number];

const services = { imported: './types/imported-service.ts', declared: './types/declared-service.ts' } as const;
type ServiceName = keyof typeof services;

/** What the compiler counts and measures in one check. */
interface Check {
  readonly instantiations: number;
  /** In milliseconds. */
  readonly time: number;
}

/**
 * What the package's types cost the compiler of a service that joins two tables, compared with the same service with the two tables
 * declared in its own file, columns only, the minimum that it can declare. Instantiations count how much the compiler had to
 * work out. The time to check is informational.
 */
export async function benchTypes(): Promise<Figure[]> {
  const service = await installInService();
  try {
    for (const name of Object.keys(services) as ServiceName[]) await writeService(service.folder, name);
    return compilers.flatMap((compiler) => {
      const checks: Record<ServiceName, Check[]> = { imported: [], declared: [] };
      for (let run = 0; run < runs; run++) {
        for (const name of ['imported', 'declared'] as const) checks[name].push(check(compiler, service.folder, name));
      }
      return figures(compiler, checks);
    });
  } finally {
    await service.remove();
  }
}

function figures(compiler: Compiler, checks: Readonly<Record<ServiceName, readonly Check[]>>): Figure[] {
  const beside = (quantity: keyof Check) => ({
    ours: measurement(checks.imported.map((one) => one[quantity])),
    peer: {
      name: 'the two tables declared in the file',
      value: measurement(checks.declared.map((one) => one[quantity])),
    },
  });
  const { version } = manifest(compiler);
  return [
    {
      name: `join of two tables, TypeScript ${version}`,
      unit: 'instantiations',
      ...beside('instantiations'),
      limit: 1.1,
    },
    { name: `join of two tables, TypeScript ${version}, time to check`, unit: 'ms', ...beside('time') },
  ];
}

/** Writes a service of its own file and configuration, as strict as a service can be. */
async function writeService(folder: string, name: ServiceName): Promise<void> {
  const text = readFileSync(fileURLToPath(new URL(services[name], import.meta.url)), 'utf8');
  const installed = text.replace(`'../../src/core/index.ts'`, `'canonical-models/core'`);
  if (/from '\./.test(installed))
    throw new Error(`${services[name]}: found a relative import; expected packages only.`);
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'service.ts'), installed);
  const compilerOptions = {
    target: 'ES2023',
    lib: ['ES2023'],
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  };
  await writeFile(join(folder, name, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['service.ts'] }));
}

/** Checks a service. A type error in it ends the benchmark with the compiler's output. */
function check(compiler: Compiler, folder: string, name: ServiceName): Check {
  const { bin } = manifest(compiler);
  const program = join(packageRoot, 'node_modules', compiler, bin.tsc);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, '-p', join(folder, name), '--extendedDiagnostics'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${services[name]}, ${compiler}: found errors; expected none:\n${stdout}${stderr}`);
  return { instantiations: diagnostic(stdout, 'Instantiations'), time: diagnostic(stdout, 'Check time') * 1000 };
}

function diagnostic(output: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(output)?.[1];
  if (found === undefined) throw new Error(`tsc --extendedDiagnostics: found no ${name}; expected one:\n${output}`);
  return Number(found);
}

function manifest(compiler: Compiler): { readonly version: string; readonly bin: { readonly tsc: string } } {
  return JSON.parse(readFileSync(join(packageRoot, 'node_modules', compiler, 'package.json'), 'utf8'));
}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
type Rows<Service extends (...parameters: never) => unknown> = Awaited<ReturnType<Service>>;

/** Fails to compile if the two services do not mean the same tables, or if their joins return different rows. */
true satisfies Same<
  [
    typeof canonical.Booking.$inferSelect,
    typeof canonical.Booking.$inferInsert,
    typeof canonical.Customer.$inferSelect,
    typeof canonical.Customer.$inferInsert,
    Rows<typeof imported.bookingsBetween>,
  ],
  [
    typeof declared.Booking.$inferSelect,
    typeof declared.Booking.$inferInsert,
    typeof declared.Customer.$inferSelect,
    typeof declared.Customer.$inferInsert,
    Rows<typeof declared.bookingsBetween>,
  ]
>;
