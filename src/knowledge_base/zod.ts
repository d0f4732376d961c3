import {
  type InsertSchema,
  insertSchema,
  type SelectSchema,
  selectSchema,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { PricingTier } from './pricing-tier.ts';

export const PricingTierSelect: SelectSchema<typeof PricingTier> = selectSchema(PricingTier);
export const PricingTierInsert: InsertSchema<typeof PricingTier> = insertSchema(PricingTier);
export const PricingTierUpdate: UpdateSchema<typeof PricingTier> = updateSchema(PricingTier);
