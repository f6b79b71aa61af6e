import type { DerValue } from '../../enclave/asn1/der.js';
import { readDer, TAG, writeDer } from '../../enclave/asn1/der.js';
import type { Mutate } from './mutate.js';
import { mutateBytes } from './mutateBytes.js';
import type { Random } from './random.js';

/** A value of DER; constructed ones have parts, and a byte string may hold DER too. */
interface Node {
  tag: number;
  content: Uint8Array;
  parts: Node[] | undefined;
}

/** Changes one value, anywhere inside, and writes all lengths anew: what is around it stays readable. */
export const mutateDer: Mutate = (input, random, other) => {
  const root = treeOf(input, 0);
  if (!root) return mutateBytes(input, random, other);
  const all = nodesIn(root);
  const node = all[random.below(all.length)] ?? root;
  const donor = all[random.below(all.length)] ?? root;
  switch (random.below(8)) {
    case 0:
      node.tag = random.below(256);
      break;
    case 1:
      node.parts?.splice(random.below(node.parts.length + 1), 1);
      break;
    case 2:
      node.parts?.splice(random.below(node.parts.length + 1), 0, copyOf(donor));
      break;
    case 3:
      Object.assign(node, copyOf(donor));
      break;
    case 4:
      node.parts?.reverse();
      break;
    case 5:
      Object.assign(node, { parts: undefined, content: new Uint8Array() });
      break;
    case 6:
      Object.assign(node, { parts: undefined, content: mutateBytes(node.content, random, donor.content) });
      break;
    default:
      nest(node, random);
  }
  return write(root);
};

const MAXIMUM_DEPTH = 12;

/** Undefined where the bytes are not one value. What a constructed value or a byte string holds may be none: then it has no parts. */
function treeOf(bytes: Uint8Array, depth: number): Node | undefined {
  const value = valueAt(bytes, 0);
  if (value?.raw.length !== bytes.length) return undefined;
  const { tag, content } = value;
  const isHolder = (tag & 0x20) !== 0 || tag === TAG.OCTET_STRING;
  return { tag, content, parts: isHolder && depth < MAXIMUM_DEPTH ? partsOf(content, depth) : undefined };
}

function partsOf(content: Uint8Array, depth: number): Node[] | undefined {
  const parts: Node[] = [];
  for (let at = 0; at < content.length;) {
    const raw = valueAt(content, at)?.raw;
    const node = raw && treeOf(raw, depth + 1);
    if (!node) return undefined;
    parts.push(node);
    at += raw.length;
  }
  return parts;
}

function valueAt(bytes: Uint8Array, offset: number): DerValue | undefined {
  try {
    return readDer(bytes, offset);
  } catch {
    return undefined;
  }
}

function nodesIn(node: Node): Node[] {
  return [node, ...(node.parts ?? []).flatMap(nodesIn)];
}

function copyOf({ tag, content, parts }: Node): Node {
  return { tag, content, parts: parts?.map(copyOf) };
}

/** Hundreds of levels: whoever reads by recursion falls. */
function nest(node: Node, random: Random): void {
  let inner = write(copyOf(node));
  for (let level = random.below(random.below(10) === 0 ? 2000 : 4); level >= 0; level--) inner = writeDer(0x30, inner);
  Object.assign(node, { tag: 0x30, parts: undefined, content: inner });
}

function write({ tag, content, parts }: Node): Uint8Array {
  return parts ? writeDer(tag, ...parts.map(write)) : writeDer(tag, content);
}
