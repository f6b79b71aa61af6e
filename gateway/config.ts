import { defineConfig, number, path, port, text, url } from '../runtime/config.js';
import { attestedPort, enclaveSettings } from '../runtime/enclaveSettings.js';
import { OPERATION_LIMITS } from './transport/limits.js';

const limit = (env: string, standard: number, max: number, unit: string, help: string) =>
  number({ env, default: standard, min: 1, max, unit, help });

/** Every setting of the gateway. */
export const settings = defineConfig({
  ...enclaveSettings,
  attestedPort: attestedPort(4010),
  httpPort: port({ env: 'CLOISTER_HTTP_PORT', default: 4000, help: 'Port of plain HTTP, for people and operators.' }),
  supergraph: path({
    env: 'CLOISTER_SUPERGRAPH',
    default: 'schema/supergraph.graphql',
    help: 'The composed supergraph.',
  }),
  patient: url({ env: 'CLOISTER_SUBGRAPH_PATIENT', default: 'https://127.0.0.1:4011', help: 'The patient subgraph.' }),
  attestation: url({
    env: 'CLOISTER_SUBGRAPH_ATTESTATION',
    default: 'https://127.0.0.1:4012',
    help: 'The attestation subgraph.',
  }),
  diagnosis: url({
    env: 'CLOISTER_SUBGRAPH_DIAGNOSIS',
    default: 'https://127.0.0.1:4013',
    help: 'The diagnosis subgraph.',
  }),
  identityIssuer: url({
    env: 'CLOISTER_IDENTITY_ISSUER',
    default: 'http://localhost:4002',
    help: 'The OpenID provider whose access tokens are accepted.',
  }),
  identityAudience: text({
    env: 'CLOISTER_IDENTITY_AUDIENCE',
    default: 'urn:cloister:gateway',
    help: 'The audience that access tokens must name.',
  }),
  portalOrigin: url({
    env: 'CLOISTER_PORTAL_ORIGIN',
    default: 'http://localhost:4003',
    help: 'The one other origin whose pages may call.',
  }),
  graphiql: path({
    env: 'CLOISTER_GRAPHIQL',
    default: 'dist/web/graphiql',
    help: 'Folder of the built GraphiQL; absent, there is none.',
  }),
  bodyLimitKb: limit('CLOISTER_BODY_LIMIT_KB', 100, 1024, 'KB', 'Largest GraphQL request.'),
  imageLimitMb: limit('CLOISTER_IMAGE_LIMIT_MB', 64, 1024, 'MB', 'Largest image.'),
  depthLimit: limit('CLOISTER_DEPTH_LIMIT', OPERATION_LIMITS.depth, 100, 'levels', 'Deepest operation.'),
  aliasLimit: limit('CLOISTER_ALIAS_LIMIT', OPERATION_LIMITS.aliases, 1000, 'aliases', 'Most aliases of an operation.'),
  rootFieldLimit: limit(
    'CLOISTER_ROOT_FIELD_LIMIT',
    OPERATION_LIMITS.rootFields,
    1000,
    'fields',
    'Most root fields of an operation.',
  ),
  directiveLimit: limit(
    'CLOISTER_DIRECTIVE_LIMIT',
    OPERATION_LIMITS.directives,
    1000,
    'directives',
    'Most directives of an operation.',
  ),
  tokenLimit: limit('CLOISTER_TOKEN_LIMIT', OPERATION_LIMITS.tokens, 100_000, 'tokens', 'Longest operation.'),
  fetchTimeoutMs: limit('CLOISTER_FETCH_TIMEOUT_MS', 30_000, 600_000, 'ms', 'Longest fetch from one subgraph.'),
});
