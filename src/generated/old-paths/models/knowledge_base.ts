// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
export { PricingTier, PricingTierLevel } from '../../../knowledge_base/index.ts';
