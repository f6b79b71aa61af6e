import { writePem } from '../../enclave/asn1/pem.js';
import type { Mutate } from './mutate.js';
import { mutateDer } from './mutateDer.js';
import { mutateText } from './mutateText.js';

/** Changes the DER of one block, or the order and number of the blocks. */
export const mutatePem: Mutate = (input, random, other) => {
  const text = Buffer.from(input).toString('latin1');
  const blocks = text.split(/(?<=-----END [A-Z0-9 ]+-----\n?)/);
  const at = random.below(blocks.length);
  const block = blocks[at] ?? '';
  switch (random.below(5)) {
    case 0:
      blocks.splice(at, 1);
      break;
    case 1:
      blocks.splice(at, 0, block);
      break;
    case 2:
      blocks.reverse();
      break;
    default: {
      const [, label, body] = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END/.exec(block) ?? [];
      if (label === undefined || body === undefined) return mutateText(input, random, other);
      blocks[at] = writePem(mutateDer(Buffer.from(body, 'base64'), random, other), label);
    }
  }
  return Buffer.from(blocks.join(''), 'latin1');
};
