import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const shape = z.object({ file: z.string(), mapping: z.string(), units: z.number().int().min(0), finished: z.boolean() });
export type CursorState = z.infer<typeof shape>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Folder of cursors: `imports` in the data folder. */
export function cursorFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(path.resolve(ROOT, env.THROUGHLINE_DATA || 'data'), 'imports');
}

/**
 * How far an import of these bytes under this mapping has got: everything before it is on the stream. The name of
 * the file does not matter, its bytes and what maps them do.
 */
export class Cursor {
  private constructor(
    private readonly path: string,
    readonly before: CursorState | undefined,
  ) {}

  static async open(folder: string, fileHash: string, mappingFingerprint: string, params: Readonly<Record<string, unknown>>): Promise<Cursor> {
    const key = createHash('sha256').update(fileHash).update('\0').update(mappingFingerprint).update('\0').update(JSON.stringify(Object.entries(params).sort())).digest('hex').slice(0, 40);
    const file = path.join(folder, `${key}.json`);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    let before: CursorState | undefined;
    try {
      before = text === undefined ? undefined : shape.parse(JSON.parse(text));
    } catch {
      // A cursor that was cut short says nothing: the import begins anew, which does no harm.
    }
    return new Cursor(file, before);
  }

  async save(state: CursorState): Promise<void> {
    await mkdir(path.dirname(this.path), { recursive: true });
    const temporary = `${this.path}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify(state)}\n`);
    await rename(temporary, this.path);
  }
}
