/** How a type stands to the expected one: it holds every value that the expected one holds, or only some of them, or others. */
export type TypeComparison = 'same' | 'wider' | 'timestamp-precision' | 'narrower' | 'other';

const integers = ['smallint', 'integer', 'bigint'];
const floats = ['real', 'double precision'];

/**
 * Compares a column's type with the expected one, both as `format_type` writes them.
 *
 * Only a wider text is `wider`: drivers return a `bigint` as another JavaScript type than an `integer`, and a wider `numeric` with
 * other digits, so these are `other`.
 */
export function compareTypes(expected: string, found: string): TypeComparison {
  if (expected === found) return 'same';
  const [wanted, present] = [parse(expected), parse(found)];
  if (wanted.dimensions !== present.dimensions) return 'other';
  if (isText(wanted) && isText(present))
    return (present.size ?? Infinity) >= (wanted.size ?? Infinity) ? 'wider' : 'narrower';
  if (wanted.base === present.base && /^timestamp|^time/.test(wanted.base)) return 'timestamp-precision';
  const isNarrower =
    (wanted.base === 'numeric' && present.base === 'numeric' && holdsNumerics(wanted, present)) ||
    [integers, floats].some(
      (ladder) => ladder.includes(present.base) && ladder.indexOf(present.base) < ladder.indexOf(wanted.base),
    );
  return isNarrower ? 'narrower' : 'other';
}

interface Parsed {
  /** Without size and dimensions, as in `character varying`. */
  readonly base: string;
  readonly size?: number;
  readonly scale?: number;
  readonly dimensions: string;
}

function parse(type: string): Parsed {
  const [, before = '', size, scale, after = '', dimensions = ''] =
    /^([^([]*)(?:\((\d+)(?:,(-?\d+))?\))?([^[]*)((?:\[\])*)$/.exec(type) ?? [undefined, type];
  return {
    base: `${before}${after}`.trim(),
    ...(size !== undefined && { size: Number(size) }),
    ...(scale !== undefined && { scale: Number(scale) }),
    dimensions,
  };
}

function isText({ base }: Parsed): boolean {
  return base === 'character varying' || base === 'text';
}

/** Whether a numeric type holds every value of another one. */
function holdsNumerics(type: Parsed, other: Parsed): boolean {
  if (type.size === undefined) return true;
  if (other.size === undefined) return false;
  const [scale, otherScale] = [type.scale ?? 0, other.scale ?? 0];
  return scale >= otherScale && type.size - scale >= other.size - otherScale;
}
