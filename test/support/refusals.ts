import { Refusal, type RefusalCode } from '../../enclave/refusals.js';

/** The code with which the work is refused; 'not refused' where it succeeds. Anything else that is thrown fails the test. */
export async function refusalOf(work: () => unknown): Promise<RefusalCode | 'not refused'> {
  try {
    await work();
    return 'not refused';
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.code;
    throw thrown;
  }
}
