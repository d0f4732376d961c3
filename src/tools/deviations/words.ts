import type { DescribedObject } from '../database/describe.ts';
import type { DeviationKind } from './kinds.ts';
import type { LabelComparison } from './labels.ts';
import { listOf, ownNameOf, textOf } from './names.ts';

/** What a sentence about a deviation is made of. */
export interface Circumstances {
  readonly expected?: DescribedObject;
  readonly found?: DescribedObject;
  readonly property?: string;
  readonly candidates?: readonly string[];
  readonly labels?: LabelComparison;
}

type Sentence = (circumstances: Circumstances) => string;

const sentences: Readonly<Record<DeviationKind, Sentence>> = {
  'column-order': () => 'its columns stand in another order',
  'extra-column': ({ found }) => `is not expected: ${columnText(found)}`,
  'extra-index': ({ found }) => `is not expected: ${definitionText(found)}`,
  'extra-unique-index': ({ found }) => `is not expected, and restricts writes: ${definitionText(found)}`,
  'extra-constraint': ({ found }) => `is not expected, and restricts writes: ${definitionText(found)}`,
  'extra-trigger': ({ found }) => `is not expected: ${definitionText(found)}`,
  'extra-label': ({ labels }) => `has ${listed(labels?.extra)}, not expected`,
  'extra-statistics': ({ found }) => `is not expected: ${definitionText(found)}`,
  comment: () => 'has a comment',
  storage: ({ expected, found, property = '' }) =>
    `${wordsOfProperty[property] ?? property} is ${storageText(found, property)}; expected ${storageText(expected, property)}`,
  'wider-type': ({ expected, found }) => `holds more: ${textOf(found, 'type')}; expected ${textOf(expected, 'type')}`,
  'timestamp-precision': ({ expected, found }) => `is ${textOf(found, 'type')}; expected ${textOf(expected, 'type')}`,
  'other-index-name': ({ expected, found }) => `is there as ${nameText(found)}; expected ${nameText(expected)}`,
  'other-constraint-name': ({ expected, found }) => `is there as ${nameText(found)}; expected ${nameText(expected)}`,
  'other-default-spelling': ({ expected, found }) =>
    `has the same default in another spelling: ${valueText(found, 'default')}; expected ${valueText(expected, 'default')}`,
  'other-check-spelling': ({ found }) => `is the same check in another spelling: ${definitionText(found)}`,
  'other-index-spelling': ({ found }) => `has the same condition in another spelling: ${definitionText(found)}`,
  'other-enum-place': ({ expected, found }) => `is there as ${found?.name}, which counts as ${expected?.name}`,

  'missing-default': ({ expected }) => `has no default; expected ${valueText(expected, 'default')}`,
  'extra-default': ({ found }) => `has the default ${valueText(found, 'default')}; expected none`,
  'other-default': ({ expected, found }) =>
    `has the default ${valueText(found, 'default')}; expected ${valueText(expected, 'default')}`,
  'missing-not-null': () => 'allows NULL; expected NOT NULL',
  'extra-not-null': () => 'is NOT NULL; expected that it allows NULL',
  'missing-index': ({ expected }) => `is missing: ${definitionText(expected)}`,
  'other-index': ({ expected, found }) => `is ${definitionText(found)}; expected ${definitionText(expected)}`,
  'invalid-index': () => 'is not valid: its build failed or has not ended',
  'missing-key': ({ expected }) => `is missing: ${definitionText(expected)}`,
  'other-key': ({ expected, found }) => `is ${definitionText(found)}; expected ${definitionText(expected)}`,
  'missing-check': ({ expected }) => `is missing: ${definitionText(expected)}`,
  'other-check': ({ expected, found }) => `is ${definitionText(found)}; expected ${definitionText(expected)}`,
  'missing-foreign-key': ({ expected }) => `is missing: ${definitionText(expected)}`,
  'other-foreign-key': ({ expected, found }) => `is ${definitionText(found)}; expected ${definitionText(expected)}`,
  'not-validated': () => 'is not validated: rows from before may break it',
  'missing-column': ({ expected }) => `is missing: ${columnText(expected)}`,
  'missing-label': ({ labels }) => `lacks ${listed(labels?.missing)}`,
  'missing-enum': ({ expected }) => `is missing: ${listOf(expected, 'labels').join(', ')}`,
  'missing-table': ({ expected }) => `is missing, with ${listOf(expected, 'columns').length} columns`,
  'missing-schema': () => 'is missing',

  'other-place': ({ expected, found }) => `stands at ${found?.name}; expected ${expected?.name}`,
  'label-case': ({ labels }) =>
    `has ${listed(labels?.otherCase.map(([has]) => has))}; expected ${listed(labels?.otherCase.map(([, wanted]) => wanted))}`,
  'narrower-type': ({ expected, found }) =>
    `holds less: ${textOf(found, 'type')}; expected ${textOf(expected, 'type')}`,

  'other-type': ({ expected, found }) => `is ${textOf(found, 'type')}; expected ${textOf(expected, 'type')}`,
  'other-key-type': ({ expected, found }) =>
    `its key ${nameText(found)} is ${textOf(found, 'type')}; expected ${textOf(expected, 'type')}: this table is not adopted`,
  'meeting-tables': ({ candidates = [] }) => `may be ${candidates.join(' or ')}: name the one that is meant`,
  'other-table-kind': ({ expected, found, property = 'kind' }) =>
    found?.kind === 'view'
      ? 'is a view; expected a table'
      : `${wordsOfProperty[property] ?? property} is ${valueText(found, property)}; expected ${valueText(expected, property)}`,
  'label-order': ({ found }) => `its labels stand in another order: ${listOf(found, 'labels').join(', ')}`,
  'other-generation': ({ expected, found }) => `is ${generationText(found)}; expected ${generationText(expected)}`,
  'other-collation': ({ expected, found }) =>
    `is collated by ${valueText(found, 'collation')}; expected ${valueText(expected, 'collation')}`,
  'missing-required-column': ({ expected }) => `is missing, and its rows need a value: ${columnText(expected)}`,
  'extra-required-column': ({ found }) =>
    `is not expected, and every new row needs a value for it: ${columnText(found)}`,
  'foreign-policy': ({ found }) => `is not expected: ${policyText(found)}; ${dropText('POLICY', found)}`,
  'row-security': ({ expected, found, property = '' }) =>
    `${wordsOfProperty[property]} is ${onOff(found, property)}; expected ${onOff(expected, property)}`,
  'foreign-rule': ({ found }) =>
    `is not expected: ${definitionText(found).replace(/;$/, '')}; ${dropText('RULE', found)}`,
  'definer-trigger': ({ found }) =>
    `is not expected, and runs with the rights of its function's owner: ${definitionText(found)}; ${dropText('TRIGGER', found)}`,
};

const wordsOfProperty: Readonly<Record<string, string>> = {
  kind: 'its kind',
  persistence: 'its persistence',
  partitionKey: 'its partition key',
  partitionBound: 'its partition bound',
  inherits: 'what it inherits from',
  rowSecurity: 'row-level security',
  forceRowSecurity: 'row-level security for its owner',
  options: 'its storage',
  definition: 'its storage',
  replicaIdentity: 'its replica identity',
  statistics: 'its statistics target',
  clustered: 'its use for CLUSTER',
};

/** Says what is the case, as in `has no default; expected now()`, to be read behind the name of the object. */
export function wordsOf(kind: DeviationKind, circumstances: Circumstances): string {
  return sentences[kind](circumstances).replace(/\s+/g, ' ').trim();
}

function definitionText(object: DescribedObject | undefined): string {
  const definition = textOf(object, 'definition');
  const index = / (?:USING .*)$/s.exec(definition)?.[0];
  if (object?.kind !== 'index' || index === undefined) return definition;
  return `${object.properties['unique'] === true ? 'unique, ' : ''}${index.trim().replace(/^USING /, '')}`;
}

function columnText(column: DescribedObject | undefined): string {
  const { type, notNull, default: value, identity, generated } = column?.properties ?? {};
  return [
    String(type),
    ...(notNull === true ? ['NOT NULL'] : []),
    ...(value === undefined ? [] : [`default ${value}`]),
    ...(identity === undefined ? [] : [`identity ${identity}`]),
    ...(generated === undefined ? [] : [`generated as ${generated}`]),
  ].join(', ');
}

function generationText(column: DescribedObject | undefined): string {
  const { identity, generated, generatedKind } = column?.properties ?? {};
  if (identity !== undefined) return `an identity (${identity})`;
  return generated === undefined ? 'written by clients' : `generated as ${generated} (${generatedKind})`;
}

function policyText(policy: DescribedObject | undefined): string {
  const { permissive, command, using, check } = policy?.properties ?? {};
  return [
    `${permissive === true ? 'permissive' : 'restrictive'}, for ${command}, to ${listOf(policy, 'roles').join(', ')}`,
    ...(using === undefined ? [] : [`USING (${using})`]),
    ...(check === undefined ? [] : [`WITH CHECK (${check})`]),
  ].join(' ');
}

function dropText(what: 'POLICY' | 'RULE' | 'TRIGGER', object: DescribedObject | undefined): string {
  return `to drop it: DROP ${what} ${nameText(object)} ON ${object?.table}`;
}

function valueText(object: DescribedObject | undefined, property: string): string {
  const value = object?.properties[property];
  if (value === undefined || value === null) return 'none';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** Of an index only the clause of its definition. */
function storageText(object: DescribedObject | undefined, property: string): string {
  if (property !== 'definition') return valueText(object, property);
  return / WITH \(([^)]*)\)/.exec(textOf(object, property))?.[1] ?? 'none';
}

function onOff(object: DescribedObject | undefined, property: string): string {
  return object?.properties[property] === true ? 'on' : 'off';
}

function nameText(object: DescribedObject | undefined): string {
  return object === undefined ? 'none' : ownNameOf(object);
}

function listed(labels: readonly string[] = []): string {
  return labels.length === 1 ? `the label ${labels[0]}` : `the labels ${labels.join(', ')}`;
}
