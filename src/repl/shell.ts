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
import { createPager } from './pager.ts'
import { createProgressLine } from './progress.ts'

const HISTORY_LINES_MAX = 2000

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
  reader.on('close', () => (isOpen = false))
  reader.on('SIGINT', () => {
    if (client.cancel()) return
    // As in psql: Ctrl-C without a running statement drops what was typed.
    splitter = new StatementSplitter()
    process.stdout.write('^C\n')
    reader.prompt()
  })
  const prompt = (): void => {
    reader.setPrompt(`sluice${splitter.isEmpty ? '=' : (splitter.open ?? '-')}> `)
    if (isOpen) reader.prompt()
  }
  prompt()
  for await (const line of reader) {
    if (line.trim() !== '') remember(historyFile, line)
    if (line.trimStart().startsWith('\\') && splitter.isEmpty) {
      await runCommand(client, line.trim())
      if (client.hasQuit) reader.close()
    } else if (/^\s*(quit|exit)\s*;?\s*$/i.test(line) && splitter.isEmpty) {
      reader.close()
    } else {
      for (const statement of splitter.push(`${line}\n`)) await runWithProgress(client, statement)
    }
    prompt()
  }
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
