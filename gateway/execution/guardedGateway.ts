import { createHash } from 'node:crypto';
import { GraphQLError, Kind, print, type DocumentNode, type FieldNode, type OperationDefinitionNode } from 'graphql';
import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import { isRefusalCode, REFUSALS, toRefusal } from '../../enclave/refusals.js';
import { analyse, type Analysis } from '../enforcement/analyse.js';
import { decide, type Decision, type Release } from '../enforcement/decide.js';
import { filter } from '../enforcement/filter.js';
import type { Requirements } from '../enforcement/requirements.js';
import { MAXIMUM_ERRORS, shape } from '../enforcement/shape.js';
import type { ExecutionRequest, ExecutionResult, Executor, Gateway } from './apolloTypes.js';
import type { RequestContext } from './context.js';
import type { Parties } from './parties.js';

export interface GuardOptions {
  readonly requirements: Requirements;
  readonly policies: ReadonlyMap<string, AppraisalPolicy>;
  readonly parties: Parties;
  /** Told of every field that was refused, for metrics and the log. */
  readonly onRefused?: (decision: Decision, context: RequestContext) => void;
  /** Told of what should not happen, for the log. */
  readonly onFailure?: (thrown: unknown, context: RequestContext) => void;
}

/**
 * Stands between Apollo Server and the executor: analyse, verify, decide, filter, execute, shape. An operation reaches the
 * executor only without its refused fields.
 */
export function guardGateway(inner: Gateway, options: GuardOptions): Gateway {
  return {
    onSchemaLoadOrUpdate: (callback) => inner.onSchemaLoadOrUpdate(callback),
    async load(config) {
      const { executor, schema } = await inner.load(config);
      return { schema, executor: guardExecutor(executor, options) as unknown as Executor };
    },
    stop: () => inner.stop(),
  };
}

function guardExecutor(execute: Executor, options: GuardOptions) {
  const { requirements, parties, policies } = options;
  const analyses = new WeakMap<DocumentNode, Map<OperationDefinitionNode, Analysis>>();
  const filtered = createFilterCache(requirements);

  return async (request: ExecutionRequest): Promise<ExecutionResult> => {
    const { context, document } = request;
    // Apollo Server leaves it undefined where the document has no operation of the name that was asked for.
    const operation = request.operation as OperationDefinitionNode | undefined;
    if (operation === undefined) return { errors: [new GraphQLError('The document has no operation of this name.')] };
    try {
      const analysis = analysisOf(analyses, document, operation, requirements);
      if (analysis.guarded.length === 0) return finish(await execute(request as never), [], context);
      await parties.verify(analysis.parties);
      const decision = decide(analysis, {
        caller: context.caller,
        policies,
        verdictOf: (party, policy) => parties.verdictOf(party, policy, context.callerResult),
      });
      if (decision.release !== undefined) context.outcome.release = decision.release;
      if (decision.refused.size === 0) return finish(await execute(request as never), [], context);
      options.onRefused?.(decision, context);
      return await executeRest(execute, request, analysis, decision, filtered, requirements);
    } catch (thrown) {
      const { code, message, definition } = toRefusal(thrown);
      if (definition.kind === 'fault') options.onFailure?.(thrown, context);
      return {
        errors: [
          new GraphQLError(message, {
            extensions: { code, kind: definition.kind, http: { status: definition.httpStatus } },
          }),
        ],
      };
    }
  };
}

/** What is left of the operation, and null with an error for what is not. */
async function executeRest(
  execute: Executor,
  request: ExecutionRequest,
  analysis: Analysis,
  decision: Decision,
  filtered: FilterCache,
  { schema }: Requirements,
): Promise<ExecutionResult> {
  const { document, source, hash } = filtered(analysis, decision.refused);
  const variables = request.request.variables ?? {};
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const result = await execute({
    ...request,
    document,
    source,
    queryHash: hash,
    operation: operation ?? request.operation,
    request: { ...request.request, query: source },
  } as never);
  // Without data the operation was not executed: its variables are wrong, for instance.
  if (result.data === undefined) return finish(result, [], request.context);
  const shaped = shape({ analysis, refused: decision.refused, schema, variables, data: result.data });
  return finish({ ...result, data: shaped.data }, shaped.errors, request.context);
}

function analysisOf(
  analyses: WeakMap<DocumentNode, Map<OperationDefinitionNode, Analysis>>,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  requirements: Requirements,
): Analysis {
  const byOperation = analyses.get(document) ?? new Map<OperationDefinitionNode, Analysis>();
  const known = byOperation.get(operation) ?? analyse(document, operation, requirements);
  analyses.set(document, byOperation.set(operation, known));
  return known;
}

type FilterCache = (
  analysis: Analysis,
  refused: ReadonlyMap<FieldNode, unknown>,
) => { readonly document: DocumentNode; readonly source: string; readonly hash: string };

/** Different ways in which one document was cut, kept at once. */
const MAXIMUM_CUTS = 32;

function createFilterCache({ schema }: Requirements): FilterCache {
  const cuts = new WeakMap<Analysis, Map<string, ReturnType<FilterCache>>>();
  return (analysis, refused) => {
    const key = analysis.guarded.flatMap(({ node }, index) => (refused.has(node) ? [index] : [])).join();
    const known = cuts.get(analysis) ?? new Map<string, ReturnType<FilterCache>>();
    const cut = known.get(key) ?? cutOf(filter(analysis, refused, schema));
    if (known.size >= MAXIMUM_CUTS) known.clear();
    cuts.set(analysis, known.set(key, cut));
    return cut;
  };
}

function cutOf(document: DocumentNode): ReturnType<FilterCache> {
  const source = print(document);
  return { document, source, hash: createHash('sha256').update(`cut\n${source}`).digest('hex') };
}

/** Errors as callers may read them, refusals first, bounded; and what must be said with attested values. */
function finish(result: ExecutionResult, refusals: readonly GraphQLError[], context: RequestContext): ExecutionResult {
  const { release } = context.outcome;
  const completion = completionNotes(result.extensions?.valueCompletion);
  const errors = [...refusals, ...(result.errors ?? []).map(cleanError), ...completion].slice(0, MAXIMUM_ERRORS);
  return {
    ...(result.data === undefined ? {} : { data: result.data }),
    ...(errors.length === 0 ? {} : { errors }),
    ...(release === undefined || result.data === undefined ? {} : { extensions: extensionsOf(release) }),
  };
}

function extensionsOf({ simulated, notices }: Release): Record<string, unknown> {
  return { attestation: { simulated, notice: notices.length === 0 ? null : notices.join(' ') } };
}

/** Apollo notes null where data does not fit the schema, without an error. A silently wrong value is the worst kind. */
function completionNotes(notes: unknown): GraphQLError[] {
  if (!Array.isArray(notes)) return [];
  return (notes as { readonly path?: GraphQLError['path'] }[]).map(
    ({ path }) =>
      new GraphQLError('A subgraph answered with a value that does not fit the schema.', {
        ...(path === undefined ? {} : { path }),
        extensions: { code: 'UPSTREAM_FAILED', kind: REFUSALS.UPSTREAM_FAILED.kind },
      }),
  );
}

const SHOWN = ['code', 'kind', 'policy', 'party', 'failures'];

/** @param error whatever Apollo collected: its types say GraphQLError, its executor also keeps plain errors. */
function cleanError(error: Error): GraphQLError {
  const { extensions = {}, path, nodes } = error as Partial<GraphQLError>;
  const { code } = extensions;
  const isAboutRequest = path === undefined && nodes !== undefined;
  // Wrong variables and the like: the caller's to mend. Apollo Server gives them their code.
  if (isAboutRequest && code === undefined && error instanceof GraphQLError) return error;
  const place = path === undefined ? {} : { path };
  if (!isRefusalCode(code)) {
    return new GraphQLError('A part of the operation failed.', {
      ...place,
      extensions: { code: 'UPSTREAM_FAILED', kind: REFUSALS.UPSTREAM_FAILED.kind },
    });
  }
  const shown = Object.fromEntries(Object.entries(extensions).filter(([key]) => SHOWN.includes(key)));
  return new GraphQLError(error.message, { ...place, extensions: shown });
}
