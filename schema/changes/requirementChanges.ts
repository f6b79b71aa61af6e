import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  Kind,
  type ConstDirectiveNode,
  type ConstValueNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { argumentOf, textArgument } from '../links.js';
import type { SchemaChange } from './change.js';

/**
 * Changes of the conditions under which values are served: @attested, @authenticated, @requiresScopes and @policy. What applies to a
 * field counts, wherever it is written: on the field, on the type around it, or on the type that it returns.
 *
 * @param before with the directives in its syntax nodes, under their own names
 */
export function requirementChanges(before: GraphQLSchema, after: GraphQLSchema): SchemaChange[] {
  const changes: SchemaChange[] = [];
  const earlier = requirementsOf(before);
  for (const [coordinate, now] of requirementsOf(after)) {
    const then = earlier.get(coordinate);
    // What is new had no callers yet.
    if (then === undefined) continue;
    changes.push(...attestedChanges(coordinate, then.policies, now.policies));
    changes.push(...authenticationChanges(coordinate, then.isAuthenticated, now.isAuthenticated));
    changes.push(...choiceChanges(coordinate, 'scopes', then.scopes, now.scopes));
    changes.push(...choiceChanges(coordinate, 'policies', then.authorizations, now.authorizations));
  }
  return changes;
}

/** All of one choice suffices. No choices: nothing is asked for. */
type Choices = readonly (readonly string[])[];

interface Requirement {
  /** Names of appraisal policies: each party must satisfy all of them. */
  readonly policies: ReadonlySet<string>;
  readonly isAuthenticated: boolean;
  /** Conjunctions: of each of these one choice is needed. */
  readonly scopes: readonly Choices[];
  readonly authorizations: readonly Choices[];
}

function attestedChanges(coordinate: string, then: ReadonlySet<string>, now: ReadonlySet<string>): SchemaChange[] {
  const added = [...now].filter((policy) => !then.has(policy));
  const removed = [...then].filter((policy) => !now.has(policy));
  if (added.length > 0 && then.size === 0) {
    const description = `${coordinate} is @attested(policy: ${list(added)}) now: callers over plain channels are refused.`;
    return [{ severity: 'breaking', type: 'ATTESTED_ADDED', description }];
  }
  if (added.length > 0) {
    const description = `${coordinate} is @attested under ${list(now)} instead of ${list(then)}: whom that refuses, the policies say.`;
    return [{ severity: 'dangerous', type: 'ATTESTED_POLICY_CHANGED', description }];
  }
  if (removed.length === 0) return [];
  const rest = now.size === 0 ? 'is no longer @attested' : `is no longer @attested under ${list(removed)}`;
  return [{ severity: 'safe', type: 'ATTESTED_REMOVED', description: `${coordinate} ${rest}.` }];
}

function authenticationChanges(coordinate: string, then: boolean, now: boolean): SchemaChange[] {
  if (then === now) return [];
  if (now) {
    const description = `${coordinate} is @authenticated now: callers who are not signed in are refused.`;
    return [{ severity: 'breaking', type: 'AUTHENTICATION_ADDED', description }];
  }
  return [
    { severity: 'safe', type: 'AUTHENTICATION_REMOVED', description: `${coordinate} is no longer @authenticated.` },
  ];
}

function choiceChanges(
  coordinate: string,
  what: 'scopes' | 'policies',
  then: readonly Choices[],
  now: readonly Choices[],
): SchemaChange[] {
  const [was, is] = [alternatives(then), alternatives(now)];
  const [widened, narrowed] = [implies(is, was), !implies(was, is)];
  if (narrowed) {
    const description = `${coordinate} asks for other ${what}: ${show(is)} instead of ${show(was)}.`;
    return [{ severity: 'breaking', type: `${what.toUpperCase()}_REQUIRED`, description }];
  }
  if (widened) return [];
  const description = `${coordinate} asks for fewer ${what}: ${show(is)} instead of ${show(was)}.`;
  return [{ severity: 'safe', type: `${what.toUpperCase()}_RELAXED`, description }];
}

/** More alternatives than these are not multiplied out; a schema that has them is compared as it is written. */
const MAXIMUM_ALTERNATIVES = 256;

/** One list of alternatives for several that all hold. */
function alternatives(requirements: readonly Choices[]): Choices {
  let all: Choices = [[]];
  for (const choices of requirements) {
    if (all.length * choices.length > MAXIMUM_ALTERNATIVES) continue;
    all = all.flatMap((one) => choices.map((other) => [...new Set([...one, ...other])].sort()));
  }
  return all;
}

/** True where whoever satisfies the first satisfies the second. */
function implies(first: Choices, second: Choices): boolean {
  return first.every((held) => second.some((needed) => needed.every((entry) => held.includes(entry))));
}

function show(choices: Choices): string {
  const shown = choices.map((choice) => (choice.length === 0 ? 'none' : choice.join(' and ')));
  return [...new Set(shown)].join(', or ');
}

function list(names: Iterable<string>): string {
  return [...names].sort().join(', ');
}

function requirementsOf(schema: GraphQLSchema): Map<string, Requirement> {
  const requirements = new Map<string, Requirement>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        const coordinate = `${type.name}.${field.name}`;
        requirements.set(coordinate, combined(field, type, getNamedType(field.type)));
        for (const argument of field.args) {
          const place = `${coordinate}(${argument.name}:)`;
          requirements.set(place, combined(argument, getNamedType(argument.type)));
        }
      }
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        requirements.set(`${type.name}.${field.name}`, combined(field, getNamedType(field.type)));
    }
  }
  return requirements;
}

type Element = GraphQLField<unknown, unknown> | GraphQLArgument | GraphQLInputField | GraphQLNamedType;

function combined(...elements: readonly Element[]): Requirement {
  const directives = elements.filter(isGuardable).flatMap(directivesOf);
  const named = (name: string) => directives.filter((directive) => directive.name.value === name);
  return {
    policies: new Set(named('attested').flatMap((directive) => textArgument(directive, 'policy') ?? [])),
    isAuthenticated: named('authenticated').length > 0,
    scopes: named('requiresScopes').map((directive) => choicesIn(argumentOf(directive, 'scopes'))),
    authorizations: named('policy').map((directive) => choicesIn(argumentOf(directive, 'policies'))),
  };
}

/** Unions and input objects carry no conditions of their own. */
function isGuardable(element: Element): boolean {
  return !('getTypes' in element) && !isInputObjectType(element);
}

function directivesOf(element: Element): ConstDirectiveNode[] {
  const extensions =
    isScalarType(element) || isEnumType(element) || isObjectType(element) || isInterfaceType(element)
      ? element.extensionASTNodes
      : [];
  return [element.astNode, ...extensions].flatMap((node) => node?.directives ?? []);
}

function choicesIn(value: ConstValueNode | undefined): Choices {
  const itemsOf = (node: ConstValueNode): readonly ConstValueNode[] => (node.kind === Kind.LIST ? node.values : [node]);
  return (value === undefined ? [] : itemsOf(value)).map((choice) =>
    itemsOf(choice).flatMap((entry) => (entry.kind === Kind.STRING ? [entry.value] : [])),
  );
}
