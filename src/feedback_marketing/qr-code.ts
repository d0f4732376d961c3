import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
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

/** One scan of a QR code. */
export const QRScan = pgTable(
  'qr_scans',
  {
    id: id(),
    qrCodeId: uuid('qr_code_id').notNull(),

    // Visitor
    ipAddress: varchar('ip_address', { length: 50 }),
    userAgent: varchar('user_agent', { length: 500 }),
    referrer: varchar('referrer', { length: 1000 }),

    // Place
    latitude: numeric('latitude', { precision: 10, scale: 8 }),
    longitude: numeric('longitude', { precision: 11, scale: 8 }),
    city: varchar('city', { length: 100 }),
    country: varchar('country', { length: 100 }),

    // Bookkeeping
    scanMetadata: jsonb('scan_metadata').$type<JsonObject>().notNull().default({}),
    scannedAt: timestamptz('scanned_at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({ name: 'qr_scans_qr_code_id_fkey', columns: [table.qrCodeId], foreignColumns: [QRCode.id] }).onDelete(
      'cascade',
    ),
    index('idx_qr_scans_qr_code_id').on(table.qrCodeId),
    index('idx_qr_scans_scanned_at').on(table.scannedAt),
  ],
);
export type QRScan = typeof QRScan.$inferSelect;
export type NewQRScan = typeof QRScan.$inferInsert;
