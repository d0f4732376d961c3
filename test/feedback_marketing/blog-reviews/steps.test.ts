import { expect, test } from 'vitest';
import {
  type BlogReviewStep,
  blogReviewSteps,
  isBlogReviewStep,
  statusesBefore,
} from '../../../src/feedback_marketing/blog-reviews/steps.ts';
import { BlogPostStatus } from '../../../src/feedback_marketing/index.ts';

test('the type, the check and the statuses before a step follow from the list', () => {
  const legal = BlogPostStatus.enumValues.flatMap((from) =>
    BlogPostStatus.enumValues.filter((to) => isBlogReviewStep(from, to)).map((to) => ({ from, to })),
  );
  expect(legal).toHaveLength(blogReviewSteps.length);
  expect(legal).toEqual(expect.arrayContaining([...blogReviewSteps]));
  const before: ('pending' | 'approved')[] = statusesBefore('rejected');
  expect(before).toEqual(['pending', 'approved']);
  // @ts-expect-error: only a rejection leads back
  const illegal: BlogReviewStep = { from: 'approved', to: 'pending' };
  expect(blogReviewSteps).not.toContainEqual(illegal);
});
