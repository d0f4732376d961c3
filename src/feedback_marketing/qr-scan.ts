import { foreignKey, index, jsonb, numeric, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, type JsonObject, timestamptz } from '../columns.ts';
import { QRCode } from './qr-code.ts';

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
