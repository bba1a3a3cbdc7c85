/**
 * Every example of the documentation does what it says.
 *
 * The ts blocks of a page are one program, checked by the compiler (all pages at once: the libraries' types take longest) and run as a
 * package that depends on ours would run it. What an
 * example prints stands in its comments: `// prints TEXT` and the comment lines that follow at once (`#` in sh). sh blocks run in a shell
 * with `sluice` on its PATH, sql blocks as a script. All of them run in a folder with the sample lake.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const markdownOf = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))

const FOLDERS = ['.', 'docs', 'tpch', 'grammar', 'src/kernel']
const PAGES = FOLDERS.flatMap(markdownOf)
  .map((name) => ({ name, blocks: blocksOf(readFileSync(join(ROOT, name), 'utf8')) }))
  .filter(({ blocks }) => blocks.length > 0)

/** sh blocks that a test cannot run, and why. */
const NOT_RUN: readonly { readonly text: string; readonly why: string }[] = [
  { text: 'npm ci && npm start', why: 'replaces node_modules, which this test runs from' },
  { text: 'npm ci && npm test', why: 'would run this test within itself' },
]

interface Block {
  readonly language: string
  /** Line of its first line in the page, from 1. */
  readonly line: number
  readonly text: string
}

const isProgram = ({ language }: Block): boolean => language === 'ts'

/** The file that a page's program is written to, without its extension. */
const programOf = (page: string): string => page.replaceAll('/', '-').replace(/\.md$/, '')

const folder = mkdtempSync(join(tmpdir(), 'sluice-examples-'))

beforeAll(async () => {
  const { makeSampleLake } = (await import(
    '../../dist/tpch/sample-lake.js' as string
  )) as typeof import('../../tpch/sample-lake.ts')
  await makeSampleLake(join(folder, 'lake'))
  const link = (target: string, name: string): void => {
    const place = join(folder, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(ROOT, target), place)
  }
  link('.', 'sluice')
  link('bin/sluice.js', '.bin/sluice')
  for (const name of ['apache-arrow', '@types/node']) link(`node_modules/${name}`, name)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'report.sql'), 'select count(*) from lake.orders;')
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the programs compile', async () => {
  const programs = PAGES.filter(({ blocks }) => blocks.some(isProgram))
  for (const { name, blocks } of programs) {
    // Blank lines in place of the prose, so that errors tell the page's own lines.
    const lines: string[] = []
    for (const { line, text } of blocks.filter(isProgram)) {
      while (lines.length < line - 1) lines.push('')
      lines.push(...text.split('\n'))
    }
    writeFileSync(join(folder, `${programOf(name)}.ts`), lines.join('\n'))
  }
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const options = ['--strict', '--noUncheckedIndexedAccess', '--module', 'nodenext', '--target', 'es2022']
  const files = programs.map(({ name }) => `${programOf(name)}.ts`)
  expect(await run(process.execPath, [compiler, ...options, '--types', 'node', ...files])).toEqual({
    code: 0,
    out: '',
    err: '',
  })
}, 120_000)

describe.each(PAGES)('$name', ({ name: page, blocks }) => {
  const programBlocks = blocks.filter(isProgram)

  test('has only blocks that are run, or pictures', () => {
    const languages = new Set(blocks.map(({ language }) => language))
    expect([...languages].filter((language) => !['ts', 'sh', 'sql', ''].includes(language))).toEqual([])
  })

  if (programBlocks.length > 0)
    test('its program prints what it says', async () => {
      const printed = programBlocks.map(({ text }) => printsOf(text, '//')).join('')
      expect(printed).not.toBe('')
      expect(await run(process.execPath, [`${programOf(page)}.js`])).toEqual({ code: 0, out: printed, err: '' })
    })

  const scripts = blocks.filter(({ language, text }) => language === 'sh' && !NOT_RUN.some((one) => one.text === text))
  test.each(scripts)('line $line: sh', async ({ text }) => {
    const { code, out, err } = await run('sh', ['-e', '-c', atHand(text)])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(printsOf(text, '#'))
  })

  test.each(blocks.filter(({ language }) => language === 'sql'))('line $line: sql', async ({ line, text }) => {
    const query = 'select snapshot_id from orders$snapshots'
    const { out: snapshots } = await run('sluice', ['--format', 'csv', '-tc', query])
    writeFileSync(join(folder, `${line}.sql`), atHand(text).replaceAll(/(?<=VERSION AS OF )\d+/g, snapshots.trim()))
    const { code, out, err } = await run('sluice', ['-f', `${line}.sql`, '--format', 'jsonl'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const answers = out.trimEnd().split('\n')
    expect(answers).toHaveLength(text.match(/;/g)!.length)
    // Each gives or writes rows, or is a command without any.
    for (const answer of answers)
      expect(JSON.parse(answer)).toMatchObject({ command: expect.not.stringMatching(/\b0$/) })
  })
})

test('blocks that are not run are still there', () => {
  const texts = PAGES.flatMap(({ blocks }) => blocks.map(({ text }) => text))
  expect(NOT_RUN.filter(({ text }) => !texts.includes(text))).toEqual([])
})

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  for (const { 0: whole, 1: language, 2: text, index } of markdown.matchAll(/^```(\w*)\n([^]*?)\n```$/gm)) {
    const line = markdown.slice(0, index).split('\n').length + 1
    expect(whole.match(/^```/gm), `line ${line}`).toHaveLength(2)
    blocks.push({ language: language!, line, text: text! })
  }
  return blocks
}

/** What a block's comments say that it prints. */
function printsOf(text: string, comment: string): string {
  let printed = ''
  let isPrinted = false
  for (const line of text.split('\n')) {
    const said = line.split(`${comment} prints `)[1]
    isPrinted = said !== undefined || (isPrinted && line.startsWith(`${comment} `))
    if (isPrinted) printed += `${said ?? line.slice(comment.length + 1)}\n`
  }
  return printed
}

/** The example with the sample lake in place of the reader's. */
function atHand(text: string): string {
  return text.replaceAll('/data/warehouse', 'lake')
}

async function run(program: string, args: readonly string[]) {
  // Nothing else of the environment: colours and settings would change what is printed.
  const env = { HOME: folder, PATH: `${join(folder, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` }
  return new Promise<{ code: number | string; out: string; err: string }>((resolve) => {
    execFile(program, args, { cwd: folder, env }, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }))
  })
}
