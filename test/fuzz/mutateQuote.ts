import { parseQuote } from '../../enclave/verification/dcap/quote.js';
import type { Mutate } from './mutate.js';
import { mutateBytes } from './mutateBytes.js';
import { mutatePem } from './mutatePem.js';

/** Another chain inside, all lengths around it right; without that, nobody gets to read a strange certificate. */
export const mutateQuote: Mutate = (input, random, other) => {
  try {
    const { certificationData, signed, version } = parseQuote(input);
    const start = certificationData.byteOffset - input.byteOffset;
    const chain = mutatePem(certificationData, random, other);
    const quote = Buffer.concat([input.subarray(0, start), chain]);
    quote.writeUInt32LE(chain.length, start - 4);
    const partAt = signed.length + 4;
    quote.writeUInt32LE(quote.length - partAt, partAt - 4);
    if (version !== 3) quote.writeUInt32LE(quote.length - partAt - 134, partAt + 130);
    return quote;
  } catch {
    return mutateBytes(input, random, other);
  }
};
