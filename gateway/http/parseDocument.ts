import { GraphQLError, parse, type DocumentNode } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';

/**
 * Parses a document of at most so many tokens; parsing ends at the first token too many.
 *
 * @throws GraphQLError for a syntax error, Refusal OPERATION_TOO_COMPLEX
 */
export function parseDocument(source: string, maximumTokens: number): DocumentNode {
  try {
    return parse(source, { maxTokens: maximumTokens });
  } catch (cause) {
    // The parser recurses into what is nested, so that a very high limit of tokens may end in a stack overflow.
    const isTooDeep = cause instanceof RangeError;
    const isTooLong = cause instanceof GraphQLError && /Document contains more tha[nt] \d+ tokens/.test(cause.message);
    if (!isTooDeep && !isTooLong) throw cause;
    throw new Refusal(
      'OPERATION_TOO_COMPLEX',
      `The operation has more than ${maximumTokens} tokens, or is nested too deeply.`,
    );
  }
}
