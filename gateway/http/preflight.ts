import { HttpProblem } from './httpProblem.js';

export interface PreflightOptions {
  /** Headers that no page of another origin can make a browser send without a preflight, in lower case. One is enough. */
  readonly headers: readonly string[];
}

export const PREFLIGHT_HEADERS: readonly string[] = ['apollo-require-preflight', 'x-apollo-operation-name'];

/** What a browser sends across origins unasked (the CORS-safelisted content types of the Fetch standard). */
const SIMPLE_CONTENT_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/**
 * Lets a request pass that a browser would only have sent to this origin after asking it: with a content type that is not
 * simple, or with one of the headers. A POST of JSON always is such a request; a GET needs a header.
 *
 * The attacker is a page of another origin that makes a victim's browser send a request: it cannot read the answer, but it
 * can change data, measure times and fill rates in the victim's name.
 *
 * @throws HttpProblem 400
 */
export function requirePreflight(header: (name: string) => string | undefined, options: PreflightOptions): void {
  if (isNotSimple(header('content-type'))) return;
  if (options.headers.some((name) => (header(name) ?? '') !== '')) return;
  throw new HttpProblem(
    400,
    'BAD_INPUT',
    `A request that a browser may send across origins unasked needs one of the headers ${options.headers.join(', ')}.`,
  );
}

/** A type that cannot be parsed counts as simple: browsers differ in what they make of it. */
function isNotSimple(contentType: string | undefined): boolean {
  const type = /^\s*([\w!#$&^.+-]+\/[\w!#$&^.+-]+)\s*(?:;|$)/.exec(contentType ?? '')?.[1];
  return type !== undefined && !SIMPLE_CONTENT_TYPES.includes(type.toLowerCase());
}
