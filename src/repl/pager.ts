/**
 * Long or wide results go through a pager ($PAGER, else `less -S`), short ones straight to the screen: output is held until it is
 * clear which it is.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Output } from './output/printer.ts'
import { textWidth } from './output/text-width.ts'

export interface Pager {
  write(text: string | Uint8Array): Promise<void>
  finish(): Promise<void>
}

export function createPager(screen: Output, terminal: NodeJS.WriteStream): Pager {
  let held = ''
  let process: ReturnType<typeof spawn> | undefined
  const fits = (): boolean => {
    const lines = held.split('\n')
    return lines.length < terminal.rows && lines.every((line) => textWidth(line) <= terminal.columns)
  }
  return {
    async write(text) {
      if (process !== undefined) return writeTo(process, text)
      held += typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
      if (terminal.isTTY && !fits()) {
        process = startPager()
        const first = held
        held = ''
        await writeTo(process, first)
      }
    },
    async finish() {
      if (process === undefined) {
        if (held !== '') await screen.write(held)
        return
      }
      process.stdin?.end()
      if (process.exitCode === null) await once(process, 'exit')
    },
  }
}

function startPager(): ReturnType<typeof spawn> {
  const [command, ...args] = (globalThis.process.env['PAGER'] ?? 'less -SRFX').split(/\s+/)
  const pager = spawn(command!, args, { stdio: ['pipe', 'inherit', 'inherit'] })
  // No such pager: what it was given goes to the screen instead.
  pager.on('error', () => undefined)
  pager.stdin?.on('error', () => undefined)
  return pager
}

async function writeTo(pager: ReturnType<typeof spawn>, text: string | Uint8Array): Promise<void> {
  if (pager.pid === undefined) {
    globalThis.process.stdout.write(text)
    return
  }
  if (pager.stdin?.writable === true && !pager.stdin.write(text)) {
    await Promise.race([once(pager.stdin, 'drain'), once(pager, 'exit')])
  }
}
