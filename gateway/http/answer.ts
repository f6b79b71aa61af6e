import type { GraphQLFormattedError } from 'graphql';
import { isRefusalCode, REFUSALS, type RefusalCode } from '../../enclave/refusals.js';
import type { ExecutionAnswer } from './executor.js';
import type { HttpResponse } from './httpMessage.js';
import type { HttpProblem } from './httpProblem.js';
import type { AnswerType } from './mediaTypes.js';
import { cleanError, MAXIMUM_REQUEST_ERRORS } from './requestErrors.js';

/**
 * Answers that say what is wrong with the document or its variables. They are answers of GraphQL, and `application/json`
 * promises 200 for those; all others are refusals of the service, and keep their status in every media type.
 */
const REQUEST_CODES: ReadonlySet<RefusalCode> = new Set([
  'BAD_INPUT',
  'NOT_FOUND',
  'OPERATION_TOO_COMPLEX',
  'OPERATION_NOT_ALLOWED',
]);

/** Seconds that Retry-After names where nobody knows better. */
const RETRY_AFTER_SECONDS = 1;

/** The answer of an executor, as it is: nothing writes it again, except where it says only what was wrong. */
export function answerOf(answer: ExecutionAnswer, type: AnswerType): HttpResponse {
  if (!answer.hasData) return errorAnswer(answer.errors.slice(0, MAXIMUM_REQUEST_ERRORS).map(cleanError), type);
  return { status: 200, headers: headersOf(type, []), body: answer.text };
}

/** The answer where nothing was executed. */
export function errorAnswer(errors: readonly GraphQLFormattedError[], type: AnswerType): HttpResponse {
  return { status: statusOf(errors, type), headers: headersOf(type, errors), body: JSON.stringify({ errors }) };
}

/** The answer to what is no GraphQL request. */
export function problemAnswer({ status, headers, refusal }: HttpProblem, type: AnswerType): HttpResponse {
  const { code, message, definition } = refusal;
  const error = { message, extensions: { code, kind: definition.kind } };
  return { status, headers: { ...headersOf(type, [error]), ...headers }, body: JSON.stringify({ errors: [error] }) };
}

/** GraphQL over HTTP, "Status codes": for both media types. */
function statusOf(errors: readonly GraphQLFormattedError[], type: AnswerType): number {
  const code = codeOf(errors[0]);
  if (type === 'application/json' && REQUEST_CODES.has(code)) return 200;
  return REFUSALS[code].httpStatus;
}

function headersOf(type: AnswerType, errors: readonly GraphQLFormattedError[]): Record<string, string> {
  const code = errors.length === 0 ? undefined : codeOf(errors[0]);
  return {
    'content-type': `${type}; charset=utf-8`,
    // Answers are about patients and made for one caller: no cache may keep them, and no ETag invites one to.
    'cache-control': 'no-store',
    ...(code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {}),
    ...(code !== undefined && REFUSALS[code].retryable ? { 'retry-after': `${RETRY_AFTER_SECONDS}` } : {}),
  };
}

/** Without a code of ours it is the caller's mistake: what executors report themselves has one. */
function codeOf(error: GraphQLFormattedError | undefined): RefusalCode {
  const code = error?.extensions?.code;
  return isRefusalCode(code) ? code : 'BAD_INPUT';
}
