import { describe, expect, test } from 'vitest';
import { codemodFiles } from '../../../src/tools/codemod/files.ts';
import { codemod } from '../../../src/tools/codemod/index.ts';
import { lines, testCases } from './cases.ts';
import { map } from './models.ts';
import { folderWith } from './source-folder.ts';

describe('paths that are kept', () => {
  const review = 'canonical-models/models/review';

  testCases([
    {
      name: 'what they never exported is left, in every form',
      before: lines(
        `import { Review, CustomerReviewBlogPost as Post } from '${review}';`,
        `import type { Rating } from '${review}.js';`,
        `export { Review as Old } from '${review}';`,
        `import * as reviews from '${review}';`,
        `const { Reply } = await import('${review}');`,
        `type Vote = import('${review}').Vote;`,
        'use(Review, Post, reviews.ReviewApprovalLog, reviews.Report);',
      ),
      left: Array.from({ length: 6 }, () => 'unknown-symbol' as const),
    },
    {
      name: 'what they export stays, however it is used',
      before: lines(
        `import { CustomerReviewBlogPost } from '${review}';`,
        `import * as reviews from '${review}';`,
        `export * from '${review}';`,
        `import '${review}';`,
        `const path = '${review}';`,
        `vi.mock('${review}', () => ({ CustomerReviewBlogPost: 1 }));`,
        'use(reviews, CustomerReviewBlogPost, path);',
      ),
    },
    {
      name: 'beside moved imports',
      before: lines(
        `import { Review } from '${review}';`,
        `import { Booking } from 'canonical-models/models/booking';`,
        'use(Review, Booking);',
      ),
      after: lines(
        `import { Review } from '${review}';`,
        `import { Booking } from 'canonical-models/core';`,
        'use(Review, Booking);',
      ),
      left: ['unknown-symbol'],
    },
  ]);

  test('are told by name and position', () => {
    const { left } = codemod(`import { Review } from '${review}';\n`, { fileName: 'a.ts', map });
    expect(left).toEqual([
      {
        line: 1,
        column: 10,
        from: `${review}#Review`,
        reason: 'unknown-symbol',
        message: `the map does not say where Review of ${review} went`,
      },
    ]);
  });

  test('count by their relative path, too, and are still read', async () => {
    const cwd = folderWith({
      'src/models/review.ts': `import { Booking } from './booking';\nexport class Review {}\n`,
      'src/a.ts': `import { CustomerReviewBlogPost } from './models/review';\n`,
      'src/b.ts': `import { Review } from './models/review.js';\n`,
    });
    const { files, skipped } = await codemodFiles({ map, cwd, legacyRoots: ['src'] });
    expect(files).toMatchObject([
      { path: 'src/b.ts', changed: false, left: [{ from: `${review}#Review`, reason: 'unknown-symbol' }] },
      { path: 'src/models/review.ts', changed: true, left: [] },
    ]);
    expect(skipped).toEqual([]);
  });
});
