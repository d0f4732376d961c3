import type { AppendOnlyTable } from '../../fixed-columns.ts';
import { sealHash, unsealedDigest } from './seal-hash.ts';

type AuditTable = AppendOnlyTable extends `identity.${infer Name}` ? Name : never;

const appendOnly = (table: AuditTable, events: string): string => `
CREATE TRIGGER "${table}_append_only" BEFORE ${events} ON "identity"."${table}"
FOR EACH STATEMENT EXECUTE FUNCTION "identity"."refuse_change_of_station_audit"();`;

/**
 * The statements that protect the audit trail: functions and triggers that seal each row and refuse changes, and a record of what the
 * trail holds before them. Sealing runs with the rights of the owner, so a writer needs INSERT on `identity.station_audit_logs` and
 * nothing else.
 *
 * Existing rows are summed up before writers have to wait; then the stations whose trail grew meanwhile are summed up again.
 */
export const auditTrailStatements: readonly string[] = [
  `
INSERT INTO "identity"."station_audit_origins" ("station_id", "rows", "digest")
SELECT log.station_id, count(*), ${unsealedDigest('log')}
FROM "identity"."station_audit_logs" AS log
GROUP BY log.station_id;`,
  `
CREATE FUNCTION "identity"."seal_station_audit_log"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chain identity.station_audit_chains;
  seal identity.station_audit_seals;
  candidate uuid;
  others integer;
BEGIN
  IF current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
    SELECT * INTO chain FROM identity.station_audit_chains
    WHERE station_id = NEW.station_id ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
  ELSE
    -- A chain that grew since the snapshot of this transaction is not for it.
    FOR candidate IN SELECT id FROM identity.station_audit_chains WHERE station_id = NEW.station_id ORDER BY id LOOP
      BEGIN
        SELECT * INTO chain FROM identity.station_audit_chains WHERE id = candidate FOR UPDATE SKIP LOCKED;
        EXIT WHEN chain.id IS NOT NULL;
      EXCEPTION WHEN serialization_failure THEN
        NULL;
      END;
    END LOOP;
  END IF;

  seal.log_id := NEW.id;
  seal.chain_id := coalesce(chain.id, gen_random_uuid());
  seal.number := coalesce(chain.length, 0) + 1;
  seal.previous_hash := chain.head_hash;
  SELECT count(*), (array_agg(head_hash ORDER BY id))[1 + seal.number % greatest(count(*), 1)]
  INTO others, seal.witness_hash
  FROM identity.station_audit_chains WHERE station_id = NEW.station_id AND id <> seal.chain_id;
  seal.chains := others + 1;
  seal.user_id := NEW.user_id;
  seal.sealed_at := clock_timestamp();
  seal.hash := ${sealHash('seal', 'NEW')};

  IF chain.id IS NULL THEN
    INSERT INTO identity.station_audit_chains (id, station_id, length, head_hash)
    VALUES (seal.chain_id, NEW.station_id, seal.number, seal.hash);
  ELSE
    UPDATE identity.station_audit_chains SET length = seal.number, head_hash = seal.hash WHERE id = seal.chain_id;
  END IF;
  INSERT INTO identity.station_audit_seals (log_id, chain_id, number, previous_hash, witness_hash, chains, user_id, sealed_at, hash)
  VALUES (seal.log_id, seal.chain_id, seal.number, seal.previous_hash, seal.witness_hash, seal.chains, seal.user_id, seal.sealed_at, seal.hash);
  RETURN NULL;
END $$;`,
  // Otherwise anybody who may create a table could put the trigger on it, and get seals for rows that never existed.
  `REVOKE EXECUTE ON FUNCTION "identity"."seal_station_audit_log"() FROM PUBLIC;`,
  `
CREATE FUNCTION "identity"."refuse_change_of_station_audit"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- What a foreign key does when a user or a station is deleted is done as the owner.
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
FOR EACH ROW EXECUTE FUNCTION "identity"."seal_station_audit_log"();`,
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
