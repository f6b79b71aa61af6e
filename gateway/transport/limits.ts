import {
  GraphQLError,
  Kind,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';

/** Bounds on one GraphQL operation, with its fragments written out. */
export interface OperationLimits {
  /** Levels of fields. Introspection has its own bound. */
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  /** Lexical tokens of the document. */
  readonly tokens: number;
}

export const OPERATION_LIMITS: OperationLimits = {
  depth: 12,
  aliases: 50,
  rootFields: 20,
  directives: 50,
  tokens: 2000,
};

/** Enough for what GraphiQL and code generators ask. */
const INTROSPECTION_DEPTH = 20;

/** A validation rule: counts without writing fragments out, so that nested fragments cost no more than their text. */
export function limitOperations(limits: OperationLimits): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const fragments = measuredFragments(context);
      const size = measure(operation.selectionSet, fragments);
      const directives = size.directives + (operation.directives?.length ?? 0);
      refuseAbove('levels of fields', size.depth, limits.depth, context);
      refuseAbove('levels of introspection', size.introspectionDepth, INTROSPECTION_DEPTH, context);
      refuseAbove('aliases', size.aliases, limits.aliases, context);
      refuseAbove('root fields', size.width, limits.rootFields, context);
      refuseAbove('directives', directives, limits.directives, context);
    },
  });
}

interface Size {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields of the selection itself. */
  readonly width: number;
}

const NOTHING: Size = { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0, width: 0 };

type FragmentSizes = (name: string) => Size;

function measuredFragments(context: ValidationContext): FragmentSizes {
  const known = new Map<string, Size>();
  const sizeOf: FragmentSizes = (name) => {
    const size = known.get(name);
    if (size !== undefined) return size;
    const fragment: FragmentDefinitionNode | undefined = context.getFragment(name) ?? undefined;
    // A fragment that spreads itself is another rule's to report; here it must only end.
    known.set(name, NOTHING);
    const measured = fragment === undefined ? NOTHING : measure(fragment.selectionSet, sizeOf);
    known.set(name, measured);
    return measured;
  };
  return sizeOf;
}

function measure(selectionSet: SelectionSetNode, fragments: FragmentSizes): Size {
  const total = { ...NOTHING };
  for (const selection of selectionSet.selections) {
    total.directives += selection.directives?.length ?? 0;
    const isField = selection.kind === Kind.FIELD;
    const inner =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? fragments(selection.name.value)
        : selection.selectionSet === undefined
          ? NOTHING
          : measure(selection.selectionSet, fragments);
    const level = isField ? 1 : 0;
    total.aliases += inner.aliases + (isField && selection.alias !== undefined ? 1 : 0);
    total.directives += inner.directives;
    total.width += isField ? 1 : inner.width;
    const isIntrospection = isField && (selection.name.value === '__schema' || selection.name.value === '__type');
    const depth = isIntrospection ? 0 : inner.depth + level;
    const introspectionDepth = isIntrospection ? inner.depth + level : inner.introspectionDepth;
    total.depth = Math.max(total.depth, depth);
    total.introspectionDepth = Math.max(total.introspectionDepth, introspectionDepth);
  }
  return total;
}

function refuseAbove(what: string, count: number, limit: number, context: ValidationContext): void {
  if (count <= limit) return;
  const message = `The operation has ${count} ${what}; the limit is ${limit}.`;
  context.reportError(new GraphQLError(message, { originalError: new Refusal('OPERATION_TOO_COMPLEX', message) }));
}
