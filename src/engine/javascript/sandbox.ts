/**
 * One function written in JavaScript, in a QuickJS of its own: a JavaScript engine in a WebAssembly memory, which has nothing but the language
 * itself. No timers, no files, no network, no module of the process.
 *
 *   batch of arguments --JSON--> [ driver: for each row: decode, call, encode ] --JSON--> results
 *
 * A batch crosses the boundary once each way. What comes back is text that the function may have made: it is parsed, and read as values of the
 * declared type by the caller.
 *
 * Limits: memory (53200), nesting (54001), time of one batch (57014). After an error the sandbox is not used again.
 */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten-core'
import { CancelledError, ResourceError, SqlError } from '../../core/errors.ts'
import { DRIVER } from './driver.ts'
import { newQuickJs } from './quickjs.ts'

export interface SandboxLimits {
  readonly memoryBytes: number
  readonly stackBytes: number
  /** Of one batch. */
  readonly timeMs: number
  /** `performance.now()` when the statement must have ended. */
  readonly deadlineMs: number
}

export interface SandboxSource {
  readonly name: string
  readonly parameters: readonly string[]
  /** What stands between the braces of the function. */
  readonly body: string
}

/** A body may close its braces and be more, or none: then this is no function. */
const MAKE = `(parameters, body) => {
  const made = new Function(...JSON.parse(parameters), body)
  if (typeof made !== 'function') throw new SyntaxError('the body is not that of a function')
  return made
}`

export class Sandbox {
  readonly #name: string
  readonly #limits: SandboxLimits
  readonly #runtime: QuickJSRuntime
  readonly #context: QuickJSContext
  readonly #run: QuickJSHandle
  #isOverTime = false
  #stopAt = 0

  private constructor(source: SandboxSource, limits: SandboxLimits, runtime: QuickJSRuntime) {
    this.#name = source.name
    this.#limits = limits
    this.#runtime = runtime
    runtime.setMemoryLimit(limits.memoryBytes)
    runtime.setMaxStackSize(limits.stackBytes)
    runtime.setInterruptHandler(() => {
      this.#isOverTime ||= performance.now() > this.#stopAt
      return this.#isOverTime
    })
    this.#context = runtime.newContext()
    this.#run = this.#guarded(() => this.#compile(source))
  }

  /** 42601 when the body is no JavaScript. */
  static async create(source: SandboxSource, limits: SandboxLimits): Promise<Sandbox> {
    const module = await newQuickJs()
    return new Sandbox(source, limits, module.newRuntime())
  }

  /** `batch`: a JSON array of rows, each an array of arguments in the driver's form. Gives the results in that form. */
  call(batch: string): readonly unknown[] {
    const text = this.#guarded(() => {
      using given = this.#context.newString(batch)
      using result = this.#unwrap(this.#context.callFunction(this.#run, this.#context.undefined, given), '38000')
      return this.#context.getString(result)
    })
    return JSON.parse(text) as readonly unknown[]
  }

  #compile({ parameters, body }: SandboxSource): QuickJSHandle {
    const context = this.#context
    using driver = this.#unwrap(context.evalCode(DRIVER, 'driver.js'), '38000')
    using make = this.#unwrap(context.evalCode(MAKE, 'make.js'), '38000')
    using names = context.newString(JSON.stringify(parameters))
    using text = context.newString(body)
    using own = this.#unwrap(context.callFunction(make, context.undefined, names, text), '42601')
    return this.#unwrap(context.callFunction(driver, context.undefined, own), '38000')
  }

  /** Runs `work` within the limits of a batch. */
  #guarded<T>(work: () => T): T {
    this.#stopAt = Math.min(performance.now() + this.#limits.timeMs, this.#limits.deadlineMs)
    try {
      return work()
    } catch (error) {
      if (this.#isOverTime) throw this.#timeError()
      if (error instanceof SqlError || error instanceof ResourceError) throw error
      // WebAssembly itself ran out of stack or memory: RangeError, RuntimeError.
      if (error instanceof RangeError) throw this.#depthError()
      throw this.#memoryError(error)
    }
  }

  #unwrap(
    result: { readonly error: QuickJSHandle } | { readonly value: QuickJSHandle; readonly error?: undefined },
    sqlstate: string,
  ): QuickJSHandle {
    if (result.error === undefined) return result.value
    using error = result.error
    if (this.#isOverTime) throw this.#timeError()
    const dumped = this.#context.dump(error) as unknown
    const { name, message } = (typeof dumped === 'object' && dumped !== null ? dumped : {}) as Record<string, unknown>
    if (name === 'InternalError' && message === 'out of memory') throw this.#memoryError(undefined)
    if (dumped === null && this.#isFull()) throw this.#memoryError(undefined)
    if (name === 'InternalError' && message === 'stack overflow') throw this.#depthError()
    const said =
      typeof message === 'string' ? `${typeof name === 'string' ? name : 'Error'}: ${message}` : String(dumped)
    const what = sqlstate === '42601' ? 'is no JavaScript' : 'failed'
    throw new SqlError(sqlstate, `function "${this.#name}" ${what}: ${said.slice(0, 1000)}`)
  }

  /** Without memory for an error, QuickJS throws null. */
  #isFull(): boolean {
    using usage = this.#runtime.computeMemoryUsage()
    const { malloc_size: used } = this.#context.dump(usage) as { malloc_size?: number }
    return used === undefined || used > this.#limits.memoryBytes / 2
  }

  #timeError(): CancelledError {
    if (this.#stopAt >= this.#limits.deadlineMs) {
      return new CancelledError('canceling statement due to statement timeout')
    }
    return new CancelledError(
      `function "${this.#name}" ran longer than javascript_timeout (${this.#limits.timeMs} ms) for one batch`,
    )
  }

  #memoryError(cause: unknown): ResourceError {
    return new ResourceError('53200', `function "${this.#name}" needs more memory than javascript_memory_limit`, {
      hint: `The limit is ${this.#limits.memoryBytes} bytes: SET javascript_memory_limit gives more.`,
      cause,
    })
  }

  #depthError(): ResourceError {
    return new ResourceError('54001', `stack depth limit exceeded in function "${this.#name}"`)
  }
}
