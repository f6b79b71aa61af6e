/**
 * Reads fields of a signed JSON text into a type that cannot be wrong. All throw RangeError naming the field; the
 * verifier turns that into its own reason.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export function jsonObject(text: string): JsonObject {
  try {
    return asObject(JSON.parse(text), 'text');
  } catch (cause) {
    throw new RangeError('text is not a JSON object', { cause });
  }
}

export function asObject(value: unknown, name: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError(`${name} is not an object`);
  return value as JsonObject;
}

export function objectField(object: JsonObject, name: string): JsonObject {
  return asObject(object[name], name);
}

export function objectsField(object: JsonObject, name: string): JsonObject[] {
  const value = object[name];
  if (!Array.isArray(value)) throw new RangeError(`${name} is not a list`);
  return value.map((item) => asObject(item, name));
}

export function textField(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw new RangeError(`${name} is not a text`);
  return value;
}

/** Texts of an optional list. */
export function textsField(object: JsonObject, name: string): string[] {
  const value = object[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new RangeError(`${name} is not a list of texts`);
  return value;
}

/** A whole number of 0 or more. */
export function countField(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${name} is not a count`);
  return value;
}

/** Lower-case hex of exactly `length` bytes; the vendor writes either case. */
export function hexField(object: JsonObject, name: string, length: number): string {
  const value = textField(object, name).toLowerCase();
  if (value.length !== length * 2 || !/^[0-9a-f]*$/.test(value))
    throw new RangeError(`${name} is not ${length} bytes in hex`);
  return value;
}

/** Milliseconds since 1970. */
export function dateField(object: JsonObject, name: string): number {
  const at = Date.parse(textField(object, name));
  if (Number.isNaN(at)) throw new RangeError(`${name} is not a date`);
  return at;
}
