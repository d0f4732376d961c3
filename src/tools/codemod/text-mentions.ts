import type { ImportMap } from '../../registry/import-map.ts';
import { createPackageResolver, findMentions, listNeedles, type Resolver } from './specifiers.ts';
import { findUnresolved } from './unresolved.ts';

/** A place in a text of any language that names an old module. */
export interface TextMention {
  readonly start: number;
  /** The old module's key in the map; the beginning of several keys if a pattern follows; or a specifier that leads nowhere. */
  readonly from: string;
}

/**
 * Finds the places in a text that name old modules, whatever language it is in: package paths anywhere, and what the resolver knows
 * within quotes. A module whose key has no slash may be an everyday word, so it counts within quotes alone.
 */
export function findTextMentions(
  text: string,
  map: ImportMap,
  resolve?: Resolver,
  isUnresolved?: (specifier: string) => boolean,
): TextMention[] {
  const found = new Map<number, TextMention>();
  for (const { start, specifier, oldModule } of findMentions(text, map, resolve)) {
    // A resolver knows the kept paths, too.
    if (oldModule === undefined || Object.hasOwn(map.modules, oldModule))
      found.set(start, { start, from: oldModule ?? specifier });
  }
  const known = createPackageResolver(map);
  const keys = Object.keys(map.modules);
  for (const needle of listNeedles(map)) {
    if (!needle.includes('/')) continue;
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
      // A longer name that ends alike, and a package of the same name in a scope.
      if (/(?:[\w$-]|@[\w.-]+\/)$/.test(text.slice(Math.max(0, at - 100), at))) continue;
      notInPath.lastIndex = at;
      const end = notInPath.exec(text)?.index ?? text.length;
      const path = text.slice(at, end).replace(/\.+$/, '');
      const oldModule = known(path);
      const isPattern = path.endsWith('/') || /^[*$({[<]/.test(text.slice(end, end + 1));
      if (oldModule === undefined && !(isPattern && keys.some((key) => key.startsWith(path)))) continue;
      if (!found.has(at)) found.set(at, { start: at, from: oldModule ?? path });
    }
  }
  for (const { start, specifier } of isUnresolved ? findUnresolved(text, isUnresolved) : []) {
    found.set(start, { start, from: specifier });
  }
  return [...found.values()].sort((one, other) => one.start - other.start);
}

/** What ends a package path in running text. */
const notInPath = /[^\w@./-]/g;
