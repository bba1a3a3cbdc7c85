/**
 * The interactive shell: psql's prompts and backslash commands, history, completion, progress, Ctrl-C.
 *
 *   sluice=> select 1        first line of a statement
 *   sluice-> ;               until the semicolon
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { StatementSplitter } from '../engine/text.ts'
import type { Client } from './client.ts'
import { runCommand } from './commands.ts'
import { complete } from './completion.ts'
import { type Copying, startCopy, takesData } from './copy-data.ts'
import { createPager } from './pager.ts'
import { createProgressLine } from './progress.ts'

const HISTORY_LINES_MAX = 2000

const COPY_HELP =
  'Enter data to be copied followed by a newline.\nEnd with a backslash and a period on a line by itself, or an EOF signal.\n'

export async function runShell(client: Client, version: string): Promise<void> {
  const historyFile = process.env['SLUICE_HISTORY'] ?? join(homedir(), '.sluice_history')
  const reader = createInterface({
    input: process.stdin,
    output: process.stdout,
    history: readHistory(historyFile),
    historySize: HISTORY_LINES_MAX,
    completer: (line: string) => complete(client.session, line),
  })
  await client.streams.notices.write(`Sluice ${version}. Type \\? for help, \\dt to list tables, \\q to quit.\n`)
  let splitter = new StatementSplitter()
  let isOpen = true
  let copying: Copying | undefined
  reader.on('close', () => (isOpen = false))
  reader.on('SIGINT', () => {
    if (client.cancel()) {
      copying?.data.end()
      copying = undefined
      return
    }
    // As in psql: Ctrl-C without a running statement drops what was typed.
    splitter = new StatementSplitter()
    process.stdout.write('^C\n')
    reader.prompt()
  })
  const prompt = (): void => {
    const isCopy = copying !== undefined
    reader.setPrompt(isCopy ? '>> ' : `sluice${splitter.isEmpty ? '=' : (splitter.open ?? '-')}> `)
    if (isOpen) reader.prompt()
  }
  prompt()
  const finishCopy = async (): Promise<void> => {
    const running = copying
    copying = undefined
    running?.data.end()
    await running?.done
  }
  const begin = async (text: string, run: () => Promise<unknown>): Promise<void> => {
    if (!takesData(text)) {
      await run()
      return
    }
    await client.streams.notices.write(COPY_HELP)
    copying = startCopy(async (data) => {
      client.copyInput = data
      await run()
      client.copyInput = undefined
      return true
    })
  }
  for await (const line of reader) {
    if (copying !== undefined) {
      if (line === '\\.') await finishCopy()
      else await copying.data.push(`${line}\n`)
      prompt()
      continue
    }
    if (line.trim() !== '') remember(historyFile, line)
    if (line.trimStart().startsWith('\\') && splitter.isEmpty) {
      await begin(line.trim(), () => runCommand(client, line.trim()))
      if (client.hasQuit) reader.close()
    } else if (/^\s*(quit|exit)\s*;?\s*$/i.test(line) && splitter.isEmpty) {
      reader.close()
    } else {
      for (const statement of splitter.push(`${line}\n`)) {
        await begin(statement, () => runWithProgress(client, statement))
      }
    }
    prompt()
  }
  await finishCopy()
  process.stdout.write('\n')
}

async function runWithProgress(client: Client, statement: string): Promise<void> {
  const progress = createProgressLine(process.stderr)
  client.onProgress = (state) => progress.update(state)
  const direct = client.output
  const isScreen = direct === client.streams.output
  const pager = isScreen ? createPager(direct, process.stdout) : undefined
  if (pager !== undefined) {
    client.output = {
      get width() {
        return direct.width
      },
      async write(text) {
        progress.clear()
        await pager.write(text)
      },
    }
  }
  try {
    await client.run(statement)
  } finally {
    progress.clear()
    client.onProgress = undefined
    client.output = direct
    await pager?.finish()
  }
}

function readHistory(file: string): string[] {
  if (!existsSync(file)) return []
  // Node wants the newest line first.
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .slice(-HISTORY_LINES_MAX)
    .toReversed()
}

function remember(file: string, line: string): void {
  try {
    appendFileSync(file, `${line}\n`, { mode: 0o600 })
  } catch {
    // A read-only home directory only costs the history.
  }
}
