import { parse, type DocumentNode } from 'graphql';
import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import type { AttestedClient } from '../../runtime/attestedClient.js';
import { CALLER_HEADER, encodeCaller, REQUEST_ID_HEADER } from '../../runtime/caller.js';
import type { PartyVerdict } from '../enforcement/decide.js';
import { fetchPolicies } from '../enforcement/fetchPolicies.js';
import type { Requirements } from '../enforcement/requirements.js';
import type { RequestContext } from './context.js';
import type { Subgraphs } from './subgraphs.js';
import { errorsEverywhere, parseAnswer, withMissingEntities, type SubgraphAnswer } from './subgraphAnswer.js';

export interface SubgraphDataSourceOptions {
  readonly name: string;
  readonly subgraphs: Subgraphs;
  readonly requirements: Requirements;
  readonly policies: ReadonlyMap<string, AppraisalPolicy>;
  /** What a policy says of this gateway. */
  readonly ownVerdict: (policy: AppraisalPolicy) => PartyVerdict;
  /** For one fetch, from the first byte sent to the last received. */
  readonly timeoutMs?: number;
  /** Told of failures, for operators: upstream texts never reach a caller. */
  readonly onFailure?: (subgraph: string, cause: unknown) => void;
}

type Process = GraphQLDataSourceProcessOptions<RequestContext>;

const TIMEOUT_MS = 30_000;
const MAXIMUM_ANSWER_BYTES = 16 * 1024 * 1024;

/** Fetches from one subgraph over attested TLS. What fails comes back as coded errors at the paths that it leaves empty. */
export function createSubgraphDataSource(options: SubgraphDataSourceOptions): GraphQLDataSource<RequestContext> {
  return {
    async process(fetch) {
      const document = documentOf(fetch);
      try {
        const connection = connectionFor(document, fetch, options);
        const answer = await send(connection, fetch, options);
        return withMissingEntities(answer, document, options.name);
      } catch (thrown) {
        const refusal = toRefusal(thrown);
        options.onFailure?.(options.name, thrown);
        return { data: null, errors: errorsEverywhere(refusal, document, fetch.request.variables, options.name) };
      }
    },
  };
}

/**
 * The backstop: whatever was decided and planned, what is bound to a policy goes over a connection that satisfies it, from a
 * gateway that does. Where it does not, nothing is written.
 */
function connectionFor(document: DocumentNode, fetch: Process, options: SubgraphDataSourceOptions): AttestedClient {
  const names = fetchPolicies(document, fetch.request.variables ?? {}, options.requirements);
  for (const name of names) {
    const policy = options.policies.get(name);
    if (policy === undefined) throw new Refusal('POLICY_UNKNOWN', `The policy ${name} is not in force here.`);
    const verdict = options.ownVerdict(policy);
    if (!verdict.accepted) throw new Refusal(verdict.code, `This gateway: ${verdict.message}`, verdict);
  }
  return options.subgraphs.connection(options.name, names);
}

async function send(
  connection: AttestedClient,
  fetch: Process,
  options: SubgraphDataSourceOptions,
): Promise<SubgraphAnswer> {
  const context = fetch.context as RequestContext;
  const { query, variables, operationName } = fetch.request;
  const { status, body } = await connection.request({
    method: 'POST',
    path: '/graphql',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      [CALLER_HEADER]: encodeCaller(context.caller),
      [REQUEST_ID_HEADER]: context.requestId,
    },
    body: JSON.stringify({ query, variables, ...(operationName === undefined ? {} : { operationName }) }),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maximumAnswerBytes: MAXIMUM_ANSWER_BYTES,
  });
  return parseAnswer(body.toString('utf8'), status, options.name);
}

function documentOf(fetch: Process): DocumentNode {
  const planned = 'document' in fetch ? fetch.document : undefined;
  return planned ?? parse(fetch.request.query ?? '');
}
