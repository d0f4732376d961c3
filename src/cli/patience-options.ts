import { Option } from 'commander';
import { defaultLockTimeout, defaultMaxWait } from '../tools/migrations/patience.ts';
import { parseDuration } from './duration.ts';

/** `--lock-timeout`, in milliseconds. */
export function lockTimeoutOption(): Option {
  return new Option('--lock-timeout <time>', 'how long one try may wait for a lock')
    .default(defaultLockTimeout, '2s')
    .argParser(parseDuration);
}

/** `--max-wait`, in milliseconds. */
export function maxWaitOption(): Option {
  return new Option('--max-wait <time>', 'how long to wait for locks in all')
    .default(defaultMaxWait, '5m')
    .argParser(parseDuration);
}
