/**
 * Characters that JSON takes as they are. Found like this, all of a text at once, they cost a third of a search for one of those
 * that need an escape; halves of surrogate pairs are among them.
 */
const PLAIN = /^[ !#-[\]-\ud7ff]*$/;

/** A string as JSON text. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Any parsed JSON value as text. */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value === null || value === undefined ? 'null' : JSON.stringify(value);
  }
}
