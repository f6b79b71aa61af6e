import type { EvidencePlatform } from '../../evidence/attester.js';
import { Refusal } from '../../refusals.js';
import type { QuoteFileOptions } from '../quoteFile/platform.js';
import { quoteFilePlatform } from '../quoteFile/platform.js';

/**
 * SCONE. Its configuration service (CAS) attests the program before it starts and then hands it certificates and secrets as
 * files; that verdict is CAS's and stays with it. A quote of the process itself comes only from the C library's
 * `scone_sgx_report_get`, which Node cannot call: a native program in the same enclave has to, and leave quotes in a file.
 *
 * @throws Refusal CONFIGURATION_INVALID where no such file is configured.
 */
export function sconePlatform(
  options: Omit<QuoteFileOptions, 'name' | 'quoteFile'> & { readonly quoteFile: string | undefined },
): EvidencePlatform {
  const { quoteFile } = options;
  if (quoteFile !== undefined) return quoteFilePlatform({ ...options, quoteFile, name: 'scone' });
  throw new Refusal(
    'CONFIGURATION_INVALID',
    'Under SCONE the process cannot make a quote by itself: run a native program in the session that does ' +
      '(scone_sgx_report_get of libreport), and name the files between them in CLOISTER_QUOTE_FILE and ' +
      'CLOISTER_QUOTE_REQUEST_FILE.',
  );
}
