import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import { Refusal } from '../../enclave/refusals.js';
import { CALLER_HEADER, encodeCaller, REQUEST_ID_HEADER } from '../../runtime/caller.js';
import { refusalFromAnswer } from '../../runtime/refusalFromAnswer.js';
import { decideRequirement, type Release, releaseOf } from '../enforcement/decide.js';
import type { Requirement } from '../enforcement/requirement.js';
import type { Parties } from '../execution/parties.js';
import type { Subgraphs } from '../execution/subgraphs.js';
import { limitBody } from './body.js';
import type { Exchange, Route } from './exchange.js';
import { announce } from './graphql.js';

export interface ImageOptions {
  readonly subgraphs: Subgraphs;
  readonly parties: Parties;
  readonly policies: ReadonlyMap<string, AppraisalPolicy>;
  readonly maximumImageBytes: number;
}

/** The subgraph that keeps images, and the policy that they are bound to: as ImagingStudy.imageReference in the schema. */
const PATIENT = 'patient';
const POLICY = 'imaging';

/** What sending an image takes: as a mutation whose argument is attested. */
const UPLOAD: Requirement = {
  authenticated: true,
  authorizations: [],
  scopes: [['user/ImagingStudy.write']],
  attested: [
    { policy: POLICY, coordinate: 'POST /imaging-studies', producers: [], receivers: [PATIENT], caller: 'sends' },
  ],
};

/** What seeing an image takes: as a field that is attested. */
const RENDITION: Requirement = {
  authenticated: true,
  authorizations: [],
  scopes: [['user/ImagingStudy.read']],
  attested: [
    { policy: POLICY, coordinate: 'GET /imaging-studies', producers: [PATIENT], receivers: [], caller: 'receives' },
  ],
};

const TIMEOUT_MS = 120_000;
const MAXIMUM_ANSWER_BYTES = 65_536;

/** Images are megabytes, so they pass beside the graph; who may send and see them is decided as for its fields. */
export function createImageRoutes(options: ImageOptions): Route[] {
  return [
    {
      methods: ['POST'],
      path: '/imaging-studies',
      handle: (exchange) => upload(exchange, options),
    },
    {
      methods: ['GET'],
      path: '/imaging-studies/:id/rendition',
      handle: (exchange, { id }) => rendition(exchange, id ?? '', options),
    },
  ];
}

async function upload(exchange: Exchange, options: ImageOptions): Promise<void> {
  const { request, response, url } = exchange;
  const patient = identifier(url.searchParams.get('patient'), 'patient');
  const { headers, release } = await permit(UPLOAD, exchange, options);
  const body = limitBody(request, options.maximumImageBytes);
  const { 'content-type': type, 'content-length': length } = request.headers;
  const answer = await options.subgraphs.connection(PATIENT, [POLICY]).request({
    method: 'POST',
    path: `/imaging-studies?patient=${encodeURIComponent(patient)}`,
    headers: {
      ...headers,
      'content-type': type ?? 'application/octet-stream',
      ...(length === undefined ? {} : { 'content-length': length }),
    },
    body: body,
    timeoutMs: TIMEOUT_MS,
    maximumAnswerBytes: MAXIMUM_ANSWER_BYTES,
  });
  if (answer.status !== 201) throw refusalFromAnswer(PATIENT, answer.status, answer.body);
  announce(exchange, release);
  response.writeHead(201, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(answer.body);
}

async function rendition(exchange: Exchange, id: string, options: ImageOptions): Promise<void> {
  const study = identifier(id, 'id');
  const { headers, release } = await permit(RENDITION, exchange, options);
  const answer = await options.subgraphs.connection(PATIENT, [POLICY]).request({
    method: 'GET',
    path: `/imaging-studies/${encodeURIComponent(study)}/rendition`,
    headers,
    timeoutMs: TIMEOUT_MS,
    maximumAnswerBytes: options.maximumImageBytes,
  });
  if (answer.status !== 200) throw refusalFromAnswer(PATIENT, answer.status, answer.body);
  announce(exchange, release);
  exchange.response.writeHead(200, {
    'content-type': 'image/png',
    'content-length': answer.body.length,
    'cache-control': 'private, no-store',
  });
  exchange.response.end(answer.body);
}

/** Who may, decided as for a field; and what the subgraph is told of the caller. */
async function permit(
  requirement: Requirement,
  exchange: Exchange,
  { parties, policies }: ImageOptions,
): Promise<{ headers: Record<string, string>; release: Release | undefined }> {
  const { caller, callerResult } = await exchange.caller();
  await parties.verify([PATIENT]);
  const coordinate = requirement.attested[0]?.coordinate ?? '';
  const facts = {
    caller,
    policies,
    verdictOf: (party: string, policy: AppraisalPolicy) => parties.verdictOf(party, policy, callerResult),
  };
  const refusal = decideRequirement(requirement, coordinate, facts);
  if (refusal !== undefined) {
    throw new Refusal(
      refusal.code,
      refusal.message,
      refusal.failures === undefined ? {} : { failures: refusal.failures },
    );
  }
  return {
    headers: { [CALLER_HEADER]: encodeCaller(caller), [REQUEST_ID_HEADER]: exchange.requestId },
    release: releaseOf(requirement.attested, facts),
  };
}

function identifier(value: string | null, name: string): string {
  if (value === null || !/^[\w-]{1,64}$/.test(value)) throw new Refusal('BAD_INPUT', `${name} is not an identifier.`);
  return value;
}
