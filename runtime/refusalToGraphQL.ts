import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import { isRefusalCode, Refusal, toRefusal } from '../enclave/refusals.js';

/** A refusal as a resolver may throw it, or as it is put into an answer. */
export function refusalToGraphQL(refusal: Refusal, extensions: Readonly<Record<string, unknown>> = {}): GraphQLError {
  return new GraphQLError(refusal.message, {
    extensions: { ...extensionsOf(refusal), ...extensions },
    originalError: refusal,
  });
}

/**
 * Apollo Server's `formatError`: the one place where what resolvers throw becomes what callers read. Refusals keep their
 * code; whatever a resolver did not mean to say becomes INTERNAL; stack traces and upstream bodies never leave.
 *
 * @param onInternal is told of every error that was hidden, so that operators see it.
 */
export function formatGraphQLError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  onInternal: (thrown: unknown) => void = () => undefined,
): GraphQLFormattedError {
  const original = unwrapResolverError(thrown);
  if (original instanceof Refusal)
    return { ...placeOf(formatted), message: original.message, extensions: extensionsOf(original) };
  const code = formatted.extensions?.code;
  if (original instanceof GraphQLError && isRefusalCode(code)) {
    return { ...placeOf(formatted), message: formatted.message, extensions: { ...formatted.extensions } };
  }
  if (formatted.path === undefined && typeof code === 'string' && REQUEST_ERRORS.has(code)) {
    return { ...placeOf(formatted), message: withoutValues(formatted.message), extensions: { code } };
  }
  onInternal(original);
  const internal = toRefusal(original);
  return { ...placeOf(formatted), message: internal.message, extensions: extensionsOf(internal) };
}

/** Codes that Apollo Server gives to requests that never reached a resolver. */
const REQUEST_ERRORS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

function extensionsOf(refusal: Refusal): Record<string, unknown> {
  const { code, failures, definition } = refusal;
  return { code, kind: definition.kind, ...(failures.length > 0 ? { failures } : {}) };
}

function placeOf({ locations, path }: GraphQLFormattedError): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  return { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
}

/** graphql-js quotes what was sent ("got invalid value …"), and variables hold health data: only name and type are kept. */
function withoutValues(message: string): string {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message);
  if (variable) {
    const expected = /; (Expected (?:non-nullable )?type "[\w![\]]+")/.exec(message);
    return `Variable "$${variable[1] ?? ''}" has an invalid value.${expected ? ` ${expected[1] ?? ''}.` : ''}`;
  }
  return message.replace(/(cannot represent [^:]*): [^]*$/, '$1.');
}
