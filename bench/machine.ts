import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** A description of the machine of a run. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly memory: string;
  readonly node: string;
  readonly system: string;
}

/** Reads the machine that this process runs on. */
export function readMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || arch(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    node: process.versions.node,
    system: `${distribution() ?? `${platform()} ${release()}`} ${arch()}`,
  };
}

/** The name that a Linux distribution gives itself. */
function distribution(): string | undefined {
  try {
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
