import { existsSync } from 'node:fs';
import { Option } from 'commander';
import type { AcceptedDifference } from '../tools/deviations/accept.ts';

const usualFile = 'canonical-models.json';

/** `--accept <file>`, for the commands that compare a database with what is expected. */
export function acceptOption(): Option {
  return new Option('--accept <file>', `what stays different on purpose (default: ${usualFile})`);
}

/** The entries of the file that was named, or of the usual one in the working directory. */
export async function readAccepted(file: string | undefined): Promise<readonly AcceptedDifference[]> {
  const path = file ?? (existsSync(usualFile) ? usualFile : undefined);
  if (path === undefined) return [];
  const { readAcceptFile } = await import('../tools/deviations/accept.ts');
  return (await readAcceptFile(path)).accept;
}
