import type { EvidencePlatform } from '../../evidence/attester.js';
import { Refusal } from '../../refusals.js';
import type { QuoteFileOptions } from '../quoteFile/platform.js';
import { quoteFilePlatform } from '../quoteFile/platform.js';

/**
 * Occlum. Quotes come by ioctl on `/dev/sgx`, which Node cannot call, and no pseudo-file stands for it: a native program in
 * the same enclave has to (libocclum_dcap), and leave quotes in a file. Init-RA, which attests before the program starts,
 * leaves one quote at most, over report data of its own.
 *
 * @throws Refusal CONFIGURATION_INVALID where no such file is configured.
 */
export function occlumPlatform(
  options: Omit<QuoteFileOptions, 'name' | 'quoteFile'> & { readonly quoteFile: string | undefined },
): EvidencePlatform {
  const { quoteFile } = options;
  if (quoteFile !== undefined) return quoteFilePlatform({ ...options, quoteFile, name: 'occlum' });
  throw new Refusal(
    'CONFIGURATION_INVALID',
    'Under Occlum the process cannot make a quote by itself: run a native program in the image that does ' +
      '(libocclum_dcap), and name the files between them in CLOISTER_QUOTE_FILE and CLOISTER_QUOTE_REQUEST_FILE.',
  );
}
