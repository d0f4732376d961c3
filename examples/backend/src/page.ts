import { z } from 'zod';

/** Which page of a list: the same for every list of the service. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** The `nextCursor` of the page before. */
  cursor: z.string().max(1000).optional(),
};

export const PageQuery = z.strictObject(pageQuery);

/** A page of a list. There is a `nextCursor` unless it is the last one. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });
