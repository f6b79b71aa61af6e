import {
  buildSchema,
  execute,
  GraphQLError,
  Kind,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { ExecutionRequest, Executor, PreparedOperation } from '../../gateway/http/executor.js';

export interface GraphQLJsExecutor extends Executor<Prepared> {
  /** Operations that were prepared and executed so far. */
  readonly counts: { prepared: number; executed: number };
  /** What the last execution was given. */
  last: ExecutionRequest | undefined;
}

interface Prepared extends PreparedOperation {
  readonly name: string | undefined;
}

/** An executor of one schema in this process: graphql-js behind the interface that the gateway's executors have. */
export function graphqlJsExecutor(
  schemaOrSdl: GraphQLSchema | string,
  rootValue: Readonly<Record<string, unknown>> = {},
): GraphQLJsExecutor {
  const schema = typeof schemaOrSdl === 'string' ? buildSchema(schemaOrSdl) : schemaOrSdl;
  const executor: GraphQLJsExecutor = {
    schema,
    counts: { prepared: 0, executed: 0 },
    last: undefined,
    prepare(document, operationName) {
      executor.counts.prepared += 1;
      const errors = validate(schema, document);
      if (errors.length > 0) throw new ManyErrors(errors);
      return { document, operation: operationOf(document, operationName), name: operationName };
    },
    async execute({ document, name }, request) {
      executor.counts.executed += 1;
      executor.last = request;
      const { variables, context } = request;
      const result = await execute({
        schema,
        document,
        rootValue,
        variableValues: variables,
        contextValue: context,
        ...(name === undefined ? {} : { operationName: name }),
      });
      return answerOf(result);
    },
  };
  return executor;
}

/** Several mistakes of a caller at once. */
class ManyErrors extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('The document is not valid.');
  }
}

function operationOf(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const named = name === undefined ? operations : operations.filter((operation) => operation.name?.value === name);
  const [operation, second] = named;
  if (operation === undefined) throw new GraphQLError('The document has no operation of this name.');
  if (second !== undefined) throw new GraphQLError('The document has several operations; name one.');
  return operation;
}

function answerOf({ data, errors = [] }: ExecutionResult) {
  const formatted = errors.map((error) => error.toJSON());
  const hasData = data !== undefined;
  return {
    text: JSON.stringify({ ...(formatted.length > 0 ? { errors: formatted } : {}), ...(hasData ? { data } : {}) }),
    hasErrors: formatted.length > 0,
    hasData,
    data: () => data,
    errors: formatted,
  };
}
