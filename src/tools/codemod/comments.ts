import { knownTarget, moveWholeType } from './import-types.ts';
import { noteModule, noteSymbol, respecify, type Work } from './plan.ts';
import type { Mention } from './specifiers.ts';
import type { Comment } from './syntax.ts';
import { targetModules, targetOf, wholeTarget } from './targets.ts';

/** Moves what a comment says of an old module: JSDoc types, JSDoc imports, and `/// <reference …>`. Prose stays. */
export function moveComment(work: Work, mention: Mention, comment: Comment): void {
  const before = work.text.slice(comment.start, mention.start - 1);
  const after = work.text.slice(mention.end + 1, comment.end);
  const oldModule = mention.oldModule ?? '';
  if (comment.type === 'Line') {
    const attribute = /^\/\/\/\s*<reference\s+(?:[\w-]+=["'][^"']*["']\s+)*(types|path)=$/.exec(before)?.[1];
    if (attribute !== undefined) moveReference(work, mention, comment, attribute);
    return;
  }
  if (!comment.value.startsWith('*')) return;

  const clause = /@import\s+(type\s+)?([^@]*?)\s*(?:\*\s*)?from\s*$/.exec(before);
  if (clause) {
    moveJsdocImport(work, mention, clause[2] ?? '');
    return;
  }
  if (!/\bimport\s*\(\s*$/.test(before)) return;
  const whole = wholeTarget(work.map, oldModule);
  const member = /^\s*\)\s*(?:\.\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)|\)?\s*\[\s*["']([^"']+)["']\s*\])/u.exec(
    after,
  );
  const name = member?.[1] ?? member?.[2];
  if (whole !== undefined) {
    respecify(work, mention, whole);
    noteModule(work, mention, whole);
  } else if (member && name !== undefined) {
    const target = knownTarget(work, mention, name);
    if (!target) return;
    respecify(work, mention, target.module);
    const start = mention.end + 1 + member[0].lastIndexOf(name);
    if (target.name !== name) work.plan.edits.push({ start, end: start + name.length, text: target.name });
  } else {
    moveWholeType(work, mention, mention.start, /(?<!\bkeyof\s*\(?\s*)\btypeof\s+import\s*\(\s*$/.test(before));
  }
}

/** Moves `@import { X } from '…'`. Names keep what they are called in the file's other comments. */
function moveJsdocImport(work: Work, mention: Mention, clause: string): void {
  const oldModule = mention.oldModule ?? '';
  const whole = wholeTarget(work.map, oldModule);
  if (whole !== undefined) {
    respecify(work, mention, whole);
    noteModule(work, mention, whole);
    return;
  }
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
  if (names === undefined) {
    const message = 'the module is imported whole in a comment, so nobody can tell which members are used';
    work.plan.left.push({ mention, offset: mention.start, from: oldModule, reason: 'whole-module', message });
    return;
  }
  const listStart = work.text.lastIndexOf('{', mention.start) + 1;
  const items = [
    ...names.matchAll(/([\p{ID_Start}$_][\p{ID_Continue}$]*)(\s+as\s+[\p{ID_Start}$_][\p{ID_Continue}$]*)?/gu),
  ];
  const targets = items.map((item) => targetOf(work.map, oldModule, item[1] ?? ''));
  const unknown = items.find((_item, index) => targets[index] === undefined)?.[1];
  const modules = new Set(targets.map((target) => target?.module));
  const [module] = modules;
  if (unknown !== undefined || module === undefined || modules.size > 1) {
    const reason = unknown === undefined ? 'parts-ways' : 'unknown-symbol';
    const message =
      unknown === undefined
        ? `what it imports went to ${[...modules].join(' and ')}`
        : `the map does not say where ${unknown} of ${oldModule} went`;
    work.plan.left.push({ mention, offset: mention.start, from: oldModule, reason, message });
    return;
  }
  respecify(work, mention, module);
  items.forEach((item, index) => {
    const [, name = '', alias] = item;
    const target = targets[index];
    if (!target) return;
    const start = listStart + item.index;
    noteSymbol(work, start, oldModule, name, target);
    if (target.name === name) return;
    const text = alias === undefined ? `${target.name} as ${name}` : target.name;
    work.plan.edits.push({ start, end: start + name.length, text });
  });
}

/** Moves `/// <reference types="…" />`; a path to a file becomes the package's types. */
function moveReference(work: Work, mention: Mention, comment: Comment, attribute: string): void {
  const oldModule = mention.oldModule ?? '';
  const modules = targetModules(work.map, oldModule);
  const [first, ...others] = modules;
  if (first === undefined) return;
  const start = mention.start - 1 - attribute.length - 1;
  const quote = work.text.charAt(mention.start - 1);
  work.plan.edits.push({ start, end: mention.end + 1, text: `types=${quote}${first}${quote}` });
  const head = work.text.slice(comment.start, start);
  const tail = work.text.slice(mention.end + 1, comment.end);
  const lineEnds = /\r?\n/.exec(work.text.slice(comment.end))?.[0] ?? '\n';
  const lines = others.map((module) => `${lineEnds}${head}types=${quote}${module}${quote}${tail}`);
  if (lines.length > 0) work.plan.edits.push({ start: comment.end, end: comment.end, text: lines.join('') });
  for (const module of modules) noteModule(work, mention, module);
}
