import { sql } from 'drizzle-orm';
import { boolean, foreignKey, index, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { CustomerReviewBlogPost } from './customer-review-blog-post.ts';

/** A name of a published review in URLs: the present one, or a former one, which leads to the present one. */
export const BlogReviewSlug = pgTable(
  'blog_review_slugs',
  {
    id: id(),
    reviewId: uuid('review_id').notNull(),
    slug: varchar('slug', { length: 80 }).notNull().unique('blog_review_slugs_slug_key'),
    isCurrent: boolean('is_current').notNull().default(true),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({
      name: 'blog_review_slugs_review_id_fkey',
      columns: [table.reviewId],
      foreignColumns: [CustomerReviewBlogPost.id],
    }).onDelete('cascade'),
    index('idx_blog_review_slugs_review_id').on(table.reviewId),
    uniqueIndex('blog_review_slugs_current_key').on(table.reviewId).where(sql`${table.isCurrent}`),
    ...stationPolicies('public.blog_review_slugs'),
  ],
);
export type BlogReviewSlug = typeof BlogReviewSlug.$inferSelect;
export type NewBlogReviewSlug = typeof BlogReviewSlug.$inferInsert;
