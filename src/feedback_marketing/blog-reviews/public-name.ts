import { cleanText, graphemesOf } from './text.ts';

/** How the author of a review wants to be named. */
export interface AuthorName {
  readonly name: string | null | undefined;
  /** Initials in place of the name. */
  readonly showInitialsOnly: boolean;
}

/**
 * The name under which the public sees the author of a review: the name, or the initials of its first and last word, in capitals where
 * the script has them.
 *
 * @returns `Anonymous` for no name, and for one that is an e-mail address. `?` if initials are wanted and there is no letter or digit.
 *
 * @example
 * formatPublicName({ name: 'ada king lovelace', showInitialsOnly: true }); // 'AL'
 * formatPublicName({ name: '王小明', showInitialsOnly: true }); // '王'
 */
export function formatPublicName({ name, showInitialsOnly }: AuthorName): string {
  const words = cleanText(name ?? '')
    .normalize('NFC')
    .split(/\s+/)
    // One of characters that nobody sees is none.
    .filter((word) => /\P{Default_Ignorable_Code_Point}/u.test(word));
  if (!showInitialsOnly) {
    return words.length === 0 || /\S@\S/.test(words.join(' ')) ? 'Anonymous' : words.join(' ');
  }
  const initials = words.flatMap((word) => initialOf(word) ?? []);
  return [...initials.slice(0, 1), ...initials.slice(1).slice(-1)].join('') || '?';
}

/** A letter that is a grapheme of its own: taking a word apart takes longer than all else that a page does with a name. */
const plainLetter = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}0-9](?=[\p{L}\p{P}]|$)/u;

function initialOf(word: string): string | undefined {
  const [plain] = plainLetter.exec(word) ?? [];
  const first = plain ?? graphemesOf(word).find(isInitial);
  const capital = first?.toUpperCase() ?? '';
  // Some letters have no capital of their own, as the ligature ﬁ.
  return capital.length === first?.length || graphemesOf(capital).length === 1 ? capital : first;
}

/** Thai and Lao write some vowels before the letter that they follow. */
function isInitial(grapheme: string): boolean {
  return /[\p{L}\p{N}]/u.test(grapheme) && !/\p{Logical_Order_Exception}/u.test(grapheme);
}
