import { boolean, index, integer, jsonb, pgEnum, pgTable, text, uniqueIndex, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';

export const QRCodeType = pgEnum('qr_code_type', ['menu', 'booking', 'review', 'promotion', 'event']);
export type QRCodeType = (typeof QRCodeType.enumValues)[number];

/** A QR code and the page that it leads to. */
export const QRCode = pgTable(
  'qr_codes',
  {
    id: id(),

    // Code
    code: varchar('code', { length: 100 }).notNull(),
    type: QRCodeType('type').notNull(),
    name: varchar('name', { length: 255 }).notNull(),
    description: text('description'),

    // Target
    targetUrl: varchar('target_url', { length: 1000 }).notNull(),

    // Use
    scanCount: integer('scan_count').notNull().default(0),
    lastScannedAt: timestamptz('last_scanned_at'),
    isActive: boolean('is_active').notNull().default(true),

    // Bookkeeping
    qrMetadata: jsonb('qr_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_qr_codes_active').on(table.isActive),
    index('idx_qr_codes_code').on(table.code),
    index('idx_qr_codes_type').on(table.type),
    uniqueIndex('ix_qr_codes_code').on(table.code),
  ],
);
export type QRCode = typeof QRCode.$inferSelect;
export type NewQRCode = typeof QRCode.$inferInsert;
