import { HttpProblem } from './httpProblem.js';

/** Media types of answers, the server's preference first where a client has none. */
const OFFERED = ['application/json', 'application/graphql-response+json'] as const;

export type AnswerType = (typeof OFFERED)[number];

/** Used where nothing was negotiated: also for the refusal that says so. */
export const STANDARD_TYPE: AnswerType = 'application/json';

/** Ranges of one Accept header that are looked at; a browser sends fewer than ten. */
const MAXIMUM_RANGES = 32;

/**
 * The media type of the answer (RFC 9110, 12.5.1): the highest quality wins, then what the client named first. A wildcard
 * means `application/json`, which every GraphQL client reads.
 *
 * @throws HttpProblem 406 where the client takes neither.
 */
export function negotiate(accept: string | undefined): AnswerType {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return STANDARD_TYPE;
  const ranges = accept.split(',', MAXIMUM_RANGES).map(rangeOf);
  let best: { readonly type: AnswerType; readonly quality: number; readonly order: number } | undefined;
  for (const type of OFFERED) {
    const range = mostSpecific(type, ranges);
    if (range === undefined || range.quality === 0) continue;
    const order = ranges.indexOf(range);
    const isBetter =
      best === undefined || range.quality > best.quality || (range.quality === best.quality && order < best.order);
    if (isBetter) best = { type, quality: range.quality, order };
  }
  if (best !== undefined) return best.type;
  throw new HttpProblem(406, 'BAD_INPUT', `Answers are ${OFFERED.join(' or ')}; the Accept header takes neither.`);
}

interface Range {
  /** In lower case, without parameters. */
  readonly type: string;
  /** 0 to 1. */
  readonly quality: number;
  readonly isUtf8: boolean;
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const valueOf = (name: string) =>
    parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(valueOf('q') ?? '1');
  const charset = unquoted(valueOf('charset') ?? 'utf-8');
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0, isUtf8: isUtf8(charset) };
}

/** An exact range overrules `application/*`, which overrules a full wildcard: RFC 9110 lets the most specific one speak. */
function mostSpecific(type: AnswerType, ranges: readonly Range[]): Range | undefined {
  const find = (wanted: string) => ranges.find((range) => range.type === wanted && range.isUtf8);
  return find(type) ?? find('application/*') ?? find('*/*');
}

/**
 * Passes for `application/json` in UTF-8 and nothing else: every other type of body is one that a page of another origin
 * can make a browser send without asking (CORS), or one that is not read here.
 *
 * @throws HttpProblem 415
 */
export function requireJson(contentType: string | undefined, contentEncoding: string | undefined): void {
  const [type, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (type !== 'application/json') {
    throw unsupported(`The body must be application/json${contentType === undefined ? '; no Content-Type came' : ''}.`);
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !isUtf8(unquoted(charset))) throw unsupported('The body must be in UTF-8.');
  if (contentEncoding !== undefined && contentEncoding.trim().toLowerCase() !== 'identity') {
    throw unsupported('The body must not be compressed.');
  }
}

function unsupported(message: string): HttpProblem {
  return new HttpProblem(415, 'BAD_INPUT', message, { accept: 'application/json' });
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

function isUtf8(charset: string): boolean {
  return charset === 'utf-8' || charset === 'utf8';
}
