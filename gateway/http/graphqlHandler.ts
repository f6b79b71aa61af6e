import { OperationTypeNode } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { nodeSchedule, type Schedule } from '../../runtime/collateral/schedule.js';
import { answerOf, errorAnswer, problemAnswer } from './answer.js';
import { chooseCoding, compress, LARGEST_COMPRESSED_BYTES, SMALLEST_COMPRESSED_BYTES } from './contentCoding.js';
import { actualCost } from './demand/actualCost.js';
import { enforceCost, exceeds, type CostReport, type DemandOptions } from './demand/demandControl.js';
import { resolveDocument, type DocumentOptions } from './documents/resolveDocument.js';
import type { ExecutionAnswer } from './executor.js';
import { HttpProblem } from './httpProblem.js';
import type { HttpRequest, HttpResponse } from './httpMessage.js';
import type { InputLimits } from './inputLimits.js';
import { negotiate, STANDARD_TYPE, type AnswerType } from './mediaTypes.js';
import { readParameters, type GraphQLParameters } from './parameters.js';
import { requirePreflight, type PreflightOptions } from './preflight.js';
import type { Admission } from './rates/admission.js';
import type { CallerRates } from './rates/callerRates.js';
import { requestErrors } from './requestErrors.js';
import type { PlanVariant, ServedOperation, ServedSchema } from './servedSchema.js';

/** Who asks, as the edge established it. */
export interface Asker<Context = unknown> {
  /** Verified; undefined for anonymous callers. */
  readonly identity: string | undefined;
  /** Where an anonymous request comes from, for rates alone: it proves nothing. */
  readonly origin?: string;
  /** Handed to the executor as it is. */
  readonly context: Context;
}

/** Who may ask for the schema itself. */
export type IntrospectionMode = 'everybody' | 'authenticated' | 'nobody';

export interface GraphQLHandlerOptions<Context> {
  /** The schema that an asker is served. Asked for each request, so that a reload or a contract takes effect at once. */
  readonly schemaFor: (asker: Asker<Context>) => ServedSchema;
  /** Which progressive overrides are on for an asker. Absent, those of `percent(100)` alone. */
  readonly variantFor?: (asker: Asker<Context>) => PlanVariant | undefined;
  readonly inputLimits: InputLimits;
  /** Absent, requests that a browser sends across origins unasked are served too. */
  readonly preflight?: PreflightOptions | undefined;
  readonly introspection: IntrospectionMode;
  readonly documents: DocumentOptions;
  readonly demand: DemandOptions;
  readonly rates?: CallerRates;
  readonly admission?: Admission;
  /** Longest execution, in milliseconds. */
  readonly timeoutMs: number;
  /** Errors of one answer; further ones are left out. */
  readonly maximumErrors: number;
  readonly schedule?: Schedule;
  /**
   * Whether an answer may be compressed. Absent, none is: where a secret and something that an attacker chose are compressed
   * together, the length tells one by the other (BREACH), and aliases are chosen by whoever writes the operation.
   */
  readonly mayCompress?: (asker: Asker<Context>) => boolean;
  /** Headers of an answer that was executed, in lower case. */
  readonly headersFor?: (asker: Asker<Context>) => Readonly<Record<string, string>>;
  /** Whether this asker reads costs in the header `cloister-cost`. Absent, nobody does. */
  readonly mayReadCost?: (asker: Asker<Context>) => boolean;
  readonly onCost?: (report: CostReport) => void;
  /** Told of what should not happen, for the log. */
  readonly onFailure?: (thrown: unknown) => void;
}

/** @param askerOf is asked when the request is worth it. @throws (askerOf) Refusal UNAUTHENTICATED for wrong credentials. */
export type GraphQLHandler<Context> = (
  request: HttpRequest,
  askerOf: () => Asker<Context> | Promise<Asker<Context>>,
) => Promise<HttpResponse>;

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/): one operation a request, POST or GET. Never throws. */
export function createGraphQLHandler<Context>(options: GraphQLHandlerOptions<Context>): GraphQLHandler<Context> {
  const executions = { count: 0 };
  return async (request, askerOf) => {
    let type: AnswerType = STANDARD_TYPE;
    try {
      type = negotiate(request.header('accept'));
      requireMethod(request.method, ['GET', 'POST']);
      if (request.method === 'GET' && options.preflight !== undefined) {
        requirePreflight((name) => request.header(name), options.preflight);
      }
      const asker = await askerOf();
      requireRate(options.rates?.takeRequest(callerKey(asker)) ?? 0);
      const parameters = await readParameters(request, options.inputLimits);
      const leave = await options.admission?.enter(callerKey(asker), request.signal);
      try {
        return await serve(request, asker, parameters, type, options, executions);
      } finally {
        leave?.();
      }
    } catch (thrown) {
      if (thrown instanceof HttpProblem) return problemAnswer(thrown, type);
      const errors = requestErrors(thrown, (hidden) => options.onFailure?.(hidden));
      return errorAnswer(errors, type);
    }
  };
}

async function serve<Context>(
  request: HttpRequest,
  asker: Asker<Context>,
  parameters: GraphQLParameters,
  type: AnswerType,
  options: GraphQLHandlerOptions<Context>,
  executions: { count: number },
): Promise<HttpResponse> {
  const schema = options.schemaFor(asker);
  const source = resolveDocument(parameters, asker.identity, options.documents);
  const operation = schema.operation(source, parameters.operationName, options.variantFor?.(asker));
  requireServedType(operation, request.method);
  requireIntrospection(operation, asker, options.introspection);
  const charge = chargeCost(operation, parameters, asker, options);

  const answer = await execute(schema, operation, parameters, asker, request, options);
  executions.count += 1;
  const actual = charge?.settle(schema, answer, executions.count);
  const response = answerOf(bounded(answer, options.maximumErrors), type);
  const headers = {
    ...response.headers,
    ...options.headersFor?.(asker),
    ...(charge !== undefined && options.mayReadCost?.(asker) === true ? costHeader(charge.estimated, actual) : {}),
  };
  return compressed({ ...response, headers }, request, options.mayCompress?.(asker) === true);
}

/** @throws HttpProblem 405 */
function requireMethod(method: string, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  const allow = allowed.join(', ');
  throw new HttpProblem(405, 'BAD_INPUT', `Only ${allow} is taken here.`, { allow });
}

/** @throws HttpProblem 429 */
function requireRate(retryAfterMs: number): void {
  if (retryAfterMs === 0) return;
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const message = `The caller's rate is used up; ask again in ${seconds} seconds.`;
  throw new HttpProblem(429, 'RATE_LIMITED', message, { 'retry-after': `${seconds}` });
}

/** Caches and histories keep a GET, and pages of other origins cause them: it may not change anything. */
function requireServedType({ type }: ServedOperation, method: string): void {
  if (type === OperationTypeNode.SUBSCRIPTION) {
    throw new Refusal(
      'BAD_INPUT',
      'Subscriptions are not answered in one piece: ask for text/event-stream, or use WebSocket.',
    );
  }
  if (type === OperationTypeNode.MUTATION && method === 'GET') {
    throw new HttpProblem(405, 'OPERATION_NOT_ALLOWED', 'A mutation must be sent with POST.', { allow: 'POST' });
  }
}

function requireIntrospection({ isIntrospection }: ServedOperation, asker: Asker, mode: IntrospectionMode): void {
  if (!isIntrospection || mode === 'everybody') return;
  if (mode === 'authenticated' && asker.identity !== undefined) return;
  throw new Refusal('OPERATION_NOT_ALLOWED', `Introspection is open to ${mode} here.`);
}

interface Charge {
  readonly estimated: number;
  /** Reports, and gives back what was not used. @returns the actual cost where it was counted. */
  settle(schema: ServedSchema, answer: ExecutionAnswer, count: number): number | undefined;
}

function chargeCost<Context>(
  { estimate, prepared }: ServedOperation,
  { variables, operationName }: GraphQLParameters,
  asker: Asker<Context>,
  { demand, rates, onCost }: GraphQLHandlerOptions<Context>,
): Charge | undefined {
  if (estimate === undefined || demand.mode === 'off') return undefined;
  const estimated = estimate(variables, demand.defaultListSize);
  const { cost } = estimated;
  const exceeded = exceeds(estimated, demand);
  const refuse = (thrown: unknown) => {
    onCost?.({ operationName, estimated: cost, actual: undefined, outcome: 'refused' });
    throw thrown;
  };
  try {
    enforceCost(estimated, demand);
    if (demand.mode === 'enforce') requireRate(rates?.takeCost(callerKey(asker), cost) ?? 0);
  } catch (thrown) {
    refuse(thrown);
  }
  return {
    estimated: cost,
    settle({ costs }, answer, count) {
      const isCounted = costs !== undefined && demand.actualEvery > 0 && count % demand.actualEvery === 0;
      const { document, operation } = prepared;
      const actual = isCounted ? actualCost(document, operation, costs, variables, answer.data()) : undefined;
      if (actual !== undefined && demand.mode === 'enforce') rates?.giveBackCost(callerKey(asker), cost - actual);
      onCost?.({ operationName, estimated: cost, actual, outcome: exceeded ? 'exceeded' : 'within' });
      return actual;
    },
  };
}

/** @throws Refusal TIMEOUT, or whatever the executor throws. */
async function execute<Context>(
  { executor }: ServedSchema,
  { prepared }: ServedOperation,
  { variables }: GraphQLParameters,
  { context }: Asker<Context>,
  request: HttpRequest,
  { timeoutMs, schedule = nodeSchedule }: GraphQLHandlerOptions<Context>,
): Promise<ExecutionAnswer> {
  const { signal } = request;
  signal.throwIfAborted();
  const giveUp = () => request.abort(new Refusal('TIMEOUT', `The operation took longer than ${timeoutMs} ms.`));
  const cancel = schedule(timeoutMs, giveUp);
  try {
    return await orAborted(executor.execute(prepared, { variables, context, signal }), signal);
  } finally {
    cancel();
  }
}

/** An executor that does not look at its signal must not keep the caller waiting. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Executors bound their errors themselves; where one does not, its answer is written again. */
function bounded(answer: ExecutionAnswer, maximumErrors: number): ExecutionAnswer {
  if (!answer.hasErrors || answer.errors.length <= maximumErrors) return answer;
  const errors = answer.errors.slice(0, maximumErrors);
  const text = JSON.stringify(answer.hasData ? { data: answer.data(), errors } : { errors });
  return { text, hasErrors: true, hasData: answer.hasData, errors, data: () => answer.data() };
}

function costHeader(estimated: number, actual: number | undefined): Record<string, string> {
  return { 'cloister-cost': `estimated=${estimated}${actual === undefined ? '' : `, actual=${actual}`}` };
}

async function compressed(response: HttpResponse, request: HttpRequest, mayCompress: boolean): Promise<HttpResponse> {
  const { body } = response;
  if (!mayCompress || typeof body !== 'string') return response;
  if (body.length < SMALLEST_COMPRESSED_BYTES || body.length > LARGEST_COMPRESSED_BYTES) return response;
  const coding = chooseCoding(request.header('accept-encoding'));
  if (coding === undefined) return response;
  const headers = { ...response.headers, 'content-encoding': coding, vary: 'accept-encoding' };
  return { ...response, headers, body: await compress(body, coding) };
}

function callerKey({ identity, origin }: Asker): string {
  return identity === undefined ? `from ${origin ?? ''}` : `caller ${identity}`;
}
