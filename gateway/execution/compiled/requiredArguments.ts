import {
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type SelectionSetNode,
  type TypeDefinitionNode,
} from 'graphql';
import { fetchesOf, mapFetches, type Plan, type Required } from './plan.js';
import type { RequirementsOf, SeparatedField, SeparatedFields } from './separatedFields.js';
import { splitConflicts } from './splitConflicts.js';
import { fieldsOf, parseFieldSet, stringArgument, typeDefinitions } from './supergraph.js';

/**
 * `@requires(fields: "price(currency: EUR)")`: planners ask for such a field under its plain name, where it meets the same field with
 * other arguments, and then give wrong data without an error. So they get a supergraph in which it is a field of its own, without
 * arguments; in their plans it becomes the real field again, under a response key of its own.
 */
export function separateRequiredArguments(sdl: string): {
  readonly plannedSdl: string;
  readonly restore: (plan: Plan) => Plan;
} {
  const document = parse(sdl, { noLocation: true });
  const separation = new Separation(typeDefinitions(document));
  const planned = separation.apply(document);
  if (separation.fields.size === 0) return { plannedSdl: sdl, restore: (plan) => plan };
  return {
    plannedSdl: print(planned),
    restore: (plan) => restorePlan(plan, separation.fields, separation.requirementsOf),
  };
}

class Separation {
  readonly fields = new Map<string, SeparatedField>();
  readonly #types: ReadonlyMap<string, TypeDefinitionNode>;
  readonly #names = new Map<string, string>();
  /** Names of fields that are required with arguments anywhere: those without are then kept apart from them, too. */
  readonly #withArguments = new Set<string>();
  /** Type to the separated fields that it gets. */
  readonly #added = new Map<string, Map<string, FieldDefinitionNode>>();
  readonly #requirements = new Map<string, Set<string>>();

  constructor(types: ReadonlyMap<string, TypeDefinitionNode>) {
    this.#types = types;
  }

  readonly requirementsOf: RequirementsOf = (type, field) => this.#requirements.get(`${type}.${field}`) ?? new Set();

  apply(document: DocumentNode): DocumentNode {
    const rewritten = new Map<ConstDirectiveNode, ConstDirectiveNode>();
    for (const type of this.#types.values()) {
      for (const field of fieldsOf(type)) this.#collect(field);
    }
    for (const type of this.#types.values()) {
      for (const field of fieldsOf(type)) this.#field(type, field, rewritten);
    }
    return visit(document, {
      Directive: (directive) => rewritten.get(directive as ConstDirectiveNode),
      ObjectTypeDefinition: { leave: (type) => this.#withAdded(type, rewritten) },
      InterfaceTypeDefinition: { leave: (type) => this.#withAdded(type, rewritten) },
    });
  }

  #collect(field: FieldDefinitionNode): void {
    for (const requires of requiredBy(field)) {
      visit(requires.selection, {
        Field: ({ name, arguments: given }) => {
          if (given !== undefined && given.length > 0) this.#withArguments.add(name.value);
        },
      });
    }
  }

  #field(
    type: TypeDefinitionNode,
    field: FieldDefinitionNode,
    rewritten: Map<ConstDirectiveNode, ConstDirectiveNode>,
  ): void {
    for (const { directive, selection: required } of requiredBy(field)) {
      const needed = new Set<string>();
      const selection = this.#selection(required, type.name.value, needed);
      if (needed.size === 0) continue;
      this.#requirements.set(`${type.name.value}.${field.name.value}`, needed);
      const text = print(selection)
        .replace(/^\{|\}$/g, '')
        .replace(/\s+/g, ' ')
        .trim();
      rewritten.set(directive, {
        ...directive,
        arguments: (directive.arguments ?? []).map((argument) =>
          argument.name.value === 'requires' ? { ...argument, value: { kind: Kind.STRING, value: text } } : argument,
        ),
      });
    }
  }

  #selection(selectionSet: SelectionSetNode, typeName: string, needed: Set<string>): SelectionSetNode {
    return {
      ...selectionSet,
      selections: selectionSet.selections.map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
        if (selection.kind === Kind.INLINE_FRAGMENT) {
          const condition = selection.typeCondition?.name.value ?? typeName;
          return { ...selection, selectionSet: this.#selection(selection.selectionSet, condition, needed) };
        }
        return this.#required(selection, typeName, needed);
      }),
    };
  }

  #required(field: FieldNode, typeName: string, needed: Set<string>): FieldNode {
    const type = this.#types.get(typeName);
    const definition = type && fieldsOf(type).find(({ name }) => name.value === field.name.value);
    const inner =
      field.selectionSet && definition
        ? { selectionSet: this.#selection(field.selectionSet, namedType(definition.type), needed) }
        : {};
    if (type === undefined || definition === undefined || !this.#withArguments.has(field.name.value)) {
      return { ...field, ...inner };
    }
    const name = this.#separate(field);
    needed.add(name);
    this.#add(type, field.name.value, name);
    return { kind: Kind.FIELD, name: { kind: Kind.NAME, value: name }, ...inner };
  }

  #separate(field: FieldNode): string {
    const given = field.arguments ?? [];
    const text = `${field.name.value} ${given
      .map((argument) => print(argument))
      .sort()
      .join()}`;
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `_q${this.#names.size}_${field.name.value}`;
      this.#names.set(text, name);
      this.fields.set(name, { name: field.name.value, arguments: given });
    }
    return name;
  }

  /** An interface has it only together with all that implement it. */
  #add(type: TypeDefinitionNode, fieldName: string, name: string): void {
    const added = this.#added.get(type.name.value) ?? new Map<string, FieldDefinitionNode>();
    const definition = fieldsOf(type).find((field) => field.name.value === fieldName);
    if (definition === undefined || added.has(name)) return;
    this.#added.set(type.name.value, added);
    added.set(name, { ...definition, name: { kind: Kind.NAME, value: name }, arguments: [] });
    const isRelated = (other: TypeDefinitionNode) =>
      implementsType(other, type.name.value) || implementsType(type, other.name.value);
    for (const other of this.#types.values()) if (isRelated(other)) this.#add(other, fieldName, name);
  }

  #withAdded<Type extends TypeDefinitionNode>(
    type: Type,
    rewritten: ReadonlyMap<ConstDirectiveNode, ConstDirectiveNode>,
  ): Type {
    const added = this.#added.get(type.name.value);
    if (added === undefined) return type;
    const fields = [...added.values()].map((field) => ({
      ...field,
      directives: (field.directives ?? []).map((directive) => rewritten.get(directive) ?? directive),
    }));
    return { ...type, fields: [...fieldsOf(type), ...fields] };
  }
}

function requiredBy(
  field: FieldDefinitionNode,
): { readonly directive: ConstDirectiveNode; readonly selection: SelectionSetNode }[] {
  return (field.directives ?? []).flatMap((directive) => {
    const requires = directive.name.value === 'join__field' ? stringArgument(directive, 'requires') : undefined;
    return requires === undefined ? [] : [{ directive, selection: parseFieldSet(requires) }];
  });
}

function implementsType(type: TypeDefinitionNode, name: string): boolean {
  return 'interfaces' in type && (type.interfaces ?? []).some((parent) => parent.name.value === name);
}

function namedType(type: FieldDefinitionNode['type']): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function restorePlan(plan: Plan, fields: SeparatedFields, requirementsOf: RequirementsOf): Plan {
  const names = new RegExp(`\\b(?:${[...fields.keys()].join('|')})\\b`);
  const isConcerned = fetchesOf(plan).some(
    (fetch) => names.test(fetch.operation) || names.test(JSON.stringify(fetch.entities)),
  );
  if (!isConcerned) return plan;
  return mapFetches(plan, (fetch) => {
    const split = splitConflicts(fetch, fields, requirementsOf);
    return {
      ...split,
      operation: restoreOperation(split.operation, fields),
      entities: split.entities.map((entity) => ({
        ...entity,
        requires: entity.requires.map((required) => restoreRequired(required, fields)),
      })),
    };
  });
}

function restoreOperation(operation: string, fields: SeparatedFields): string {
  const document = visit(parse(operation, { noLocation: true }), {
    Field: (field) => {
      const separated = fields.get(field.name.value);
      if (separated === undefined) return undefined;
      return {
        ...field,
        alias: field.alias ?? field.name,
        name: { kind: Kind.NAME, value: separated.name },
        arguments: separated.arguments,
      };
    },
  });
  return stripIgnoredCharacters(print(document));
}

function restoreRequired(required: Required, fields: SeparatedFields): Required {
  const selections = required.selections?.map((selection) => restoreRequired(selection, fields));
  if (required.kind === 'Fragment') return { ...required, selections: selections ?? [] };
  return { ...required, to: fields.get(required.to)?.name ?? required.to, selections };
}
