import { execFileSync } from 'node:child_process';
import { type Figure, measurement } from './figure.ts';
import { installInService } from './installed.ts';

const rounds = 25;
const warmUpRounds = 2;

/** The only import of a process. `undefined` imports nothing: Node itself. */
const subjects = ['drizzle-orm/pg-core', 'canonical-models/core', 'canonical-models', undefined] as const;
type Subject = (typeof subjects)[number];

interface Sample {
  /** From the start of the process to its end, in milliseconds. */
  readonly time: number;
  /** The peak memory of the process, in megabytes. */
  readonly memory: number;
}

/**
 * What importing tables costs a service, compared with importing only Drizzle's PostgreSQL tables: one process each, including Node's own
 * start, and nothing is subtracted from a figure with a limit. The subjects take turns, and every second round runs in reverse, so
 * that changes in the machine's speed affect all of them alike. The first rounds fill the file cache and don't count.
 */
export async function benchImports(): Promise<Figure[]> {
  const service = await installInService();
  try {
    const samples = new Map<Subject, Sample[]>(subjects.map((subject) => [subject, []]));
    for (let round = -warmUpRounds; round < rounds; round++) {
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const sample = importIn(service.folder, subject);
        if (round >= 0) samples.get(subject)?.push(sample);
      }
    }
    return figures((subject) => samples.get(subject) ?? []);
  } finally {
    await service.remove();
  }
}

function figures(samplesOf: (subject: Subject) => readonly Sample[]): Figure[] {
  const times = (subject: Subject) => samplesOf(subject).map(({ time }) => time);
  const memory = (subject: Subject) => samplesOf(subject).map((sample) => sample.memory);
  const withoutNode = (subject: Subject) => {
    const node = times(undefined);
    return times(subject).map((time, round) => time - (node[round] ?? 0));
  };
  const beside = (values: (subject: Subject) => readonly number[], subject: Subject, suffix = '') => ({
    ours: measurement(values(subject)),
    peer: { name: `drizzle-orm/pg-core${suffix}`, value: measurement(values('drizzle-orm/pg-core')) },
  });
  return [
    {
      name: 'import canonical-models/core, time',
      unit: 'ms',
      ...beside(times, 'canonical-models/core'),
      limit: 1.15,
    },
    {
      name: 'import canonical-models/core, peak memory',
      unit: 'MB',
      ...beside(memory, 'canonical-models/core'),
      limit: 1.1,
    },
    {
      name: 'import canonical-models, time',
      unit: 'ms',
      ...beside(times, 'canonical-models'),
      limit: 1.35,
    },
    {
      name: 'import canonical-models, peak memory',
      unit: 'MB',
      ...beside(memory, 'canonical-models'),
    },
    {
      name: 'import canonical-models/core, time less that of an empty process',
      unit: 'ms',
      ...beside(withoutNode, 'canonical-models/core', ', likewise'),
    },
    {
      name: 'import canonical-models, time less that of an empty process',
      unit: 'ms',
      ...beside(withoutNode, 'canonical-models', ', likewise'),
    },
  ];
}

/**
 * Imports in a process of its own. On Linux, `maxrss` of a child includes what its parent had before the fork, so there
 * the peak is read from `/proc`, which covers the child alone.
 */
function importIn(folder: string, subject: Subject): Sample {
  const script = `
    ${subject ? `import ${JSON.stringify(subject)};` : ''}
    import { readFileSync } from 'node:fs';
    const own = process.platform === 'linux' && /VmHWM:\\s*(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    process.stdout.write(String(own ? own[1] : process.resourceUsage().maxRSS));
  `;
  const started = performance.now();
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    encoding: 'utf8',
    env: plainEnvironment,
  });
  return { time: performance.now() - started, memory: Number(output) / 1024 };
}

/** The environment without variables that would make Node load, keep or record more than by default. */
const plainEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !['NODE_OPTIONS', 'NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE', 'NODE_DEBUG'].includes(name),
  ),
);
