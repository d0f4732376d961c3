import type { BlogReviewFeedSite, PublishedBlogReview } from 'canonical-models/feedback_marketing/blog-reviews';
import { z } from 'zod';
import type { Settings } from '../../settings.ts';

/** A published review, in JSON. */
export const Published = z.object({
  id: z.guid(),
  slug: z.string(),
  title: z.string(),
  content: z.string(),
  rating: z.int().min(1).max(5),
  authorName: z.string(),
  isVerified: z.boolean(),
  media: z.array(z.object({ type: z.enum(['image', 'video']), url: z.string(), thumbnailUrl: z.string().optional() })),
  keywords: z.array(z.string()),
  googleReviewLink: z.string().optional(),
  yelpReviewLink: z.string().optional(),
  likes: z.int(),
  helpful: z.int(),
  publishedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
} satisfies Record<keyof PublishedBlogReview, z.ZodType>);

export const siteOf = ({ site: { name, url } }: Settings): BlogReviewFeedSite => ({
  name,
  url,
  reviewsUrl: `${url}reviews/`,
  language: 'en-US',
  feedTitle: `Reviews of ${name}`,
  atomUrl: `${url}reviews.atom`,
  jsonUrl: `${url}reviews.json`,
});
