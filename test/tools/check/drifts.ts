/** A way in which a database has come to differ from the models. */
export interface Drift {
  /** What someone has run. */
  readonly sql: string;
  /** Each difference, as its kind, object and property, in the order in which they are repaired. */
  readonly differences: readonly string[];
  /** What still differs after the repair, because it does no harm. @default nothing */
  readonly left?: readonly string[];
  /** What differs without mattering, as its kind of deviation and its object. */
  readonly notes?: readonly string[];
  /** What a person runs if the SQL says that rows need a value. */
  readonly fill?: string;
  /** What takes back that for which a report has no SQL. */
  readonly undo?: string;
}

const recreateMessagesView = (definition = 'SELECT * FROM customer_messages', options = 'security_invoker = true') =>
  `CREATE VIEW messages WITH (${options}) AS ${definition}`;

/** Drifts of a migrated database: every kind of object that the models have, in each direction. */
export const drifts: Readonly<Record<string, Drift>> = {
  // Tables
  'a table missing': { sql: 'DROP TABLE qr_scans', differences: ['table public.qr_scans'] },
  'a table unlogged': {
    sql: 'ALTER TABLE qr_scans SET UNLOGGED',
    differences: ['table public.qr_scans persistence'],
  },
  'a table that inherits': {
    sql: 'CREATE TABLE parent (); ALTER TABLE qr_scans INHERIT parent',
    differences: ['table public.qr_scans inherits'],
  },
  'row-level security switched on and forced': {
    sql: 'ALTER TABLE chefs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
    differences: ['table public.chefs forceRowSecurity', 'table public.chefs rowSecurity'],
  },
  'row-level security switched off': {
    sql: 'ALTER TABLE bookings DISABLE ROW LEVEL SECURITY',
    differences: ['table public.bookings rowSecurity'],
  },

  // Columns
  'a column missing': { sql: 'ALTER TABLE chefs DROP COLUMN bio', differences: ['column public.chefs.bio'] },
  'a column missing that needs values': {
    sql: 'ALTER TABLE chefs DROP COLUMN phone',
    differences: ['column public.chefs.phone', 'index public.idx_chefs_phone'],
    fill: `UPDATE chefs SET phone = '555'`,
  },
  'a column too many': {
    sql: 'ALTER TABLE bookings ADD COLUMN tip integer',
    differences: [],
    notes: ['extra-column public.bookings.tip'],
    undo: 'ALTER TABLE bookings DROP COLUMN tip',
  },
  'a column too many, with a sequence, an index and a check': {
    sql: 'ALTER TABLE bookings ADD COLUMN number serial UNIQUE CHECK (number > 0)',
    differences: [],
    notes: [
      'extra-constraint public.bookings.bookings_number_check',
      'extra-constraint public.bookings.bookings_number_key',
      'extra-column public.bookings.number',
    ],
    undo: 'ALTER TABLE bookings DROP COLUMN number',
  },
  'a column too many that every row needs': {
    sql: 'ALTER TABLE qr_scans ADD COLUMN tip integer NOT NULL DEFAULT 1; ALTER TABLE qr_scans ALTER COLUMN tip DROP DEFAULT',
    differences: ['column public.qr_scans.tip'],
  },
  'a column renamed': {
    sql: 'ALTER TABLE chefs RENAME COLUMN bio TO biography',
    differences: ['column public.chefs.bio'],
    notes: ['extra-column public.chefs.biography'],
    undo: 'ALTER TABLE chefs DROP COLUMN biography',
  },
  'a wider column': {
    sql: 'ALTER TABLE chefs ALTER COLUMN first_name TYPE varchar(200)',
    differences: [],
    notes: ['wider-type public.chefs.first_name'],
    undo: 'ALTER TABLE chefs ALTER COLUMN first_name TYPE varchar(100)',
  },
  'another type, under a view of ours that a service may read': {
    sql: `DROP VIEW messages; ALTER TABLE customer_messages ALTER COLUMN sender_id TYPE varchar(254); ${recreateMessagesView()};
      GRANT SELECT ON customer_messages, messages TO pg_monitor; GRANT SELECT ON messages TO station_service_assigned;
      GRANT SELECT, INSERT, UPDATE, DELETE ON messages TO station_service, station_service_every`,
    differences: ['column public.customer_messages.sender_id type'],
  },
  'another collation': {
    sql: 'ALTER TABLE chefs ALTER COLUMN bio TYPE text COLLATE "C"',
    differences: ['column public.chefs.bio collation'],
  },
  'a default missing': {
    sql: 'ALTER TABLE bookings ALTER COLUMN travel_fee DROP DEFAULT',
    differences: ['column public.bookings.travel_fee default'],
  },
  'a default too many': {
    sql: 'ALTER TABLE bookings ALTER COLUMN deposit_amount SET DEFAULT 100',
    differences: ['column public.bookings.deposit_amount default'],
  },
  'another default': {
    sql: `ALTER TABLE identity.stations ALTER COLUMN country SET DEFAULT 'CA'`,
    differences: ['column identity.stations.country default'],
  },
  'NULL allowed': {
    sql: 'ALTER TABLE leads ALTER COLUMN score DROP NOT NULL',
    differences: ['column public.leads.score notNull'],
  },
  'NULL forbidden': {
    sql: `UPDATE chefs SET specialties = ''; ALTER TABLE chefs ALTER COLUMN specialties SET NOT NULL`,
    differences: ['column public.chefs.specialties notNull'],
  },
  'values from an identity': {
    sql: `ALTER TABLE qr_codes ALTER COLUMN scan_count DROP DEFAULT, ALTER COLUMN scan_count ADD GENERATED BY DEFAULT AS IDENTITY`,
    differences: ['column public.qr_codes.scan_count identity', 'column public.qr_codes.scan_count default'],
  },

  // Constraints
  'a check missing': {
    sql: 'ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive',
    differences: ['constraint public.bookings.check_guest_count_positive'],
  },
  'a check too many': {
    sql: 'ALTER TABLE bookings ADD CONSTRAINT enough CHECK (total_amount > 1) NOT VALID',
    differences: [],
    notes: ['extra-constraint public.bookings.enough'],
    undo: 'ALTER TABLE bookings DROP CONSTRAINT enough',
  },
  'another check': {
    sql: `ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive,
      ADD CONSTRAINT check_guest_count_positive CHECK (guest_count >= 0)`,
    differences: ['constraint public.bookings.check_guest_count_positive definition'],
  },
  'a check not validated': {
    sql: `ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive,
      ADD CONSTRAINT check_guest_count_positive CHECK (guest_count > 0) NOT VALID`,
    differences: ['constraint public.bookings.check_guest_count_positive definition'],
  },
  'a unique constraint missing': {
    sql: 'ALTER TABLE identity.stations DROP CONSTRAINT unique_station_code',
    differences: ['constraint identity.stations.unique_station_code'],
  },
  'a unique index in place of a unique constraint': {
    sql: `ALTER TABLE identity.stations DROP CONSTRAINT unique_station_code;
      CREATE UNIQUE INDEX unique_station_code ON identity.stations (code)`,
    differences: ['constraint identity.stations.unique_station_code'],
  },
  'a unique constraint too many': {
    sql: 'ALTER TABLE chefs ADD CONSTRAINT one_id UNIQUE (id, bio)',
    differences: [],
    notes: ['extra-constraint public.chefs.one_id'],
    undo: 'ALTER TABLE chefs DROP CONSTRAINT one_id',
  },
  'another unique constraint': {
    sql: `ALTER TABLE identity.permissions DROP CONSTRAINT uq_permissions_resource_action,
      ADD CONSTRAINT uq_permissions_resource_action UNIQUE (resource, action, id)`,
    differences: ['constraint identity.permissions.uq_permissions_resource_action definition'],
  },
  'a constraint under another name': {
    sql: 'ALTER TABLE identity.stations RENAME CONSTRAINT unique_station_code TO stations_code_key',
    differences: [],
    notes: ['other-constraint-name identity.stations.unique_station_code'],
    undo: 'ALTER TABLE identity.stations RENAME CONSTRAINT stations_code_key TO unique_station_code',
  },
  'a primary key missing': {
    sql: 'ALTER TABLE qr_scans DROP CONSTRAINT qr_scans_pkey',
    differences: ['constraint public.qr_scans.qr_scans_pkey'],
  },
  'a foreign key missing': {
    sql: 'ALTER TABLE bookings DROP CONSTRAINT bookings_chef_id_fkey',
    differences: ['constraint public.bookings.bookings_chef_id_fkey'],
  },
  'a foreign key too many': {
    sql: `ALTER TABLE customer_social_identities ADD CONSTRAINT hard FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID`,
    differences: [],
    notes: ['extra-constraint public.customer_social_identities.hard'],
    undo: 'ALTER TABLE customer_social_identities DROP CONSTRAINT hard',
  },
  'a foreign key with another action': {
    sql: `ALTER TABLE bookings DROP CONSTRAINT bookings_chef_id_fkey,
      ADD CONSTRAINT bookings_chef_id_fkey FOREIGN KEY (chef_id) REFERENCES chefs (id) ON DELETE RESTRICT`,
    differences: ['constraint public.bookings.bookings_chef_id_fkey definition'],
  },
  'a foreign key that is not enforced': {
    sql: 'ALTER TABLE qr_scans DISABLE TRIGGER ALL',
    differences: ['constraint public.qr_scans.qr_scans_qr_code_id_fkey enforced'],
  },

  // Indexes
  'an index missing': {
    sql: 'DROP INDEX idx_bookings_status',
    differences: ['index public.idx_bookings_status'],
  },
  'an index too many': {
    sql: 'CREATE INDEX by_fee ON bookings (travel_fee)',
    differences: [],
    notes: ['extra-index public.by_fee'],
    undo: 'DROP INDEX by_fee',
  },
  'another index': {
    sql: 'DROP INDEX idx_bookings_status; CREATE INDEX idx_bookings_status ON bookings (status DESC, event_date)',
    differences: ['index public.idx_bookings_status definition'],
  },
  'an index that is no longer unique': {
    sql: 'DROP INDEX ix_qr_codes_code; CREATE INDEX ix_qr_codes_code ON qr_codes (code)',
    differences: ['index public.ix_qr_codes_code definition'],
  },
  'an invalid index': {
    sql: `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_bookings_status'::regclass`,
    differences: ['index public.idx_bookings_status valid'],
  },
  'an invalid index behind a constraint': {
    sql: `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'identity.unique_station_code'::regclass`,
    differences: ['index identity.unique_station_code valid'],
  },
  'an index under another name': {
    sql: 'ALTER INDEX idx_bookings_status RENAME TO bookings_status_idx',
    differences: [],
    notes: ['other-index-name public.idx_bookings_status'],
    undo: 'ALTER INDEX bookings_status_idx RENAME TO idx_bookings_status',
  },

  // Enums
  'an enum missing, with its column': {
    sql: 'DROP TYPE escalation_priority CASCADE',
    differences: [
      'enum public.escalation_priority',
      'column public.escalations.priority',
      'index public.idx_escalations_status_priority',
    ],
  },
  'enum labels missing, the first and the last': {
    sql: `ALTER TABLE leads ALTER COLUMN quality TYPE text; DROP TYPE lead_quality; CREATE TYPE lead_quality AS ENUM ('warm');
      ALTER TABLE leads ALTER COLUMN quality TYPE lead_quality USING 'warm'`,
    differences: ['enum public.lead_quality labels'],
  },
  'an enum label too many': {
    sql: `ALTER TYPE lead_quality ADD VALUE 'boiling' BEFORE 'hot'`,
    differences: [],
    notes: ['extra-label public.lead_quality'],
    undo: `ALTER TABLE leads ALTER COLUMN quality TYPE text; DROP TYPE lead_quality;
      CREATE TYPE lead_quality AS ENUM ('hot', 'warm', 'cold');
      ALTER TABLE leads ALTER COLUMN quality TYPE lead_quality USING quality::lead_quality`,
  },
  'an enum in another order': {
    sql: `ALTER TABLE leads ALTER COLUMN quality TYPE text; DROP TYPE lead_quality;
      CREATE TYPE lead_quality AS ENUM ('cold', 'warm', 'hot');
      ALTER TABLE leads ALTER COLUMN quality TYPE lead_quality USING quality::lead_quality`,
    differences: ['enum public.lead_quality labels'],
  },

  // Views under old names
  'a view missing': { sql: 'DROP VIEW messages', differences: ['view public.messages'] },
  'another view': {
    sql: `DROP VIEW messages; ${recreateMessagesView('SELECT * FROM customer_messages WHERE is_read')}`,
    differences: ['view public.messages definition'],
  },
  'a view with fewer columns': {
    sql: `DROP VIEW messages; ${recreateMessagesView('SELECT id, content FROM customer_messages')}`,
    differences: ['view public.messages definition'],
  },
  'a column too many that its table had when it was renamed, so that the view has it, too': {
    sql: `ALTER TABLE customer_messages ADD COLUMN mood text; ${recreateMessagesView().replace('CREATE', 'CREATE OR REPLACE')}`,
    differences: [],
    notes: ['extra-column public.customer_messages.mood'],
    undo: `DROP VIEW messages; ALTER TABLE customer_messages DROP COLUMN mood; ${recreateMessagesView()};
      GRANT SELECT ON messages TO station_service_assigned, pg_monitor;
      GRANT SELECT, INSERT, UPDATE, DELETE ON messages TO station_service, station_service_every`,
  },
  'a view with the rights of its owner, and another option': {
    sql: 'ALTER VIEW messages RESET (security_invoker); ALTER VIEW messages SET (security_barrier = true)',
    differences: ['view public.messages options'],
  },
  'a view with fewer privileges than its table': {
    sql: 'GRANT SELECT, UPDATE ON customer_messages TO pg_monitor; GRANT SELECT ON messages TO pg_monitor; GRANT INSERT (id) ON customer_messages TO pg_monitor; REVOKE UPDATE ON messages FROM pg_monitor',
    differences: ['view public.messages grants'],
  },
  'a default of a view': {
    sql: `ALTER VIEW messages ALTER COLUMN content SET DEFAULT ''`,
    differences: ['column public.messages.content default'],
  },
  'a table in the place of a view': {
    sql: 'DROP VIEW messages; CREATE TABLE messages (id uuid PRIMARY KEY, content text)',
    differences: ['view public.messages kind'],
  },
  'a materialized view in the place of a view': {
    sql: 'DROP VIEW messages; CREATE MATERIALIZED VIEW messages AS SELECT * FROM customer_messages',
    differences: ['view public.messages kind'],
  },

  // What no model has
  'a policy': {
    sql: 'CREATE POLICY everyone ON customers USING (true)',
    differences: ['policy public.customers.everyone'],
  },
  'a trigger': {
    sql: `CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER meddling BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION meddle()`,
    differences: ['trigger public.customers.meddling'],
    undo: 'DROP FUNCTION meddle',
  },
  'a trigger without rights of its own': {
    sql: `CREATE TRIGGER no_change BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    differences: [],
    notes: ['extra-trigger public.customers.no_change'],
    undo: 'DROP TRIGGER no_change ON customers',
  },
  'a rule': {
    sql: 'CREATE RULE kept AS ON DELETE TO chefs DO INSTEAD NOTHING',
    differences: ['rule public.chefs.kept'],
  },
};

/** The kind of object that a drift is about first, as in `column`; `note` if it does not matter. */
const kindOf = ({ differences }: Drift) => (differences[0] ?? 'note').split(' ', 1)[0] ?? '';

const places = new Map<string, number>();

/** Each drift with its place among those of its kind, from 0 on: the drifts of place 0 are one of each kind. */
export const placedDrifts = Object.entries(drifts).map(([name, drift]) => {
  const place = places.get(kindOf(drift)) ?? 0;
  places.set(kindOf(drift), place + 1);
  return { name, place, kind: kindOf(drift), ...drift };
});
