import { moveWholeType, takeTarget } from './import-types.ts';
import { moveModule, noteModule, noteSymbol, type Rewrite, replaceSpecifier } from './plan.ts';
import type { Mention } from './specifiers.ts';
import type { Comment } from './syntax.ts';
import { findTarget, findWholeTarget, listTargetModules } from './targets.ts';

/** Moves an old module named in a comment: JSDoc types, JSDoc imports, and `/// <reference …>`. Prose stays. */
export function moveComment(rewrite: Rewrite, mention: Mention, comment: Comment): void {
  const before = rewrite.text.slice(comment.start, mention.start - 1);
  const after = rewrite.text.slice(mention.end + 1, comment.end);
  const oldModule = mention.oldModule ?? '';
  if (comment.type === 'Line') {
    const attribute = /^\/\/\/\s*<reference\s+(?:[\w-]+=["'][^"']*["']\s+)*(types|path)=$/.exec(before)?.[1];
    if (attribute !== undefined) moveReference(rewrite, mention, comment, attribute);
    return;
  }
  if (!comment.value.startsWith('*')) return;

  const clause = /@import\s+(type\s+)?([^@]*?)\s*(?:\*\s*)?from\s*$/.exec(before);
  if (clause) {
    moveJsdocImport(rewrite, mention, clause[2] ?? '');
    return;
  }
  if (!/\bimport\s*\(\s*$/.test(before)) return;
  const whole = findWholeTarget(rewrite.map, oldModule);
  const member = /^\s*\)\s*(?:\.\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)|\)?\s*\[\s*["']([^"']+)["']\s*\])/u.exec(
    after,
  );
  const name = member?.[1] ?? member?.[2];
  if (whole !== undefined) {
    moveModule(rewrite, mention, whole);
  } else if (member && name !== undefined) {
    const target = takeTarget(rewrite, mention, name);
    if (!target) return;
    replaceSpecifier(rewrite, mention, target.module);
    const start = mention.end + 1 + member[0].lastIndexOf(name);
    if (target.name !== name) rewrite.plan.edits.push({ start, end: start + name.length, text: target.name });
  } else {
    moveWholeType(rewrite, mention, mention.start, /(?<!\bkeyof\s*\(?\s*)\btypeof\s+import\s*\(\s*$/.test(before));
  }
}

/** Moves `@import { X } from '…'`. The local names stay, because other comments of the file use them. */
function moveJsdocImport(rewrite: Rewrite, mention: Mention, clause: string): void {
  const oldModule = mention.oldModule ?? '';
  const whole = findWholeTarget(rewrite.map, oldModule);
  if (whole !== undefined) {
    moveModule(rewrite, mention, whole);
    return;
  }
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
  if (names === undefined) {
    const message = 'a comment imports the whole module, so its used members are unknown';
    rewrite.plan.left.push({ mention, offset: mention.start, from: oldModule, reason: 'whole-module', message });
    return;
  }
  const listStart = rewrite.text.lastIndexOf('{', mention.start) + 1;
  const items = [
    ...names.matchAll(/([\p{ID_Start}$_][\p{ID_Continue}$]*)(\s+as\s+[\p{ID_Start}$_][\p{ID_Continue}$]*)?/gu),
  ];
  const targets = items.map((item) => findTarget(rewrite.map, oldModule, item[1] ?? ''));
  const unknown = items.find((_item, index) => targets[index] === undefined)?.[1];
  const modules = new Set(targets.map((target) => target?.module));
  const [module] = modules;
  if (unknown !== undefined || module === undefined || modules.size > 1) {
    const reason = unknown === undefined ? 'parts-ways' : 'unknown-symbol';
    const message =
      unknown === undefined
        ? `what it imports went to ${[...modules].join(' and ')}`
        : `the map does not say where ${unknown} of ${oldModule} went`;
    rewrite.plan.left.push({ mention, offset: mention.start, from: oldModule, reason, message });
    return;
  }
  replaceSpecifier(rewrite, mention, module);
  items.forEach((item, index) => {
    const [, name = '', alias] = item;
    const target = targets[index];
    if (!target) return;
    const start = listStart + item.index;
    noteSymbol(rewrite, start, oldModule, name, target);
    if (target.name === name) return;
    const text = alias === undefined ? `${target.name} as ${name}` : target.name;
    rewrite.plan.edits.push({ start, end: start + name.length, text });
  });
}

/** Moves `/// <reference types="…" />`; a path to a file becomes the package's types. */
function moveReference(rewrite: Rewrite, mention: Mention, comment: Comment, attribute: string): void {
  const oldModule = mention.oldModule ?? '';
  const modules = listTargetModules(rewrite.map, oldModule);
  const [first, ...others] = modules;
  if (first === undefined) return;
  const start = mention.start - 1 - attribute.length - 1;
  const quote = rewrite.text.charAt(mention.start - 1);
  rewrite.plan.edits.push({ start, end: mention.end + 1, text: `types=${quote}${first}${quote}` });
  const head = rewrite.text.slice(comment.start, start);
  const tail = rewrite.text.slice(mention.end + 1, comment.end);
  const lineEnds = /\r?\n/.exec(rewrite.text.slice(comment.end))?.[0] ?? '\n';
  const lines = others.map((module) => `${lineEnds}${head}types=${quote}${module}${quote}${tail}`);
  if (lines.length > 0) rewrite.plan.edits.push({ start: comment.end, end: comment.end, text: lines.join('') });
  for (const module of modules) noteModule(rewrite, mention, module);
}
