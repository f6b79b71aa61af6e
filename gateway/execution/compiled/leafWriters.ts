import { isEnumType, type GraphQLLeafType } from 'graphql';
import { jsonText, quote } from './jsonText.js';

/** The JSON text of a leaf value that is not null, or '' where the value is none of its type. */
export type LeafWriter = (value: unknown) => string;

/** GraphQL specification 3.5 and 3.9, result coercion. Scalars of the schema's own are passed through. */
export function leafWriter(type: GraphQLLeafType): LeafWriter {
  if (isEnumType(type)) {
    const texts = new Map<unknown, string>(type.getValues().map(({ name }) => [name, quote(name)]));
    return (value) => texts.get(value) ?? '';
  }
  return BUILT_IN.get(type.name) ?? jsonText;
}

const BUILT_IN: ReadonlyMap<string, LeafWriter> = new Map<string, LeafWriter>([
  ['String', (value) => (typeof value === 'string' ? quote(value) : '')],
  ['Boolean', (value) => (value === true ? 'true' : value === false ? 'false' : '')],
  ['Int', (value) => (typeof value === 'number' && (value | 0) === value ? `${value}` : '')],
  ['Float', (value) => (typeof value === 'number' && Number.isFinite(value) ? `${value}` : '')],
  [
    'ID',
    (value) => {
      if (typeof value === 'string') return quote(value);
      return typeof value === 'number' && Number.isInteger(value) ? `"${value}"` : '';
    },
  ],
]);
