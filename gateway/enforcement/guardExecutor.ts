import { type DocumentNode, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Overrides } from '../execution/compiled/planner.js';
import { createEnforcement, type Admission, type Verify } from './admit.js';
import type { PlanAnalysis, PreparedForAnalysis } from './analysePlan.js';
import type { Facts, FieldRefusal, Release } from './decide.js';
import type { Requirements } from './requirements.js';
import { errorOf, MAXIMUM_ERRORS, shape } from './shape.js';

/** An executor as far as it is guarded: the compiled executor is one, and what guards it is one again. */
export interface GuardableExecutor<Prepared extends PreparedForAnalysis, Answer extends GuardedAnswer = GuardedAnswer> {
  readonly schema: GraphQLSchema;
  prepare(document: DocumentNode, operationName: string | undefined, overrides?: Overrides): Prepared;
  execute(prepared: Prepared, request: GuardedRequest): Promise<Answer>;
}

export interface GuardedRequest {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
  readonly signal?: AbortSignal;
}

/** The whole answer as JSON text, and what is asked about it. */
export interface GuardedAnswer {
  readonly text: string;
  readonly hasErrors: boolean;
  readonly hasData: boolean;
  readonly errors: readonly GraphQLFormattedError[];
  data(): unknown;
}

export interface GuardExecutorOptions {
  readonly requirements: Requirements;
  /** What is known when the request of this context is decided. */
  readonly factsOf: (context: unknown) => Facts;
  /** Has parties verified of whom nothing is known. */
  readonly verify?: Verify;
  readonly mode?: 'filter' | 'reject';
  /**
   * Where an answer says what the caller lacks authorization for: `errors` (default); `extensions`, for clients that take
   * any error for a failure; or `nowhere`. What was refused because of an attestation is always among the errors.
   */
  readonly authorizationIn?: 'errors' | 'extensions' | 'nowhere';
  /** Told of every operation of which something was refused, for metrics and the log. */
  readonly onRefused?: (refusals: readonly FieldRefusal[], context: unknown) => void;
  /** Told before a plan runs what its fetches move, so that each goes over a connection that satisfies the policies. */
  readonly onAdmitted?: (analysis: PlanAnalysis, context: unknown) => void;
}

/** An executor that runs of each operation what may be served, and says in the answer what may not. */
export function guardExecutor<Prepared extends PreparedForAnalysis>(
  inner: GuardableExecutor<Prepared>,
  options: GuardExecutorOptions,
): GuardableExecutor<Prepared> {
  const overridesOf = new WeakMap<Prepared, Overrides>();
  const enforcement = createEnforcement<Prepared>({
    requirements: options.requirements,
    prepare: (document, original) =>
      chosenFor(inner.prepare(document, undefined, overridesOf.get(original)), original.choice ?? {}),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  });
  return {
    schema: inner.schema,
    prepare(document, operationName, overrides) {
      const prepared = inner.prepare(document, operationName, overrides);
      if (overrides !== undefined) overridesOf.set(prepared, overrides);
      // Whatever is wrong with it is found now, and the request that comes first waits no longer than the others.
      enforcement.analysisOf(prepared);
      return prepared;
    },
    async execute(whole, request) {
      const { context } = request;
      // Variables decide what is planned: what is decided about fetches is decided about those that will be sent.
      const prepared = chosenFor(whole, request.variables);
      const overrides = overridesOf.get(whole);
      if (overrides !== undefined) overridesOf.set(prepared, overrides);
      const admission = await enforcement.admit(prepared, options.factsOf(context), options.verify);
      if (!admission.served) {
        options.onRefused?.(admission.refusals, context);
        return answerOf(
          undefined,
          admission.refusals.slice(0, MAXIMUM_ERRORS).map((refusal) => errorOf(refusal).toJSON()),
          {},
        );
      }
      if (admission.refused.size > 0) options.onRefused?.([...admission.refused.values()], context);
      options.onAdmitted?.(admission.analysis, context);
      const answer = await inner.execute(admission.prepared, request);
      if (admission.refused.size === 0) return withRelease(answer, admission.release);
      return withRefusals(
        answer,
        prepared,
        admission,
        request,
        options,
        enforcement.analysisOf(prepared),
        inner.schema,
      );
    },
  };
}

function chosenFor<Prepared extends PreparedForAnalysis>(
  prepared: Prepared,
  variables: Readonly<Record<string, unknown>>,
): Prepared {
  return (prepared.forVariables?.(variables) ?? prepared) as Prepared;
}

/** Null and a coded error for each field that was refused. */
function withRefusals<Prepared extends PreparedForAnalysis>(
  answer: GuardedAnswer,
  prepared: Prepared,
  { refused, release }: Extract<Admission<Prepared>, { served: true }>,
  { variables }: GuardedRequest,
  { authorizationIn = 'errors' }: GuardExecutorOptions,
  analysis: PlanAnalysis,
  schema: GraphQLSchema,
): GuardedAnswer {
  // Without data the operation was not executed: its variables are wrong, for instance.
  if (!answer.hasData) return answer;
  const shaped = shape({ analysis, refused, schema, variables, data: answer.data() as Record<string, unknown> | null });
  const refusals = shaped.errors.map((error) => error.toJSON());
  const isShown = (error: GraphQLFormattedError) => authorizationIn === 'errors' || !isAuthorization(error);
  const hidden = refusals.filter((error) => !isShown(error));
  return answerOf(shaped.data, [...refusals.filter(isShown), ...answer.errors].slice(0, MAXIMUM_ERRORS), {
    ...releaseExtension(release),
    ...(authorizationIn === 'extensions' && hidden.length > 0 ? { authorizationErrors: hidden } : {}),
  });
}

const AUTHORIZATION_CODES: readonly unknown[] = ['UNAUTHENTICATED', 'SCOPE_MISSING', 'PERMISSION_DENIED'];

function isAuthorization({ extensions }: GraphQLFormattedError): boolean {
  return AUTHORIZATION_CODES.includes(extensions?.code);
}

function withRelease(answer: GuardedAnswer, release: Release | undefined): GuardedAnswer {
  if (release === undefined || !answer.hasData) return answer;
  // The text is an object with data; it is not parsed for one entry more.
  const text = `${answer.text.slice(0, -1)},"extensions":${JSON.stringify(releaseExtension(release))}}`;
  return { text, hasErrors: answer.hasErrors, hasData: true, errors: answer.errors, data: () => answer.data() };
}

function releaseExtension(release: Release | undefined): Record<string, unknown> {
  if (release === undefined) return {};
  const { simulated, notices } = release;
  return { attestation: { simulated, notice: notices.length === 0 ? null : notices.join(' ') } };
}

function answerOf(
  data: unknown,
  errors: readonly GraphQLFormattedError[],
  extensions: Readonly<Record<string, unknown>>,
): GuardedAnswer {
  const text = JSON.stringify({
    ...(errors.length === 0 ? {} : { errors }),
    ...(data === undefined ? {} : { data }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
  });
  return { text, hasErrors: errors.length > 0, hasData: data !== undefined, errors, data: () => data };
}
