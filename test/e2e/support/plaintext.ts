import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The forms in which a text may lie around: as it is, in capitals or small letters, in UTF-16, in base64 at each offset, in hex. */
function formsOf(text: string): Buffer[] {
  const forms = [text, text.toLowerCase(), text.toUpperCase()].flatMap((form) => [
    Buffer.from(form),
    Buffer.from(form, 'utf16le'),
  ]);
  const encoded = [0, 1, 2].map((offset) => {
    const base64 = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)])
      .toString('base64')
      .replace(/=+$/, '');
    // The characters at both ends mix with neighbours.
    return Buffer.from(base64.slice(offset === 0 ? 0 : offset + 1, -1));
  });
  return [...forms, ...encoded, Buffer.from(Buffer.from(text).toString('hex'))];
}

/** Which of the texts occur in the bytes, in any form. */
export function textsIn(bytes: Buffer, texts: readonly string[]): string[] {
  return texts.filter((text) => formsOf(text).some((form) => bytes.includes(form)));
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The files below a folder that hold any of the texts, with what they hold. */
export function filesHolding(folder: string, texts: readonly string[]): { file: string; texts: string[] }[] {
  return filesBelow(folder)
    .map((file) => ({ file, texts: textsIn(readFileSync(file), texts) }))
    .filter((found) => found.texts.length > 0);
}
