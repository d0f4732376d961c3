import { blockerText } from '../tools/migrations/blockers.ts';
import type { Wait } from '../tools/migrations/patience.ts';
import { durationText } from './duration.ts';
import { fitToScreen, progress } from './terminal.ts';

/** What a run of `migrate` or `revert` says on standard error as it goes on. */
export interface RunProgress {
  /** A migration that the run begins with. */
  step(text: string): void;
  wait(wait: Wait): void;
  /** Something to know, in a line that stays. */
  note(text: string): void;
  /** The run has ended. */
  done(): void;
}

/** On a terminal: one line that is written over, and who is in the way, once. Off a terminal, as in a log: a line for each event. */
export function runProgress(stream: NodeJS.WriteStream = process.stderr): RunProgress {
  const line = progress(stream, 0);
  let said = '';
  return {
    step(text) {
      if (stream.isTTY) line.update(text);
      else stream.write(`${text}\n`);
    },
    wait(wait) {
      const text = waitText(wait);
      const who = `${wait.object}${blockersText(wait)}`;
      if (stream.isTTY && who === said) {
        line.update(text.split('\n')[0] ?? '');
        return;
      }
      line.done();
      stream.write(`${fitToScreen(text, stream)}\n`);
      said = who;
    },
    note(text) {
      line.done();
      stream.write(`${fitToScreen(`Note: ${text}`, stream)}\n`);
    },
    done: () => line.done(),
  };
}

function waitText(wait: Wait): string {
  const { for: phase, object, tries, waited, pause } = wait;
  const what = phase === 'turn' ? 'another deploy is at work' : `${object} got no lock (try ${tries})`;
  const next = pause > 0 ? `; next try in ${durationText(pause)}` : '';
  return `${what}; waited ${durationText(waited)} so far${next}${blockersText(wait)}`;
}

function blockersText({ blockers }: Wait): string {
  return blockers.map((blocker) => `\n  in the way: ${blockerText(blocker)}`).join('');
}
