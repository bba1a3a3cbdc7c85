/**
 * Compiles each src/kernel/wasm/<module>/index.ts with AssemblyScript into dist/src/kernel/<module>.wasm and
 * writes the types of its exports to src/kernel/generated/<module>.ts.
 *
 * All modules import one shared memory. Their static data must not overlap, so each module has a base
 * of its own: KERNEL_STATICS_START + 64 KiB x its place in MODULES (src/core/memory-control.ts keeps that range free).
 * Usage: build-kernels.mjs [module ...]; a module whose output is newer than its sources, and than the files beside the modules that they share, is skipped.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODULES = [
  'vector',
  'table',
  'parquet',
  'codec',
  'aggregate',
  'sort',
  'store',
  'orc',
  'avro',
  'lance',
  'text',
  'string',
  'scalar',
]
const STATICS_START = 1 << 20
const STATICS_BYTES = 64 << 10

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sourceOf = (name) => join(root, 'src/kernel/wasm', name)
const wasmOf = (name) => join(root, 'dist/src/kernel', `${name}.wasm`)
const typesOf = (name) => join(root, 'src/kernel/generated', `${name}.ts`)
const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)

function newestIn(folder) {
  let newest = modified(fileURLToPath(import.meta.url))
  const shared = readdirSync(dirname(folder), { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name } of shared) newest = Math.max(newest, modified(join(dirname(folder), name)))
  for (const entry of readdirSync(folder, { recursive: true })) newest = Math.max(newest, modified(join(folder, entry)))
  return newest
}

async function compile(name) {
  const { default: asc } = await import('assemblyscript/asc')
  const stage = join(root, 'dist/kernel-build', name)
  mkdirSync(stage, { recursive: true })
  mkdirSync(dirname(wasmOf(name)), { recursive: true })
  mkdirSync(dirname(typesOf(name)), { recursive: true })
  const base = STATICS_START + MODULES.indexOf(name) * STATICS_BYTES
  const { error, stderr } = await asc.main([
    join(sourceOf(name), 'index.ts'),
    ...['--baseDir', '/', '--outFile', join(stage, 'out.wasm'), '--bindings', 'raw', '-O3', '--noAssert'],
    ...['--runtime', 'stub', '--enable', 'simd', '--enable', 'threads', '--importMemory', '--sharedMemory'],
    ...['--initialMemory', '64', '--maximumMemory', '65536', '--memoryBase', String(base), '--use', 'abort='],
  ])
  if (error) {
    process.stderr.write(`kernel module ${name}:\n${stderr.toString()}\n`)
    process.exitCode = 1
    return
  }
  const declarations = readFileSync(join(stage, 'out.d.ts'), 'utf8')
  // Properties, not methods: kernels are handed around as values.
  const functions = [...declarations.matchAll(/export function (\w+)(\([^)]*\)): (\w+);/g)].map(
    (m) => `  readonly ${m[1]}: ${m[2]} => ${m[3]}`,
  )
  writeFileSync(wasmOf(name), readFileSync(join(stage, 'out.wasm')))
  writeFileSync(
    typesOf(name),
    `// Made by scripts/build-kernels.mjs from src/kernel/wasm/${name}.\n` +
      `export interface ${name[0].toUpperCase()}${name.slice(1)}Kernels {\n${functions.join('\n')}\n}\n`,
  )
  rmSync(stage, { recursive: true })
  process.stdout.write(`kernel ${name}: ${functions.length} functions, ${statSync(wasmOf(name)).size} bytes\n`)
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : MODULES
for (const name of wanted) {
  if (!MODULES.includes(name)) throw new Error(`unknown kernel module "${name}": add it to MODULES`)
  if (!existsSync(sourceOf(name))) continue
  if (Math.min(modified(wasmOf(name)), modified(typesOf(name))) > newestIn(sourceOf(name))) continue
  await compile(name)
}
