/** The characters that JSON allows between its parts (RFC 8259, 2). */
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^ \t\n\r,\]}]+/y;

/**
 * Cuts the object that is the value of `name` out of a JSON object's text, exactly as it stands there: a signature covers
 * these very characters, so that parsing and writing it anew could break it.
 *
 * @param text at the top an object; what its other members hold is passed over.
 * @throws RangeError where the text is not JSON, the member is absent, stands there twice, or is not an object.
 */
export function cutMember(text: string, name: string): string {
  requireJson(text);
  let found: string | undefined;
  let at = skip(text, 0, SPACE);
  if (text[at] !== '{') throw new RangeError('the text is not a JSON object');
  // From here the text is known to be JSON, and an object: what is expected is there.
  at = skip(text, at + 1, SPACE);
  while (text[at] === '"') {
    const nameEnd = skip(text, at, STRING);
    const member: unknown = JSON.parse(text.slice(at, nameEnd));
    const start = skip(text, skip(text, nameEnd, SPACE) + 1, SPACE);
    const end = endOfValue(text, start);
    if (member === name) {
      if (found !== undefined) throw new RangeError(`"${name}" stands there twice`);
      found = text.slice(start, end);
    }
    at = skip(text, end, SPACE);
    if (text[at] === ',') at = skip(text, at + 1, SPACE);
  }
  if (found === undefined) throw new RangeError(`"${name}" is absent`);
  if (!found.startsWith('{')) throw new RangeError(`"${name}" is not an object`);
  return found;
}

function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new RangeError('the text is not JSON', { cause });
  }
}

/** Braces and brackets inside strings do not count. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const character = text[at];
    if (character === undefined) throw new RangeError('the text ends within a value');
    if (character === '"') at = skip(text, at, STRING);
    else if (character === '{' || character === '[') {
      depth++;
      at++;
    } else if (character === '}' || character === ']') {
      depth--;
      at++;
    } else if (depth === 0) at = skip(text, at, SCALAR);
    else at++;
  } while (depth > 0);
  return at;
}

function skip(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
