import { readFileSync, statSync } from 'node:fs';
import type { LeftReason } from './work.ts';

/** Why a file was not replaced. */
export interface NotReplaced {
  readonly reason: LeftReason;
  /** In words. */
  readonly message: string;
}

/**
 * Replaces a file's text by another one, as a whole: whoever reads the file, or stops this process, finds the old text or the
 * new one. Mode and owner stay. Answers why where it leaves the file: it is read-only, or no longer what it was when it was
 * read, or the system refuses.
 */
export async function replaceFile(path: string, before: Buffer, after: string): Promise<NotReplaced | undefined> {
  try {
    // The owner's right to write is what counts: replacing asks only the folder, and an administrator may do anything.
    if ((statSync(path).mode & 0o200) === 0) return { reason: 'not-writable', message: 'the file is read-only' };
    if (!readFileSync(path).equals(before)) {
      return { reason: 'changed-meanwhile', message: 'the file was changed while its imports were moved' };
    }
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(path, after, 'utf8');
    return undefined;
  } catch (error) {
    const message = `the file could not be replaced: ${error instanceof Error ? error.message : String(error)}`;
    return { reason: 'not-writable', message };
  }
}
