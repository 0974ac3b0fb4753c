import type { Unit } from '../unit';

/** Newline-delimited JSON; blank lines are skipped. */
export async function* readNdjson(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Unit> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let group = 0;
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield unitOf(line.trim(), ++group);
  }
  const last = (rest + decoder.decode()).trim();
  if (last !== '') yield unitOf(last, ++group);
}

function unitOf(line: string, group: number): Unit {
  const where = `line ${group}`;
  try {
    return { kind: 'record', record: JSON.parse(line) as unknown, where, group };
  } catch {
    return { kind: 'unreadable', code: 'NOT_JSON', reason: `${where} is no JSON`, raw: line, where, group };
  }
}
