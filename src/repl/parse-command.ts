/** `sluice parse --jsonl`: reads `{"id","sql"}` lines, prints `{"id","ok"[,"error"]}` for each. Syntax only; never stops at an error. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { checkSyntax } from '../engine/text.ts'
import type { Output } from './output/printer.ts'

export async function runParseCommand(input: Readable, output: Output): Promise<void> {
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    await output.write(`${JSON.stringify(checkLine(line))}\n`)
  }
}

function checkLine(line: string): object {
  let id: unknown = null
  try {
    const request = JSON.parse(line) as { id?: unknown; sql?: unknown }
    id = request.id ?? null
    if (typeof request.sql !== 'string') return { id, ok: false, error: 'the line has no "sql" text' }
    return { id, ...checkSyntax(request.sql) }
  } catch (error) {
    return { id, ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}
