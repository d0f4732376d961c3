import {
  type InsertSchema,
  insertSchema,
  type SelectSchema,
  selectSchema,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { PricingTier } from './pricing-tier.ts';

// `PricingTierInsert.parse(body)` is what `db.insert(PricingTier).values(…)` takes, `PricingTierUpdate.parse(body)`
// what `db.update(PricingTier).set(…)` takes, and `PricingTierSelect.parse(row)` is a row as it is read.

export const PricingTierSelect: SelectSchema<typeof PricingTier> = selectSchema(PricingTier);
export const PricingTierInsert: InsertSchema<typeof PricingTier> = insertSchema(PricingTier);
export const PricingTierUpdate: UpdateSchema<typeof PricingTier> = updateSchema(PricingTier);
