import type { JsonObject } from '../jsonFields.js';
import { countField, objectField, objectsField, textField, textsField } from '../jsonFields.js';
import type { StatedTcbStatus } from './tcbStatus.js';
import { asTcbStatus } from './tcbStatus.js';

/** How good one security version of the vendor's enclave or module is. */
export interface TcbLevelBySvn {
  readonly isvSvn: number;
  readonly status: StatedTcbStatus;
  readonly advisoryIds: readonly string[];
}

/** `tcbLevels` of a QE identity or of a TDX module identity, newest first. @throws RangeError */
export function readSvnLevels(identity: JsonObject): TcbLevelBySvn[] {
  return objectsField(identity, 'tcbLevels')
    .map((level) => ({
      isvSvn: countField(objectField(level, 'tcb'), 'isvsvn'),
      status: asTcbStatus(textField(level, 'tcbStatus')),
      advisoryIds: textsField(level, 'advisoryIDs'),
    }))
    .sort((a, b) => b.isvSvn - a.isvSvn);
}

/** The newest level that a security version reaches. */
export function matchSvnLevel(levels: readonly TcbLevelBySvn[], isvSvn: number): TcbLevelBySvn | undefined {
  return levels.find((level) => level.isvSvn <= isvSvn);
}
