import {
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { EntityFetch, PlannedFetch, Required, RequiredField } from './plan.js';
import type { RequirementsOf, SeparatedFields } from './separatedFields.js';

/**
 * One representation cannot hold a field twice. Where the fields that are asked for need it with different arguments, they are asked
 * for in several lists of the same call, each with representations of its own.
 */
export function splitConflicts(
  fetch: PlannedFetch,
  fields: SeparatedFields,
  requirementsOf: RequirementsOf,
): PlannedFetch {
  if (!fetch.entities.some(({ requires }) => hasConflict(requires, fields))) return fetch;
  const { operation, fragments } = readOperation(fetch.operation);
  const entities: EntityFetch[] = [];
  const selections: FieldNode[] = [];
  for (const entity of fetch.entities) {
    const field = operation.selectionSet.selections.find(
      (selection) => selection.kind === Kind.FIELD && (selection.alias ?? selection.name).value === entity.alias,
    );
    if (field?.kind !== Kind.FIELD || field.selectionSet === undefined) throw new Error('a fetch has no entities');
    const selected = spreadFragments(field.selectionSet, fragments);
    for (const group of groupsOf(selected, fields, requirementsOf)) {
      const number = entities.length;
      const part: EntityFetch = {
        ...entity,
        alias: `_e${number}`,
        variable: `_r${number}`,
        requires: entity.requires.flatMap((required) => keepNeeded(required, fields, group.needed)),
      };
      entities.push(part);
      selections.push(entityField(field, entity, part, onlyFields(selected, group.selected)));
    }
  }
  const sent = new Set(fetch.entities.map(({ variable }) => variable));
  const shared = (operation.variableDefinitions ?? []).filter(({ variable }) => !sent.has(variable.name.value));
  const head = [...entities.map(({ variable }) => `$${variable}:[_Any!]!`), ...shared.map((node) => print(node))];
  const body = print({ kind: Kind.SELECTION_SET, selections });
  return { ...fetch, operation: stripIgnoredCharacters(`query(${head.join(' ')})${body}`), entities };
}

/** True where two values would go under one name into the same object. */
function hasConflict(selections: readonly Required[], fields: SeparatedFields): boolean {
  if (selections.length === 0) return false;
  const required = withoutFragments(selections);
  const names = new Set(required.map(({ to }) => to));
  const targets = new Set([...names].map((name) => fields.get(name)?.name ?? name));
  if (targets.size < names.size) return true;
  // What is required of one field in several places goes into one object.
  return [...names].some((name) =>
    hasConflict(
      required.filter(({ to }) => to === name).flatMap((field) => field.selections ?? []),
      fields,
    ),
  );
}

function withoutFragments(selections: readonly Required[]): RequiredField[] {
  return selections.flatMap((selection) =>
    selection.kind === 'Field' ? [selection] : withoutFragments(selection.selections),
  );
}

interface FieldGroup {
  readonly selected: Set<FieldNode>;
  /** Separated fields. */
  readonly needed: Set<string>;
}

/** Each field goes into the first group where what it needs conflicts with nothing. */
function groupsOf(
  selectionSet: SelectionSetNode,
  fields: SeparatedFields,
  requirementsOf: RequirementsOf,
): FieldGroup[] {
  const groups: FieldGroup[] = [];
  const add = (field: FieldNode, needs: ReadonlySet<string>): void => {
    let group = groups.find(({ needed }) => isCompatible(needed, needs, fields));
    if (group === undefined) {
      group = { selected: new Set(), needed: new Set() };
      groups.push(group);
    }
    group.selected.add(field);
    for (const name of needs) group.needed.add(name);
  };
  const visitSet = ({ selections }: SelectionSetNode, type: string): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) add(selection, requirementsOf(type, selection.name.value));
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visitSet(selection.selectionSet, selection.typeCondition?.name.value ?? type);
      }
    }
  };
  visitSet(selectionSet, '');
  return groups;
}

/** By name alone, wherever in a representation: rather one list too many than a wrong value. */
function isCompatible(needed: ReadonlySet<string>, needs: ReadonlySet<string>, fields: SeparatedFields): boolean {
  for (const name of needs) {
    if (needed.has(name)) continue;
    for (const other of needed) if (fields.get(other)?.name === fields.get(name)?.name) return false;
  }
  return true;
}

function keepNeeded(required: Required, fields: SeparatedFields, needed: ReadonlySet<string>): Required[] {
  if (required.kind === 'Field' && fields.has(required.to) && !needed.has(required.to)) return [];
  if (required.selections === undefined) return [required];
  const selections = required.selections.flatMap((selection) => keepNeeded(selection, fields, needed));
  return selections.length === 0 ? [] : [{ ...required, selections }];
}

function onlyFields(selectionSet: SelectionSetNode, kept: ReadonlySet<FieldNode>): SelectionSetNode {
  const selections = selectionSet.selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return kept.has(selection) ? [selection] : [];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
    const inner = onlyFields(selection.selectionSet, kept);
    return inner.selections.length === 0 ? [] : [{ ...selection, selectionSet: inner }];
  });
  return { ...selectionSet, selections };
}

function entityField(field: FieldNode, from: EntityFetch, to: EntityFetch, selectionSet: SelectionSetNode): FieldNode {
  return visit(
    { ...field, alias: { kind: Kind.NAME, value: to.alias }, selectionSet } satisfies FieldNode as FieldNode,
    {
      Variable: (variable) =>
        variable.name.value === from.variable
          ? { ...variable, name: { kind: Kind.NAME, value: to.variable } }
          : undefined,
    },
  );
}

function readOperation(source: string): {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
} {
  const document: DocumentNode = parse(source, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  let operation: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
  }
  if (operation === undefined) throw new Error('a fetch has no operation');
  return { operation, fragments };
}

function spreadFragments(
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionSetNode {
  return visit(selectionSet, {
    FragmentSpread: (spread) => {
      const fragment = fragments.get(spread.name.value);
      if (fragment === undefined) return undefined;
      return {
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: fragment.typeCondition,
        directives: spread.directives ?? [],
        selectionSet: spreadFragments(fragment.selectionSet, fragments),
      };
    },
  });
}
