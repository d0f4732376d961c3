/** How the labels of an enum differ from those that are expected. */
export interface LabelComparison {
  /** Labels that only differ in case, as `['PENDING', 'pending']`: the found one, and the expected. */
  readonly otherCase: readonly (readonly [found: string, expected: string])[];
  /** Expected labels that the enum lacks, in their order. */
  readonly missing: readonly string[];
  /** Labels that are not expected, in their order. */
  readonly extra: readonly string[];
  /** Whether the labels that both have stand in another order. */
  readonly isReordered: boolean;
}

/** Compares the labels of an enum with the expected ones. A label in another case is that label if the expected one is not there too. */
export function compareLabels(expected: readonly string[], found: readonly string[]): LabelComparison {
  const exact = new Set(found);
  const wanted = new Set(expected);
  const byLowerCase = new Map(
    expected.filter((label) => !exact.has(label)).map((label) => [label.toLowerCase(), label]),
  );
  const meant = new Map<string, string>();
  for (const label of found) {
    if (wanted.has(label)) meant.set(label, label);
    else {
      const other = byLowerCase.get(label.toLowerCase());
      if (other !== undefined && ![...meant.values()].includes(other)) meant.set(label, other);
    }
  }
  const present = new Set(meant.values());
  const inFoundOrder = [...meant.values()];
  const inExpectedOrder = expected.filter((label) => present.has(label));
  return {
    otherCase: [...meant].filter(([label, other]) => label !== other),
    missing: expected.filter((label) => !present.has(label)),
    extra: found.filter((label) => !meant.has(label)),
    isReordered: inFoundOrder.some((label, index) => label !== inExpectedOrder[index]),
  };
}
