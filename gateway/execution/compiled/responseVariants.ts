import type { FieldNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { compileResponse, type WriteData } from './responseWriter.js';
import type { Selecting } from './selection.js';

/** Of one operation. What depends on more conditions than this is compiled again for each rare choice. */
const MAXIMUM_VARIANTS = 32;

/** The writer of an answer for each choice of the variables in @skip and @include. */
export class ResponseVariants {
  readonly #writers = new Map<string, WriteData>();

  constructor(
    readonly options: {
      readonly schema: GraphQLSchema;
      readonly operation: OperationDefinitionNode;
      readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
      readonly keys: ReadonlyMap<FieldNode, string>;
      readonly conditions: readonly string[];
    },
  ) {}

  writerFor(variables: Readonly<Record<string, unknown>>): WriteData {
    const { conditions, operation, keys } = this.options;
    let choice = '';
    for (const name of conditions) choice += variables[name] === true ? '1' : '0';
    let writer = this.#writers.get(choice);
    if (writer === undefined) {
      writer = compileResponse({ operation, keys, selecting: this.selecting(variables) });
      if (this.#writers.size < MAXIMUM_VARIANTS) this.#writers.set(choice, writer);
    }
    return writer;
  }

  selecting(variables: Readonly<Record<string, unknown>>): Selecting {
    const { schema, fragments, conditions } = this.options;
    const on = new Set(conditions.filter((name) => variables[name] === true));
    return { schema, fragments, isTrue: (variable) => on.has(variable) };
  }
}
