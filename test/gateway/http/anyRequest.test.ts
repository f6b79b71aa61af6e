import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRefusalCode } from '../../../enclave/refusals.js';
import { readCostModel } from '../../../gateway/http/demand/costModel.js';
import { parseManifest } from '../../../gateway/http/documents/manifest.js';
import { OwnDocuments } from '../../../gateway/http/documents/ownDocuments.js';
import { createGraphQLHandler } from '../../../gateway/http/graphqlHandler.js';
import { INPUT_LIMITS } from '../../../gateway/http/inputLimits.js';
import { OPERATION_LIMITS } from '../../../gateway/http/operationLimits.js';
import { PREFLIGHT_HEADERS } from '../../../gateway/http/preflight.js';
import { serveSchema } from '../../../gateway/http/servedSchema.js';
import { graphqlJsExecutor } from '../../support/graphqlJsExecutor.js';
import { runs } from '../../support/runs.js';

/** Whatever comes in, what goes out is an answer of GraphQL with codes of the closed list, and nothing fails inside. */

const SDL = `
  type Query { a(x: Int, list: [Int], input: In): A b: [A!]! }
  type Mutation { m: Int }
  interface N { a: A }
  type A implements N { a: A b: [A] c: Int! }
  input In { x: Int in: In list: [In!] }
`;
const hidden: unknown[] = [];
const schema = serveSchema({
  executor: graphqlJsExecutor(SDL, { b: [] }),
  limits: OPERATION_LIMITS,
  costs: readCostModel(SDL),
});
const handle = createGraphQLHandler<undefined>({
  schemaFor: () => schema,
  inputLimits: INPUT_LIMITS,
  preflight: { headers: PREFLIGHT_HEADERS },
  introspection: 'everybody',
  documents: { mode: 'audit', trusted: () => parseManifest('{}'), own: new OwnDocuments() },
  demand: { mode: 'enforce', maximumCost: 50, defaultListSize: 3, actualEvery: 1 },
  timeoutMs: 1000,
  maximumErrors: 5,
  onFailure: (thrown) => hidden.push(thrown),
});

const words = fc.constantFrom(
  ...'{ } ( ) [ ] : ! $ @ ... = | & " """ # , 1 -2.5 null true a b c m x y list input in In A N Query on fragment query mutation subscription F ...F @skip(if:$y) @include(if:true) __typename __schema __type(name:"A") $x:Int $y:Boolean=true {a{c}} \u0000 🏥'.split(
    ' ',
  ),
);
const document = fc.oneof(
  fc.array(words, { maxLength: 40 }).map((parts) => parts.join(' ')),
  fc
    .array(words, { maxLength: 10 })
    .map((parts) => `query ($x: In, $y: Boolean = true) { a(input: $x) { ${parts.join(' ')} } }`),
  fc.string(),
);
const parameters = fc.record(
  {
    query: fc.oneof(document, fc.jsonValue()),
    operationName: fc.oneof(fc.string(), fc.jsonValue()),
    variables: fc.oneof(fc.record({ x: fc.jsonValue(), y: fc.jsonValue() }), fc.jsonValue()),
    extensions: fc.oneof(fc.record({ persistedQuery: fc.jsonValue() }), fc.jsonValue()),
    documentId: fc.oneof(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: ['query'] },
);
const body = fc.oneof(
  { weight: 8, arbitrary: parameters.map((value) => JSON.stringify(value)) },
  fc.json(),
  fc.string(),
);
const headers = fc.record(
  {
    'content-type': fc.oneof(fc.constant('application/json'), fc.string()),
    accept: fc.oneof(fc.constantFrom('application/json', 'application/graphql-response+json', '*/*'), fc.string()),
    'apollo-require-preflight': fc.string(),
    'content-encoding': fc.constantFrom('identity', 'gzip'),
    'accept-encoding': fc.string(),
  },
  { requiredKeys: ['content-type'] },
);
const request = fc.record({
  method: fc.oneof({ weight: 6, arbitrary: fc.constant('POST') }, fc.constant('GET'), fc.string()),
  search: fc.oneof(
    document.map((query) => `query=${encodeURIComponent(query)}`),
    fc.string(),
  ),
  headers: fc.oneof({ weight: 6, arbitrary: fc.constant({ 'content-type': 'application/json' }) }, headers),
  body,
  identity: fc.option(fc.string(), { nil: undefined }),
});

test('any request is answered', async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(request, async ({ method, search, headers: given, body: text, identity }) => {
      const work = new AbortController();
      const answer = await handle(
        {
          method,
          search,
          header: (name) => (given as Record<string, string | undefined>)[name],
          body: () => Promise.resolve(new TextEncoder().encode(text)),
          signal: work.signal,
          abort: (reason) => work.abort(reason),
        },
        () => ({ identity, context: undefined }),
      );
      seen.add(answer.status);
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers['content-type']).toMatch(/^application\/(json|graphql-response\+json); charset=utf-8$/);
      const { data, errors = [] } = JSON.parse(String(answer.body)) as {
        data?: unknown;
        errors?: { path?: unknown; extensions?: { code?: unknown } }[];
      };
      expect(data !== undefined || errors.length > 0).toBe(true);
      // What fails while it is executed is the executor's to code.
      if (data === undefined) expect(errors.every(({ extensions }) => isRefusalCode(extensions?.code))).toBe(true);
    }),
    { numRuns: runs(3000) },
  );
  expect(hidden).toEqual([]);
  expect([...seen].sort()).toEqual(expect.arrayContaining([200, 400, 405]));
});
