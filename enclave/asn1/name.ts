import { oid, sequence, utf8String, writeDer, TAG } from './der.js';

/** A distinguished name of the few attributes that we issue. Names that we read are compared as raw DER, never decoded. */
export interface Name {
  readonly commonName: string;
  readonly organization?: string;
}

/** Name (RFC 5280, 4.1.2.4). The same name always gives the same bytes. */
export function writeName(name: Name): Uint8Array {
  const attributes = [attribute('2.5.4.3', name.commonName)];
  if (name.organization !== undefined) attributes.push(attribute('2.5.4.10', name.organization));
  return sequence(...attributes);
}

function attribute(type: string, value: string): Uint8Array {
  return writeDer(TAG.SET, sequence(oid(type), utf8String(value)));
}
