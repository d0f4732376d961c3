import { z } from 'zod';

/** The fields of a `PageRequest`, for the schema of an input. */
export const pageFields: {
  readonly limit: z.ZodDefault<z.ZodInt>;
  readonly cursor: z.ZodOptional<z.ZodString>;
} = {
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(1000).optional(),
};
