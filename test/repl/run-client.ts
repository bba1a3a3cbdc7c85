/** A script run by a client whose outputs remember what they got. */
import type { Engine } from '../../src/engine/engine.ts'
import { Client } from '../../src/repl/client.ts'
import type { Output } from '../../src/repl/output/printer.ts'
import { runScripts } from '../../src/repl/script.ts'

export interface ClientRun {
  readonly format: string
  readonly text: string
  readonly stopOnError?: boolean
}

export async function runClient(
  engine: Engine,
  { format, text, stopOnError = false }: ClientRun,
): Promise<{ out: string; err: string; ok: boolean }> {
  let out = ''
  let err = ''
  const to = (add: (text: string) => void): Output => ({
    width: Infinity,
    write: async (piece) => add(String(piece)),
  })
  const streams = { output: to((piece) => (out += piece)), notices: to((piece) => (err += piece)) }
  const client = new Client(engine, streams, format)
  const ok = await runScripts(client, [{ kind: 'text', text }], stopOnError)
  return { out, err, ok }
}
