/** A table that stays in the database with its rows, untouched, although no model stands for it. */
export interface RetiredTable {
  /** Its name with its PostgreSQL schema, as in `public.reviews`. */
  readonly name: string;
  /** Why no model stands for it, in one sentence for people. */
  readonly reason: string;
}

/** Every retired table: what is neither modelled, nor migrated, nor dropped. */
export const retiredTables: readonly RetiredTable[] = [
  {
    name: 'public.reviews',
    reason:
      'Reviews of social threads, whose model is gone: customer_review_blog_posts and event_customer_reviews hold reviews now.',
  },
];
