// Generated from this domain's zod.ts by `npm run db:generate`. Do not edit.

import { jsonForm } from '../json-form.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../validation.ts';
import { PricingTier } from './index.ts';
import * as schemas from './zod.ts';

export const PricingTierSelect: JsonSelectSchema<typeof PricingTier> = jsonForm(PricingTier, schemas.PricingTierSelect);
export const PricingTierInsert: JsonInsertSchema<typeof PricingTier> = jsonForm(PricingTier, schemas.PricingTierInsert);
export const PricingTierUpdate: JsonUpdateSchema<typeof PricingTier> = jsonForm(PricingTier, schemas.PricingTierUpdate);
