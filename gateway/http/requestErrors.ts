import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isRefusalCode, Refusal, REFUSALS, toRefusal } from '../../enclave/refusals.js';

/** Errors of one answer: enough to mend a document, too few to fill an answer. */
export const MAXIMUM_REQUEST_ERRORS = 10;

/**
 * What was thrown instead of an answer, as errors that a caller may read: codes of the closed list, no values that were sent,
 * no names of the schema that were not asked for.
 *
 * @param onInternal is told of everything that is hidden behind INTERNAL.
 */
export function requestErrors(
  thrown: unknown,
  onInternal: (thrown: unknown) => void,
): readonly GraphQLFormattedError[] {
  const errors = collected(thrown).slice(0, MAXIMUM_REQUEST_ERRORS);
  return errors.map((error) => {
    if (error instanceof Refusal) return ofRefusal(error);
    if (error instanceof GraphQLError) return ofGraphQLError(error, onInternal);
    onInternal(error);
    return ofRefusal(toRefusal(error));
  });
}

/** Executors throw the errors of validation together. */
function collected(thrown: unknown): readonly unknown[] {
  const { errors } = (thrown ?? {}) as { errors?: unknown };
  const isList = Array.isArray(errors) && errors.length > 0;
  return isList && errors.every((error) => error instanceof GraphQLError) ? errors : [thrown];
}

function ofRefusal({ code, message, failures, definition }: Refusal): GraphQLFormattedError {
  return { message, extensions: { code, kind: definition.kind, ...(failures.length > 0 ? { failures } : {}) } };
}

function ofGraphQLError(error: GraphQLError, onInternal: (thrown: unknown) => void): GraphQLFormattedError {
  const { originalError, extensions, locations } = error;
  if (originalError instanceof Refusal) return ofRefusal(originalError);
  if (originalError !== undefined && !(originalError instanceof GraphQLError)) {
    onInternal(originalError);
    return ofRefusal(toRefusal(originalError));
  }
  return cleanError({ message: error.message, extensions, ...(locations === undefined ? {} : { locations }) });
}

/** Errors with a code of ours were written for callers; those of graphql-js, for whoever writes the operation. */
export function cleanError(error: GraphQLFormattedError): GraphQLFormattedError {
  const { message, locations, extensions } = error;
  if (isRefusalCode(extensions?.code)) return error;
  return {
    message: withoutSuggestion(withoutValues(message)),
    ...(locations === undefined ? {} : { locations }),
    extensions: { code: 'BAD_INPUT', kind: REFUSALS.BAD_INPUT.kind },
  };
}

/** graphql-js quotes what was sent, and literals and variables hold health data: only names and types are kept. */
export function withoutValues(message: string): string {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message);
  if (variable) {
    const expected = /; (Expected (?:non-nullable )?type "[\w![\]]+")/.exec(message);
    return `Variable "$${variable[1] ?? ''}" has an invalid value.${expected ? ` ${expected[1] ?? ''}.` : ''}`;
  }
  return message
    .replace(/(cannot represent [^:]*): [^]*$/, '$1.')
    .replace(/^(Expected value of type "[\w![\]]+"), found [^]*$/, '$1.')
    .replace(/^Value [^]* does not exist in ("\w+" enum\.)[^]*$/, 'The value does not exist in $1')
    .replace(/((?:Block)?String) "[^]*"/, '$1');
}

/** graphql-js suggests names that are close to a wrong one: whoever may not introspect learns the schema that way. */
export function withoutSuggestion(message: string): string {
  return message.replace(/ ?Did you mean [^?]*\?/g, '');
}
