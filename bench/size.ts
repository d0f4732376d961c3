import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constant, type Figure } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const greatestSize = 400;

/** What a service downloads, and that nothing is in it that only the development of the package needs. */
export async function benchSize(): Promise<Figure[]> {
  const { size, unpackedSize, files } = packPackage();
  const notNeeded = files.filter((file) => isSourceMap(file) || isFixture(file));
  return [
    {
      name: 'packed size',
      unit: 'kB',
      ours: constant(size / 1000),
      peer: { name: 'most that is accepted', value: constant(greatestSize) },
      limit: 1,
      note: `${Math.round(unpackedSize / 1000)} kB unpacked`,
    },
    {
      name: 'packed files',
      unit: 'files',
      ours: constant(files.length),
      peer: {
        name: 'without source maps and fixtures',
        value: constant(files.length - notNeeded.length),
      },
      limit: 1,
      ...(notNeeded.length > 0 && { note: notNeeded.join(', ') }),
    },
  ];
}

/** A source map of its own or one that is written into its file. */
function isSourceMap(file: string): boolean {
  if (file.endsWith('.map')) return true;
  if (!/\.[cm]?[jt]s$/.test(file)) return false;
  return /^\/\/[#@] sourceMappingURL=data:/m.test(readFileSync(join(packageRoot, file), 'utf8'));
}

function isFixture(file: string): boolean {
  return (
    /(^|\/)(test|fixtures?|__\w+__|bench)\//.test(file) ||
    /\.(test|spec)\./.test(file) ||
    /legacy-(schema|data)\.sql$/.test(file)
  );
}
