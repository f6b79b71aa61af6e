import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** A TPM that takes one command and gives one answer. */
export interface TpmDevice {
  transact(command: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Through the kernel's resource manager, which keeps processes apart. */
export const TPM_DEVICE = '/dev/tpmrm0';
const ANSWER_BYTES = 4096;

/** @throws the system's error where the device is not there or not ours to use. */
export async function openTpmDevice(path = TPM_DEVICE): Promise<TpmDevice> {
  const device = await open(path, constants.O_RDWR);
  return {
    transact: async (command) => {
      const { bytesWritten } = await device.write(command, 0, command.length, null);
      if (bytesWritten !== command.length)
        throw new RangeError(`${path} took ${bytesWritten} of ${command.length} bytes at once`);
      const answer = new Uint8Array(ANSWER_BYTES);
      // One read gives the whole answer; what is left would be lost at the next command.
      const { bytesRead } = await device.read(answer, 0, ANSWER_BYTES, null);
      return answer.subarray(0, bytesRead);
    },
    close: () => device.close(),
  };
}
