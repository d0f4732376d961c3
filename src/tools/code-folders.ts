import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where this code may be, the likeliest first: as its own module says, or that of the bundle that a service has made of it, and as
 * Node.js was started. A bundle in CommonJS has no `import.meta.url` but a `__dirname`; webpack writes into a bundle where the code was
 * when it was made.
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
