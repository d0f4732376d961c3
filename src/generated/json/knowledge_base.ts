// Generated from src/knowledge_base/zod.ts by `npm run db:generate`. Do not edit.

import { jsonForm } from '../../json-form.ts';
import { PricingTier } from '../../knowledge_base/index.ts';
import * as schemas from '../../knowledge_base/zod.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

export const PricingTierSelect: JsonSelectSchema<typeof PricingTier> = jsonForm(PricingTier, schemas.PricingTierSelect);
export const PricingTierInsert: JsonInsertSchema<typeof PricingTier> = jsonForm(PricingTier, schemas.PricingTierInsert);
export const PricingTierUpdate: JsonUpdateSchema<typeof PricingTier> = jsonForm(PricingTier, schemas.PricingTierUpdate);
