import type { FieldModel, Graph, Mark } from './graph.js';

/** What the graph, as data, says of a field: its own marks, those of its interfaces' fields, of its type and of what it returns. */
export function fieldBounds(graph: Graph, type: string, fieldName: string): Set<string> {
  const interfaces = interfacesOf(graph, type);
  const field = fieldOf(graph, type, fieldName);
  return new Set([
    ...policies(field?.marks),
    ...interfaces.flatMap((model) => policies(model.fieldMarks[fieldName])),
    ...typeBounds(graph, type),
    ...typeBounds(graph, field?.type ?? ''),
  ]);
}

/** What every value of the type is bound to. */
export function typeBounds(graph: Graph, type: string): Set<string> {
  const model = graph.types.find(({ name }) => name === type) ?? graph.interfaces.find(({ name }) => name === type);
  return new Set([
    ...(type === 'Secret' ? graph.secretMarks : []),
    ...policies(model?.marks),
    ...interfacesOf(graph, type).flatMap(({ marks }) => policies(marks)),
  ]);
}

/** What the argument of a field is bound to, with everything that is inside. */
export function argumentBounds(field: FieldModel, argument: string): Set<string> {
  return new Set(policies(field.arguments.find(({ name }) => name === argument)?.marks));
}

export function fieldOf(graph: Graph, type: string, field: string): FieldModel | undefined {
  if (type === 'Query') return graph.queries.find(({ name }) => name === field);
  if (type === 'Mutation') return graph.mutations.find(({ name }) => name === field);
  return graph.types.find(({ name }) => name === type)?.fields.find(({ name }) => name === field);
}

function interfacesOf(graph: Graph, type: string) {
  const implemented = graph.types.find(({ name }) => name === type)?.interfaces ?? [];
  return graph.interfaces.filter(({ name }) => implemented.includes(name));
}

function policies(marks: readonly Mark[] = []): string[] {
  return marks.map(({ policy }) => policy);
}
