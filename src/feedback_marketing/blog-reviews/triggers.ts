import type { CustomMigration } from '../../custom-migration.ts';
import { asOwner } from '../../identity/access/sql/functions.ts';
import { everyStationRole } from '../../identity/access/sql/roles.ts';
import { blogReviewActions, blogReviewRefusals, blogReviewSteps } from './steps.ts';

const steps = blogReviewSteps.map(({ from, to }) => `('${from}', '${to}')`).join(', ');
const actions = Object.entries(blogReviewActions).map(([status, action]) => `WHEN '${status}' THEN '${action}'`);

/** The id of the transaction that wrote the row `log`, in 64 bits: the nearest one to that of the running transaction. */
const writtenBy = `running + (log.xmin::text::bigint - running % 4294967296 + 6442450944) % 4294967296 - 2147483648`;

const blogReviewTriggers: readonly string[] = [
  `CREATE OR REPLACE FUNCTION public.judge_blog_review_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  refused text;
BEGIN
  refused := CASE
    WHEN (OLD.status, NEW.status) NOT IN (${steps}) THEN '${blogReviewRefusals.step}'
    WHEN NEW.status = 'approved' AND (NEW.approved_by IS NULL OR NEW.approved_at IS NULL) THEN '${blogReviewRefusals.approval}'
    WHEN NEW.status = 'rejected' AND btrim(coalesce(NEW.rejection_reason, '')) = '' THEN '${blogReviewRefusals.reason}'
  END;
  IF refused IS NOT NULL THEN
    RAISE check_violation USING
      MESSAGE = format('%I.%I: found a step from %s to %s of review %s that %s does not allow', TG_TABLE_SCHEMA, TG_TABLE_NAME, OLD.status, NEW.status, NEW.id, refused),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = refused;
  END IF;
  RETURN NULL;
END
$$;`,
  // A row that is seen although its transaction is in progress is of this transaction, or of a savepoint in it. Savepoints have ids of their
  // own, above that of the transaction. A row that was frozen 2³¹ transactions ago may look as if it came later: its time tells.
  `CREATE OR REPLACE FUNCTION public.log_blog_review_step() RETURNS trigger
LANGUAGE plpgsql ${asOwner} AS $$
DECLARE
  running bigint := pg_current_xact_id()::text::bigint;
  step_action text := CASE NEW.status ${actions.join(' ')} END;
BEGIN
  IF EXISTS (
    SELECT FROM public.review_approval_log AS log
    WHERE log.review_id = NEW.id AND log.action = step_action AND CASE
      WHEN log.created_at > now() - interval '2 days' AND ${writtenBy} >= running
      THEN pg_xact_status((${writtenBy})::text::xid8) = 'in progress'
    END
  ) THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.review_approval_log (review_id, admin_id, action, comment, created_at)
  SELECT review.id,
    (SELECT holder.id FROM identity.users AS holder WHERE holder.id = CASE
      WHEN NEW.status = 'approved' THEN NEW.approved_by
      WHEN NEW.reviewed_by IS DISTINCT FROM OLD.reviewed_by THEN NEW.reviewed_by
      WHEN NEW.approved_by IS DISTINCT FROM OLD.approved_by THEN NEW.approved_by
    END),
    step_action,
    CASE NEW.status WHEN 'approved' THEN 'Review approved' WHEN 'rejected' THEN 'Rejected: ' || NEW.rejection_reason END,
    clock_timestamp()
  FROM public.customer_review_blog_posts AS review WHERE review.id = NEW.id;
  RETURN NULL;
END
$$;`,
  // Otherwise anybody who may create a table could put the triggers on it.
  'REVOKE ALL ON FUNCTION public.judge_blog_review_step(), public.log_blog_review_step() FROM PUBLIC;',
  `CREATE OR REPLACE TRIGGER judge_step AFTER UPDATE ON public.customer_review_blog_posts
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION public.judge_blog_review_step();`,
];

/** At the end of the transaction, so that who took the step may log it before or after. */
const logSteps = `CREATE CONSTRAINT TRIGGER log_step AFTER UPDATE ON public.customer_review_blog_posts
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
EXECUTE FUNCTION public.log_blog_review_step();`;

/**
 * A station does not see the slugs of the others, so this looks for it: `great-evening`, else `great-evening-2`, and so on, at most 80
 * characters. Until the end of the transaction it is the only one that gives names that could be the same: those that have in common what
 * comes before the first number, up to the 60th character.
 */
const nextSlug: readonly string[] = [
  `CREATE OR REPLACE FUNCTION public.next_blog_review_slug(base text) RETURNS text
LANGUAGE plpgsql STRICT ${asOwner} AS $$
DECLARE
  candidate text := rtrim(left(base, 80), '-');
  suffix text;
  number integer := 1;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('blog_review_slugs ' || left(regexp_replace(base, '-[0-9].*$', ''), 60), 0));
  WHILE EXISTS (SELECT FROM public.blog_review_slugs WHERE slug = candidate)
    OR EXISTS (SELECT FROM public.customer_review_blog_posts WHERE slug = candidate) LOOP
    number := number + 1;
    suffix := '-' || number;
    candidate := rtrim(left(base, 80 - length(suffix)), '-') || suffix;
  END LOOP;
  RETURN candidate;
END
$$;`,
  'REVOKE ALL ON FUNCTION public.next_blog_review_slug(text) FROM PUBLIC;',
  `GRANT EXECUTE ON FUNCTION public.next_blog_review_slug(text) TO ${everyStationRole};`,
];

/** What the database does for testimonials. No text names a renamed table, so `revert` can go back past it. */
export const blogReviewMigrations: readonly CustomMigration[] = [
  { name: 'blog_review_steps', repeatable: true, statements: blogReviewTriggers },
  // Not repeatable: PostgreSQL cannot replace a constraint trigger.
  { name: 'blog_review_log', statements: [logSteps] },
  { name: 'blog_review_slugs', repeatable: true, statements: nextSlug },
];
