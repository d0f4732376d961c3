import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  numeric,
  pgEnum,
  pgTable,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';

export const PricingTierLevel = pgEnum('pricing_tier_level', ['basic', 'premium', 'luxury']);
export type PricingTierLevel = (typeof PricingTierLevel.enumValues)[number];

/** A price per person, by level, for all stations or for one. */
export const PricingTier = pgTable(
  'pricing_tiers',
  {
    id: id(),

    // Tier
    tierLevel: PricingTierLevel('tier_level').notNull(),
    name: varchar('name', { length: 200 }).notNull(),
    description: text('description'),

    // Price and limits
    pricePerPerson: numeric('price_per_person', { precision: 10, scale: 2 }).notNull(),
    minGuests: integer('min_guests').notNull(),
    maxProteins: integer('max_proteins').notNull().default(2),

    // What is included
    includesAppetizers: boolean('includes_appetizers').notNull().default(false),
    includesNoodles: boolean('includes_noodles').notNull().default(false),
    includesExtendedShow: boolean('includes_extended_show').notNull().default(false),
    features: text('features').array(),

    // Display
    isPopular: boolean('is_popular').notNull().default(false),
    isActive: boolean('is_active').notNull().default(true),
    displayOrder: integer('display_order').notNull().default(0),

    // Station; none means all
    stationId: uuid('station_id'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'pricing_tiers_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('cascade'),
    index('idx_pricing_tiers_lookup').on(table.tierLevel, table.isActive, table.displayOrder),
    index('idx_pricing_tiers_station').on(table.stationId),
    check('check_min_guests_positive', sql`${table.minGuests} > 0`),
    check('check_price_per_person_positive', sql`${table.pricePerPerson} >= 0`),
    ...stationPolicies('public.pricing_tiers'),
  ],
);
export type PricingTier = typeof PricingTier.$inferSelect;
export type NewPricingTier = typeof PricingTier.$inferInsert;
