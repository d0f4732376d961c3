import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folders where this code may be, the likeliest first: by the URL of its module, by that of the bundle that a service built from it,
 * and by how Node.js was started. A CommonJS bundle has no `import.meta.url` but a `__dirname`; webpack writes into a bundle where the
 * code was at build time.
 */
export function codeFolders(): string[] {
  const { url } = import.meta as { readonly url?: string };
  const script = process.argv[1];
  return [
    ...new Set([
      ...(url?.startsWith('file:') ? [dirname(fileURLToPath(url))] : []),
      ...(typeof __dirname === 'string' ? [resolve(__dirname)] : []),
      ...(script === undefined ? [] : [dirname(resolve(script))]),
    ]),
  ];
}
