/** QuickJS, compiled once a process; every sandbox is an instance with a memory of its own, which goes when nobody holds it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { QuickJSSyncVariant, QuickJSWASMModule } from 'quickjs-emscripten-core'

let compiled: Promise<WebAssembly.Module> | undefined

export async function newQuickJs(): Promise<QuickJSWASMModule> {
  const [{ newQuickJSWASMModuleFromVariant, newVariant }, { default: variant }] = await Promise.all([
    import('quickjs-emscripten-core'),
    import('@jitl/quickjs-wasmfile-release-sync'),
  ])
  const wasmModule = await (compiled ??= compile())
  // Its types are those of the CommonJS form.
  const sync = variant as unknown as QuickJSSyncVariant
  return newQuickJSWASMModuleFromVariant(newVariant(sync, { wasmModule }))
}

async function compile(): Promise<WebAssembly.Module> {
  const file = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
  return new WebAssembly.Module(await readFile(file))
}
