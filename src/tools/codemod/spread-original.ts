import type { MockCall } from './mock-calls.ts';
import type { ObjectExpression, Replacement } from './mock-replacement.ts';
import type { Rewrite } from './plan.ts';
import { findOutsideComments } from './syntax.ts';
import { readIndent, readIndentStep, readLineEnd, readLineWidth } from './text-layout.ts';

/**
 * Spreads the original into a replacement, because the new module exports more than the old one did.
 *
 * @returns the text between the properties afterwards; undefined if the replacement cannot get the original.
 */
export function spreadOriginal(
  rewrite: Rewrite,
  { mention, calls }: MockCall,
  replacement: Replacement,
  module: string,
): string | undefined {
  const { object, maker } = replacement;
  const [first] = object.properties;
  if (!calls.original || !maker || !first) return undefined;
  const quote = rewrite.text.charAt(mention.start - 1);
  const edit = (at: number, text: string): void => {
    rewrite.plan.edits.push({ start: at, end: at, text });
  };
  let original: string;
  if ('call' in calls.original) {
    original = `${calls.original.call}(${quote}${module}${quote})`;
  } else {
    const [parameter] = maker.params;
    if (parameter && parameter.type !== 'Identifier') return undefined;
    const name = parameter?.type === 'Identifier' ? parameter.name : calls.original.parameter;
    const type = rewrite.javaScript ? '' : `<typeof import(${quote}${module}${quote})>`;
    original = `(await ${name}${type}())`;
    if (!parameter) {
      const open = findOutsideComments(rewrite.text, '(', maker.start, maker.end, rewrite.comments);
      edit(open + 1, name);
    }
    if (!maker.async) edit(maker.start, 'async ');
  }
  const isSpread = rewrite.text.slice(object.start, first.start).includes('\n');
  const line = readLine(rewrite.text, maker.start);
  const head =
    'parameter' in calls.original
      ? `${maker.async ? '' : 'async '}${maker.params[0] ? '' : calls.original.parameter}`
      : '';
  const added = head.length + original.length + '..., '.length + module.length - mention.specifier.length;
  let separator = isSpread ? `${readLineEnd(rewrite.text)}${readIndent(rewrite.text, first.start)}` : ' ';
  if (!isSpread && line.length + added > readLineWidth(rewrite.text) && spreadOverLines(rewrite, object)) {
    separator = `${readLineEnd(rewrite.text)}${readIndent(rewrite.text, object.start)}${readIndentStep(rewrite.text)}`;
  }
  edit(first.start, `...${original},${separator}`);
  return separator;
}

function readLine(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return text.slice(start, text.indexOf('\n', offset) === -1 ? text.length : text.indexOf('\n', offset)).trimEnd();
}

/**
 * Puts each property of a one-line object literal on its own line.
 *
 * @returns false if a comment between them prevents it.
 */
function spreadOverLines(rewrite: Rewrite, object: ObjectExpression): boolean {
  const { text } = rewrite;
  const indent = readIndent(text, object.start);
  const line = `${readLineEnd(text)}${indent}${readIndentStep(text)}`;
  const gaps: [start: number, end: number, text: string][] = [];
  let position = object.start + 1;
  for (const property of object.properties) {
    const comma = position === object.start + 1 ? '' : ',';
    gaps.push([position, property.start, `${comma}${line}`]);
    position = property.end;
  }
  gaps.push([position, object.end - 1, `,${readLineEnd(text)}${indent}`]);
  if (gaps.some(([start, end]) => !/^[\s,]*$/.test(text.slice(start, end)))) return false;
  for (const [start, end, between] of gaps) rewrite.plan.edits.push({ start, end, text: between });
  return true;
}
