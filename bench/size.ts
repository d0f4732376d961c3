import { constant, type Figure } from './figure.ts';
import { packPackage } from './installed.ts';

/** In megabytes. */
const greatestSize = 6;

/** The installed size of the package, and that it contains nothing that only its development needs. */
export async function benchSize(): Promise<Figure[]> {
  const { size, unpackedSize, files } = packPackage();
  const notNeeded = files.filter(isFixture);
  return [
    {
      name: 'installed size',
      unit: 'MB',
      ours: constant(unpackedSize / 1_000_000),
      peer: { name: 'most that is accepted', value: constant(greatestSize) },
      limit: 1,
      note: `${Math.round(size / 1000)} kB packed`,
    },
    {
      name: 'packed files',
      unit: 'files',
      ours: constant(files.length),
      peer: {
        name: 'without fixtures',
        value: constant(files.length - notNeeded.length),
      },
      limit: 1,
      ...(notNeeded.length > 0 && { note: notNeeded.join(', ') }),
    },
  ];
}

function isFixture(file: string): boolean {
  return (
    /(^|\/)(test|fixtures?|__\w+__|bench)\//.test(file) ||
    /\.(test|spec)\./.test(file) ||
    /legacy-(schema|data)\.sql$/.test(file)
  );
}
