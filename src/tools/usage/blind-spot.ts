import { unqualifiedName } from '../../registry/qualified-name.ts';
import { withoutLiterals } from '../migrations/blockers.ts';

/** Something that the evidence does not show. */
export interface BlindSpot {
  /** What can't be seen, in one sentence. */
  readonly what: string;
  /** What would show it: a statement or a command if there is one. */
  readonly next: string;
  /** Whether an old name may be in use there with no other sign of it, so that the verdict stays open. */
  readonly decisive: boolean;
}

/** A text that names relations but could not be read, or whose calls can't be told from those of another name. */
export interface Unread {
  readonly where: 'statement' | 'session' | 'function';
  /** The role that ran it or, for a function, its name. */
  readonly of: string;
  /** Its beginning, without constants. */
  readonly text: string;
  readonly reason: string;
  /** The old names whose bare name appears in the text. If there are none, nothing visible mentions an old name. */
  readonly mentions: readonly string[];
  /** What would reveal it, a statement or a command; undefined if nothing is known to. */
  readonly next?: string;
}

/** The beginning of a text, on one line, without comments, strings and numbers: they may be confidential. */
export function excerpt(text: string): string {
  return withoutLiterals(text) ?? '';
}

/** The old names whose bare name is a word of a text, whatever it means there. */
export function mentionsIn(text: string, oldNames: readonly { readonly entry: { readonly from: string } }[]): string[] {
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []);
  return oldNames.map(({ entry }) => entry.from).filter((from) => words.has(unqualifiedName(from)));
}
