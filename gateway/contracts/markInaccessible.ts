import {
  isTypeDefinitionNode,
  Kind,
  parse,
  visit,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type TypeDefinitionNode,
} from 'graphql';
import { directiveName } from '../../schema/links.js';
import type { Hidden } from './hide.js';
import {
  argumentCoordinate,
  argumentsOf,
  INACCESSIBLE_SPEC,
  membersOf,
  type MemberNode,
  type TaggedSchema,
} from './taggedSchema.js';

/** The supergraph with what is hidden marked @inaccessible: every federated gateway then keeps it to itself. */
export function markInaccessible({ document, specs, types }: TaggedSchema, hidden: Hidden): DocumentNode {
  const known = directiveName(specs, INACCESSIBLE_SPEC, 'inaccessible');
  const name = known ?? 'inaccessible';
  const mark = <Node extends Annotated>(node: Node, coordinate: string): Node => {
    if (!hidden.has(coordinate) || node.directives?.some((directive) => directive.name.value === name)) return node;
    return { ...node, directives: [...(node.directives ?? []), directiveNamed(name)] };
  };
  const markMember = <Node extends MemberNode>(member: Node, coordinate: string): Node => {
    const marked = mark(member, coordinate);
    if (marked.kind !== Kind.FIELD_DEFINITION) return marked;
    const given = argumentsOf(marked).map((argument) => mark(argument, argumentCoordinate(coordinate, argument)));
    return { ...marked, arguments: given };
  };
  const markType = (type: TypeDefinitionNode): TypeDefinitionNode => {
    const typeName = type.name.value;
    const marked = mark(type, typeName);
    const members = membersOf(type).map((member) => markMember(member, `${typeName}.${member.name.value}`));
    if (members.length === 0) return marked;
    return { ...marked, [marked.kind === Kind.ENUM_TYPE_DEFINITION ? 'values' : 'fields']: members };
  };
  const definitions = document.definitions.map((definition): DefinitionNode =>
    isTypeDefinitionNode(definition) && types.has(definition.name.value) ? markType(definition) : definition,
  );
  const marked: DocumentNode = { ...document, definitions };
  return known === undefined && hidden.size > 0 ? linkInaccessible(marked) : marked;
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

function directiveNamed(name: string): ConstDirectiveNode {
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name } };
}

const LINK = parse(`schema @link(url: "${INACCESSIBLE_SPEC}/v0.2", for: SECURITY) { query: Query }`, {
  noLocation: true,
});

const DEFINITION = parse(
  'directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION',
  { noLocation: true },
);

function linkInaccessible(document: DocumentNode): DocumentNode {
  const [link] = LINK.definitions;
  const added = link?.kind === Kind.SCHEMA_DEFINITION ? (link.directives ?? []) : [];
  const linked: DocumentNode = visit(document, {
    SchemaDefinition: (node) => ({ ...node, directives: [...(node.directives ?? []), ...added] }),
  });
  return { ...linked, definitions: [...linked.definitions, ...DEFINITION.definitions] };
}
