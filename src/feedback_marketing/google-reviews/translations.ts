/** A text as its author wrote it, and Google's translation if it sent one with it. */
export interface TranslatedText {
  readonly original: string;
  readonly translated: string | null;
}

const translation = '(Translated by Google)';
const original = '(Original)';

/**
 * Takes apart a text that Google sent with its translation. It writes both into one field, in one of two orders, with English markers at
 * the start of a line whatever the language:
 *
 * - `(Translated by Google) Lovely evening\n\n(Original)\nSchöner Abend`
 * - `Schöner Abend\n\n(Translated by Google)\nLovely evening`
 *
 * A text that is cut, or in which a marker stands more than once, is the original as a whole: nothing of what somebody wrote is lost.
 */
export function splitTranslation(text: string): TranslatedText {
  const lines = text.split('\n');
  const [first = ''] = lines;
  const translationComesFirst = first.startsWith(translation);
  const marker = translationComesFirst ? original : translation;
  const places = lines.flatMap((line, index) => (line.trimEnd() === marker ? [index] : []));
  const [place] = places;
  if (place === undefined || places.length > 1) return { original: text, translated: null };
  const before = lines
    .slice(0, place)
    .join('\n')
    .slice(translationComesFirst ? translation.length : 0)
    .trim();
  const after = lines
    .slice(place + 1)
    .join('\n')
    .trim();
  if (before === '' || after === '') return { original: text, translated: null };
  return translationComesFirst ? { original: after, translated: before } : { original: before, translated: after };
}
