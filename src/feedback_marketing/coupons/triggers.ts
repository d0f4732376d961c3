import type { CustomMigration } from '../../custom-migration.ts';
import { asOwner } from '../../identity/access/sql/functions.ts';
import { couponRefusals } from './refusals.ts';

const giveUseBack = `UPDATE public.discount_coupons
    SET current_uses = greatest(current_uses - 1, 0), updated_at = now(),
      status = CASE WHEN status = 'used' AND current_uses <= max_uses THEN 'active' ELSE status END
    WHERE id = OLD.coupon_id;`;

/**
 * Coupons are good at every station, and no station writes them: the trigger counts with the rights of the owner. Services that are not moved
 * count their uses themselves, so the row of the coupon decides.
 */
const couponTriggers: readonly string[] = [
  `CREATE OR REPLACE FUNCTION public.count_coupon_redemption() RETURNS trigger
LANGUAGE plpgsql ${asOwner} AS $$
DECLARE
  refused text;
BEGIN
  IF TG_OP = 'INSERT' AND NEW.amount_off > NEW.amount_before THEN
    refused := '${couponRefusals.amounts}';
  ELSIF TG_OP = 'INSERT' AND NEW.reversed_at IS NULL THEN
    UPDATE public.discount_coupons
    SET current_uses = current_uses + 1, updated_at = now(),
      status = CASE WHEN current_uses + 1 >= max_uses THEN 'used' ELSE status END
    WHERE id = NEW.coupon_id AND status = 'active' AND current_uses < max_uses;
    IF NOT FOUND THEN
      SELECT CASE WHEN status = 'used' OR current_uses >= max_uses THEN '${couponRefusals.maxUses}' ELSE '${couponRefusals.notActive}' END
      INTO refused FROM public.discount_coupons WHERE id = NEW.coupon_id;
    END IF;
  ELSIF TG_OP = 'DELETE' AND OLD.reversed_at IS NULL THEN
    ${giveUseBack}
  ELSIF TG_OP = 'UPDATE' THEN
    IF (NEW.coupon_id, NEW.booking_id, NEW.amount_before, NEW.amount_off)
        IS DISTINCT FROM (OLD.coupon_id, OLD.booking_id, OLD.amount_before, OLD.amount_off)
      OR OLD.reversed_at IS NOT NULL AND NEW.reversed_at IS DISTINCT FROM OLD.reversed_at THEN
      refused := '${couponRefusals.history}';
    ELSIF OLD.reversed_at IS NULL AND NEW.reversed_at IS NOT NULL THEN
      ${giveUseBack}
    END IF;
  END IF;
  IF refused IS NOT NULL THEN
    RAISE check_violation USING
      MESSAGE = format('%I.%I: found redemption %s, which %s does not allow', TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.id, refused),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = refused;
  END IF;
  RETURN NULL;
END
$$;`,
  'REVOKE ALL ON FUNCTION public.count_coupon_redemption() FROM PUBLIC;',
  // After the row is written: one that ON CONFLICT leaves out is not counted.
  `CREATE OR REPLACE TRIGGER count_redemption AFTER INSERT OR UPDATE OR DELETE ON public.coupon_redemptions
FOR EACH ROW EXECUTE FUNCTION public.count_coupon_redemption();`,
];

/** What the database does for coupons. No text names a renamed table, so `revert` can go back past it. */
export const couponMigrations: readonly CustomMigration[] = [
  { name: 'coupon_redemptions', repeatable: true, statements: couponTriggers },
];
