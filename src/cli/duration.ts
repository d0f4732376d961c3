import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as people write it (`500ms`, `2s`, `5m`, `1h`), in milliseconds. */
export function parseDuration(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim()) ?? [];
  const milliseconds = Number(amount) * (units[unit] ?? Number.NaN);
  if (!(milliseconds >= 1) || milliseconds > 2_147_483_647) {
    throw new InvalidArgumentError('Expected a time of at least 1ms, such as 500ms, 2s or 5m.');
  }
  return milliseconds;
}

/** Milliseconds as people read them: `12 ms`, `3.4 s`, `5 min`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
