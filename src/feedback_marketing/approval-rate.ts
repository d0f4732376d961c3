/** The approved ones of those that are decided, in percent with 2 decimals; 0 if none is. */
export function approvalRateOf(approved: number, rejected: number): number {
  const decided = approved + rejected;
  return decided === 0 ? 0 : Math.round((approved / decided) * 10_000) / 100;
}
