import type { AppendOnlyTable } from '../../fixed-columns.ts';
import { sealHash, unsealedDigest } from './seal-hash.ts';

type AuditTable = AppendOnlyTable extends `identity.${infer Name}` ? Name : never;

const appendOnly = (table: AuditTable, events: string): string => `
CREATE TRIGGER "${table}_append_only" BEFORE ${events} ON "identity"."${table}"
FOR EACH STATEMENT EXECUTE FUNCTION "identity"."refuse_change_of_station_audit"();`;

/** How many chains of a station a writer counts at most. */
const mostCounted = 16;

/** Has the head of the chain set when the transaction ends. */
const touchChain = 'UPDATE identity.station_audit_chains SET length = length WHERE id = chain.id;';

/** Sums up the rows that the trail holds before it is sealed: before writers have to wait. */
export const sumUpAuditTrail: readonly string[] = [
  `
INSERT INTO "identity"."station_audit_origins" ("station_id", "rows", "digest")
SELECT log.station_id, count(*), ${unsealedDigest('log')}
FROM "identity"."station_audit_logs" AS log
GROUP BY log.station_id;`,
].map((statement) => statement.trim());

/**
 * The statements that protect the audit trail: functions and triggers that seal each row and refuse changes, and a record of what the
 * trail holds before them. Sealing runs with the rights of the owner, so a writer needs INSERT on `identity.station_audit_logs` and
 * nothing else.
 *
 * The stations whose trail grew since `sumUpAuditTrail` are summed up again.
 */
export const auditTrailStatements: readonly string[] = [
  // Without sorts, because the index has the chains in order. Where PostgreSQL expects a station to have few, it would read all for the first.
  `
CREATE FUNCTION "identity"."seal_station_audit_logs"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_sort = off AS $$
DECLARE
  log identity.station_audit_logs;
  chain identity.station_audit_chains;
  other identity.station_audit_chains;
  seal identity.station_audit_seals;
  candidate uuid;
  place uuid;
  at_station uuid;
BEGIN
  FOR log IN SELECT * FROM added ORDER BY station_id LOOP
    IF log.station_id IS DISTINCT FROM at_station THEN
      IF seal.number > chain.length THEN
        ${touchChain}
      END IF;
      at_station := log.station_id;
      chain := NULL;
      IF current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
        SELECT * INTO chain FROM identity.station_audit_chains
        WHERE station_id = at_station ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
      ELSE
        -- A chain that grew since the snapshot of this transaction is not for it.
        FOR candidate IN SELECT id FROM identity.station_audit_chains WHERE station_id = at_station ORDER BY id LOOP
          BEGIN
            SELECT * INTO chain FROM identity.station_audit_chains WHERE id = candidate FOR UPDATE SKIP LOCKED;
            EXIT WHEN chain.id IS NOT NULL;
          EXCEPTION WHEN serialization_failure THEN
            NULL;
          END;
        END LOOP;
      END IF;

      IF chain.id IS NULL THEN
        INSERT INTO identity.station_audit_chains (station_id, length) VALUES (at_station, 0) RETURNING * INTO chain;
      END IF;
      SELECT count(*) INTO seal.chains FROM (
        SELECT FROM identity.station_audit_chains WHERE station_id = at_station ORDER BY id LIMIT ${mostCounted}
      ) AS counted;
      seal.chain_id := chain.id;
      SELECT number, hash INTO seal.number, seal.hash FROM identity.station_audit_seals
      WHERE chain_id = chain.id ORDER BY number DESC LIMIT 1;
      seal.number := coalesce(seal.number, 0);
      -- Behind its seals, the head waits for the end of this transaction already.
      IF seal.number > chain.length THEN
        chain.length := NULL;
      END IF;

      -- Any of the other chains, and the work for it does not depend on how many there are.
      other := NULL;
      IF seal.chains > 1 THEN
        place := gen_random_uuid();
        SELECT * INTO other FROM identity.station_audit_chains
        WHERE station_id = at_station AND id >= place AND id <> chain.id AND length > 0 ORDER BY id LIMIT 1;
        IF other.id IS NULL THEN
          SELECT * INTO other FROM identity.station_audit_chains
          WHERE station_id = at_station AND id < place AND id <> chain.id AND length > 0 ORDER BY id LIMIT 1;
        END IF;
      END IF;
      seal.witness_chain_id := other.id;
      seal.witness_number := CASE WHEN other.id IS NOT NULL THEN other.length END;
      seal.witness_hash := other.head_hash;
    END IF;

    seal.log_id := log.id;
    seal.previous_hash := seal.hash;
    seal.number := seal.number + 1;
    seal.user_id := log.user_id;
    seal.sealed_at := clock_timestamp();
    seal.hash := ${sealHash('seal', 'log')};
    INSERT INTO identity.station_audit_seals (log_id, chain_id, number, previous_hash, witness_chain_id, witness_number, witness_hash, chains, user_id, sealed_at, hash)
    VALUES (seal.log_id, seal.chain_id, seal.number, seal.previous_hash, seal.witness_chain_id, seal.witness_number, seal.witness_hash, seal.chains, seal.user_id, seal.sealed_at, seal.hash);
  END LOOP;
  IF seal.number > chain.length THEN
    ${touchChain}
  END IF;
  RETURN NULL;
END $$;`,
  // Deferred: once a transaction, however many rows it writes. Each new version of the row would make the next one slower.
  `
CREATE FUNCTION "identity"."set_head_of_station_audit_chain"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE identity.station_audit_chains AS chain SET length = last.number, head_hash = last.hash
  FROM (SELECT number, hash FROM identity.station_audit_seals WHERE chain_id = NEW.id ORDER BY number DESC LIMIT 1) AS last
  WHERE chain.id = NEW.id AND chain.length < last.number;
  RETURN NULL;
END $$;`,
  // Otherwise anybody who may create a table could put the trigger on it, and get seals for rows that never existed.
  `REVOKE EXECUTE ON FUNCTION "identity"."seal_station_audit_logs"(), "identity"."set_head_of_station_audit_chain"() FROM PUBLIC;`,
  `
CREATE FUNCTION "identity"."refuse_change_of_station_audit"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('%s.%s: found %s by role %I; expected none, as the audit trail is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, current_user),
      HINT = 'Write what happened as another row of identity.station_audit_logs. Only the owner of the table may change rows, and verifyAuditTrail finds that.';
  END IF;
  RETURN NULL;
END $$;`,
  ...(['station_audit_chains', 'station_audit_seals', 'station_audit_origins'] as const).map((table) =>
    appendOnly(table, 'INSERT OR UPDATE OR DELETE OR TRUNCATE'),
  ),
  appendOnly('station_audit_logs', 'UPDATE OR DELETE OR TRUNCATE'),
  `
CREATE TRIGGER "station_audit_logs_seal" AFTER INSERT ON "identity"."station_audit_logs"
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "identity"."seal_station_audit_logs"();`,
  `
CREATE CONSTRAINT TRIGGER "station_audit_chains_head" AFTER UPDATE ON "identity"."station_audit_chains"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.length = OLD.length)
EXECUTE FUNCTION "identity"."set_head_of_station_audit_chain"();`,
  `
INSERT INTO "identity"."station_audit_origins" AS origin ("station_id", "rows", "digest")
SELECT log.station_id, count(*), ${unsealedDigest('log')}
FROM "identity"."station_audit_logs" AS log
WHERE log.station_id IN (
  SELECT counted.station_id FROM "identity"."station_audit_logs" AS counted GROUP BY counted.station_id
  HAVING count(*) <> coalesce((SELECT known.rows FROM "identity"."station_audit_origins" AS known WHERE known.station_id = counted.station_id), 0)
)
GROUP BY log.station_id
ON CONFLICT ("station_id") DO UPDATE SET rows = excluded.rows, digest = excluded.digest;`,
].map((statement) => statement.trim());
