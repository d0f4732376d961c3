import { closeSync, openSync, readSync } from 'node:fs';
import type { ImportMap } from '../../registry/import-map.ts';
import { createLocator, type Position } from './edits.ts';
import { listNeedles, type Resolver } from './specifiers.ts';
import { findTextMentions } from './text-mentions.ts';

/** A line of a file that names an old module, and the column of its first mention. */
export interface MentionedLine extends Position {
  readonly from: string;
}

/** Bytes of which a zero among the first ones of a file means that it is binary. */
export const binaryBytes = 8192;

/**
 * Lists the lines of a file of any size and language that name old modules, each module once a line. A file that is not text has
 * none.
 *
 * @returns undefined if the file cannot be read.
 */
export function lookThrough(
  path: string,
  map: ImportMap,
  resolve?: Resolver,
  isUnresolved?: (specifier: string) => boolean,
): MentionedLine[] | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return readLines(file, map, resolve, isUnresolved);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readLines(
  file: number,
  map: ImportMap,
  resolve: Resolver | undefined,
  isUnresolved: ((specifier: string) => boolean) | undefined,
): MentionedLine[] {
  const needles = listNeedles(map).map((needle) => Buffer.from(needle));
  const found = new Map<string, MentionedLine>();
  /** Where the block begins in the file. */
  let begin: Position = { line: 1, column: 1 };
  let length = 0;
  let encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | undefined;
  for (;;) {
    for (let count = -1; count !== 0; length += count) {
      count = readSync(file, block, length, block.length - length, null);
    }
    const bytes = block.subarray(0, length);
    if (encoding === undefined) {
      encoding = detectUtf16(bytes) ?? 'utf-8';
      if (encoding === 'utf-8' && bytes.subarray(0, binaryBytes).includes(0)) return [];
    }
    const decode = (part: Buffer): string => new TextDecoder(encoding).decode(part);
    if (resolve || encoding !== 'utf-8' || needles.some((needle) => bytes.includes(needle))) {
      const text = decode(bytes);
      const positionOf = createLocator(text);
      for (const { start, from } of findTextMentions(text, map, resolve, isUnresolved)) {
        const position = addPositions(begin, positionOf(start));
        const key = `${position.line} ${from}`;
        if (!found.has(key)) found.set(key, { ...position, from });
      }
    }
    if (length < block.length) return [...found.values()];
    const done = decode(bytes.subarray(0, length - overlap));
    begin = addPositions(begin, createLocator(done)(done.length));
    block.copyWithin(0, length - overlap);
    length = overlap;
  }
}

/** The position in a file of a position in a block. */
function addPositions(begin: Position, within: Position): Position {
  if (within.line > 1) return { line: begin.line + within.line - 1, column: within.column };
  return { line: begin.line, column: begin.column + within.column - 1 };
}

/** The encoding that a byte order mark of UTF-16 names. */
export function detectUtf16(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/** A part of a file. Its size is even, as a character of UTF-16 has two bytes or four. */
const block = Buffer.allocUnsafeSlow(1024 * 1024);
/** How many bytes two blocks share, so that a specifier that crosses their border is whole in one. */
const overlap = 2048;
