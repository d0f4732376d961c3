import type { WriteStream } from 'node:tty';
import Table from 'cli-table3';
import pc from 'picocolors';

/** Whether a stream is looked at by a person who wants colour: a terminal, and no `NO_COLOR`. */
export function wantsColour(stream: NodeJS.WriteStream | WriteStream = process.stdout): boolean {
  return stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

/** The colours for a stream: all of them where it wants colour, plain text where it does not. */
export function coloursFor(
  stream: NodeJS.WriteStream | WriteStream = process.stdout,
): ReturnType<typeof pc.createColors> {
  return pc.createColors(wantsColour(stream));
}

/** Rows under a heading, in columns without borders. No line where there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return '';
  const grid = new Table({
    head: [...head],
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => (rows.every((row) => typeof row[column] === 'number') ? 'right' : 'left')),
  });
  for (const row of rows) grid.push(row.map(String));
  return grid.toString().replace(/[ \t]+$/gm, '');
}

/** One line on a terminal's standard error that is written over as work goes on. Silent where nobody looks. */
export interface Progress {
  update(text: string): void;
  done(): void;
}

/** Progress on standard error: shown on a terminal only, from the first second on. */
export function progress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const started = performance.now();
  let shown = false;
  return {
    update(text) {
      if (!stream.isTTY || performance.now() - started < 1000) return;
      stream.write(`\r\u001B[2K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
      shown = true;
    },
    done() {
      if (shown) stream.write('\r\u001B[2K');
    },
  };
}
